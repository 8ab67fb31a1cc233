"""The outermost layer of a request: its line in the log, its security headers, an answer whatever goes wrong."""

import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from everkin.api.failure import answer, unforeseen

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
HUNG_UP: Final = 499
"""nginx's status for a client that did not wait for its answer; it is logged, and nobody is there to get it."""


class Watch:
    """ASGI middleware. The log names the route as it is written in the code, never the path that was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            status = HUNG_UP
        except Exception as error:  # noqa: BLE001 - the top of a request: the server goes on, and its log stays clean
            response = answer(unforeseen(error))
            if not status:
                await response(scope, receive, watched)
        structlog.get_logger(__name__).info(
            "request",
            method=scope["method"],
            route=getattr(scope.get("route"), "path", None),
            status=status,
            ms=round((time.monotonic() - began) * 1000, 1),
        )

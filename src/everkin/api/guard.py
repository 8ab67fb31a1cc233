"""Who may come in: host, origin, API key and size are looked at before a request is read.

On loopback without keys, every program of this machine is trusted, but no web page is: a page can post to a local port,
and by DNS rebinding make a name of its own point to it. So Host must name this machine, and Origin, where there is one,
must be the server's own.
"""

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from everkin.api.failure import answer
from everkin.config.settings import Settings
from everkin.errors import AccessError, ConfigError, EverkinError, KeyWanted, NotAllowed, TooLarge

OPEN_PATHS: Final = ("/", "/healthz", "/readyz")
OPEN_FOLDER: Final = "/page/"
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who calls. `user` None: whoever they say they are."""

    user: str | None = None

    def acting_as(self, user: str) -> str:
        """`user`, where this caller may act for them; NotAllowed otherwise."""
        if self.user is not None and user != self.user:
            raise NotAllowed("This API key belongs to another user.", next="Use that user's own key, or your own name.")
        return user


def refuse_open_door(settings: Settings) -> None:
    """Raises ConfigError where strangers could come in without a key."""
    if not settings.loopback and not settings.api_keys:
        raise ConfigError(
            f"{settings.host} can be reached from other machines, and no API key is set.",
            kept="The server was not started.",
            next="Set EVERKIN_API_KEYS (key:user, at least 16 characters a key), or bind to 127.0.0.1.",
        )


class Guard:
    """ASGI middleware: lets a request in with its `everkin.caller` in the scope, or answers why not."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._hosts = LOCAL_NAMES | {settings.host.lower()} | {name.lower() for name in settings.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            headers = Headers(scope=scope)
            self._check_names(headers)
            scope["everkin.caller"] = self._caller(scope["path"], headers)
            self._check_size(headers)
        except EverkinError as refusal:
            await self._refuse(refusal, scope, receive, send)
        else:
            await self._app(scope, _Limited(receive, self._settings.body_bytes_max), send)

    def _check_names(self, headers: Headers) -> None:
        if not self._settings.loopback:
            return
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            raise NotAllowed(
                "This server is for this machine alone, and was addressed by another name.",
                next="Use http://127.0.0.1, or add the name to EVERKIN_ALLOWED_HOSTS.",
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host and origin not in self._settings.allowed_origins:
            raise NotAllowed(
                "A web page of another origin may not call this server.",
                next="Add the origin to EVERKIN_ALLOWED_ORIGINS if you trust it.",
            )

    def _caller(self, path: str, headers: Headers) -> Caller:
        if not self._settings.api_keys or path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
            return Caller()
        shown = headers.get("authorization", "")
        given = shown[7:] if shown[:7].lower() == "bearer " else headers.get("x-api-key", "")
        # Every key is compared, and in constant time, so that the time taken says nothing about any of them.
        matches = [
            key
            for key in self._settings.api_keys
            if hmac.compare_digest(key.key.get_secret_value().encode(), given.encode())
        ]
        if not matches:
            raise KeyWanted("This server wants an API key.", next="Send it as `Authorization: Bearer …`.")
        return Caller(user=matches[0].user)

    def _check_size(self, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._settings.body_bytes_max:
            raise TooLarge(
                f"The request is larger than {self._settings.body_bytes_max / 1024 / 1024:g} MiB.",
                kept="Nothing was stored.",
                next="Send it in smaller parts, or raise EVERKIN_BODY_BYTES_MAX.",
            )

    async def _refuse(self, refusal: EverkinError, scope: Scope, receive: Receive, send: Send) -> None:
        response = answer(refusal)
        if isinstance(refusal, KeyWanted):
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(refusal, AccessError | TooLarge):
            response.headers["Connection"] = "close"
        await response(scope, receive, send)


class _Limited:
    """Receives a body whose length was not said before, up to a limit."""

    def __init__(self, receive: Receive, bytes_max: int) -> None:
        self._receive, self._left = receive, bytes_max

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413)
        return message


def _name(host: str) -> str:
    """The name in a Host header, without its port; empty for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""

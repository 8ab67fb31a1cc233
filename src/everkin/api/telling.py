"""Replies that are being told: each is a task that ends well when its client hangs up or the server stops.

A reply's generator is closed where its telling ends, whatever ends it, so that the facade can mark what was said.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Coroutine
from contextlib import aclosing
from typing import Any, Protocol, TypeVar

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from everkin.api.failure import unforeseen
from everkin.errors import EverkinError, Stopping

T = TypeVar("T")


class Form(Protocol):
    """How the events of a reply look on the wire; b"" for what a client of this form is not told."""

    def event(self, event: Any) -> bytes: ...

    def end(self) -> bytes:
        """What follows the last event."""
        ...

    def failed(self, error: EverkinError) -> bytes:
        """What follows when there will be no last event."""
        ...


class Tellings:
    """All replies being told by this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, telling: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(telling)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, seconds: float) -> None:
        """Give them `seconds` to come to their end, then cut them off, and wait until each has marked its reply."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        cut = [task for task in self._tasks if task.cancel()]
        if cut:
            await asyncio.wait(cut)

    async def whole(self, reply: Awaitable[T], receive: Receive) -> T:
        """The reply in one piece; Stopping when the server cut it off, ClientDisconnect when nobody waits for it."""
        return await _while_listening(self.start(_awaited(reply)), receive)


class Telling(Response):
    """Server-sent events, one reply long."""

    media_type = "text/event-stream"

    def __init__(self, first: Any, events: AsyncGenerator[Any, None], form: Form, tellings: Tellings) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._first, self._events, self._form, self._tellings = first, events, form, tellings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            await _while_listening(self._tellings.start(self._tell(send)), receive)
        except ClientDisconnect:
            return
        except Stopping as error:
            await _send(send, self._form.failed(error))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send) -> None:
        async with aclosing(self._events) as events:
            try:
                await _send(send, self._form.event(self._first))
                async for event in events:
                    await _send(send, self._form.event(event))
                await _send(send, self._form.end())
            except EverkinError as error:
                await _send(send, self._form.failed(error))
            except Exception as error:  # noqa: BLE001 - the top of a stream: the client is told, the server goes on
                await _send(send, self._form.failed(unforeseen(error)))


async def open_telling(reply: Any, form: Form, tellings: Tellings) -> Telling:
    """A stream whose first event is already there: what cannot be answered at all is raised before a status is sent."""
    events: AsyncGenerator[Any, None] = aiter(reply)
    return Telling(await anext(events), events, form, tellings)


async def _while_listening(telling: asyncio.Task[T], receive: Receive) -> T:
    listening = asyncio.create_task(_hung_up(receive))
    try:
        await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
        if telling.cancelled():
            raise Stopping("The server is being stopped.", kept="What was said so far is kept.", next="Ask again soon.")
        if not telling.done():
            raise ClientDisconnect
        return telling.result()
    finally:
        listening.cancel()
        telling.cancel()
        await asyncio.wait({telling, listening})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _awaited(reply: Awaitable[T]) -> T:
    return await reply


async def _send(send: Send, body: bytes) -> None:
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})

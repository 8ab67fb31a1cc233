"""The server process: listens, and stops in good order."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from fastapi import FastAPI

from everkin.api.application import create_app
from everkin.api.telling import Tellings
from everkin.app import Everkin
from everkin.config.settings import Settings
from everkin.errors import ConfigError
from everkin.ops.heart import Heart

_STOPS = (signal.SIGINT, signal.SIGTERM)
_BACKSTOP_SECONDS = 5.0


async def serve(
    kin: Everkin, settings: Settings, *, work: bool = True, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; then no new request is taken, and replies being told get `stop_seconds` to end.

    What is not told by then is cut off: marked in the transcript, and its client told so. `work` runs the jobs in this
    process too. `on_ready` gets the address.
    Raises ConfigError when the address cannot be had.
    """
    heart = Heart(kin.jobs(), now=kin.now, runs=kin.store.runs) if work else None
    app = create_app(kin, settings, heart=heart)
    with contextlib.closing(_listen(settings)) as listener:
        server = _Server(app, kin, settings, on_ready)
        async with beating(heart):
            await server.serve(sockets=[listener])


@contextlib.asynccontextmanager
async def beating(heart: Heart | None) -> AsyncIterator[None]:
    """The heart beats as long as this is open."""
    task = asyncio.create_task(heart.beat()) if heart else None
    try:
        yield
    finally:
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def address(settings: Settings, port: int) -> str:
    """Where to go, as a browser on this machine would."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=2048,
        )
    except OSError as error:
        raise ConfigError(
            f"Port {settings.port} on {settings.host} cannot be had: {os.strerror(error.errno or 0)}.",
            kept="Nothing was changed.",
            next="Stop what listens there, or choose another with --port.",
        ) from error


class _Server(uvicorn.Server):
    def __init__(self, app: FastAPI, kin: Everkin, settings: Settings, on_ready: Callable[[str], None] | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_keep_alive=30,
                timeout_graceful_shutdown=int(settings.stop_seconds + _BACKSTOP_SECONDS),
            )
        )
        self._tellings: Tellings = app.state.door.tellings
        self._kin = kin
        self._settings = settings
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal again at its end, which would kill the process before its data is closed."""
        loop = asyncio.get_running_loop()
        for one in _STOPS:
            loop.add_signal_handler(one, self.handle_exit, one, None)
        try:
            yield
        finally:
            for one in _STOPS:
                loop.remove_signal_handler(one)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what was loaded stays: walking all of it again is a tenth of a second, in the middle of an answer
        if self._on_ready and sockets:
            self._on_ready(address(self._settings, sockets[0].getsockname()[1]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tellings.finish(self._settings.stop_seconds))
            group.create_task(self._kin.finish_replies(self._settings.stop_seconds))
            group.create_task(super().shutdown(sockets))

"""The server itself, and addresses at which there is none."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final

from everkin.testing.faults.dialects import DIALECTS
from everkin.testing.faults.play import Play
from everkin.testing.faults.script import Asked, Script
from everkin.testing.faults.stage import Stage

UNKNOWN_HOST_URL: Final = "http://no-such-host.invalid"
"""DNS failure needs no server: the name is reserved never to exist (RFC 6761)."""
_LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "/v1/models": {"object": "list", "data": [{"id": "scripted", "object": "model"}]},
    "/api/tags": {"models": [{"name": "scripted", "model": "scripted"}]},
    "/api/version": {"version": "0.0.0"},
}


class FaultyServer:
    """Plays one `Script` a request, in order; the last one for ever after. `asked` keeps what came in."""

    def __init__(self, *scripts: Script) -> None:
        self.asked: list[Asked] = []
        self._scripts: Sequence[Script] = scripts or (Script(),)
        self._played = 0
        self._connections: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def play(self, *scripts: Script) -> None:
        """From now on these."""
        self._scripts, self._played = scripts, 0

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._connections)

    async def requests(self, count: int, seconds: float = 5.0) -> None:
        """Return once `count` requests have come in; TimeoutError when they have not after `seconds`."""
        async with asyncio.timeout(seconds):
            while len(self.asked) < count:
                self._news.clear()
                await self._news.wait()

    async def quiet(self, seconds: float = 5.0) -> None:
        """Return once no connection is open; TimeoutError when one still is after `seconds`: somebody leaks."""
        async with asyncio.timeout(seconds):
            await self._quiet.wait()

    async def __aenter__(self) -> "FaultyServer":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.openai_url = f"{self.url}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        self._quiet.clear()
        task.add_done_callback(self._disconnected)

    def _disconnected(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        if not self._connections:
            self._quiet.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stage = Stage(reader, writer)
        try:
            while (asked := await stage.request()) is not None:
                if not await self._answer(asked, stage):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked, stage: Stage) -> bool:
        """Whether the connection may be used again."""
        if asked.path in _LISTS:
            return await stage.whole(200, _LISTS[asked.path])
        if asked.path not in DIALECTS:
            return await stage.whole(404, {"error": {"message": "No such route.", "type": "not_found"}})
        self.asked.append(asked)
        self._news.set()
        script = self._scripts[min(self._played, len(self._scripts) - 1)]
        self._played += 1
        text = script.text if isinstance(script.text, str) else script.text(asked)
        return await Play(script, text, DIALECTS[asked.path], stage, asked).run()


def refused_url() -> str:
    """The address of a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"

"""One connection on raw sockets, and what can be done to it that no HTTP framework allows."""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from everkin.testing.faults.script import Asked

BODY_BYTES_MAX: Final = 16 * 1024 * 1024


class Stage:
    """One connection, and what can be done to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def request(self) -> Asked | None:
        """The next one that comes in; None when the client left."""
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await self._reader.readexactly(min(int(headers.get("content-length", 0)), BODY_BYTES_MAX))
        path = first.split(" ")[1].partition("?")[0]
        return Asked(path=path, headers=headers, body=json.loads(body) if body else {})

    async def whole(self, status: int, value: Mapping[str, Any], **headers: str) -> bool:
        return await self.body(status, json.dumps(value).encode(), content_type="application/json", **headers)

    async def body(self, status: int, body: bytes, **headers: str) -> bool:
        self._head(status, content_length=str(len(body)), **headers)
        self._writer.write(body)
        await self._writer.drain()
        return True

    async def start(self, content_type: str) -> None:
        self._head(200, content_type=content_type, transfer_encoding="chunked")
        await self._writer.drain()

    async def chunk(self, data: bytes) -> None:
        self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self._writer.drain()

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def finish(self) -> bool:
        await self.raw(b"0\r\n\r\n")
        return True

    async def hang(self) -> bool:
        """Silence until the client leaves."""
        await self._reader.read()
        return False

    def reset(self) -> bool:
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return False

    def _head(self, status: int, **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Scripted", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())

"""A real server that speaks S3, and a line to it that can be slow, cut, or answer for itself."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from enum import Enum
from socket import create_connection, socket
from typing import Any

import boto3
import pytest

ACCESS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}


class Mood(Enum):
    """How a store behaves to whoever asks it."""

    WELL = "well"
    SLOW = "slow"
    """It takes what it is asked, and does not answer until it is well again."""
    FAILING = "500"
    GONE = "gone"
    """The connection is closed without a word."""
    CUT = "cut"
    """Half of what was promised arrives."""


class Moody:
    """Something whose `mood` can be set; whoever it keeps waiting goes on once it is well again."""

    def __init__(self) -> None:
        self._well = asyncio.Event()
        self._well.set()
        self._mood = Mood.WELL

    @property
    def mood(self) -> Mood:
        return self._mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self._mood = mood
        self._well.clear() if mood is Mood.SLOW else self._well.set()


class S3Server:
    """Moto's server in a process of its own."""

    def __init__(self) -> None:
        with closing(socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self._process.poll() is None:
            try:
                create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                continue
        raise AssertionError("the S3 server did not start")

    def client(self) -> Any:
        """As somebody sees it who looks into the bucket itself."""
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=ACCESS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ACCESS["AWS_SECRET_ACCESS_KEY"],
            region_name=ACCESS["AWS_REGION"],
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


class Line(Moody):
    """Listens, passes requests on to a server and its answers back; `mood` is how, for what lies under `folder` of `bucket`."""

    def __init__(self, port: int, *, bucket: str, folder: str) -> None:
        super().__init__()
        self._port = port
        self._spoils = (f" /{bucket}/{folder}/", f"prefix={folder}%2F", f"<Key>{folder}/")
        self.endpoint = ""

    async def open(self) -> asyncio.Server:
        server = await asyncio.start_server(self._served, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            writer.write(await self._answer(head, body))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        """An object by its path, a listing by its prefix, and a deletion of many by what it names."""
        spoilt = any(mark.encode() in head.split(b"\r\n")[0] + body for mark in self._spoils)
        mood = self._mood if spoilt else Mood.WELL
        if mood is Mood.GONE:
            return b""
        if mood is Mood.FAILING:
            return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if mood is Mood.SLOW:
            await self._well.wait()
        answer = await self._passed_on(head, body)
        start = answer.index(b"\r\n\r\n") + 4
        return answer[: (start + len(answer)) // 2] if mood is Mood.CUT else answer

    async def _passed_on(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(head[:-2] + b"Connection: close\r\n\r\n" + body)
            return await reader.read()
        finally:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0

"""A real redis-server in a folder of its own, that a test may stop, empty, fill and start again."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
import redis


class RedisServer:
    """Listens on a socket in `folder` alone; keeps nothing on disk. `memory` is its limit, beyond which it refuses."""

    def __init__(self, folder: Path, *, memory: str = "64mb", policy: str = "noeviction") -> None:
        self._socket = folder / "redis.sock"
        self._options = [
            *("--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"),
            *("--maxmemory", memory, "--maxmemory-policy", policy, "--dir", str(folder), "--loglevel", "warning"),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def client(self) -> redis.Redis:
        """As somebody sees it who looks into Redis itself."""
        return redis.Redis(unix_socket_path=str(self._socket))

    def start(self) -> Self:
        command = shutil.which("redis-server")
        assert command, "redis-server is not installed: sudo apt-get install -y redis-server"
        self._process = subprocess.Popen([command, *self._options], stdout=subprocess.DEVNULL)
        for _ in range(500):
            try:
                if self.client.ping():
                    return self
            except redis.ConnectionError:
                time.sleep(0.01)  # until the socket is there; a server that never comes fails below
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        """Killed, as by the kernel: nothing is said to its clients."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.stop()

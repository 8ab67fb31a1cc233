"""Another process that opens a data folder, stays until told, and leaves politely or by being killed."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

VISIT = """
import asyncio, os, sys
from pathlib import Path

from everkin.errors import EverkinError
from everkin.store.cluster import Cluster


async def visit(data, state, keep):
    try:
        cluster = await Cluster.open(Path(data), keep=keep == "keep", state=Path(state))
    except EverkinError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return
    cluster.describe()
    print(cluster.dsn(user=cluster.superuser, database=cluster.database), flush=True)
    sys.stdin.readline()
    await cluster.close()


data, state, keep, uid = sys.argv[1:]
if uid != "-":
    asyncio.run(asyncio.to_thread(os.getpid))  # what is imported late may lie where this user cannot go
    os.setgroups([])
    os.setgid(int(uid))
    os.setuid(int(uid))
asyncio.run(visit(data, state, keep))
"""


class Visitor:
    """Bob's process. `dsn` waits until he has opened the store, or holds the error that he met."""

    def __init__(
        self, data: Path, *, state: Path = Path("/nonexistent"), keep: bool = False, uid: int | None = None, **env: str
    ) -> None:
        told = [str(data), str(state), "keep" if keep else "leave", "-" if uid is None else str(uid)]
        paths = os.pathsep.join(path for path in (env.pop("first", ""), *sys.path) if path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", VISIT, *told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **env, "PYTHONPATH": paths},
        )

    @property
    def dsn(self) -> str:
        if not hasattr(self, "_dsn"):
            assert self._process.stdout
            self._dsn = self._process.stdout.readline().strip()
        return self._dsn

    def leave(self) -> int:
        self._process.communicate("\n")
        return self._process.returncode

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.returncode is None:
            self.kill()

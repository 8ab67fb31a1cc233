"""One PostgreSQL server over one cluster folder: pulse, start, stop, and the end of what a killed one left."""

import enum
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from everkin.errors import StoreUnavailable
from everkin.store.cluster import fault
from everkin.store.cluster.binaries import Binaries
from everkin.store.cluster.folder import Home, is_private, socket_folder
from everkin.store.cluster.lock import POLL_SECONDS, Lock, is_held
from everkin.store.cluster.user import as_user, make_folder

SUPERUSER: Final = "everkin_superuser"
PORT: Final = "5432"
START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 30.0
KILL_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 5

IN_BACKGROUND: Final = '"$@" </dev/null &'


class Pulse(enum.Enum):
    ANSWERS = "answers"
    BUSY = "busy"  # somebody listens: starting, recovering, stopping, or overloaded
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Postmaster:
    """What a running server says of itself in `postmaster.pid`; a killed one leaves it behind, so it proves nothing."""

    pid: int
    socket: Path
    status: str

    def dsn(self, *, user: str, database: str) -> str:
        return make_conninfo(host=str(self.socket), port=PORT, user=user, dbname=database)


@dataclass(frozen=True, kw_only=True)
class Server:
    home: Home

    def postmaster(self) -> Postmaster | None:
        try:
            lines = (self.home.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8:
            return None
        return Postmaster(pid=int(lines[0]), socket=Path(lines[4]), status=lines[7].strip())

    def dsn(self, *, user: str, database: str) -> str:
        """A connection string to where the server says it listens; `StoreUnavailable` if it runs no more."""
        said = self.postmaster()
        if said is None:
            raise StoreUnavailable(
                f"PostgreSQL is not running in {self.home.data}.",
                kept="What was acknowledged is kept.",
                next="Open the store again.",
                data=str(self.home.data),
            )
        return said.dsn(user=user, database=database)

    def pulse(self) -> Pulse:
        """Whether the server of this very folder answers: by connecting, as a pid may be dead, a zombie or reused."""
        said = self.postmaster()
        if said is None or not self._listens(said.socket):
            return Pulse.SILENT
        if said.status != "ready":
            return Pulse.BUSY
        try:
            dsn = said.dsn(user=SUPERUSER, database="postgres")
            with psycopg.connect(dsn, connect_timeout=ANSWER_SECONDS) as connection:
                folder = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return Pulse.BUSY
        return Pulse.ANSWERS if folder == (str(self.home.cluster),) else Pulse.SILENT

    def _listens(self, folder: Path) -> bool:
        if not is_private(folder, self.home.user):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(folder / f".s.PGSQL.{PORT}"))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
        return True

    def wait_while_busy(self) -> Pulse:
        """The pulse once it is no longer `BUSY`; a server that is starting, recovering or stopping is left in peace."""
        deadline = time.monotonic() + START_SECONDS
        while (pulse := self.pulse()) is Pulse.BUSY:
            if time.monotonic() > deadline:
                raise self._still_busy()
            time.sleep(POLL_SECONDS)
        return pulse

    def _still_busy(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"PostgreSQL has been starting or stopping for {START_SECONDS:.0f} seconds.",
            kept="What was acknowledged is kept.",
            next="Wait, then try again.",
            data=str(self.home.data),
        )

    def is_alive(self) -> bool:
        """Whether any process of the server is left, in this container or another."""
        return is_held(self.home.running)

    def start(self, binaries: Binaries, settings: Mapping[str, str]) -> None:
        """Start it and return once it answers. Call with the door held, and only when nothing of it is left.

        After a crash PostgreSQL first replays its log; that is waited for, up to `START_SECONDS`.
        """
        logged = self._log_sizes()
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as printed:
            with os.fdopen(writing, "wb") as sink:
                self._spawn(binaries, settings, sink.fileno())
            if self._wait_until_ready():
                return
            output = printed.read().decode(errors="replace") + self._logged_since(logged)
        free = shutil.disk_usage(self.home.cluster).free
        raise fault.of_output(output, data=self.home.data, act="start", free_bytes=free)

    def _spawn(self, binaries: Binaries, settings: Mapping[str, str], output: int) -> None:
        sockets = self._fresh_socket_folder()
        own = {"unix_socket_directories": str(sockets), "cluster_name": self.home.mark, "port": PORT}
        options = [f"--{name}={value}" for name, value in {**settings, **own}.items()]
        command = [binaries.program("postgres"), "-D", str(self.home.cluster), *options]
        with Lock(self.home.running) as running:
            running.take(seconds=STOP_SECONDS)
            subprocess.run(
                ["/bin/sh", "-c", IN_BACKGROUND, "sh", *command],
                check=True,
                pass_fds=[running.fd],
                start_new_session=True,
                stdout=output,
                stderr=output,
                **as_user(self.home.user),
            )

    def _fresh_socket_folder(self) -> Path:
        folder = socket_folder(self.home)
        try:
            make_folder(folder, self.home.user)
        except FileExistsError as error:
            raise StoreUnavailable(
                f"The folder {folder}, where the socket should lie, belongs to somebody else, or is open to others.",
                kept="What was stored is kept.",
                next="Remove that folder, or set XDG_RUNTIME_DIR to a folder of yours.",
            ) from error
        return folder

    def _wait_until_ready(self) -> bool:
        """True when it answers, False when it is gone again."""
        deadline = time.monotonic() + START_SECONDS
        while self.is_alive():
            if self.pulse() is Pulse.ANSWERS:
                return True
            if time.monotonic() > deadline:
                raise self._still_busy()
            time.sleep(POLL_SECONDS)
        return False

    def _log_sizes(self) -> dict[Path, int]:
        return {log: log.stat().st_size for log in (self.home.cluster / "log").glob("server-*.log")}

    def _logged_since(self, sizes: Mapping[Path, int]) -> str:
        return "".join(log.read_bytes()[sizes.get(log, 0) :].decode(errors="replace") for log in self._log_sizes())

    def end(self) -> None:
        """Stop it, or what is left of it: politely (a fast shutdown, with a checkpoint), then for good. Door held.

        One that recovers from a crash is killed at once: PostgreSQL 18 can hang when it is told to stop just then.
        Killing costs no data (the log is replayed at the next start), and only processes that stand in this cluster's
        folder are touched. Afterwards nothing is in the way of a start.
        """
        said = self.postmaster()
        if said and said.pid in self.processes() and self.pulse() is not Pulse.BUSY:
            self._signal(signal.SIGINT, {said.pid})
            self._gone(STOP_SECONDS)
        self._signal(signal.SIGKILL, self.processes())
        if not self._gone(KILL_SECONDS):
            raise StoreUnavailable(
                f"Another machine or container is running the store in {self.home.data}.",
                kept="Nothing was changed.",
                next="Stop it there, or reach it over the network with --dsn.",
                data=str(self.home.data),
            )
        self._sweep(said)

    def _sweep(self, said: Postmaster | None) -> None:
        """Remove files that name a pid, which may be somebody else's by now. A copied folder names its original's."""
        for folder in {socket_folder(self.home), said.socket if said else socket_folder(self.home)}:
            if folder.name.startswith("everkin-") and is_private(folder, self.home.user) and not self._listens(folder):
                shutil.rmtree(folder)
        (self.home.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _signal(self, sign: signal.Signals, pids: set[int]) -> None:
        for pid in pids & self.processes():
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue

    def _gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_alive() or self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def processes(self) -> set[int]:
        """Every process of this cluster's server, postmaster or orphan; zombies are not among them."""
        if Path("/proc/self/cwd").exists():
            return processes_standing_in(self.home.cluster)
        return processes_marked(self.home.mark)


def processes_standing_in(folder: Path) -> set[int]:
    """By working folder, from /proc: every PostgreSQL process stands in its cluster's, even one deleted since."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            place, program = os.readlink(entry / "cwd"), os.readlink(entry / "exe")
        except OSError:  # it has ended meanwhile, or is not ours to see
            continue
        if place in (str(folder), f"{folder} (deleted)") and Path(program).name.startswith("postgres"):
            found.add(int(entry.name))
    return found


def processes_marked(mark: str) -> set[int]:
    """By name, from `ps` (where there is no /proc): `cluster_name` stands in the title of every process of a server."""
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    return {int(line.split()[0]) for line in listed.stdout.splitlines() if re.search(rf"postgres.*{mark}", line)}

"""Looking at, and ending, the PostgreSQL processes under a folder, without asking the code under test."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path


def quick_disk() -> Path:
    """Where syncing costs nothing, if there is room: tests start dozens of servers."""
    memory = Path("/dev/shm")
    return memory if memory.exists() and shutil.disk_usage(memory).free > 2 * 10**9 else Path("/tmp")


def server_processes(folder: Path) -> dict[int, str]:
    """Pid and title of every living PostgreSQL process whose working folder lies under `folder`."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            title = (entry / "cmdline").read_text().replace("\0", " ")
            if "postgres" in title and os.readlink(entry / "cwd").startswith(f"{folder}/"):
                found[int(entry.name)] = title
    return found


def end_servers(folder: Path) -> None:
    """What a failed test left running; a test that passed leaves nothing."""
    for pid in server_processes(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def postmaster_pid(cluster: Path) -> int:
    return int((cluster / "postmaster.pid").read_text().splitlines()[0])


@contextlib.contextmanager
def bystander(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the folder's owner that stands in it and has nothing to do with PostgreSQL."""
    owner = folder.stat()
    told = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd=folder, **told) as process:
        yield process
        process.communicate()


def copy_as_it_is(source: Path, target: Path) -> None:
    """Owners, modes and all."""
    subprocess.run(["cp", "-a", source, target], check=True)


def as_nobody(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, user=65534, group=65534, extra_groups=[], cwd="/", text=True, capture_output=True)

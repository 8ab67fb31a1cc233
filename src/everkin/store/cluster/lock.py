"""Advisory file locks (flock): they die with their holder, however it dies, and so never go stale."""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from everkin.errors import StoreUnavailable

POLL_SECONDS = 0.01


class Lock:
    """One open lock file. Two `Lock`s on a path compete even inside one process; who inherits `fd` holds it too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(self.fd, folder.st_uid, folder.st_gid)

    def share(self) -> None:
        """Hold it together with others; waits for one who holds it alone."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def try_take(self) -> bool:
        """Hold it alone, if nobody else holds it; our own shared hold becomes an exclusive one."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, *, seconds: float) -> None:
        """Hold it alone within `seconds`, or raise `StoreUnavailable`."""
        deadline = time.monotonic() + seconds
        while not self.try_take():
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    f"Another process has been starting or stopping this store for over {seconds:.0f} seconds.",
                    kept="Nothing was changed.",
                    next="See which process holds the lock file, end it, and try again.",
                    lock=str(self.path),
                )
            time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Let go of our hold; a child that inherited it goes on holding."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_held(path: Path) -> bool:
    """Whether any process, of this machine or of a container that shares the folder, holds this lock."""
    with Lock(path) as lock:
        return not lock.try_take()

"""Files that survive a crash and a second process: locked, written in place or replaced, scrubbed, flushed to the disk."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from everkin.errors import EverkinError, KeyringMissing, StorageFull

FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def named(folder: Path) -> Iterator[None]:
    """Raise what the file system refuses inside as an error of ours about this keyring."""
    try:
        yield
    except OSError as error:
        raise of_errno(error, folder) from error


def of_errno(error: OSError, folder: Path) -> EverkinError:
    """The same, for one error in hand."""
    if error.errno in FULL:
        return StorageFull(
            f"The disk under the keyring {folder} is full.",
            kept="Every key that was given out is kept; nothing was sealed under a new one.",
            next="Free some space, then try again.",
            keyring=str(folder),
        )
    return KeyringMissing(
        f"The keyring {folder} cannot be used ({error.strerror}).",
        kept="The data and the keys were left as they are.",
        next="Bring the folder back, or make it readable and writable for this user.",
        keyring=str(folder),
        errno=error.errno,
    )


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[int]:
    """A descriptor of a file (or folder), locked against other processes and threads.

    `FileNotFoundError` also when it was unlinked while we waited for the lock.
    """
    descriptor = _open(path, os.O_RDONLY if shared or path.is_dir() else os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        path.lstat()
        yield descriptor
    finally:
        os.close(descriptor)


def size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size


def read(descriptor: int, start: int = 0) -> bytes:
    """From `start` to the end."""
    return os.pread(descriptor, max(0, size(descriptor) - start), start)


def write(descriptor: int, start: int, content: bytes) -> None:
    """In place; on disk when this returns."""
    done = 0
    while done < len(content):
        done += os.pwrite(descriptor, content[done:], start + done)
    flush(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Put a whole file, for its owner alone (0600), in place of what was there: all of it or, after a crash, none."""
    make_folder(path.parent)
    draft = path.with_name(path.name + ".new")
    descriptor = _open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        write(descriptor, 0, content)
    finally:
        os.close(descriptor)
    draft.replace(path)
    flush_folder(path.parent)


def scrub(path: Path) -> None:
    """Overwrite, unlink, and flush the folder; a file that is not there is fine.

    Overwriting reaches the old bytes on a plain disk; an SSD or a copy-on-write file system may keep them for a while.
    """
    try:
        with locked(path) as descriptor:
            write(descriptor, 0, os.urandom(size(descriptor)))
            path.unlink()
            flush_folder(path.parent)
    except FileNotFoundError:
        return


def make_folder(path: Path) -> None:
    """Make it and what is missing above it, each private (0700) and on disk."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush(descriptor: int) -> None:
    """To the medium itself; on macOS `fsync` alone stops at the drive's cache."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full)


def _open(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

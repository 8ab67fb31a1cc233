"""What the operating system or PostgreSQL complains of, turned into an error that says what to do."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from everkin.errors import DataFolderError, StorageFull, StoreError, StoreUnavailable

FULL = ("No space left on device", "Disk quota exceeded")
BARRED = ("Permission denied", "Operation not permitted", "Read-only file system", "has wrong ownership")
ROOM_BYTES = 8 * 1024 * 1024


@contextmanager
def named(data: Path) -> Iterator[None]:
    """Raise whatever the file system or the server refuses inside as an error of ours about this data folder."""
    try:
        yield
    except OSError as error:
        raise _of_errno(error, data) from error
    except psycopg.errors.DiskFull as error:
        raise full(data) from error
    except psycopg.OperationalError as error:
        raise StoreUnavailable(
            f"PostgreSQL in {data} started, and then did not answer.",
            kept="What was acknowledged is kept.",
            next="Try again; `everkin doctor` says more.",
            data=str(data),
        ) from error


def _of_errno(error: OSError, data: Path) -> StoreError:
    reason = f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return full(data)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return barred(data, reason)
        case errno.EEXIST | errno.ENOTDIR:
            return DataFolderError(
                f"The data folder {data} cannot be used: there is a file where a folder should be.",
                kept="The file was not touched.",
                next="Name a folder, or a path where one can be made.",
                data=str(data),
            )
        case errno.ENAMETOOLONG | errno.ELOOP | errno.ENOENT:
            return DataFolderError(
                f"The data folder {data} cannot be used ({reason}).",
                kept="Nothing was changed.",
                next="Name a folder that exists, or can be made.",
                data=str(data),
            )
        case _:
            return StoreUnavailable(
                f"The store in {data} could not be opened ({reason}).",
                kept="What was stored is kept.",
                next="Try again; `everkin doctor` says more.",
                data=str(data),
            )


def full(data: Path) -> StorageFull:
    return StorageFull(
        f"The disk under {data} is full.",
        kept="What was acknowledged is kept.",
        next="Free some space, then start again.",
        data=str(data),
    )


def barred(data: Path, reason: str) -> DataFolderError:
    return DataFolderError(
        f"The data folder {data} cannot be used by this user ({reason}).",
        kept="Nothing in it was changed.",
        next="Run as the folder's owner, make it writable, or name another folder.",
        data=str(data),
    )


def of_output(output: str, *, data: Path, act: str, free_bytes: int) -> StoreError:
    """Why `initdb` or the server gave up: by what it printed (it is never translated) and the room on the disk."""
    if any(sign in output for sign in FULL) or free_bytes < ROOM_BYTES:
        return full(data)
    reason = _reason(output)
    if any(sign in output for sign in BARRED):
        return barred(data, reason)
    return StoreUnavailable(
        f"PostgreSQL could not {act} in {data}: {reason}.",
        kept="What was stored is kept.",
        next="Try again; `everkin doctor` says where the cluster is, and its folder `log` says more.",
        data=str(data),
    )


def _reason(output: str) -> str:
    """The last line that names an error, without its time stamp; else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    grave = [match[0] for line in lines if (match := re.search(r"(FATAL|PANIC|error):.*", line))]
    return (grave or lines or ["no reason given"])[-1]

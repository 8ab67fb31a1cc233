"""A cell's key files, and the same files again in a mirror: every change goes to both, the folder first."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from everkin.errors import SealError
from everkin.store.keyring import durable

HEAD_BYTES: Final = 16
"""Enough of a file to know whether its twin is the same one."""
UNMIRRORED: Final = (".new", ".key")


class Shelf:
    """Changes to files of `folder`, made while their lock is held and followed in the mirror before it is let go.

    A mirror that cannot be reached never stops the folder: `behind` is set, and `sync` mends it.
    """

    def __init__(self, folder: Path, mirror: Path | None) -> None:
        self.folder, self.mirror, self.behind = folder, mirror, False

    def write(self, path: Path, descriptor: int, start: int, content: bytes) -> None:
        """Write into a locked file at `start`."""
        durable.write(descriptor, start, content)
        self._in_mirror(path, lambda twin: _write_twin(twin, descriptor, start, content))

    def edit(self, path: Path, descriptor: int, act: Callable[[int], None]) -> bool:
        """Have `act` change a locked file, and then its twin; whether the mirror was reached."""
        act(descriptor)
        return self._in_mirror(path, lambda twin: _edit_twin(twin, act))

    def replace(self, path: Path, content: bytes) -> None:
        """Put a whole file; callers hold a lock on what surrounds it."""
        durable.replace(path, content)
        self._in_mirror(path, lambda twin: durable.replace(twin, content))

    def scrub(self, path: Path) -> bool:
        """Overwrite and unlink a file; whether it is gone from the mirror too."""
        durable.scrub(path)
        return self._in_mirror(path, durable.scrub)

    def sync(self) -> int:
        """Compare every file with its twin and copy those that differ; how many did. A mirror that has the note has all."""
        self.behind = False
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix not in UNMIRRORED)
        users_first = sorted(found, key=lambda path: len(path.parts), reverse=True)
        return 0 if self.mirror is None else sum(self._sync(path, self.mirror) for path in users_first)

    def _sync(self, path: Path, mirror: Path) -> bool:
        twin = mirror / path.relative_to(self.folder)
        try:
            with durable.locked(path) as descriptor:
                content = durable.read(descriptor)
                return _content(twin) != content and self._in_mirror(path, lambda twin: durable.replace(twin, content))
        except FileNotFoundError:  # erased meanwhile, and then in the mirror too
            return False

    def _in_mirror(self, path: Path, act: Callable[[Path], None]) -> bool:
        if self.mirror is None:
            return True
        try:
            _require_there(self.mirror)
            act(self.mirror / path.relative_to(self.folder))
        except (OSError, SealError):
            self.behind = True
            return False
        return True


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _require_there(mirror: Path) -> None:
    """A disk that is not mounted must not be taken for an empty one."""
    if not mirror.parent.is_dir():
        raise FileNotFoundError(mirror.parent)


def _edit_twin(twin: Path, act: Callable[[int], None]) -> None:
    if twin.is_file():
        with durable.locked(twin) as copy:
            act(copy)


def _write_twin(twin: Path, descriptor: int, start: int, content: bytes) -> None:
    """The same write, or the whole file where the twin has not followed so far."""
    if twin.is_file():
        with durable.locked(twin) as copy:
            if durable.size(copy) >= start and os.pread(copy, HEAD_BYTES, 0) == os.pread(descriptor, HEAD_BYTES, 0):
                durable.write(copy, start, content)
                return
    durable.replace(twin, durable.read(descriptor))

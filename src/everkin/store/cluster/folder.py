"""The data folder: whether it may be used, where in it the cluster lives, and as which user its server runs.

A data folder holds `cluster/` (what PostgreSQL calls PGDATA), three lock files, and, when the server's user cannot
enter the folder, `cluster.place` instead of `cluster/`: the path of a cluster kept in the system's state folder.
"""

import contextlib
import hashlib
import os
import pwd
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from everkin.errors import DataFolderError, StoreUnavailable
from everkin.store.cluster import fault
from everkin.store.cluster.binaries import ServerUser, as_user

SYSTEM_STATE: Final = Path("/Library/Application Support/everkin" if sys.platform == "darwin" else "/var/lib/everkin")
UNPRIVILEGED: Final = ("postgres", "nobody")
SOCKET_BYTES_MAX: Final = 100
NEIGHBOURS: Final = ("cluster", "everkin", "lost+found", ".")


@dataclass(frozen=True, kw_only=True)
class Home:
    """One cluster's whereabouts."""

    data: Path
    cluster: Path
    user: ServerUser | None

    @property
    def mark(self) -> str:
        """A short name of this cluster, carried by its server's processes and its socket folder."""
        return "everkin-" + hashlib.sha256(os.fsencode(self.cluster)).hexdigest()[:16]

    @property
    def door(self) -> Path:
        """Held while the server is started or stopped."""
        return self.data / "cluster.door"

    @property
    def holders(self) -> Path:
        """Shared by every process that uses the server."""
        return self.data / "cluster.holders"

    @property
    def running(self) -> Path:
        """Inherited by every process of the server, and so held until the last of them is gone."""
        return self.data / "cluster.running"


def require_data_folder(data: Path) -> Path:
    """The folder's full path; made if missing (private, or enterable if root must let the server's user through)."""
    data = Path(os.path.realpath(data.expanduser()))
    with fault.named(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
            raise fault.barred(data, f"it belongs to {user_name(data.stat().st_uid)}")
        _refuse_strangers(data)
    return data


def _refuse_strangers(data: Path) -> None:
    names = sorted(entry.name for entry in data.iterdir())
    strangers = [name for name in names if not name.startswith(NEIGHBOURS)]
    if strangers and not any(name.startswith("cluster.") for name in names):
        raise DataFolderError(
            f"The folder {data} holds something else already ({len(strangers)} entries, such as {strangers[0]!r}).",
            kept="Nothing in it was touched.",
            next="Name an empty folder, or one that does not exist yet.",
            data=str(data),
        )


def settle(data: Path, *, state: Path) -> Home:
    """Where this data folder's cluster lives or shall live. Door held: the choice is written down once."""
    note = data / "cluster.place"
    with fault.named(data):
        if note.exists():
            return _noted(data, note)
        cluster = data / "cluster"
        user = _server_user(cluster, data)
        if user is not None and not cluster.exists() and not _can_enter(user, data):
            cluster = _settle_elsewhere(note, state=state, user=user)
        return Home(data=data, cluster=cluster, user=user)


def _noted(data: Path, note: Path) -> Home:
    cluster = Path(note.read_text().strip())
    back = cluster.parent / "home"
    if not back.exists():
        raise DataFolderError(
            f"The data folder {data} says that its cluster is in {cluster}, and it is not there.",
            kept="Nothing was changed.",
            next=f"Put {cluster.parent} back (from a backup, say), or delete {note} to start with an empty store.",
            data=str(data),
        )
    home = Path(back.read_text().strip())
    if home != data and (home / "cluster.place").exists():
        raise DataFolderError(
            f"The data folder {data} is a copy of {home}; the cluster itself is in {cluster} and was not copied.",
            kept="Nothing was changed.",
            next="Use the original, or copy its content by backup and restore.",
            data=str(data),
        )
    if home != data:
        back.write_text(f"{data}\n")
    return Home(data=data, cluster=cluster, user=_server_user(cluster, cluster.parent))


def _settle_elsewhere(note: Path, *, state: Path, user: ServerUser) -> Path:
    shelf = state / "clusters"
    shelf.mkdir(parents=True, exist_ok=True, mode=0o755)
    place = Path(tempfile.mkdtemp(dir=shelf, prefix=""))
    place.chmod(0o711)
    (place / "home").write_text(f"{note.parent}\n")
    if not _can_enter(user, place):
        raise fault.barred(note.parent, f"the user {user.name} can enter neither it nor {place}")
    draft = note.with_suffix(".draft")
    draft.write_text(f"{place / 'cluster'}\n")
    draft.replace(note)
    return place / "cluster"


def _server_user(*places: Path) -> ServerUser | None:
    """As root: the owner of the first place that exists and is not root's, else an existing unprivileged user."""
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
        next="Start everkin as an ordinary user, or use a server of your own with --dsn.",
    )


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _can_enter(user: ServerUser, folder: Path) -> bool:
    tried = subprocess.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder], capture_output=True, **as_user(user))
    return tried.returncode == 0


def make_folder(folder: Path, user: ServerUser | None) -> None:
    """Make (or take over, if it is an empty leftover) one 0700 folder for the server's user, never its parent."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, user.uid, user.gid)
    finally:
        os.close(descriptor)


def socket_folder(home: Home) -> Path:
    """A folder whose path is short enough for a socket (about 100 bytes), private to the server's user."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    ours = home.user is None and bool(runtime) and os.access(runtime, os.W_OK | os.X_OK)
    folder = Path(runtime if ours else "/tmp") / home.mark
    if len(os.fsencode(folder)) > SOCKET_BYTES_MAX - len("/.s.PGSQL.5432.lock"):
        folder = Path("/tmp") / home.mark
    return folder


def is_private(folder: Path, user: ServerUser | None) -> bool:
    """Whether nobody but the server's user could have put the socket there; `/tmp` is open to all."""
    try:
        seen = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == (os.geteuid() if user is None else user.uid)

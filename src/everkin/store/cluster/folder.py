"""The data folder: whether it may be used, where in it the cluster lives, and as which user its server runs.

A data folder holds `cluster/` (what PostgreSQL calls PGDATA), three lock files, and, when the server's user cannot
enter the folder, `cluster.place` instead of `cluster/`: the name of a place in the system's state folder.
"""

import contextlib
import hashlib
import os
import re
import stat
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from everkin.errors import DataFolderError
from everkin.store.cluster import fault
from everkin.store.cluster.user import ServerUser, make_passable, server_user, user_name

SYSTEM_STATE: Final = Path("/Library/Application Support/everkin" if sys.platform == "darwin" else "/var/lib/everkin")
SOCKET_FOLDER_MAX: Final = 80  # a socket path holds about 100 bytes; `/.s.PGSQL.5432.lock` takes 19
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9/._-]+")  # the setting is a list with quotes and commas
NOTE: Final = "cluster.place"
MARKER: Final = "made-by-everkin"  # an empty file in every cluster of ours
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
    def holders(self) -> Path:
        """Shared by every process that uses the server."""
        return self.data / "cluster.holders"

    @property
    def running(self) -> Path:
        """Inherited by every process of the server, and so held until the last of them is gone."""
        return self.data / f"{self.cluster.name}.running"

    @property
    def draft(self) -> "Home":
        """Where a new cluster is made before it takes its place."""
        return replace(self, cluster=self.cluster.with_name("cluster.new"))

    @property
    def replaced(self) -> Path:
        """Where an upgrade puts the old cluster until the new one has answered."""
        return self.cluster.with_name("cluster.old")

    def size_bytes(self) -> int:
        """What the cluster's files add up to; walks about 1,000 of them, some of which may vanish meanwhile."""
        total = 0
        for file in self.cluster.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                total += file.lstat().st_size
        return total


def require_data_folder(data: Path) -> Path:
    """The folder's full path; made if missing (private, or enterable if root must let the server's user through)."""
    data = Path(os.path.realpath(data.expanduser()))
    if not str(data).isprintable():
        raise DataFolderError(
            "The data folder's path holds a line break, a control character or a byte that is no text.",
            kept="Nothing was changed.",
            next="Name a folder whose path can be printed.",
        )
    with fault.named(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
            raise fault.barred(data, f"it belongs to {user_name(data.stat().st_uid)}, or cannot be written")
        _refuse_strangers(data)
    return data


def _refuse_strangers(data: Path) -> None:
    names = sorted(entry.name for entry in data.iterdir())
    strangers = [name for name in names if not name.startswith(NEIGHBOURS)]
    if strangers and not any(name.startswith("cluster.") for name in names):
        raise DataFolderError(
            f"The folder {data} holds something else already ({len(strangers)} entries that are not Everkin's).",
            kept="Nothing in it was touched.",
            next="Name an empty folder, or one that does not exist yet.",
            data=str(data),
        )


def left_behind(*, state: Path) -> list[Path]:
    """Places in the state folder whose data folder is gone, or names them no more.

    Nothing deletes them: a data folder may be on a disk that is not mounted just now.
    """
    places = [back.parent for back in _shelf(state).glob("*/home")]
    return sorted(place for place in places if not _is_named(place))


def _is_named(place: Path) -> bool:
    try:
        return (Path((place / "home").read_text().strip()) / NOTE).read_text().strip() == place.name
    except FileNotFoundError:
        return False
    except PermissionError:
        return True  # somebody else's, and not ours to judge


def _shelf(state: Path) -> Path:
    return Path(os.path.realpath(state)) / "clusters"


def settle(data: Path, *, state: Path) -> Home:
    """Where this data folder's cluster lives or shall live. Door held: the choice is written down once."""
    shelf = _shelf(state)
    place = _noted(data, shelf) if (data / NOTE).exists() else data
    cluster = (place / "cluster").resolve()
    undo_half_swap(cluster)
    user = server_user(cluster, data)
    _require_ours(data, cluster, user)
    if user is not None and place == data and not cluster.exists() and not user.can_enter(data):
        cluster = _settle_elsewhere(data, shelf, user) / "cluster"
    return Home(data=data, cluster=cluster, user=user)


def undo_half_swap(cluster: Path) -> None:
    """Put the old cluster back if a crash hit between the two renames of an upgrade, which then begins anew."""
    old = cluster.with_name("cluster.old")
    if old.exists() and not cluster.exists():
        old.rename(cluster)


def _require_ours(data: Path, cluster: Path, user: ServerUser | None) -> None:
    if not cluster.exists():
        return
    if not (cluster / MARKER).exists():
        raise DataFolderError(
            f"The folder {cluster} stands where Everkin keeps its cluster, and Everkin did not make it.",
            kept="It was not touched.",
            next="Move it away, or name another data folder.",
            data=str(data),
        )
    expected = os.geteuid() if user is None else user.uid
    if (found := cluster.stat().st_uid) != expected:
        raise DataFolderError(
            f"The cluster in {data} belongs to {user_name(found)}, and its server would run as {user_name(expected)}.",
            kept="It was not touched.",
            next=f"Run as {user_name(found)}, or give the folder {cluster} back to {user_name(expected)}.",
            data=str(data),
        )


def _noted(data: Path, shelf: Path) -> Path:
    """The place that the note names, unless it is gone or another data folder's."""
    note = data / NOTE
    place = shelf / Path(note.read_text().strip()).name
    back = place / "home"
    if not back.exists():
        raise DataFolderError(
            f"The data folder {data} says that its cluster is in {place}, and it is not there.",
            kept="Nothing was changed.",
            next=f"Put {place} back (from a backup, say), or delete {note} to start with an empty store.",
            data=str(data),
        )
    home = Path(back.read_text().strip())
    if home != data and (home / NOTE).exists():
        raise DataFolderError(
            f"The data folder {data} is a copy of {home}; the cluster itself is in {place} and was not copied.",
            kept="Nothing was changed.",
            next="Use the original, or make the copy by backup and restore.",
            data=str(data),
        )
    if home != data:
        back.write_text(f"{data}\n")
    return place


def _settle_elsewhere(data: Path, shelf: Path, user: ServerUser) -> Path:
    """A new place on the shelf, and a note of it; place and data folder name each other."""
    make_passable(shelf)
    place = Path(tempfile.mkdtemp(dir=shelf, prefix=""))
    place.chmod(0o711)
    (place / "home").write_text(f"{data}\n")
    if not user.can_enter(place):
        raise fault.barred(data, f"the user {user.name} can enter neither it nor {place}")
    draft = data / f"{NOTE}.draft"
    draft.write_text(f"{place.name}\n")
    draft.replace(data / NOTE)
    return place


def socket_folder(home: Home) -> Path:
    """A folder whose path is short enough for a socket (about 100 bytes), in a place that this user may write to."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if home.user is None and runtime and os.access(runtime, os.W_OK | os.X_OK):
        folder = Path(runtime) / home.mark
        if PLAIN_PATH.fullmatch(str(folder)) and len(str(folder)) <= SOCKET_FOLDER_MAX:
            return folder
    return Path("/tmp") / home.mark


def is_private(folder: Path, user: ServerUser | None) -> bool:
    """Whether nobody but the server's user can have put a socket there; `/tmp` is open to all."""
    try:
        seen = folder.lstat()
    except FileNotFoundError:
        return False
    is_ours = seen.st_uid == (os.geteuid() if user is None else user.uid)
    return stat.S_ISDIR(seen.st_mode) and is_ours and not seen.st_mode & 0o077

"""Making an empty cluster."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from everkin.store.cluster import fault
from everkin.store.cluster.binaries import Binaries
from everkin.store.cluster.folder import MARKER, Home
from everkin.store.cluster.server import SUPERUSER
from everkin.store.cluster.user import as_user, make_folder

OPTIONS: Final = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--wal-segsize=4",
    "--no-instructions",
    # One sync of the file system instead of a thousand of files: a second instead of five on a busy disk.
    f"--sync-method={'syncfs' if sys.platform == 'linux' else 'fsync'}",
)


def make_cluster(home: Home, binaries: Binaries) -> None:
    """Initialise beside the final place and rename when whole: a crash midway leaves nothing that looks ready."""
    draft = draft_cluster(home, binaries)
    draft.cluster.rename(home.cluster)
    _sync_folder(home.cluster.parent)


def draft_cluster(home: Home, binaries: Binaries) -> Home:
    """A new cluster beside this one, in place of any earlier draft."""
    draft = home.draft
    remove(draft.cluster)
    make_folder(draft.cluster, home.user)
    command = [binaries.program("initdb"), f"--pgdata={draft.cluster}", *OPTIONS]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace", **as_user(home.user))
    if made.returncode != 0:
        free = shutil.disk_usage(draft.cluster).free
        remove(draft.cluster)
        raise fault.of_output(made.stdout + made.stderr, data=home.data, act="make a cluster", free_bytes=free)
    (draft.cluster / MARKER).touch(exist_ok=False)
    return draft


def remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _sync_folder(folder: Path) -> None:
    """Make a rename in it survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

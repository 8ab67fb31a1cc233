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
from everkin.store.cluster.server import SUPERUSER, Server
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
    "--no-clean",  # we clean up; one that outlived its caller must not do so over a newer draft
    # One sync of the file system instead of a thousand of files: a second instead of five on a busy disk.
    f"--sync-method={'syncfs' if sys.platform == 'linux' else 'fsync'}",
)


def make_cluster(home: Home, binaries: Binaries) -> None:
    """Initialise beside the final place and rename when whole: a crash midway leaves nothing that looks ready."""
    put_in_place(draft_cluster(home, binaries), home)


def draft_cluster(home: Home, binaries: Binaries) -> Home:
    """A new cluster beside this one, in place of any earlier draft; whoever was killed over that may still have it run."""
    draft = home.draft
    Server(home=draft).end()
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


def put_in_place(draft: Home, home: Home) -> None:
    """Rename the draft, so that it survives a power cut."""
    draft.cluster.rename(home.cluster)
    descriptor = os.open(home.cluster.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

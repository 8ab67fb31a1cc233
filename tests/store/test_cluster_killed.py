"""Power cuts, `kill -9`, cleaned temporary folders: the next start heals what they left, and nothing is lost."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from everkin.store.cluster import Cluster
from everkin.store.cluster.server import processes_marked, processes_standing_in
from support.servers import bystander, copy_as_it_is, postmaster_pid, server_processes

BUSY = b"SELECT count(*), 'Bluebell' FROM (SELECT generate_series(1, 1000000000000)) AS numbers"


def connect(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database), autocommit=True)


def remember(cluster: Cluster, *names: str) -> None:
    with connect(cluster) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS pet (name text)")
        for name in names:
            connection.execute("INSERT INTO pet VALUES (%s)", [name])


def remembered(cluster: Cluster) -> list[str]:
    with connect(cluster) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM pet ORDER BY name")]


@contextmanager
def a_long_statement(cluster: Cluster) -> Iterator[int]:
    """A backend, by pid, in the middle of a statement that outlives its postmaster."""
    with closing(connect(cluster)) as busy, closing(connect(cluster)) as watching:
        busy.pgconn.send_query(BUSY)
        query = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = %s"
        while watching.execute(query, [busy.info.backend_pid]).fetchone() != (True,):
            continue
        yield busy.info.backend_pid


async def test_a_postmaster_killed_alone_leaves_backends_that_are_ended(lived_in: Path) -> None:
    cluster = await Cluster.open(lived_in)
    remember(cluster, "Biscuit")
    with a_long_statement(cluster) as orphan:
        os.kill(postmaster_pid(lived_in / "cluster"), signal.SIGKILL)
        assert orphan in server_processes(lived_in)
        again = await Cluster.open(lived_in)
        assert orphan not in server_processes(lived_in)
    assert remembered(again) == ["Biscuit"]
    await again.close()
    await cluster.close()
    assert server_processes(lived_in) == {}


async def test_all_killed_at_once_loses_nothing_acknowledged(lived_in: Path) -> None:
    """As in a power cut, except for what the disk itself forgets."""
    cluster = await Cluster.open(lived_in)
    names = [f"pet {number:03}" for number in range(100)]
    remember(cluster, *names)
    for pid in server_processes(lived_in):
        with suppress(ProcessLookupError):  # it followed its postmaster at once
            os.kill(pid, signal.SIGKILL)
    again = await Cluster.open(lived_in)
    assert remembered(again) == names
    await again.close()
    await cluster.close()


async def test_who_still_holds_it_can_revive_it(lived_in: Path) -> None:
    """Alice's long-running server notices that PostgreSQL is gone and starts it again."""
    cluster = await Cluster.open(lived_in)
    remember(cluster, "Biscuit")
    await cluster.revive()
    os.kill(postmaster_pid(lived_in / "cluster"), signal.SIGKILL)
    await cluster.revive()
    assert remembered(cluster) == ["Biscuit"]
    await cluster.close()
    assert server_processes(lived_in) == {}


async def test_one_backend_killed_is_survived_and_not_quoted(lived_in: Path) -> None:
    """PostgreSQL restarts itself; its log tells of the crash without the statement that ran."""
    cluster = await Cluster.open(lived_in)
    with a_long_statement(cluster) as backend:
        os.kill(backend, signal.SIGKILL)
    log = lived_in / "cluster/log"
    while "was terminated by signal 9" not in "".join(file.read_text() for file in log.iterdir()):
        continue
    await cluster.revive()
    remember(cluster, "Biscuit")
    await cluster.close()
    assert "Bluebell" not in "".join(file.read_text() for file in log.iterdir())


async def test_a_pid_used_again_by_somebody_else_is_not_taken_for_the_server(lived_in: Path) -> None:
    """The file of a killed server names a pid that is now Bob's text editor; he keeps it."""
    cluster = await Cluster.open(lived_in)
    remember(cluster, "Biscuit")
    note = lived_in / "cluster/postmaster.pid"
    lines = note.read_text().splitlines()
    socket = Path(cluster.describe()["socket"])
    for pid in server_processes(lived_in):
        os.kill(pid, signal.SIGKILL)
    owner = note.stat()
    with bystander(lived_in / "cluster") as editor:
        note.write_text("\n".join([str(editor.pid), *lines[1:], ""]))
        os.chown(note, owner.st_uid, owner.st_gid)
        (socket / ".s.PGSQL.5432.lock").write_text("\n".join([str(editor.pid), *lines[1:5], ""]))
        again = await Cluster.open(lived_in)
        assert editor.poll() is None
    assert remembered(again) == ["Biscuit"]
    await again.close()
    await cluster.close()


async def test_a_stale_socket_without_a_server_is_cleared(lived_in: Path) -> None:
    """Its lock file names a pid that is somebody else's now, and PostgreSQL's own note of it is lost."""
    cluster = await Cluster.open(lived_in)
    socket = Path(cluster.describe()["socket"])
    for pid in server_processes(lived_in):
        os.kill(pid, signal.SIGKILL)
    (lived_in / "cluster/postmaster.pid").unlink()
    lock = socket / ".s.PGSQL.5432.lock"
    with bystander(lived_in / "cluster") as editor:
        lock.write_text("\n".join([str(editor.pid), *lock.read_text().splitlines()[1:], ""]))
        again = await Cluster.open(lived_in)
        assert editor.poll() is None
    await again.close()
    await cluster.close()


async def test_a_cleaned_temporary_folder_is_survived(lived_in: Path) -> None:
    """The machine empties /tmp under a running server; the next who opens it starts it again, all can go on."""
    cluster = await Cluster.open(lived_in)
    remember(cluster, "Biscuit")
    shutil.rmtree(cluster.describe()["socket"])
    again = await Cluster.open(lived_in)
    assert remembered(again) == remembered(cluster) == ["Biscuit"]
    await again.close()
    await cluster.close()
    assert server_processes(lived_in) == {}


async def test_a_folder_deleted_under_a_running_server_begins_anew(folder: Path) -> None:
    """Alice deletes everything and starts afresh, while a killed process's server still ran."""
    data = folder / "data"
    cluster = await Cluster.open(data, keep=True)
    await cluster.close()
    old = postmaster_pid(data / "cluster")
    shutil.rmtree(data)
    again = await Cluster.open(data)
    assert postmaster_pid(data / "cluster") != old
    assert old not in server_processes(folder)
    await again.close()


async def test_a_folder_moved_under_a_running_server_is_found_again(folder: Path) -> None:
    cluster = await Cluster.open(folder / "old", keep=True)
    remember(cluster, "Biscuit")
    await cluster.close()
    (folder / "old").rename(folder / "new")
    moved = await Cluster.open(folder / "new")
    assert remembered(moved) == ["Biscuit"]
    await moved.close()
    assert server_processes(folder) == {}


async def test_a_copy_of_a_running_folder_does_not_join_the_original(folder: Path) -> None:
    """Bob copies Alice's data folder while it is in use: two stores, however whole the copy is."""
    original = await Cluster.open(folder / "original")
    remember(original, "Biscuit")
    copy_as_it_is(folder / "original", folder / "copy")
    copy = await Cluster.open(folder / "copy")
    remember(copy, "Pebble")
    assert remembered(original) == ["Biscuit"]
    await copy.close()
    assert remembered(original) == ["Biscuit"]
    await original.close()


async def test_a_crash_in_the_middle_of_the_first_start_is_begun_anew(folder: Path) -> None:
    (folder / "cluster.new/base").mkdir(parents=True)
    (folder / "cluster.new/PG_VERSION").write_text("18\n")
    cluster = await Cluster.open(folder)
    remember(cluster, "Biscuit")
    await cluster.close()
    assert not (folder / "cluster.new").exists()


async def test_somebody_who_stands_in_the_folder_is_left_alone(lived_in: Path) -> None:
    """Alice's shell is in the cluster's folder while leftovers are ended."""
    cluster = await Cluster.open(lived_in)
    with bystander(lived_in / "cluster") as alice:
        os.kill(postmaster_pid(lived_in / "cluster"), signal.SIGKILL)
        await cluster.revive()
        assert alice.poll() is None
    await cluster.close()


@pytest.mark.skipif(shutil.which("ps") is None, reason="this machine has no ps")
async def test_the_two_ways_of_finding_processes_agree(lived_in: Path) -> None:
    """By working folder (Linux) and by title (elsewhere)."""
    cluster = await Cluster.open(lived_in)
    home = cluster._server.home
    assert processes_marked(home.mark) == processes_standing_in(home.cluster) == set(server_processes(lived_in))
    await cluster.close()

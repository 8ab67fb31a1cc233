"""Alice's laptop starts the store in the morning and stops it at night."""

import json
from pathlib import Path

import psycopg
import pytest

from everkin.store.cluster import Cluster
from support.servers import server_processes

SECRET = "Bluebell"


def folder_of(cluster: Cluster) -> Path:
    return Path(cluster.describe()["cluster"]).parent


async def test_what_was_stored_is_there_after_a_restart(lived_in: Path) -> None:
    """Alice closes the lid at night and opens it in the morning; nothing runs meanwhile."""
    evening = await Cluster.open(lived_in)
    with psycopg.connect(evening.dsn(user=evening.superuser, database=evening.database)) as connection:
        connection.execute("CREATE TABLE pet AS SELECT 'Biscuit' AS name")
    await evening.close()
    assert server_processes(lived_in) == {}
    morning = await Cluster.open(lived_in)
    with psycopg.connect(morning.dsn(user=morning.superuser, database=morning.database)) as connection:
        assert connection.execute("SELECT name FROM pet").fetchone() == ("Biscuit",)
    await morning.close()


async def test_closing_twice_is_harmless(lived_in: Path) -> None:
    cluster = await Cluster.open(lived_in)
    await cluster.close()
    await cluster.close()


def test_each_test_has_a_database_with_vectors_of_its_own(database: str) -> None:
    """Alice's test and Bob's test do not see each other's tables, and both have pgvector."""
    with psycopg.connect(database) as connection:
        distance = connection.execute("SELECT '[1,0]'::vector <-> '[0,0]'::vector").fetchone()
    assert distance == (1.0,)


def test_it_is_set_to_keep_what_it_acknowledged_and_to_talk_to_nobody(quiet: Cluster) -> None:
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "server_encoding": "UTF8",
        "jit": "off",
        "max_connections": "60",
        "log_statement": "none",
    }
    with psycopg.connect(quiet.dsn(user=quiet.superuser, database=quiet.database)) as connection:
        actual = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(expected)])
        assert dict(actual.fetchall()) == expected


def test_letters_of_every_script_are_folded_as_unicode_says(quiet: Cluster) -> None:
    with psycopg.connect(quiet.dsn(user=quiet.superuser, database=quiet.database)) as connection:
        assert connection.execute("SELECT lower('ÉMILE ŽOFIE ΣΟΦΙΑ')").fetchone() == ("émile žofie σοφια",)


def test_an_idle_server_is_small(quiet: Cluster) -> None:
    """Under 60 MB for all of its processes together, shared pages counted once."""
    kilobytes = 0
    for pid in server_processes(folder_of(quiet)):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kilobytes += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    assert 0 < kilobytes < 60_000


def test_only_the_server_user_reaches_socket_and_data(quiet: Cluster) -> None:
    """Charlie, another user of Alice's machine, can neither connect nor read."""
    told = quiet.describe()
    for place in (told["socket"], told["cluster"]):
        assert Path(place).stat().st_mode & 0o777 == 0o700


def test_the_doctor_is_told_what_runs_where(quiet: Cluster) -> None:
    folder = folder_of(quiet)
    told = quiet.describe()
    assert told["version"].startswith("PostgreSQL 1")
    assert told["data folder"] == str(folder)
    assert int(told["pid"]) in server_processes(folder)
    assert 20 < int(told["size"].removesuffix(" MB")) < 80
    json.dumps(told)


async def test_the_doctor_is_told_too_when_nothing_runs(lived_in: Path) -> None:
    cluster = await Cluster.open(lived_in)
    await cluster.close()
    told = cluster.describe()
    assert (told["version"], told["pid"], told["socket"]) == ("PostgreSQL does not answer", "none", "none")


@pytest.mark.parametrize(
    "name",
    ["d" * 150, "Alice's “data” ü 日本 $HOME `x`"],
    ids=["150 characters", "quotes and signs"],
)
async def test_any_printable_path_will_do(folder: Path, name: str) -> None:
    cluster = await Cluster.open(folder / name)
    with psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database)) as connection:
        assert connection.execute("SHOW data_directory").fetchone() == (str(folder / name / "cluster"),)
    await cluster.close()
    assert server_processes(folder) == {}


async def test_a_runtime_folder_too_long_for_a_socket_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = folder / ("r" * 100)
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    cluster = await Cluster.open(folder / "data")
    assert cluster.describe()["socket"].startswith("/tmp/everkin-")
    await cluster.close()


async def test_a_cluster_that_was_moved_to_another_disk_by_a_link_works(folder: Path) -> None:
    """Bob's first disk was small."""
    data, disk = folder / "data", folder / "disk"
    cluster = await Cluster.open(data)
    await cluster.close()
    disk.mkdir(mode=0o711)
    (data / "cluster").rename(disk / "cluster")
    (data / "cluster").symlink_to(disk / "cluster")
    again = await Cluster.open(data)
    assert again.describe()["cluster"] == str(disk / "cluster")
    await again.close()
    assert server_processes(folder) == {}


def test_no_word_reaches_the_log(quiet: Cluster) -> None:
    """Constraint violations, casts, long statements, even a backend that dies of it: the log names none of them."""
    dsn = quiet.dsn(user=quiet.superuser, database=quiet.database)
    with psycopg.connect(dsn, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("CREATE TABLE secret (word text PRIMARY KEY CHECK (length(word) < 9))")
        connection.execute("INSERT INTO secret VALUES (%s)", [SECRET])
        for statement in (
            "INSERT INTO secret VALUES (%s)",
            "SELECT %s::integer",
            "SELECT %s::vector",
            "SELECT %s FROM no",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, [SECRET])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO secret VALUES (%s)", [SECRET * 2])
        connection.execute("DO $$ BEGIN RAISE WARNING 'Bluebell'; END $$")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid()), %s", [SECRET])
    log = "".join(file.read_text() for file in (folder_of(quiet) / "cluster/log").iterdir())
    assert "ready to accept connections" in log
    assert SECRET not in log

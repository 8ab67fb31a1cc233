"""A newer wheel brings a newer PostgreSQL; Alice's old store is taken along, or left as it was."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from everkin.errors import StorageFull, StoreUnavailable
from everkin.store.cluster import Cluster, binaries, upgrade
from everkin.store.cluster.folder import MARKER, SYSTEM_STATE, Home, require_data_folder, settle
from everkin.store.cluster.initdb import draft_cluster
from everkin.store.cluster.server import SUPERUSER, Server
from everkin.store.cluster.settings import ANY_MAJOR, SERVER
from everkin.store.cluster.user import as_user, make_folder
from support.servers import server_processes

OLD = min(binaries.installed())
NEW = max(binaries.installed())
LIKE_A_COMMAND = f"CREATE ROLE {SUPERUSER};"


@pytest.fixture
def old(folder: Path) -> Home:
    """A store as the wheel's older PostgreSQL made it."""
    home = settle(require_data_folder(folder), state=SYSTEM_STATE)
    programs = binaries.installed()[OLD]
    make_folder(home.cluster, home.user)
    initdb = [programs.program("initdb"), f"--pgdata={home.cluster}", f"--username={SUPERUSER}"]
    command = [*initdb, "--no-locale", "--encoding=UTF8", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, **as_user(home.user))
    (home.cluster / MARKER).touch()
    return home


@contextmanager
def the_old_server(home: Home) -> Iterator[psycopg.Connection]:
    server = Server(home=home)
    server.start(binaries.installed()[OLD], ANY_MAJOR)
    with psycopg.connect(server.dsn(user=SUPERUSER, database="postgres"), autocommit=True) as connection:
        yield connection
    server.end()


def furnish(home: Home) -> None:
    """Roles, row security, vectors, and words that look like a command of the dump."""
    with the_old_server(home) as connection:
        connection.execute("CREATE DATABASE everkin")
        connection.execute("CREATE ROLE reader NOLOGIN")
        dsn = Server(home=home).dsn(user=SUPERUSER, database="everkin")
    with the_old_server(home), psycopg.connect(dsn) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE pet (name text, place halfvec(3))")
        connection.execute("INSERT INTO pet VALUES ('Biscuit', '[1,2,3]')")
        connection.execute("INSERT INTO pet VALUES ('Pebble', NULL)")
        connection.execute("CREATE TABLE said (words text)")
        connection.execute("INSERT INTO said VALUES (%s)", [LIKE_A_COMMAND])
        connection.execute("ALTER TABLE pet ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        connection.execute("CREATE POLICY own ON pet TO reader USING (place IS NOT NULL)")
        connection.execute("GRANT SELECT ON pet TO reader")


async def test_a_store_of_an_older_postgresql_is_taken_along(old: Home, folder: Path) -> None:
    furnish(old)
    after = await Cluster.open(folder)
    assert after.describe()["version"].startswith(f"PostgreSQL {NEW}")
    with psycopg.connect(after.dsn(user=after.superuser, database=after.database)) as connection:
        everything = connection.execute("SELECT name, place::text FROM pet ORDER BY name").fetchall()
        said = connection.execute("SELECT words FROM said").fetchone()
        connection.execute("SET ROLE reader")
        allowed = connection.execute("SELECT name FROM pet").fetchall()
    assert everything == [("Biscuit", "[1,2,3]"), ("Pebble", None)]
    assert said == (LIKE_A_COMMAND,)
    assert allowed == [("Biscuit",)]
    await after.close()
    assert [entry.name for entry in os.scandir(folder) if entry.is_dir()] == ["cluster"]
    assert server_processes(folder) == {}


async def test_what_the_newer_one_refuses_leaves_the_old_one_whole(old: Home, folder: Path) -> None:
    """A view on a column that PostgreSQL has since dropped cannot be reloaded."""
    furnish(old)
    with the_old_server(old) as connection:
        connection.execute("CREATE VIEW written AS SELECT buffers_backend FROM pg_stat_bgwriter")
    with pytest.raises(StoreUnavailable) as met:
        await Cluster.open(folder)
    assert "whole" in met.value.kept
    assert server_processes(folder) == {}
    assert not (folder / "cluster.new").exists()
    with the_old_server(old) as connection:
        connection.execute("DROP VIEW written")
    after = await Cluster.open(folder)
    await after.close()


async def test_an_upgrade_killed_midway_is_begun_anew(old: Home, folder: Path) -> None:
    """The new server of the first attempt still runs on its half-filled draft."""
    furnish(old)
    draft = Server(home=draft_cluster(old, binaries.installed()[NEW]))
    draft.start(binaries.installed()[NEW], SERVER)
    after = await Cluster.open(folder)
    with psycopg.connect(after.dsn(user=after.superuser, database=after.database)) as connection:
        assert connection.execute("SELECT count(*) FROM pet").fetchone() == (2,)
    await after.close()
    assert server_processes(folder) == {}


async def test_a_crash_between_the_two_renames_is_undone(old: Home, folder: Path) -> None:
    furnish(old)
    old.cluster.rename(folder / "cluster.old")
    after = await Cluster.open(folder)
    with psycopg.connect(after.dsn(user=after.superuser, database=after.database)) as connection:
        assert connection.execute("SELECT count(*) FROM pet").fetchone() == (2,)
    await after.close()


async def test_too_little_room_is_said_before_anything_is_done(
    old: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade, "ROOM", 1e9)
    with pytest.raises(StorageFull) as met:
        await Cluster.open(folder)
    assert "of room" in met.value.what
    assert (folder / "cluster/PG_VERSION").read_text() == f"{OLD}\n"

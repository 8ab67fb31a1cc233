"""One real PostgreSQL server a run, shared by all workers, and a database of its own for each test."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from everkin.store.cluster import Cluster
from support.servers import quick_disk

FOLDER = "EVERKIN_TEST_DATA"
TEMPLATE = "everkin_template"


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run names the folder; xdist's workers inherit the name."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="everkin-tests-", dir=quick_disk()))
        folder.chmod(0o711)  # as root, the server's unprivileged user must pass through
        os.environ[FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    opened = asyncio.run(Cluster.open(Path(os.environ[FOLDER]) / "data"))
    yield opened
    asyncio.run(opened.close())


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The database that each test's own is cloned from, made once a run; every worker waits until it is whole."""
    with psycopg.connect(cluster.dsn(user=cluster.superuser, database="postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE]).rowcount == 0:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            furnish(cluster.dsn(user=cluster.superuser, database=TEMPLATE))
    return TEMPLATE


def furnish(dsn: str) -> None:
    """What every test's database begins with."""
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE EXTENSION vector")


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[str]:
    """A fresh database's connection string for the superuser; `make_conninfo(database, user=…)` changes the role."""
    name = sql.Identifier(f"test_{uuid.uuid4().hex}")
    with psycopg.connect(cluster.dsn(user=cluster.superuser, database="postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
        yield cluster.dsn(user=cluster.superuser, database=name.as_string().strip('"'))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

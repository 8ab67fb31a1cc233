"""Folders for tests that start servers of their own."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from everkin.store.cluster import Cluster
from support.servers import end_servers, quick_disk


@contextmanager
def an_empty_folder() -> Iterator[Path]:
    """One that an unprivileged server can reach (pytest's own are closed to others)."""
    made = Path(tempfile.mkdtemp(prefix="everkin-", dir=quick_disk())).resolve()
    made.chmod(0o711)
    yield made
    end_servers(made)
    shutil.rmtree(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    with an_empty_folder() as made:
        yield made


@pytest.fixture(scope="module")
def quiet() -> Iterator[Cluster]:
    """A running cluster for the tests of one file that only look at it."""
    with an_empty_folder() as made:
        cluster = asyncio.run(Cluster.open(made))
        yield cluster
        asyncio.run(cluster.close())

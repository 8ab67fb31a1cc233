"""Folders for tests that start servers of their own."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from everkin.store.cluster import Cluster
from support.servers import copy_as_it_is, end_servers, quick_disk


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


@pytest.fixture(scope="session")
def pristine() -> Iterator[Path]:
    """A data folder that was opened once and closed."""
    with an_empty_folder() as made:
        asyncio.run(open_and_close(made))
        yield made


async def open_and_close(data: Path) -> None:
    await (await Cluster.open(data)).close()


@pytest.fixture
def lived_in(folder: Path, pristine: Path) -> Path:
    """A data folder that has been used before, all to this test."""
    copy_as_it_is(pristine, folder / "data")
    return folder / "data"


@pytest.fixture(scope="module")
def quiet() -> Iterator[Cluster]:
    """A running cluster for the tests of one file that only look at it."""
    with an_empty_folder() as made:
        cluster = asyncio.run(Cluster.open(made))
        yield cluster
        asyncio.run(cluster.close())

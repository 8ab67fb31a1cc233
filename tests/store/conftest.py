"""Folders for tests that start servers of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that an unprivileged server can reach; pytest's own are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="everkin-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)

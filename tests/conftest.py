"""Fixtures that every room's tests share; a test that needs PostgreSQL counts as slow."""

import pytest

from support.house import clock, kin, opener
from support.postgres import cluster, database, pytest_configure, pytest_unconfigure, template

__all__ = ["clock", "cluster", "database", "kin", "opener", "pytest_configure", "pytest_unconfigure", "template"]


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        if "cluster" in item.fixturenames or item.path.parent.name == "store":
            item.add_marker(pytest.mark.slow)

"""Fixtures that every room's tests share."""

from support.house import clock, kin, opener
from support.postgres import cluster, database, pytest_configure, pytest_unconfigure, template

__all__ = ["clock", "cluster", "database", "kin", "opener", "pytest_configure", "pytest_unconfigure", "template"]

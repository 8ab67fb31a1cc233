"""Fixtures that every room's tests share."""

from support.postgres import cluster, database, pytest_configure, pytest_unconfigure, template

__all__ = ["cluster", "database", "pytest_configure", "pytest_unconfigure", "template"]

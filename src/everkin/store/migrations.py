"""Forward migrations: `sql/migrations/NNNN_pre|post_name.sql`, run in order at start, one process at a time.

`pre` runs before the code that needs it and keeps the last release working; `post` tidies up afterwards and may run late.
"""

import re
from dataclasses import dataclass, field
from importlib.resources import files

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from everkin.errors import SchemaTooNew, StoreError
from everkin.store.database import translated

_NAME = re.compile(r"^(\d{4})_(pre|post)_(\w+)\.sql$")
_LOCK = 0x45564B4E  # "EVKN": the advisory lock that one migrating process holds


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One step forward; there is no step back."""

    number: int
    name: str
    sql: bytes = field(repr=False)


def migrations() -> list[Migration]:
    """All that this release knows, in order."""
    folder = (files("everkin.store") / "sql" / "migrations").iterdir()
    found = [
        Migration(number=int(match[1]), name=match[3], sql=file.read_bytes())
        for file in folder
        if (match := _NAME.match(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


async def migrate(conninfo: str) -> list[str]:
    """Bring the schema up to this release as the database's owner; returns the names of what ran.

    A schema from a newer release is left alone and refused. A step that fails leaves the schema as it was before it.
    """
    with translated():
        async with await AsyncConnection.connect(conninfo, row_factory=dict_row, autocommit=True) as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            await _require_server(connection)
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations "
                "(number int PRIMARY KEY, name text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now())"
            )
            ran = await _run_missing(connection)
            await _analyze(connection)
            return ran


async def _analyze(connection: AsyncConnection[dict[str, object]]) -> None:
    """Have tables counted that hold rows and never were: uncounted, the planner reads all of a user's rows to find one."""
    cursor = await connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
        "AND reltuples < 0 AND pg_relation_size(oid) > 0"
    )
    for row in await cursor.fetchall():
        await connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(str(row["relname"]))))


async def _run_missing(connection: AsyncConnection[dict[str, object]]) -> list[str]:
    cursor = await connection.execute("SELECT number FROM migrations")
    done = {row["number"] for row in await cursor.fetchall()}
    known = migrations()
    if newer := done - {migration.number for migration in known}:
        raise SchemaTooNew(
            f"This data was written by a newer Everkin (schema {max(map(str, newer))}).",
            kept="It was not touched.",
            next="Install that release or a later one.",
        )
    missing = [migration for migration in known if migration.number not in done]
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO migrations (number, name) VALUES (%s, %s)", (migration.number, migration.name)
            )
    return [migration.name for migration in missing]


async def _require_server(connection: psycopg.AsyncConnection[dict[str, object]]) -> None:
    if connection.info.server_version < 160000:
        raise StoreError(
            f"PostgreSQL {connection.info.server_version // 10000} is too old.",
            kept="Nothing was changed.",
            next="Everkin needs PostgreSQL 16 or later with pgvector 0.7 or later.",
        )
    cursor = await connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
    if await cursor.fetchone() is None:
        raise StoreError(
            "This PostgreSQL has no pgvector.",
            kept="Nothing was changed.",
            next="Install the pgvector package for its version, 0.7 or later.",
        )

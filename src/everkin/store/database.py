"""Connections to PostgreSQL: one pool per role, and transactions that belong to one user."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, LiteralString

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from everkin.errors import StorageFull, StoreError, StoreUnavailable
from everkin.mind.identity import UserId

Row = dict[str, Any]
Connection = AsyncConnection[DictRow]

APP_ROLE = "everkin_app"
UPKEEP_ROLE = "everkin_upkeep"
RECONNECT_S = 10.0
"""So long one connection is tried again and again, ever more seldom; whoever asks after that begins anew, at once."""


class Database:
    """A pool of connections under one role that cannot see past row level security."""

    def __init__(
        self, conninfo: str, *, role: str = APP_ROLE, size: int = 8, unreachable: Callable[[], None] = lambda: None
    ) -> None:
        """`unreachable` is called whenever the server could not be reached, and must not wait."""
        self._role, self._unreachable = role, unreachable
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo,
            connection_class=AsyncConnection[DictRow],
            kwargs={"row_factory": dict_row, "autocommit": True},
            configure=self._configure,
            min_size=1,
            max_size=size,
            timeout=30,
            reconnect_timeout=RECONNECT_S,
            open=False,
        )

    async def _configure(self, connection: Connection) -> None:
        await connection.execute(f"SET ROLE {self._role}".encode())
        await register_vector_async(connection)

    async def open(self) -> None:
        """Connect, and refuse a role that row level security would not hold."""
        with translated():
            await self._pool.open(wait=True, timeout=15)
            async with self._pool.connection() as connection:
                row = await one(
                    connection, "SELECT rolsuper OR rolbypassrls AS above FROM pg_roles WHERE rolname = current_user"
                )
        if row is None or row["above"]:
            raise StoreError(
                f"The database role {self._role} can see past the walls between users.",
                kept="Nothing was read or written.",
                next=f"Run ALTER ROLE {self._role} NOSUPERUSER NOBYPASSRLS.",
            )

    async def close(self) -> None:
        await self._pool.close()

    async def ping(self) -> str:
        """`ready`, or why not, in a word or two."""
        try:
            async with self.transaction() as connection:
                await connection.execute("SELECT 1")
        except StoreError as error:
            return type(error).__name__
        return "ready"

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        """A connection for one statement on the cell's own tables, committed as it runs."""
        with self._watched():
            async with self._pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction over the cell's own tables; a user's rows are out of reach in it."""
        with self._watched():
            async with self._pool.connection() as connection, connection.transaction():
                yield connection

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except StoreUnavailable:
            self._unreachable()
            raise

    @asynccontextmanager
    async def as_user(self, user: UserId) -> AsyncIterator[Connection]:
        """One transaction that sees this user's rows and no others; it commits durably when left without an error."""
        async with self.transaction() as connection:
            await connection.execute("SELECT set_config('everkin.user_id', %s, true)", (str(user),))
            yield connection


class translated:
    """Turns what PostgreSQL raises into our errors, and drops the original, whose detail may quote a row."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
            raise StorageFull(
                "The database has no room left.",
                kept="Everything that was acknowledged is kept; this was not.",
                next="Free some disk space, then try again.",
            ) from None
        if isinstance(error, (psycopg.OperationalError, PoolTimeout)):
            raise StoreUnavailable(
                "The database cannot be reached.",
                kept="Everything that was acknowledged is kept.",
                next="Try again; `everkin doctor` says what is wrong if it lasts.",
                sqlstate=getattr(error, "sqlstate", None),
            ) from None
        if isinstance(error, psycopg.Error):
            raise StoreError(
                "The database refused a statement.",
                kept="Nothing of this call was stored.",
                next="This is a fault of Everkin: please report it with its sqlstate.",
                sqlstate=error.sqlstate,
            ) from None


async def one(connection: Connection, query: LiteralString, values: Row | None = None) -> Row | None:
    """The first row, or None."""
    cursor = await connection.execute(query, values)
    return await cursor.fetchone()


async def rows(connection: Connection, query: LiteralString, values: Row | None = None) -> list[Row]:
    """All rows, in binary form, which is quicker for byte strings and times."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def run(connection: Connection, query: LiteralString, values: Row | None = None) -> int:
    """How many rows it touched."""
    cursor = await connection.execute(query, values)
    return cursor.rowcount

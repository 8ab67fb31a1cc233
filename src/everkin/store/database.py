"""Connections to PostgreSQL: one pool per role, and transactions that belong to one user.

A round trip costs more than most statements. So the statements of a user's transaction travel when the first answer is
wanted, and reads of one user that are asked for in the same turn of the event loop travel together.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from everkin.errors import StorageFull, StoreError, StoreUnavailable
from everkin.mind.identity import UserId
from everkin.store.arrays import packed

Row = dict[str, Any]
Connection = AsyncConnection[DictRow]

APP_ROLE = "everkin_app"
UPKEEP_ROLE = "everkin_upkeep"
RECONNECT_S = 10.0
"""So long one connection is tried again and again, ever more seldom; whoever asks after that begins anew, at once."""

_AS_USER: Final = "SELECT set_config('everkin.user_id', %s, true)"
_TOGETHER: Final = 16
"""Reads in one round trip at most, so that no answer waits for too many others."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Reads on their way, one after the other, and who waits for their rows."""

    statements: tuple[tuple[LiteralString, Row], ...] = field(repr=False)
    answer: "asyncio.Future[list[list[Row]]]"


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
        self._asked: dict[UserId, list[_Asked]] = {}
        self._reading: set[asyncio.Task[None]] = set()

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
        """One transaction that sees this user's rows and no others; it commits durably when left without an error.

        Statements are sent when an answer is wanted, or at the end: a mistake in one may show at a later one.
        """
        with self._watched():
            async with self._pool.connection() as connection, connection.pipeline(), connection.transaction():
                await connection.execute(_AS_USER, (str(user),))
                yield connection

    async def read(self, user: UserId, query: LiteralString, values: Row) -> list[Row]:
        """All rows of one statement that changes nothing, in binary form, of this user's rows and no others.

        Reads of one user that are asked for together share a round trip; each sees what was committed when it runs.
        """
        (found,) = await self.read_all(user, (query, values))
        return found

    async def read_apart(self, user: UserId, query: LiteralString, values: Row) -> list[Row]:
        """`read` on a connection of its own: for what takes so long that it is better done beside the rest."""
        asked = _Asked(((query, values),), asyncio.get_running_loop().create_future())
        self._begin(user, [asked])
        (found,) = await asked.answer
        return found

    async def read_all(self, user: UserId, *statements: tuple[LiteralString, Row]) -> list[list[Row]]:
        """`read` of several statements, which run in this order."""
        asked = _Asked(statements, asyncio.get_running_loop().create_future())
        waiting = self._asked.setdefault(user, [])
        waiting.append(asked)
        if len(waiting) == 1:  # a turn of the loop later, so that what is gathered within what is gathered comes along
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._send, user)
        return await asked.answer

    def _send(self, user: UserId) -> None:
        asked = self._asked.pop(user)
        for start in range(0, len(asked), _TOGETHER):
            self._begin(user, asked[start : start + _TOGETHER])

    def _begin(self, user: UserId, asked: list[_Asked]) -> None:
        task = asyncio.create_task(self._answer(user, asked))
        self._reading.add(task)
        task.add_done_callback(lambda done: self._answered(user, asked, done))

    async def _answer(self, user: UserId, asked: list[_Asked]) -> None:
        """In one implicit transaction, which is what a pipeline up to its end is: the user is forgotten with it."""
        with self._watched():
            async with self._pool.connection() as connection:
                async with connection.pipeline():
                    await connection.execute(_AS_USER, (str(user),))
                    told = [
                        [
                            await connection.execute(query, packed(query, values), binary=True)
                            for query, values in each.statements
                        ]
                        for each in asked
                    ]
                for each, cursors in zip(asked, told, strict=True):
                    found = [await cursor.fetchall() for cursor in cursors]
                    if not each.answer.done():  # whoever asked may have left
                        each.answer.set_result(found)

    def _answered(self, user: UserId, asked: list[_Asked], task: "asyncio.Task[None]") -> None:
        """Where one of several failed, each is asked again alone: an error is for whoever made it."""
        self._reading.discard(task)
        error = None if task.cancelled() else task.exception()
        for each in asked:
            if task.cancelled():
                each.answer.cancel()
            elif error is not None and len(asked) > 1:
                self._begin(user, [each])
            elif error is not None and not each.answer.done():
                each.answer.set_exception(error)


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
    cursor = await connection.execute(query, packed(query, values))
    return await cursor.fetchone()


async def rows(connection: Connection, query: LiteralString, values: Row | None = None) -> list[Row]:
    """All rows, in binary form, which is quicker for byte strings and times."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(query, packed(query, values))
        return await cursor.fetchall()


async def answers(connection: Connection, *asked: tuple[LiteralString, Row]) -> list[list[Row]]:
    """The rows of several statements; in a user's transaction they share a round trip."""
    cursors = [await connection.execute(query, packed(query, values), binary=True) for query, values in asked]
    return [await cursor.fetchall() for cursor in cursors]


async def run(connection: Connection, query: LiteralString, values: Row | None = None) -> None:
    """Nothing is answered: in a user's transaction it travels with the next read, or with the commit."""
    await connection.execute(query, packed(query, values))


async def count(connection: Connection, query: LiteralString | bytes, values: Row | None = None) -> int:
    """How many rows it touched."""
    async with connection.pipeline():
        cursor = await connection.execute(query, packed(query, values))
    return cursor.rowcount

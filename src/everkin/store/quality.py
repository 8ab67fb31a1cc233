"""Samples of a cell's memories, what was found wrong with them, and the trend, in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.quality import Day, Fault
from everkin.store.database import Database, Row, count, one, rows, run
from everkin.store.queries import queries

_SPARE: Final = 5000.0
"""Per cent times so many of the wanted, so that a sample rarely falls short of them."""


class PostgresSamples:
    """Fulfils `mind.ports.samples.Samples`. `cell` connects as the role that sees ids and counters of all users."""

    def __init__(self, database: Database, cell: Database) -> None:
        self._database, self._cell = database, cell
        self._sql = queries("quality")

    async def pick(self, *, day: date, limit: int) -> Sequence[tuple[UserId, BondId, MemoryId]]:
        async with self._cell.transaction() as connection:
            size = await one(connection, self._sql["size"])
            share = min(100.0, _SPARE * limit / max(1.0, size["memories"] if size else 1.0))
            values: Row = {"share": share, "seed": day.toordinal(), "day": day.isoformat(), "limit": limit}
            found = await rows(connection, self._sql["pick"], values)
        return [(UserId(row["user_id"]), BondId(row["bond_id"]), MemoryId(row["memory_id"])) for row in found]

    async def flag(self, user: UserId, memory: MemoryId, faults: Collection[Fault], *, at: datetime) -> None:
        values: Row = {"user": user, "memory": memory, "faults": [int(fault) for fault in faults], "at": at}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["unflag"], values)
            if faults:
                await run(connection, self._sql["flag"], values)

    async def flags(self, user: UserId, *, limit: int) -> list[tuple[MemoryId, Fault, datetime]]:
        """What is wrong with which of a user's memories, as the last samples found it, newest first."""
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["flags"], {"user": user, "limit": limit})
        return [(MemoryId(row["memory_id"]), Fault(row["fault"]), row["found_at"]) for row in found]

    async def hide(self, user: UserId, memory: MemoryId) -> bool:
        async with self._database.as_user(user) as connection:
            return bool(await count(connection, self._sql["hide"], {"user": user, "memory": memory}))

    async def keep(self, day: Day) -> None:
        async with self._database.transaction() as connection:
            await run(connection, self._sql["keep"], asdict(day))

    async def days(self, *, limit: int) -> list[Day]:
        async with self._database.transaction() as connection:
            found = await rows(connection, self._sql["days"], {"limit": limit})
        return [Day(**{**row, **_rounded(row)}) for row in found]


def _rounded(row: Row) -> Row:
    """As they were before `real` made them longer."""
    return {name: round(value, 4) for name, value in row.items() if isinstance(value, float)}

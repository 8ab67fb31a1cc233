"""What was said again, in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from everkin.errors import NotFound
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.ports.repeats import Alike, Repeat, Stretch
from everkin.mind.salience import KEPT_TIMES
from everkin.mind.transcript import SESSION_GAP
from everkin.store.archive import Archive
from everkin.store.database import Database, Row, count, one, rows, run
from everkin.store.queries import queries

ROWS: Final = 512
"""Rows in one stretch: a long import is looked through piece by piece."""

REACH: Final = 2000
"""A row is held against so many before it: the warm tier of a long bond, and a bounded part of a long import."""


class PostgresRepeats:
    """Fulfils `mind.ports.repeats.Repeats`."""

    def __init__(self, database: Database, cell: Database, archive: Archive) -> None:
        self._database, self._cell, self._archive = database, cell, archive
        self._sql = queries("repeats")

    async def due(self) -> Stretch | None:
        async with self._cell.statement() as connection:
            row = await one(connection, self._sql["due"])
        if row is None:
            return None
        first = row["consolidated"]
        end = min(row["next_row"], first + ROWS)
        return Stretch(user=UserId(row["user_id"]), bond=BondId(row["bond_id"]), first=first, end=end)

    async def alike(self, stretch: Stretch, *, least: float) -> list[Alike]:
        async with self._database.as_user(stretch.user) as connection:
            found = await rows(connection, self._sql["alike"], _where(stretch) | {"least": least, "reach": REACH})
        return [
            Alike(newer=MemoryId(row["newer"]), older=MemoryId(row["older"]), cosine=row["cosine"]) for row in found
        ]

    async def put(self, stretch: Stretch, repeats: Sequence[Repeat]) -> None:
        where = _where(stretch)
        async with self._database.as_user(stretch.user) as connection:
            if repeats:
                columns: Row = {"memory": [r.memory for r in repeats], "stands": [r.stands for r in repeats]}
                await run(connection, self._sql["put_repeats"], where | columns)
                await run(connection, self._sql["lead"], where | columns)
                again: Row = {"memory": columns["stands"], "at": [r.at for r in repeats]}
                counted: Row = {"gap": SESSION_GAP.total_seconds(), "kept": KEPT_TIMES}
                await run(connection, queries("transcripts")["mention"], where | again | counted)
                await run(connection, queries("erasure")["revise_bond"], where)
                await run(connection, queries("erasure")["move_epoch"], where)
            await run(connection, self._sql["advance"], where)

    async def part(self, user: UserId, memory: MemoryId) -> None:
        """They are two again. Raises NotFound for a memory that repeats none."""
        where: Row = {"user": user, "memory": memory}
        async with self._database.as_user(user) as connection:
            await self._archive.promote_in(connection, user, [memory])
            if not await count(connection, self._sql["part"], where):
                raise NotFound("This memory repeats no other.", next="List the memories to see which do.")
            await run(connection, self._sql["free"], where)
            bond = await one(connection, queries("memories")["bond_of"], where)
            if bond is not None:
                await run(connection, queries("erasure")["revise_bond"], where | {"bond": bond["bond_id"]})
            await run(connection, queries("erasure")["move_epoch"], where)


def _where(stretch: Stretch) -> Row:
    return {"user": stretch.user, "bond": stretch.bond, "first": stretch.first, "end": stretch.end}

"""Digests in PostgreSQL: which memories tell a week, by their ids."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.ports.digests import Kept, Week
from everkin.store.database import Database, Row, one, rows, run
from everkin.store.queries import queries

WEEK = timedelta(days=7)


class PostgresDigests:
    """Fulfils `mind.ports.digests.Digests`. `zone` is that of users who named none."""

    def __init__(self, database: Database, cell: Database, *, zone: str) -> None:
        self._database, self._cell, self._zone = database, cell, zone
        self._sql = queries("digests")

    async def due(self, *, now: datetime, least: int, limit: int) -> list[Week]:
        values: Row = {"now": now, "least": least, "limit": limit, "zone": self._zone}
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["due"], values)
        return [_week(row, UserId(row["user_id"]), BondId(row["bond_id"]), ZoneInfo(row["zone"])) for row in found]

    async def put(self, week: Week, memories: Sequence[MemoryId]) -> bool:
        where: Row = {"user": week.user, "bond": week.bond}
        noted: Row = {"week": week.start.date(), "zone": str(week.start.tzinfo), "messages": week.messages}
        async with self._database.as_user(week.user) as connection:
            bond = await one(connection, self._sql["hold_bond"], where)
            if bond is None or bond["revision"] != week.revision:
                return False
            await run(connection, self._sql["put"], where | noted | {"memories": list(memories)})
        return True

    async def between(
        self, user: UserId, bond: BondId, *, start: datetime | None, end: datetime | None, limit: int
    ) -> list[Kept]:
        asked: Row = {"user": user, "bond": bond, "limit": limit, "start": start, "end": end}
        found = await self._database.read(user, self._sql["between"], asked)
        return [
            Kept(
                week=_week(row, user, bond, ZoneInfo(row["zone"])),
                memories=tuple(MemoryId(id) for id in row["memories"]),
            )
            for row in found
        ]


def _week(row: Row, user: UserId, bond: BondId, zone: ZoneInfo) -> Week:
    return Week(
        user=user,
        bond=bond,
        start=_midnight(row["week"], zone),
        end=_midnight(row["week"] + WEEK, zone),
        messages=row["messages"],
        revision=row["revision"],
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """As PostgreSQL reads it: where a clock skips midnight, the first moment of that day."""
    local = datetime.combine(day, time(), zone)
    return local.astimezone(UTC).astimezone(zone)

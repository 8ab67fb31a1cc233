"""Tiers in PostgreSQL: salience is computed where the numbers are, under the role that cannot see a word."""

from datetime import datetime
from typing import Any, Final

from everkin.errors import NotFound
from everkin.mind.fact import Predicate
from everkin.mind.identity import MemoryId, UserId
from everkin.mind.salience import DECAY, IMPORTANCE_WEIGHT, USE_WEIGHT
from everkin.mind.tier import THREADS, Moved, Policy
from everkin.store.archive import Archive
from everkin.store.database import Connection, Database, Row, count, one, rows, run
from everkin.store.queries import queries

BATCH_ROWS: Final = 20_000
"""About as many passages as one commit weighs: a quarter of a second's work."""
_MODEL: Final[Row] = {
    "d": DECAY,
    "use_weight": USE_WEIGHT,
    "importance_weight": IMPORTANCE_WEIGHT,
    "predicates": [predicate.value for predicate in Predicate],
    "floors": [predicate.kind.floor for predicate in Predicate],
    "threads": [predicate.value for predicate in THREADS],
}


class PostgresTiers:
    """Fulfils `mind.ports.tiers.Tiers`."""

    def __init__(self, database: Database, cell: Database, archive: Archive) -> None:
        self._database, self._cell, self._archive = database, cell, archive
        self._sql = queries("tiers")

    async def weigh_some(self, policy: Policy, *, now: datetime, batch_rows: int = BATCH_ROWS) -> Moved | None:
        async with self._cell.transaction() as connection:
            due: Row = {"before": now - policy.again_after, "ahead": now + policy.again_after, "batch": batch_rows}
            users = [row["user_id"] for row in await rows(connection, self._sql["due"], due)]
            if not users:
                return None
            where = _where(policy, now) | {"users": users, "ahead": due["ahead"]}
            await run(connection, self._sql["hold_users"], where)
            placed = await one(connection, self._sql["place"], where)
            assert placed is not None
            return Moved(users=len(users), **placed) + await self._forgotten(connection, policy, where)

    async def weigh(self, user: UserId, *, policy: Policy, now: datetime) -> dict[MemoryId, tuple[float, bool]]:
        """The salience of each of a user's memories, and whether it is held above the cold; changes nothing."""
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["weigh"], _where(policy, now) | {"users": [user]})
        return {MemoryId(row["memory_id"]): (row["salience"], row["held"]) for row in found}

    async def unforget(self, user: UserId, memory: MemoryId, *, at: datetime) -> None:
        """Undo forgetting, or the grace period before it. Raises NotFound for what is neither forgotten nor fading."""
        async with self._database.as_user(user) as connection:
            values: Row = {"user": user, "memory": memory, "at": at}
            await self._archive.promote_in(connection, user, [memory])
            if not await count(connection, self._sql["unforget"], values):
                raise NotFound("No such memory was forgotten.", next="List the memories to see which there are.")

    async def _forgotten(self, connection: Connection, policy: Policy, where: dict[str, Any]) -> Moved:
        if not policy.forgets:
            return Moved()
        fading = await count(connection, self._sql["fade"], where)
        gone = await one(connection, self._sql["forget"], {**where, "before": where["now"] - policy.grace})
        return Moved(fading=fading, forgotten=gone["forgotten"] if gone else 0)


def _where(policy: Policy, now: datetime) -> Row:
    values = {
        name: getattr(policy, name)
        for name in ("hot_share", "warm_share", "warm_min", "warm_max", "newborn", "forget_below")
    }
    return {**_MODEL, **values, "now": now}

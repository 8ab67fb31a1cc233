"""Where bonds stand, in PostgreSQL: what tells a cache whether it may answer."""

from uuid import UUID

from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.memory import Kind
from everkin.mind.ports.stands import Since, Stand
from everkin.store.database import Database, Row
from everkin.store.queries import queries


class PostgresStands:
    """Fulfils `mind.ports.stands.Stands`."""

    def __init__(self, database: Database) -> None:
        self._database, self._sql = database, queries("stands")

    async def stand(self, user: UserId, bond: BondId) -> Stand | None:
        found = await self._database.read(user, self._sql["stand"], {"user": user, "bond": bond})
        return _stand(found[0]) if found else None

    async def since(self, user: UserId, bond: BondId, then: Stand) -> Since | None:
        where: Row = {"user": user, "bond": bond, "first": then.next_row, "fact": int(Kind.SEMANTIC)}
        found = await self._database.read(user, self._sql["since"], where)
        return _since(found[0]) if found else None


def _stand(row: Row) -> Stand:
    return Stand(
        epoch=row["epoch"], revision=row["revision"], next_row=row["next_row"], elsewhere=int(row["elsewhere"])
    )


def _since(row: Row) -> Since:
    return Since(
        now=_stand(row),
        added=frozenset(MessageKey(UUID(str(key))) for key in row["added"]),
        learnt=row["learnt"],
        superseded=row["superseded"],
    )

"""How far a language model has read each bond, in PostgreSQL."""

from collections.abc import Sequence

from everkin.mind.identity import BondId, UserId
from everkin.mind.transcript import Message
from everkin.store.database import Database, Row, rows, run
from everkin.store.queries import queries
from everkin.store.transcripts import PostgresTranscripts


class PostgresEnrichment:
    """Fulfils `mind.ports.enrichment.Enrichment`. `cell` connects as the role that sees ids and counters of all users."""

    def __init__(self, database: Database, cell: Database, transcripts: PostgresTranscripts) -> None:
        self._database, self._cell, self._transcripts = database, cell, transcripts
        self._sql = queries("enrichment")

    async def due(self, *, limit: int) -> Sequence[tuple[UserId, BondId]]:
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["due"], {"limit": limit})
        return [(UserId(row["user_id"]), BondId(row["bond_id"])) for row in found]

    async def unread(self, user: UserId, bond: BondId, *, limit: int) -> tuple[list[Message], int]:
        where: Row = {"user": user, "bond": bond, "limit": limit}
        found = await self._database.read(user, self._sql["unread"], where)
        said = [row for row in found if row["message_id"] is not None]
        mark = said[-1]["ordinal"] + 1 if len(said) == limit else max((row["next_ordinal"] for row in found), default=0)
        return await self._transcripts.opened(user, said), mark

    async def advance(self, user: UserId, bond: BondId, *, to: int) -> None:
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["advance"], {"user": user, "bond": bond, "ordinal": to})

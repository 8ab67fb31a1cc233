"""Owed turns in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from everkin.mind.identity import BondId, ConversationId, MessageKey, UserId
from everkin.mind.ports.owed import Debt, Owed
from everkin.mind.ports.transcripts import NewMessage
from everkin.store.database import Database, Row, count, one, rows, run
from everkin.store.queries import queries
from everkin.store.transcripts import PostgresTranscripts


class PostgresOwedTurns:
    """Fulfils `mind.ports.owed.OwedTurns`. `cell` connects as the role that sees ids and times of all users."""

    def __init__(self, database: Database, cell: Database, transcripts: PostgresTranscripts) -> None:
        self._database, self._cell, self._transcripts = database, cell, transcripts
        self._sql = queries("owed")

    async def put(self, owed: Owed, *, due_at: datetime) -> None:
        values: Row = {"user": owed.user, "id": owed.id, "bond": owed.bond, "message": owed.message}
        async with self._database.as_user(owed.user) as connection:
            values |= {"conversation": owed.conversation, "due_at": due_at}
            await run(connection, self._sql["put_owed"], values)

    async def due(self, now: datetime, *, limit: int) -> Sequence[tuple[UserId, UUID]]:
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["due"], {"now": now, "limit": limit})
        return [(UserId(row["user_id"]), row["owed_id"]) for row in found]

    async def claim(self, user: UserId, id: UUID, *, now: datetime, until: datetime) -> Owed | None:
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["claim"], {"user": user, "id": id, "now": now, "until": until})
        if row is None:
            return None
        return Owed(
            id=id,
            user=user,
            bond=BondId(row["bond_id"]),
            conversation=ConversationId(row["conversation_id"]),
            message=MessageKey(row["message_id"]),
            attempts=row["attempts"],
        )

    async def put_off(self, owed: Owed, *, due_at: datetime) -> None:
        async with self._database.as_user(owed.user) as connection:
            await run(connection, self._sql["put_off"], {"user": owed.user, "id": owed.id, "due_at": due_at})

    async def settle(self, owed: Owed, reply: NewMessage | None) -> bool:
        state = Debt.OVERTAKEN if reply is None else Debt.ANSWERED
        values: Row = {"user": owed.user, "id": owed.id, "state": int(state)}
        async with self._database.as_user(owed.user) as connection:
            if not await count(connection, self._sql["settle"], values):
                return False
            if reply is not None:
                await self._transcripts.append_in(connection, owed.user, owed.bond, owed.conversation, [reply])
        return True

"""Consent and overtures in PostgreSQL. What an overture says is sealed under a key of its own, which goes with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from everkin.mind.identity import BlockId, BondId, NewId, OvertureId, UserId
from everkin.mind.initiative import Consent, Opening, Overture, Reason, Stand
from everkin.mind.ports.transcripts import NewMessage
from everkin.store.database import Connection, Database, Row, count, one, rows, run
from everkin.store.queries import queries
from everkin.store.transcripts import PostgresTranscripts
from everkin.store.vault import Vault
from everkin.store.words import Words, pack, unpack

_CONSENT = ("enabled", "quiet_from", "quiet_until", "per_day", "per_week")


class PostgresInitiative:
    """Fulfils `mind.ports.initiative.Initiative`. `cell` connects as the role that sees ids and times of all users."""

    def __init__(
        self, database: Database, cell: Database, vault: Vault, transcripts: PostgresTranscripts, *, new_id: NewId
    ) -> None:
        self._database, self._cell, self._vault = database, cell, vault
        self._transcripts, self._new_id = transcripts, new_id
        self._sql = queries("initiative")

    async def consent(self, user: UserId, bond: BondId) -> Consent:
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["get_consent"], {"user": user, "bond": bond})
        return Consent(**row) if row else Consent()

    async def put_consent(self, user: UserId, bond: BondId, consent: Consent, *, at: datetime) -> None:
        where: Row = {"user": user, "bond": bond, "at": at}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["put_consent"], where | {name: getattr(consent, name) for name in _CONSENT})
            if not consent.enabled:
                await run(connection, self._sql["withdraw_all"], where)

    async def to_look_at(self, *, at: datetime, limit: int) -> Sequence[tuple[UserId, BondId]]:
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["to_look_at"], {"at": at, "limit": limit})
        return [(UserId(row["user_id"]), BondId(row["bond_id"])) for row in found]

    async def look_at(self, user: UserId, bond: BondId, *, at: datetime, again: datetime) -> bool:
        values: Row = {"user": user, "bond": bond, "at": at, "again": again}
        async with self._database.as_user(user) as connection:
            return bool(await count(connection, self._sql["look_at"], values))

    async def decide(self, user: UserId, bond: BondId, id: OvertureId, opening: Opening, *, at: datetime) -> bool:
        block = BlockId(self._new_id())
        await self._vault.new_blocks(user, [block])
        where: Row = {"user": user, "bond": bond, "id": id, "at": at, "block": block, "reason": int(opening.reason)}
        where |= {"subject": await self._subject(user, bond, opening.subject), "message": opening.message}
        where |= {"said_at": opening.said_at, "sealed": await self._sealed(user, block, id, about=opening.about)}
        async with self._database.as_user(user) as connection:
            if not await self._allowed(connection, where):
                return False
            if opening.message and not await one(connection, self._sql["still_said"], where):
                return False
            return bool(await count(connection, self._sql["decide"], where))

    async def subjects(self, user: UserId, bond: BondId, openings: Sequence[Opening]) -> set[str]:
        hashes = {await self._subject(user, bond, opening.subject): opening.subject for opening in openings}
        async with self._database.as_user(user) as connection:
            where: Row = {"user": user, "bond": bond, "subjects": list(hashes)}
            found = await rows(connection, self._sql["subjects"], where)
        return {hashes[bytes(row["subject"])] for row in found}

    async def recent(self, user: UserId, bond: BondId, *, since: datetime) -> list[Overture]:
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["recent"], {"user": user, "bond": bond, "since": since})
        return [_overture(row, {}) for row in found]

    async def user_spoke_at(self, user: UserId, bond: BondId, *, until: datetime) -> datetime | None:
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["user_spoke_at"], {"user": user, "bond": bond, "until": until})
        return row["at"] if row else None

    async def due(self, *, at: datetime, limit: int) -> Sequence[tuple[UserId, OvertureId]]:
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["due"], {"at": at, "limit": limit})
        return [(UserId(row["user_id"]), OvertureId(row["overture_id"])) for row in found]

    async def claim(
        self, user: UserId, id: OvertureId, *, at: datetime, until: datetime
    ) -> tuple[BondId, Overture, Opening] | None:
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["claim"], {"user": user, "id": id, "at": at, "until": until})
        if row is None:
            return None
        words = await self._words(user, row)
        return BondId(row["bond_id"]), _overture(row, words), _opening(row, words)

    async def put_off(self, user: UserId, id: OvertureId, *, until: datetime) -> None:
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["put_off"], {"user": user, "id": id, "until": until})

    async def write(self, user: UserId, bond: BondId, id: OvertureId, text: str) -> bool:
        where: Row = {"user": user, "bond": bond, "id": id}
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["get_overture"], where)
            if row is None or not await self._allowed(connection, where):
                return False
            about = (await self._words(user, row)).get("about")
            sealed = await self._sealed(user, BlockId(row["block_id"]), id, about=about, text=text)
            return bool(await count(connection, self._sql["write"], {**where, "sealed": sealed}))

    async def may_go(self, user: UserId, bond: BondId, id: OvertureId) -> bool:
        where: Row = {"user": user, "bond": bond, "id": id}
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["get_overture"], where)
            return row is not None and row["stand"] == Stand.WRITTEN and await self._allowed(connection, where)

    async def deliver(self, user: UserId, bond: BondId, id: OvertureId, message: NewMessage, *, at: datetime) -> bool:
        conversation = await self._transcripts.conversation(user, bond, None)
        where: Row = {"user": user, "bond": bond, "id": id, "at": at}
        async with self._database.as_user(user) as connection:
            if not await self._allowed(connection, where) or not await count(connection, self._sql["deliver"], where):
                return False
            await self._transcripts.append_in(connection, user, bond, conversation, [message])
        return True

    async def withdraw(self, user: UserId, id: OvertureId) -> None:
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["withdraw"], {"user": user, "id": id})

    async def written(self, user: UserId, bond: BondId, *, after: OvertureId | None, limit: int) -> list[Overture]:
        where: Row = {"user": user, "bond": bond, "after": after, "limit": limit}
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["written"], where)
        return [_overture(row, await self._words(user, row)) for row in found]

    async def _allowed(self, connection: Connection, where: Row) -> bool:
        """Whether the user still allows it; they cannot change their mind before this transaction is over."""
        row = await one(connection, self._sql["hold_consent"], where)
        return row is not None and bool(row["enabled"])

    async def _subject(self, user: UserId, bond: BondId, subject: str) -> bytes:
        return (await self._vault.user(user)).hash_name(f"{bond}/{subject}")

    async def _sealed(self, user: UserId, block: BlockId, id: OvertureId, **words: str | None) -> bytes:
        keys = await self._vault.block_keys(user, [block])
        return self._vault.seal(keys[block], user, id, pack(**words))

    async def _words(self, user: UserId, row: Row) -> Words:
        """Nothing where the key was destroyed."""
        block = BlockId(row["block_id"])
        keys = await self._vault.block_keys(user, [block])
        return unpack(self._vault.open(keys[block], user, row["overture_id"], row["sealed"])) if block in keys else {}


async def take_overtures(connection: Connection, user: UserId, messages: Sequence[Any]) -> list[BlockId]:
    """Inside the transaction in which the messages go; returns the blocks whose keys have to follow."""
    values: Row = {"user": user, "messages": list(messages)}
    found = await rows(connection, queries("initiative")["take_overtures"], values)
    return [BlockId(row["block_id"]) for row in found]


def _overture(row: Row, words: Words) -> Overture:
    return Overture(
        id=OvertureId(row["overture_id"]),
        reason=Reason(row["reason"]),
        stand=Stand(row["stand"]),
        decided_at=row["decided_at"],
        delivered_at=row["delivered_at"],
        attempts=row["attempts"],
        text=words.get("text") or "",
    )


def _opening(row: Row, words: Words) -> Opening:
    return Opening(
        reason=Reason(row["reason"]),
        subject="",
        about=words.get("about") or "",
        said_at=row["said_at"],
        message=row["message_id"],
    )

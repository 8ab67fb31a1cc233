"""Erasure in PostgreSQL and the keyring: rows go, what remains is sealed afresh, and then the old key is destroyed."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from everkin.errors import KeyDestroyed, NotFound, StoreUnavailable
from everkin.mind.erased import Erased
from everkin.mind.identity import BlockId, BondId, MemoryId, NewId, UserId
from everkin.store.archive import Archive, Taken
from everkin.store.database import Connection, Database, Row, count, one, rows, run
from everkin.store.emotions import take_back
from everkin.store.initiative import take_overtures
from everkin.store.keyring import Erasure
from everkin.store.matters import ROWS_PER_CHUNK, unpack_entries
from everkin.store.people import PostgresPeople
from everkin.store.queries import queries
from everkin.store.traces import take_traces
from everkin.store.vault import Vault

log = structlog.get_logger()

USER_TABLES = (
    "doomed", "owed", "feelings", "emotions", "replies", "disclosures", "ties", "edges", "aliases", "entities", "postings",
    "passages", "memory_messages", "memory_uses", "memories", "messages", "conversations", "decay_passes",
    "signposts", "digests", "quality_flags", "repeats", "traces", "trace_packs", "sessions", "threads",
    "consents", "overtures",
    "persona_spells", "rollout_outcomes", "manners", "voices", "bonds", "users",
)  # fmt: skip
"""Every table with a user's rows; a test holds this list to the schema."""


DELETIONS = (
    "relink_children", "relink_heads", "delete_messages", "delete_owed", "delete_replies", "delete_disclosures",
    "delete_outcomes", "delete_manners", "calm_voice", "delete_provenance",
    "unlink_passages", "delete_flags", "delete_digests", "delete_passages", "delete_uses", "delete_repeats", "delete_edges",
    "unlink_successors", "delete_memories",
    "revise_bond", "move_epoch",
)  # fmt: skip


class PostgresErasure:
    """Fulfils `mind.ports.memories.Erasable` for what the store holds."""

    def __init__(
        self,
        database: Database,
        cell: Database,
        vault: Vault,
        archive: Archive,
        people: PostgresPeople,
        *,
        new_id: NewId,
    ) -> None:
        self._database, self._cell, self._vault, self._new_id = database, cell, vault, new_id
        self._archive, self._people = archive, people
        self._sql = queries("erasure")

    async def erase_user(self, user: UserId) -> Erased:
        """1. Destroy the keys, after which nothing opens anywhere. 2. Delete the rows. Safe to run again after a crash."""
        await self._vault.destroy_user(user)
        return await self.delete_rows(user)

    async def delete_rows(self, user: UserId) -> Erased:
        """The second half alone; also what replaying the ledger over an old backup does."""
        deleted = {}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["hold_user"], {"user": user})
            await run(connection, self._sql["unlist_person"], {"user": user})
            for table in USER_TABLES:
                statement = f"DELETE FROM {table} WHERE user_id = %(user)s"
                deleted[table] = await count(connection, statement.encode(), {"user": user})
        try:
            await self._archive.discard_user(user)
        except StoreUnavailable as error:  # dark already; `discard` looks again
            log.warning("cold_objects_left", user=str(user), error=error.facts.get("error"))
        return Erased(messages=deleted["messages"], memories=deleted["memories"])

    async def discard(self, users: Iterable[UserId]) -> None:
        """Cold objects of erased users that the archive did not give up when they were erased. Raises StoreUnavailable."""
        for user in users:
            await self._archive.discard_user(user)

    async def erase_memory(self, user: UserId, memory: MemoryId) -> Erased:
        """The memory, the messages it came from, and everything else that was learnt from those.

        1. New keys for the blocks it lies in. 2. In one commit: bring what goes back from the cold, delete, take out
        of the index, seal the rest afresh. 3. Destroy the old keys (or set the day, when backups are kept for a while).
        """
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["hold_user"], {"user": user})
            promoted = list((await self._archive.promote_in(connection, user, [memory])).segments)
            found = await rows(connection, self._sql["messages_of_memory"], {"user": user, "memory": memory})
            while more := await self._archive.promote_messages_in(
                connection, user, [row["message_id"] for row in found]
            ):
                promoted += more.segments  # their revisions lay in the cold
                found = await rows(connection, self._sql["messages_of_memory"], {"user": user, "memory": memory})
            if not found:
                raise NotFound("There is no such memory.", next="List the memories to see which there are.")
            bond = BondId(found[0]["bond_id"])
            await run(connection, queries("transcripts")["lock_bond"], {"user": user, "bond": bond})
            messages = [row["message_id"] for row in found]
            learnt = await rows(connection, self._sql["memories_of_messages"], {"user": user, "messages": messages})
            memories = [row["memory_id"] for row in learnt]
            renewed = {BlockId(row["block_id"]): BlockId(self._new_id()) for row in found}
            promoted += (await self._archive.promote_in(connection, user, memories, list(renewed))).segments
            await self._vault.new_blocks(user, list(renewed.values()))
            await self._unindex(connection, user, bond, memories)
            await self._delete(connection, user, bond, messages, memories)
            for block, fresh in renewed.items():
                await self._reseal(connection, user, block, fresh)
            doomed = [*renewed, *await take_overtures(connection, user, messages)]
            await run(connection, self._sql["doom"], {"user": user, "blocks": doomed, "memory": memory})
        later = await self._destroy(user, doomed, memory)
        await self._archive.discard(user, Taken(segments=tuple(promoted)))
        return Erased(messages=len(messages), memories=len(memories), later=later)

    async def sweep(self) -> int:
        """Finish erasures that a crash cut off between deleting the rows and destroying the keys; how many blocks."""
        async with self._cell.statement() as connection:
            doomed = await rows(connection, self._sql["doomed"])
        for row in doomed:
            await self._destroy(UserId(row["user_id"]), [BlockId(row["block_id"])], MemoryId(row["memory_id"]))
        return len(doomed)

    async def _destroy(self, user: UserId, blocks: Sequence[BlockId], memory: MemoryId) -> bool:
        """Whether the keys are kept until backups have run out."""
        later = False
        with suppress(KeyDestroyed):  # the user went as well
            later = await self._vault.destroy_blocks(user, blocks, memory=memory)
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["spend"], {"user": user, "blocks": blocks})
        return later

    async def replay(self, erasures: Iterable[Erasure], *, now: datetime) -> int:
        """Make a database that was restored from a backup follow the ledger; how many erasures it had not seen.

        Costs one statement when nothing was erased since the last start.
        """
        async with self._database.transaction() as connection:
            cell = await one(connection, queries("directory")["get_cell"])
        since = cell["replayed_at"] if cell else None
        missed = [erasure for erasure in erasures if since is None or erasure.at > since]
        for erasure in missed:
            if erasure.kind == "user":
                await self.delete_rows(erasure.user)
            elif erasure.memory is not None:
                with suppress(NotFound):  # gone already, as it should be
                    await self.erase_memory(erasure.user, MemoryId(erasure.memory))
        async with self._database.transaction() as connection:
            await run(connection, self._sql["replayed"], {"now": now})
        return len(missed)

    async def _unindex(self, connection: Connection, user: UserId, bond: BondId, memories: Sequence[UUID]) -> None:
        gone = {
            row["row"]
            for row in await rows(connection, self._sql["rows_of_memories"], {"user": user, "memories": memories})
        }
        where: Row = {"user": user, "bond": bond, "chunks": list({row // ROWS_PER_CHUNK for row in gone})}
        for posting in await rows(connection, self._sql["postings_in"], where):
            entries = unpack_entries(posting["entries"])
            kept = entries[[int(row) not in gone for row in entries["row"]]]
            values: Row = {**where, "term": posting["term"], "chunk": posting["chunk"], "entries": kept.tobytes()}
            if len(kept) < len(entries):
                await run(connection, self._sql["put_entries" if len(kept) else "delete_entries"], values)

    async def _delete(
        self, connection: Connection, user: UserId, bond: BondId, messages: Sequence[UUID], memories: Sequence[UUID]
    ) -> None:
        where: Row = {"user": user, "bond": bond, "messages": messages, "memories": memories}
        await take_traces(connection, where, messages)
        await take_back(connection, where, messages)
        await self._people.forget_in(connection, where, memories)
        for statement in DELETIONS:
            await run(connection, self._sql[statement], where)
        await self._people.forget_speakers_in(connection, where)

    async def _reseal(self, connection: Connection, user: UserId, block: BlockId, fresh: BlockId) -> None:
        keys = await self._vault.block_keys(user, [block, fresh])
        for row in await rows(connection, self._sql["sealed_in_block"], {"user": user, "block": block}):
            sealed = row["sealed"]
            if sealed is not None and block in keys:  # in a restored backup the old key may be gone: dark stays dark
                plain = self._vault.open(keys[block], user, row["id"], sealed)
                sealed = self._vault.seal(keys[fresh], user, row["id"], plain)
            values: Row = {"user": user, "id": row["id"], "fresh": fresh, "sealed": sealed}
            await run(connection, self._sql[f"reseal_{row['place']}"], values)
        await run(connection, self._sql["move_open_block"], {"user": user, "block": block, "fresh": fresh})

"""Transcripts in PostgreSQL: the one write path of words, sealed and indexed in a single durable commit."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from everkin.mind.identity import BlockId, BondId, ConversationId, MemoryId, MessageKey, NewId, UserId
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.transcript import Message, Role, speaker_names
from everkin.store.archive import Archive, ColdRows
from everkin.store.batch import Batch, Position
from everkin.store.changes import together
from everkin.store.database import Connection, Database, Row, answers, one, rows, run
from everkin.store.emotions import felt_changes, locked_sums, take_back
from everkin.store.messages import DELIVERIES, beside, id_hash, message_of, message_words, said_again
from everkin.store.people import PostgresPeople
from everkin.store.queries import queries
from everkin.store.stamp import require_owner
from everkin.store.traces import put_together, take_traces, trace_changes
from everkin.store.vault import UserKeys, Vault
from everkin.store.voices import manner_changes
from everkin.store.words import Words

_MAIN: Final = ""
_CONVERSATIONS_HELD: Final = 4096
_NAMES_WITHIN: Final = 24
"""How many of the last messages are looked at for the speakers' names."""


class PostgresTranscripts:
    """Fulfils `mind.ports.transcripts.Transcripts`."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        archive: Archive,
        people: PostgresPeople,
        *,
        embedder: int | None,
        new_id: NewId,
    ) -> None:
        self._database, self._vault, self._embedder, self._new_id = database, vault, embedder, new_id
        self._archive, self._people, self._cold = archive, people, ColdRows(archive, database)
        self._sql = queries("transcripts")
        self._conversations: OrderedDict[tuple[BondId, bytes], ConversationId] = OrderedDict()

    async def conversation(self, user: UserId, bond: BondId, label: str | None) -> ConversationId:
        keys = await self._vault.user(user)
        named = bond, keys.hash_name(f"{bond}/{label or _MAIN}")
        if named not in self._conversations:  # a name never comes to mean another conversation
            self._conversations[named] = await self._conversation(user, *named)
            while len(self._conversations) > _CONVERSATIONS_HELD:
                self._conversations.popitem(last=False)
        return self._conversations[named]

    async def _conversation(self, user: UserId, bond: BondId, label: bytes) -> ConversationId:
        where: Row = {"user": user, "bond": bond, "label": label}
        async with self._database.as_user(user) as connection:
            found = await one(connection, self._sql["get_conversation"], where)
            if found is None:
                await run(connection, self._sql["put_conversation"], {**where, "conversation": self._new_id()})
                found = await one(connection, self._sql["get_conversation"], where)
        assert found is not None
        return ConversationId(found["conversation_id"])

    async def recent_conversations(self, user: UserId, bond: BondId, *, limit: int) -> list[ConversationId]:
        found = await self._database.read(
            user, self._sql["recent_conversations"], {"user": user, "bond": bond, "limit": limit}
        )
        return [ConversationId(row["conversation_id"]) for row in found]

    async def known(
        self, user: UserId, bond: BondId, conversation: ConversationId, ids: Sequence[str]
    ) -> dict[str, Message]:
        keys = await self._vault.user(user)
        hashes = [id_hash(keys, conversation, id) for id in ids]
        where: Row = {"user": user, "bond": bond, "hashes": hashes}
        found, posts = await self._cold.with_rows(user, self._sql["by_id"], where)
        missing = set(hashes) - {row["id_hash"] for row in found}
        found += await self._cold.by_caller(user, posts, bond, missing, keys)
        return {message.id: message for message in await self.opened(user, found)}

    async def branch(self, user: UserId, conversation: ConversationId, *, last: int | None = None) -> list[Message]:
        where: Row = {"user": user, "conversation": conversation, "limit": last}
        found, posts = await self._cold.with_rows(user, self._sql["branch"], where)
        found = await self._cold.said(user, posts, found, limit=last, conversation=conversation)
        return await self.opened(user, reversed(found))

    async def recent(self, user: UserId, bond: BondId, *, before: datetime, limit: int) -> list[Message]:
        where: Row = {"user": user, "bond": bond, "before": before, "limit": limit}
        found, posts = await self._cold.with_rows(user, self._sql["recent"], where)
        found = await self._cold.said(user, posts, found, limit=limit, bond=bond, before=before)
        return await self.opened(user, reversed(found))

    async def neighbours(self, user: UserId, memories: Sequence[MemoryId]) -> dict[MemoryId, list[Message]]:
        where: Row = {"user": user, "memories": list(memories)}
        said, posts = await self._cold.with_rows(user, self._sql["said"], where)
        held = {row["memory_id"] for row in said}
        cold = await self._cold.memories(user, posts, [id for id in memories if id not in held])
        said += [message | {"memory_id": memory["memory_id"]} for memory, message in cold]
        names = ("memory_id", "bond_id", "conversation_id", "at", "ordinal")
        places: Row = {name: [row[name] for row in said] for name in names}
        around = await self._database.read(user, self._sql["neighbours"], {**where, **places}) if said else []
        near = [*around, *await self._cold.in_blocks(user, posts, {row["block_id"] for row in said})]
        chosen: dict[MemoryId, list[Row]] = defaultdict(list)
        for row in said:
            chosen[MemoryId(row["memory_id"])] += beside(row, near)
        keyed = {row["message_id"]: row for each in chosen.values() for row in each}
        messages = {message.key: message for message in await self.opened(user, keyed.values())}
        return {
            id: [messages[row["message_id"]] for row in each if row["message_id"] in messages]
            for id, each in chosen.items()
        }

    async def speakers(self, user: UserId, bond: BondId) -> dict[Role, str]:
        found = await self._database.read(
            user, self._sql["latest"], {"user": user, "bond": bond, "limit": _NAMES_WITHIN}
        )
        return speaker_names(reversed(await self.opened(user, found)))

    async def messages(self, user: UserId, keys: Sequence[MessageKey]) -> list[Message]:
        where: Row = {"user": user, "keys": list(keys)}
        found, posts = await self._cold.with_rows(user, self._sql["by_key"], where)
        found += await self._cold.messages(user, posts, set(keys) - {row["message_id"] for row in found})
        return await self.opened(user, found)

    async def append(
        self, user: UserId, bond: BondId, conversation: ConversationId, messages: Sequence[NewMessage]
    ) -> list[MessageKey]:
        if not messages:
            return []
        async with self._database.as_user(user) as connection:
            return await self.append_in(connection, user, bond, conversation, messages)

    async def append_in(
        self,
        connection: Connection,
        user: UserId,
        bond: BondId,
        conversation: ConversationId,
        messages: Sequence[NewMessage],
    ) -> list[MessageKey]:
        """1. Lock the bond. 2. Leave out what is known. 3. Place and seal. 4. Store and index, and move the epoch."""
        keys = await self._vault.user(user)
        where: Row = {"user": user, "bond": bond, "conversation": conversation}
        position, sums, fresh = await self._lock(connection, where, keys, messages)
        if fresh:
            if revised := [m.revises for m in fresh if m.revises]:
                await self._retire(connection, where, revised)
                sums = await locked_sums(connection, where)
            await self._store(connection, where, keys, position, sums, fresh)
        return [message.key for message in fresh]

    async def retire(self, user: UserId, bond: BondId, messages: Sequence[MessageKey]) -> None:
        """Take messages off the current branch: kept in the tree, no longer remembered from. The bond is locked first,
        as by everybody who writes to it: two of them would else wait for each other.
        """
        if not messages:
            return
        where: Row = {"user": user, "bond": bond}
        async with self._database.as_user(user) as connection:
            await one(connection, self._sql["lock_bond"], where)
            await self._retire(connection, where, messages)
            await run(connection, self._sql["bump_epoch"], where)

    async def finish(self, user: UserId, bond: BondId, message: NewMessage) -> None:
        """Put words and delivery of a pending message anew; its block and its place in the transcript stay."""
        keys = await self._vault.user(user)
        where: Row = {"user": user, "bond": bond, "message": message.key}
        async with self._database.as_user(user) as connection:
            counters = await self._counters(connection, where)
            stored = await one(connection, self._sql["pending"], where)
            assert counters is not None
            if stored is None:
                return  # erased meanwhile
            block = BlockId(stored["block_id"])
            key = (await self._vault.block_keys(user, [block]))[block]
            batch = self._batch(keys, where, counters)
            for draft in message.drafts:
                batch.add_memory(message, draft, block, key, stored["ordinal"])
            sums = await locked_sums(connection, where)
            if changes := [*felt_changes(sums, [message]), *manner_changes([message])]:
                await run(connection, *together(where, changes))
            sealed = batch.seal(key, message.key, **message_words(message))
            values: Row = {"delivery": DELIVERIES.index(message.delivery), "sealed": sealed}
            await run(connection, self._sql["finish_message"], {**where, **values})
            await self._add(connection, batch, keys, where)

    async def learn(
        self,
        user: UserId,
        bond: BondId,
        message: MessageKey,
        drafts: Sequence[Draft],
        *,
        also: Sequence[MessageKey] = (),
    ) -> bool:
        keys = await self._vault.user(user)
        where: Row = {"user": user, "bond": bond}
        async with self._database.as_user(user) as connection:
            await self._archive.promote_in(connection, user, [message, *also])
            counters = await self._counters(connection, where)
            found = await self.opened(user, await rows(connection, self._sql["by_key"], {**where, "keys": [message]}))
            if counters is None or not found or not found[0].current:
                return False
            said = found[0]
            key = (await self._vault.block_keys(user, [said.block]))[said.block]
            batch = self._batch(keys, where, counters)
            batch.learn(said_again(said, drafts), also, said.block, key, said.ordinal)
            await self._add(connection, batch, keys, where)
        return True

    async def _counters(self, connection: Connection, where: Row) -> Row | None:
        """The bond's counters under its lock; None where it was erased."""
        found = await one(connection, self._sql["lock_bond"], where)
        require_owner(await one(connection, queries("vectors")["owner"]), self._embedder)
        return found

    def _batch(self, keys: UserKeys, where: Row, counters: Row) -> Batch:
        position = Position(counters["next_ordinal"], counters["next_row"])
        return Batch(self._vault, keys, where, position, self._embedder)

    async def _add(self, connection: Connection, batch: Batch, keys: UserKeys, where: Row) -> None:
        """What is learnt from a message that is stored already, and the epoch moved."""
        await batch.write(connection, self._sql)
        await self._people.note_in(connection, keys, where, batch.learnt)
        await run(connection, self._sql["advance_bond"], {**where, **batch.position.counters})
        await run(connection, self._sql["bump_epoch"], where)

    async def opened(self, user: UserId, found: Iterable[Row]) -> list[Message]:
        """Rows as messages; those whose key was destroyed are left out: they were erased. Cold rows are open already."""
        found = list(found)
        block_keys = await self._vault.block_keys(
            user, {BlockId(row["block_id"]) for row in found if "words" not in row}
        )
        return [
            message_of(row, row["words"] if "words" in row else self._words(user, row, block_keys[row["block_id"]]))
            for row in found
            if "words" in row or row["block_id"] in block_keys
        ]

    def _words(self, user: UserId, row: Row, key: bytes) -> Words:
        return self._vault.words(key, user, row["block_id"], row["message_id"], row["sealed"])

    async def _lock(
        self, connection: Connection, where: Row, keys: UserKeys, messages: Sequence[NewMessage]
    ) -> tuple[Position, list[Row], list[NewMessage]]:
        """Where the next message goes, and the sums of feelings, under the bond's lock; the messages that are not there yet."""
        hashes = {m.key: id_hash(keys, where["conversation"], m.id) for m in messages}
        (bond,), owner, (block,), sums, found = await answers(
            connection,
            (self._sql["lock_bond"], where),
            (queries("vectors")["owner"], where),
            (self._sql["open_block"], where),
            (queries("emotions")["lock_sums"], where),
            (self._sql["known_ids"], {**where, "hashes": list(hashes.values())}),
        )
        require_owner(owner[0] if owner else None, self._embedder)
        opened = (block[name] for name in ("head", "block_id", "block_size", "last_at"))
        position = Position(bond["next_ordinal"], bond["next_row"], *opened)
        known = {row["id_hash"] for row in found}
        posts, unseen = await self._archive.posts(connection, where["user"]), set(hashes.values()) - known
        cold = await self._cold.by_caller(where["user"], posts, where["bond"], unseen, keys)
        known |= {row["id_hash"] for row in cold}
        return position, sums, [m for m in messages if m.revises or hashes[m.key] not in known]

    async def _retire(self, connection: Connection, where: Row, keys: Sequence[MessageKey]) -> None:
        if keys:
            await self._archive.promote_messages_in(connection, where["user"], keys)
            await take_traces(connection, where, keys)
            await take_back(connection, where, keys)
            await run(connection, self._sql["retire_messages"], {**where, "keys": list(keys)})
            for statement in ("retire_passages", "release_passages", "release_memories", "retire_digests"):
                await run(connection, self._sql[statement], {**where, "keys": list(keys)})
            await self._people.retire_in(connection, where, keys)
            await run(connection, self._sql["revise_bond"], where)

    async def _store(
        self,
        connection: Connection,
        where: Row,
        keys: UserKeys,
        position: Position,
        sums: list[Row],
        messages: Sequence[NewMessage],
    ) -> None:
        batch = await self._sealed(where, keys, position, messages)
        if renews := [id for message in messages for id in message.renews]:
            await self._archive.promote_in(connection, where["user"], renews)
        await batch.write(connection, self._sql)
        await self._people.note_in(connection, keys, where, batch.learnt)
        changes = [
            *felt_changes(sums, messages),
            *manner_changes(messages),
            *trace_changes(keys, messages),
            (self._sql["advance_bond"], position.counters),
            (self._sql["advance_conversation"], position.reached(max(m.at for m in messages))),
            (self._sql["bump_epoch"], {}),
        ]
        await put_together(connection, where, changes, messages)

    async def _sealed(self, where: Row, keys: UserKeys, position: Position, messages: Sequence[NewMessage]) -> Batch:
        """All of them as rows, each in its block; the keys of new blocks are kept before anything is sealed under them."""
        spare = await self._vault.spare_blocks(where["user"], self._new_id)
        blocks = [position.enter_block(message.at, spare) for message in messages]
        await self._vault.new_blocks(where["user"], position.new_blocks)
        block_keys = await self._vault.block_keys(where["user"], set(blocks))
        batch = Batch(self._vault, keys, where, position, self._embedder)
        for message, block in zip(messages, blocks, strict=True):
            batch.add(message, block, block_keys[block])
        return batch

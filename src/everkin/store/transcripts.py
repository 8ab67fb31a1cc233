"""Transcripts in PostgreSQL: the one write path of words, sealed and indexed in a single durable commit."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from pgvector import HalfVector

from everkin.mind.entity import USER as FACTS_OF_USER
from everkin.mind.identity import BlockId, BondId, ConversationId, MemoryId, MessageKey, NewId, UserId
from everkin.mind.matter import COMPANION, OTHER, USER
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.salience import KEPT_TIMES
from everkin.mind.transcript import SESSION_GAP, Delivery, Message, Role, speaker_names
from everkin.store.archive import Archive, ColdRows
from everkin.store.changes import Change, together
from everkin.store.database import Connection, Database, Row, answers, one, rows, run
from everkin.store.emotions import felt_changes, locked_sums, take_back
from everkin.store.facts import fact_words
from everkin.store.matters import ROWS_PER_CHUNK, pack_entries
from everkin.store.people import PostgresPeople
from everkin.store.queries import queries
from everkin.store.stamp import require_owner
from everkin.store.traces import put_together, take_traces, trace_changes
from everkin.store.vault import UserKeys, Vault
from everkin.store.voices import manner_changes
from everkin.store.words import Words, pack

ROLES: Final = (Role.USER, Role.ASSISTANT, Role.SYSTEM, Role.TOOL)
"""By stored number: add at the end, never reorder."""
DELIVERIES: Final = (Delivery.COMPLETE, Delivery.STOPPED, Delivery.INTERRUPTED, Delivery.PENDING)
SPEAKERS: Final = {Role.USER: USER, Role.ASSISTANT: COMPANION, Role.SYSTEM: OTHER, Role.TOOL: OTHER}
BLOCK_MESSAGES: Final = 64
"""Messages sealed under one key at most: what has to be sealed again when one of them is erased."""
_MAIN: Final = ""
_CONVERSATIONS_HELD: Final = 4096
_NAMES_WITHIN: Final = 24
"""How many of the last messages are looked at for the speakers' names."""


@dataclass(slots=True)
class _Place:
    """Where the next message goes: counters of the bond, block of the conversation. Lives inside one transaction."""

    ordinal: int
    row: int
    head: MessageKey | None = None
    block: BlockId | None = None
    block_size: int = 0
    last_at: datetime | None = None
    new_blocks: list[BlockId] = field(default_factory=list)

    def enter_block(self, at: datetime, new_id: NewId) -> BlockId:
        """The block for a message said at `at`: a new one after a silence or when the open one is full."""
        silence = self.last_at is None or abs(at - self.last_at) > SESSION_GAP
        if self.block is None or silence or self.block_size >= BLOCK_MESSAGES:
            self.block, self.block_size = BlockId(new_id()), 0
            self.new_blocks.append(self.block)
        self.block_size += 1
        self.last_at = at
        return self.block


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
        hashes = [_id_hash(keys, conversation, id) for id in ids]
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
        place, sums, fresh = await self._lock(connection, where, keys, messages)
        if fresh:
            if revised := [m.revises for m in fresh if m.revises]:
                await self._retire(connection, where, revised)
                sums = await locked_sums(connection, where)
            await self._store(connection, where, keys, place, sums, fresh)
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
            counters = await one(connection, self._sql["lock_bond"], where)
            require_owner(await one(connection, queries("vectors")["owner"]), self._embedder)
            stored = await one(connection, self._sql["pending"], where)
            assert counters is not None
            if stored is None:
                return  # erased meanwhile
            block = BlockId(stored["block_id"])
            key = (await self._vault.block_keys(user, [block]))[block]
            place = _Place(counters["next_ordinal"], counters["next_row"])
            batch = _Batch(self._vault, keys, where, place, self._embedder)
            for draft in message.drafts:
                batch.add_memory(message, draft, block, key, stored["ordinal"])
            await batch.write(connection, self._sql)
            await self._people.note_in(connection, keys, where, batch.learnt)
            sums = await locked_sums(connection, where)
            if changes := [*felt_changes(sums, [message]), *manner_changes([message])]:
                await run(connection, *together(where, changes))
            sealed = batch.seal(
                key, message.key, id=message.id, name=message.name, content=message.content, device=message.device
            )
            values: Row = {"delivery": DELIVERIES.index(message.delivery), "sealed": sealed}
            await run(connection, self._sql["finish_message"], {**where, **values})
            await run(connection, self._sql["advance_bond"], {**where, "ordinal": place.ordinal, "row": place.row})
            await run(connection, self._sql["bump_epoch"], where)

    async def learn(
        self,
        user: UserId,
        bond: BondId,
        message: MessageKey,
        drafts: Sequence[Draft],
        *,
        also: Sequence[MessageKey] = (),
        renews: Sequence[MemoryId] = (),
    ) -> bool:
        keys = await self._vault.user(user)
        where: Row = {"user": user, "bond": bond}
        async with self._database.as_user(user) as connection:
            await self._archive.promote_in(connection, user, [message, *also, *renews])
            counters = await one(connection, self._sql["lock_bond"], where)
            require_owner(await one(connection, queries("vectors")["owner"]), self._embedder)
            found = await self.opened(user, await rows(connection, self._sql["by_key"], {**where, "keys": [message]}))
            if counters is None or not found or not found[0].current:
                return False
            said = found[0]
            key = (await self._vault.block_keys(user, [said.block]))[said.block]
            place = _Place(counters["next_ordinal"], counters["next_row"])
            batch = _Batch(self._vault, keys, where, place, self._embedder)
            batch.learn(_again(said, drafts, renews), also, said.block, key, said.ordinal)
            await batch.write(connection, self._sql)
            await self._people.note_in(connection, keys, where, batch.learnt)
            await run(connection, self._sql["advance_bond"], {**where, "ordinal": place.ordinal, "row": place.row})
            await run(connection, self._sql["bump_epoch"], where)
        return True

    async def opened(self, user: UserId, found: Iterable[Row]) -> list[Message]:
        """Rows as messages; those whose key was destroyed are left out: they were erased. Cold rows are open already."""
        found = list(found)
        block_keys = await self._vault.block_keys(
            user, {BlockId(row["block_id"]) for row in found if "words" not in row}
        )
        return [
            _message(row, row["words"] if "words" in row else self._words(user, row, block_keys[row["block_id"]]))
            for row in found
            if "words" in row or row["block_id"] in block_keys
        ]

    def _words(self, user: UserId, row: Row, key: bytes) -> Words:
        return self._vault.words(key, user, row["block_id"], row["message_id"], row["sealed"])

    async def _lock(
        self, connection: Connection, where: Row, keys: UserKeys, messages: Sequence[NewMessage]
    ) -> tuple[_Place, list[Row], list[NewMessage]]:
        """Where the next message goes, and the sums of feelings, under the bond's lock; the messages that are not there yet."""
        hashes = {m.key: _id_hash(keys, where["conversation"], m.id) for m in messages}
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
        place = _Place(bond["next_ordinal"], bond["next_row"], *opened)
        known = {row["id_hash"] for row in found}
        posts, unseen = await self._archive.posts(connection, where["user"]), set(hashes.values()) - known
        cold = await self._cold.by_caller(where["user"], posts, where["bond"], unseen, keys)
        known |= {row["id_hash"] for row in cold}
        return place, sums, [m for m in messages if m.revises or hashes[m.key] not in known]

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
        place: _Place,
        sums: list[Row],
        messages: Sequence[NewMessage],
    ) -> None:
        spare = await self._vault.spare_blocks(where["user"], self._new_id)
        blocks = {message.key: place.enter_block(message.at, spare) for message in messages}
        await self._vault.new_blocks(where["user"], place.new_blocks)
        block_keys = await self._vault.block_keys(where["user"], set(blocks.values()))
        parents, last = {}, place.head
        for message in messages:
            parents[message.key] = None if message.root else message.parent or last
            last = message.key
        if renews := [id for message in messages for id in message.renews]:
            await self._archive.promote_in(connection, where["user"], renews)
        batch = _Batch(self._vault, keys, where, place, self._embedder)
        for message in messages:
            batch.add(message, blocks[message.key], block_keys[blocks[message.key]], parents[message.key])
        await batch.write(connection, self._sql)
        await self._people.note_in(connection, keys, where, batch.learnt)
        head: Row = {
            "head": last,
            "block": place.block,
            "size": place.block_size,
            "last_at": max(m.at for m in messages),
        }
        changes = [
            *felt_changes(sums, messages),
            *manner_changes(messages),
            *trace_changes(keys, messages),
            (self._sql["advance_bond"], {"ordinal": place.ordinal, "row": place.row}),
            (self._sql["advance_conversation"], head),
            (self._sql["bump_epoch"], {}),
        ]
        await put_together(connection, where, changes, messages)


class _Batch:
    """The rows of one append, column by column."""

    def __init__(self, vault: Vault, keys: UserKeys, where: Row, place: _Place, embedder: int | None) -> None:
        self._vault, self._keys, self._where, self._place, self._embedder = vault, keys, where, place, embedder
        self._columns: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self._entries: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._superseded: dict[str, list[Any]] = defaultdict(list)
        self._renewed: dict[str, list[Any]] = defaultdict(list)
        self.learnt: list[tuple[NewMessage, Draft, BlockId, bytes]] = []

    def add(self, message: NewMessage, block: BlockId, key: bytes, parent: MessageKey | None) -> None:
        ordinal, self._place.ordinal = self._place.ordinal, self._place.ordinal + 1
        self._put(
            "messages",
            message=message.key,
            parent=parent,
            revises=message.revises,
            id_hash=_id_hash(self._keys, self._where["conversation"], message.id),
            ordinal=ordinal,
            role=ROLES.index(message.role),
            delivery=DELIVERIES.index(message.delivery),
            current=message.current,
            at=message.at,
            block=block,
            sealed=self.seal(
                key, message.key, id=message.id, name=message.name, content=message.content, device=message.device
            ),
        )
        for disclosure in message.disclosures:
            self._put(
                "disclosures",
                disclosure=disclosure.id,
                message=message.key,
                category=int(disclosure.category),
                level=int(disclosure.level),
                at=message.at,
            )
        for draft in message.drafts:
            self.add_memory(message, draft, block, key, ordinal)
        self._renew(message)

    def learn(self, message: NewMessage, also: Sequence[MessageKey], block: BlockId, key: bytes, ordinal: int) -> None:
        """The memories of a message that is stored already."""
        for draft in message.drafts:
            self.add_memory(message, draft, block, key, ordinal)
            for source in also:
                self._put("provenance", memory=draft.id, message=source)
        self._renew(message)

    def _renew(self, message: NewMessage) -> None:
        for memory in message.renews:
            self._put("provenance", memory=memory, message=message.key)
            for name, value in (("memory", memory), ("at", message.at)):
                self._renewed[name].append(value)

    def add_memory(self, message: NewMessage, draft: Draft, block: BlockId, key: bytes, ordinal: int) -> None:
        self._put(
            "memories",
            memory=draft.id,
            kind=int(draft.kind),
            predicate=draft.fact.predicate.value if draft.fact else None,
            about=self._keys.hash_term(draft.fact.subject.key) if draft.fact else None,
            of_user=draft.fact is not None and draft.fact.subject.owner == FACTS_OF_USER,
            superseded_by=draft.superseded_by,
            topic=draft.topic,
            importance=draft.importance,
            pinned=draft.pinned,
            safety=bool(message.disclosures),
            at=message.at,
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            block=block,
            sealed=None
            if draft.text is None
            else self.seal(key, draft.id, content=draft.text, **fact_words(draft.fact)),
        )
        self._put("provenance", memory=draft.id, message=message.key)
        self._add_passages(message, draft, ordinal)
        if message.current:
            self.learnt.append((message, draft, block, key))
        for older in draft.supersedes:
            for name, value in (("older", older), ("newer", draft.id), ("since", draft.valid_from or message.at)):
                self._superseded[name].append(value)
            self._superseded["successor"].append(self._place.row - 1)

    def _add_passages(self, message: NewMessage, draft: Draft, ordinal: int) -> None:
        for passage in draft.passages:
            row, self._place.row = self._place.row, self._place.row + 1
            self._put(
                "passages",
                row=row,
                memory=draft.id,
                ordinal=ordinal,
                at=message.at,
                speaker=SPEAKERS[message.role],
                kind=int(draft.kind),
                length=len(passage.terms),
                flags=passage.flags,
                salience=draft.importance,
                embedder=None if passage.vector is None else self._embedder,
                embedding=passage.vector,
            )
            for term, count in Counter(passage.terms).items():
                self._entries[self._keys.hash_term(term), row // ROWS_PER_CHUNK].append((row, count))

    async def write(self, connection: Connection, sql: Mapping[str, Any]) -> None:
        if "passages" in self._columns:
            self._turn(self._columns["passages"]["embedding"])
        puts: list[Change] = [(sql[f"put_{table}"], columns) for table, columns in self._columns.items()]
        if self._entries:
            puts.append((sql["put_postings"], self._postings()))
        if puts:
            await run(connection, *together(self._where, puts))
        if self._superseded:
            await run(connection, sql["supersede"], {**self._where, **self._superseded})
            await run(connection, sql["supersede_passages"], {**self._where, **self._superseded})
        if self._renewed:
            await run(connection, sql["renew"], {**self._where, **self._renewed})
            counted: Row = {"gap": SESSION_GAP.total_seconds(), "kept": KEPT_TIMES}
            await run(connection, sql["mention"], {**self._where, **self._renewed, **counted})
            await run(connection, sql["revise_bond"], self._where)

    def _turn(self, vectors: list[Any]) -> None:
        """All vectors by the user's key at once: one by one it costs ten times as much."""
        places = [place for place, vector in enumerate(vectors) if vector is not None]
        if places:
            turned = self._keys.turn(np.stack([vectors[place] for place in places]))
            for place, vector in zip(places, turned, strict=True):
                vectors[place] = HalfVector(vector)

    def _postings(self) -> dict[str, list[Any]]:
        ordered = sorted(self._entries)  # one order everywhere, so that two writers cannot deadlock
        return {
            "term": [term for term, _ in ordered],
            "chunk": [chunk for _, chunk in ordered],
            "entries": [pack_entries(self._entries[key]) for key in ordered],
        }

    def _put(self, table: str, **values: Any) -> None:
        for name, value in values.items():
            self._columns[table][name].append(value)

    def seal(self, key: bytes, row: UUID, **words: str | None) -> bytes:
        return self._vault.seal(key, self._where["user"], row, pack(**words))


def beside(said: Row, near: Sequence[Row]) -> list[Row]:
    """The message just before one and the one just after it, in its own conversation and session."""
    place, mine = (said["at"], said["ordinal"]), said["conversation_id"]
    others = [
        ((row["at"], row["ordinal"]), row)
        for row in near
        if row["conversation_id"] == mine and abs(row["at"] - said["at"]) <= SESSION_GAP
    ]
    before = max((each for each in others if each[0] < place), key=lambda each: each[0], default=None)
    after = min((each for each in others if each[0] > place), key=lambda each: each[0], default=None)
    return [each[1] for each in (before, after) if each is not None]


def _again(message: Message, drafts: Sequence[Draft], renews: Sequence[MemoryId]) -> NewMessage:
    """A stored message as one about to be kept, with what was learnt from it since."""
    return NewMessage(
        key=message.key,
        id=message.id,
        role=message.role,
        content=message.content,
        name=message.name,
        at=message.at,
        drafts=tuple(drafts),
        renews=tuple(renews),
    )


def _id_hash(keys: UserKeys, conversation: UUID, id: str) -> bytes:
    return keys.hash_name(f"{conversation}/{id}")


def _message(row: Row, words: Words) -> Message:
    return Message(
        key=MessageKey(row["message_id"]),
        id=words.get("id") or "",
        conversation=ConversationId(row["conversation_id"]),
        parent=row["parent_id"],
        role=ROLES[row["role"]],
        content=words.get("content") or "",
        name=words.get("name"),
        device=words.get("device"),
        at=row["at"],
        ordinal=row["ordinal"],
        block=BlockId(row["block_id"]),
        delivery=DELIVERIES[row["delivery"]],
        current=row["current"],
    )

"""One append to a transcript: where its messages go, and their rows column by column, to be put at once."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from pgvector import HalfVector

from everkin.mind.entity import USER as FACTS_OF_USER
from everkin.mind.identity import BlockId, MessageKey, NewId
from everkin.mind.matter import COMPANION, OTHER, USER
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.salience import KEPT_TIMES
from everkin.mind.transcript import SESSION_GAP, Role
from everkin.store.changes import Change, together
from everkin.store.database import Connection, Row, run
from everkin.store.facts import fact_words
from everkin.store.matters import ROWS_PER_CHUNK, pack_entries
from everkin.store.messages import DELIVERIES, ROLES, id_hash, message_words
from everkin.store.vault import UserKeys, Vault
from everkin.store.words import pack

SPEAKERS: Final = {Role.USER: USER, Role.ASSISTANT: COMPANION, Role.SYSTEM: OTHER, Role.TOOL: OTHER}
BLOCK_MESSAGES: Final = 64
"""Messages sealed under one key at most: what has to be sealed again when one of them is erased."""


@dataclass(slots=True)
class Position:
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

    def follow(self, message: NewMessage) -> MessageKey | None:
        """The parent of a message, which is the head from now on."""
        parent = None if message.root else message.parent or self.head
        self.head = message.key
        return parent

    @property
    def counters(self) -> Row:
        """What the bond counts on from."""
        return {"ordinal": self.ordinal, "row": self.row}

    def reached(self, at: datetime) -> Row:
        """What the conversation goes on from, whose latest message was said at `at`."""
        return {"head": self.head, "block": self.block, "size": self.block_size, "last_at": at}


class Batch:
    """The rows of one append, column by column."""

    def __init__(self, vault: Vault, keys: UserKeys, where: Row, position: Position, embedder: int | None) -> None:
        self._vault, self._keys, self._where, self._embedder = vault, keys, where, embedder
        self.position = position
        self._columns: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self._entries: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._superseded: dict[str, list[Any]] = defaultdict(list)
        self._renewed: dict[str, list[Any]] = defaultdict(list)
        self.learnt: list[tuple[NewMessage, Draft, BlockId, bytes]] = []

    def add(self, message: NewMessage, block: BlockId, key: bytes) -> None:
        ordinal, self.position.ordinal = self.position.ordinal, self.position.ordinal + 1
        self._put(
            "messages",
            message=message.key,
            parent=self.position.follow(message),
            revises=message.revises,
            id_hash=id_hash(self._keys, self._where["conversation"], message.id),
            ordinal=ordinal,
            role=ROLES.index(message.role),
            delivery=DELIVERIES.index(message.delivery),
            current=message.current,
            at=message.at,
            block=block,
            sealed=self.seal(key, message.key, **message_words(message)),
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
            self._superseded["successor"].append(self.position.row - 1)

    def _add_passages(self, message: NewMessage, draft: Draft, ordinal: int) -> None:
        for passage in draft.passages:
            row, self.position.row = self.position.row, self.position.row + 1
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

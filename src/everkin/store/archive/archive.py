"""Moving messages into the cold and back. A message changes tiers in one commit, so that no crash leaves it in two or in none.

Archiving: the block is put under a new name, then one commit takes the rows and sets the signpost. Promoting: one commit
takes the signpost and puts the rows back, then the object is deleted. What a crash leaves behind is an object that no
signpost leads to: `sweep` deletes it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
import structlog
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg import Rollback
from psycopg.types.json import Jsonb

from everkin.errors import KeyDestroyed
from everkin.mind.emotion import SHAPE, Sums
from everkin.mind.fact import STANDING, Predicate
from everkin.mind.identity import BlockId, BondId, MessageKey, NewId, UserId
from everkin.mind.marker import LONGEST
from everkin.mind.salience import Kind, References, Trace
from everkin.mind.tier import Policy, Tier, falls_below
from everkin.store.archive.block import Block
from everkin.store.archive.columns import Table
from everkin.store.archive.segments import Segments
from everkin.store.archive.signposts import (
    Catalogue,
    Signpost,
    Signposts,
    bits,
    directions,
    felt_bytes,
    id_bits,
    term_bits,
)
from everkin.store.database import Connection, Database, Row, count, one, rows, run
from everkin.store.matters import ROWS_PER_CHUNK, pack_entries, unpack_entries
from everkin.store.queries import queries
from everkin.store.traces import pack_traces
from everkin.store.vault import UserKeys, Vault
from everkin.store.voices import read_manner
from everkin.store.words import pack, unpack

logger = structlog.get_logger()

Indexed = Callable[[str], Sequence[Sequence[str]]]
"""The index terms of each passage of a text, as they were when it was first read."""

LEAST: Final = 4
"""A block with fewer cold messages than this waits: to write it again costs more than they take."""
GLEANED: Final = 3
"""Days after which it waits no more: each block has its own day, on which whatever is cold of it goes."""
BATCH_BLOCKS: Final = 32
ORPHANED: Final = timedelta(hours=1)
"""An object without a signpost that is older than this was left by a crash; a younger one may be on its way."""
STANDS: Final = tuple(p.value for p in Predicate if p.kind.floor >= 1 or p in STANDING)
"""Facts of these kinds stay rows while they stand: what is said next is held against them. Tastes go cold when others are
worth more; said again after that, one is learnt a second time."""
_TAKEN: Final = ("messages", "memory_messages", "memories", "memory_uses", "passages", "feelings", "replies", "manners")
_BACK: Final = ("messages", "memories", "memory_messages", "memory_uses", "passages", "feelings", "replies", "manners")
_DROPPED: Final = ("user_id", "bond_id", "block_id", "sealed", "id_hash", "embedding", "numbers", "wish")
"""Columns that a signpost holds for the whole block, or that are read again from what it holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What one commit moved out of the cold: objects to `discard` once it stands."""

    segments: tuple[UUID, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.segments)


class Archive:
    """One cell's cold blocks: which there are, how they go and how they come back."""

    def __init__(
        self,
        segments: Segments,
        database: Database,
        cell: Database,
        vault: Vault,
        *,
        indexed: Indexed,
        new_id: NewId,
        policy: Policy,
    ) -> None:
        self._database, self._cell, self._vault, self._new_id = database, cell, vault, new_id
        self._indexed, self.policy = indexed, policy
        self._sql = queries("archive")
        self.segments, self.catalogue = segments, Catalogue()

    # -- into the cold

    async def archive_some(self, *, now: datetime) -> int | None:
        """Archive what the last decay pass left cold of one user; how many messages, or None when nobody is due."""
        async with self._cell.statement() as connection:
            due = await one(connection, self._sql["due"])
        if due is None:
            return None
        user, moved = UserId(due["user_id"]), 0
        with suppress(KeyDestroyed):  # they left meanwhile
            while batch := await self._archive_batch(user, now):
                moved += batch
            await self.sweep(user, now=now)
        while await self._pack_traces(user, now):
            pass
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["done"], {"user": user, "passed_at": due["passed_at"]})
        return moved

    async def _pack_traces(self, user: UserId, now: datetime) -> bool:
        async with self._database.as_user(user) as connection:
            return await pack_traces(connection, {"user": user}, now - self.policy.newborn)

    async def _archive_batch(self, user: UserId, now: datetime) -> int:
        """How many messages; 0 too where all that is cold was changed by somebody meanwhile."""
        async with self._database.as_user(user) as connection:
            cooled = await rows(connection, self._sql["cooled"], self._where(user, now))
        return sum([await self._archive_block(user, now, row) for row in cooled])

    def _where(self, user: UserId, now: datetime) -> Row:
        return {
            "user": user,
            "now": now,
            "standing": list(STANDS),
            "forgets": self.policy.forgets,
            "marked": LONGEST,
            "newborn": self.policy.newborn,
            "tail": self.policy.tail,
            "least": LEAST,
            "gleaned": GLEANED,
            "day": now.toordinal(),
            "limit": BATCH_BLOCKS,
        }

    async def _archive_block(self, user: UserId, now: datetime, cooled: Row) -> int:
        """1. Read. 2. Put the object. 3. In one commit: take the rows, unless one has changed, and set the signpost."""
        bond, block = BondId(cooled["bond_id"]), BlockId(cooled["block_id"])
        where: Row = {"user": user, "bond": bond, "messages": cooled["messages"]}
        async with self._database.as_user(user) as connection:
            of_block: Row = {**where, "block": block}
            earlier = [row["segment_id"] for row in await rows(connection, self._sql["segments_of_block"], of_block)]
            read = await self._hanging_on(connection, where, "read")
        keys = await self._vault.block_keys(user, [block])
        if block not in keys:
            return 0
        merged, id = self._opened(user, read, keys[block]), self._new_id()
        for segment in earlier:
            before = await self.segments.get(user, block, segment)
            if before is None:
                return 0
            merged = joined_blocks(before, merged)
        size = await self.segments.put(user, block, id, merged)
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["hold_user"], where)
            await run(connection, self._sql["lock_bond"], where)
            moved = await self._hanging_on(connection, where, "take") == read and await self._left(
                connection, user, earlier
            )
            if not moved:
                raise Rollback
            await self.unindex(connection, where, [row["row"] for row in read["passages"]])
            place: Row = {"segment": id, "block": block, "bytes": size, "conversation": cooled["conversation_id"]}
            sign = self._post(await self._vault.user(user), merged, await self.segments.lens(user), now)
            await run(connection, self._sql["put_signpost"], {**where, **sign, **place})
            await self._moved(connection, where)
        await self.segments.delete(user, earlier if moved else [id])
        return len(cooled["messages"]) if moved else 0

    async def _hanging_on(self, connection: Connection, where: Row, verb: str) -> dict[str, Table]:
        """All rows that hang on some messages, in one order; with the verb `take` they are deleted."""
        found: dict[str, Table] = {}
        for table in _TAKEN:
            if table == "memories":
                where = {**where, "memories": sorted({row["memory_id"] for row in found["memory_messages"]})}
            found[table] = sorted(await rows(connection, self._sql[f"{verb}_{table}"], where), key=_ORDER[table])
        return found

    async def _left(self, connection: Connection, user: UserId, ids: Sequence[UUID]) -> bool:
        """Whether the signposts of these segments were still there to be taken."""
        return not ids or await count(connection, self._sql["take_signposts"], {"user": user, "segments": ids}) == len(
            ids
        )

    def _opened(self, user: UserId, read: Mapping[str, Table], key: bytes) -> Block:
        """Rows as a block holds them: words in the open, vectors apart."""
        tables: dict[str, Table] = {}
        for name, table in read.items():
            tables[name] = [{k: v for k, v in row.items() if k not in _DROPPED} for row in table]
        for name, id in (("messages", "message_id"), ("memories", "memory_id")):
            for row, stored in zip(tables[name], read[name], strict=True):
                sealed = stored["sealed"]
                row["words"] = None if sealed is None else unpack(self._vault.open(key, user, stored[id], sealed))
        vectors = [row["embedding"].to_numpy() for row in read["passages"]]
        shape = (len(vectors), self._vault.dimensions)
        return Block(tables=tables, vectors=np.array(vectors, np.float32).reshape(shape))

    async def unindex(self, connection: Connection, where: Row, gone: Sequence[int]) -> None:
        chunks = sorted({row // ROWS_PER_CHUNK for row in gone})
        left: list[tuple[int, int, bytes]] = []
        for posting in await rows(connection, self._sql["postings_in"], {**where, "chunks": chunks}):
            entries = unpack_entries(posting["entries"])
            kept = entries[~np.isin(entries["row"], gone)]
            if len(kept) < len(entries):
                left.append((posting["term"], posting["chunk"], kept.tobytes()))
        if left:
            columns = dict(zip(("term", "chunk", "entries"), map(list, zip(*left, strict=True)), strict=True))
            await run(connection, self._sql["put_entries"], {**where, **columns})
            await run(connection, self._sql["drop_empty"], {**where, "chunks": chunks})

    def _post(self, keys: UserKeys, block: Block, lens: NDArray[np.float32] | None, now: datetime) -> Row:
        messages, memories = block.tables["messages"], block.tables["memories"]
        times = [row["at"] for row in messages]
        names = [keys.hash_name(f"{row['conversation_id']}/{row['words'].get('id')}") for row in messages]
        ids = [row["message_id"] for row in messages] + [row["memory_id"] for row in memories]
        ids += [row["revises"] for row in messages if row["revises"]]
        ids += [row["superseded_by"] for row in memories if row["superseded_by"]]
        stems = {stem for text in texts(block).values() for stems in self._indexed(text) for stem in stems}
        centre = block.vectors.mean(axis=0) if len(block.vectors) else np.zeros(self._vault.dimensions, np.float32)
        fading = [at for row in memories if (at := _fades(block, row, self.policy, now)) is not None]
        return {
            "first_at": min(times),
            "last_at": max(times),
            "count": len(messages),
            "marked": any(row["marker"] is not None for row in block.tables["feelings"]),
            "fades_at": min(fading, default=None),
            "centroid": directions(centre if lens is None else lens @ centre),
            "terms": bits([term_bits(keys.hash_term(stem)) for stem in stems]),
            "members": bits([id_bits(id) for id in (*ids, *names)]),
            "felt": felt_bytes(_felt(block, max(times)).values.ravel()),
        }

    async def _moved(self, connection: Connection, where: Row) -> None:
        await run(connection, queries("erasure")["revise_bond"], where)
        await run(connection, self._sql["moved"], where)

    # -- and back

    async def promote(self, user: UserId, ids: Collection[UUID]) -> int:
        """Bring back the blocks that hold any of these messages or memories; how many."""
        async with self._database.as_user(user) as connection:
            taken = await self.promote_in(connection, user, ids)
        await self.discard(user, taken)
        return len(taken.segments)

    async def promote_in(
        self, connection: Connection, user: UserId, ids: Collection[UUID | bytes], blocks: Collection[BlockId] = ()
    ) -> Taken:
        """Inside a transaction of this user: the blocks of messages and memories, and of whole blocks, as rows again.

        `discard` what is returned once it committed. Raises StoreUnavailable, and then nothing moved. A block that is
        lost in every copy stays where it is, told in the log.
        """
        posts = await self.catalogue.of(connection, user)
        wanted = {post.segment: post for post in posts.holding(ids)}
        wanted |= {post.segment: post for post in posts.posts if post.block in blocks}
        return await self._bring(connection, user, list(wanted.values()))

    async def promote_messages_in(
        self, connection: Connection, user: UserId, messages: Collection[MessageKey]
    ) -> Taken:
        """The same for messages, with whatever the cold holds that something learnt from them had ended."""
        taken = await self.promote_in(connection, user, messages)
        found = await rows(connection, self._sql["read_memory_messages"], {"user": user, "messages": list(messages)})
        ended = await self.promote_in(connection, user, [row["memory_id"] for row in found])
        return Taken(segments=taken.segments + ended.segments)

    async def promote_fading(self, *, now: datetime) -> int | None:
        """Bring back one user's blocks that hold what policy may forget by now, to be weighed; None when there are none."""
        if not self.policy.forgets:
            return None
        async with self._cell.statement() as connection:
            due = await one(connection, self._sql["fading"], {"now": now})
        if due is None:
            return None
        user = UserId(due["user_id"])
        async with self._database.as_user(user) as connection:
            posts = await self.catalogue.of(connection, user)
            found = [post for post in posts.posts if post.segment in due["segments"]]
            taken = await self._bring(connection, user, found)
        await self.discard(user, taken)
        return len(taken.segments) or None

    async def bring_all_in(self, connection: Connection, user: UserId) -> Taken:
        """Inside a transaction of this user: everything of theirs as rows again; `discard` what is returned."""
        return await self._bring(connection, user, list((await self.posts(connection, user)).posts))

    async def _bring(self, connection: Connection, user: UserId, posts: Sequence[Signpost]) -> Taken:
        taken = []
        for post in sorted(posts, key=lambda post: (post.bond, post.segment)):  # one order, so that no two can deadlock
            block = await self.segments.get(user, post.block, post.segment)
            where: Row = {"user": user, "bond": post.bond}
            await run(connection, self._sql["lock_bond"], where)
            if block is not None and await self._left(connection, user, [post.segment]):
                await self._put_back(connection, where, post, block)
                await self._moved(connection, where)
                taken.append(post.segment)
        return Taken(segments=tuple(taken))

    async def _put_back(self, connection: Connection, where: Row, post: Signpost, block: Block) -> None:
        keys = await self._vault.user(where["user"])
        key = (await self._vault.block_keys(where["user"], [post.block]))[post.block]
        owner: Row = {"user_id": where["user"], "bond_id": post.bond}
        said = {row["message_id"]: row["words"].get("content") or "" for row in block.tables["messages"]}
        for table in _BACK:
            sealed = [
                self._sealed(table, {**owner, **row, "block_id": post.block}, key, keys) for row in block.tables[table]
            ]
            if table == "passages":
                sealed = [
                    row | {"embedding": HalfVector(v).to_text()} for row, v in zip(sealed, block.vectors, strict=True)
                ]
            if table == "manners":
                sealed = [row | read_manner(said[row["message_id"]], by_user=row["by_user"]) for row in sealed]
            await _insert(connection, table, sealed)
        await run(
            connection,
            self._sql["warmed"],
            {**where, "memories": [row["memory_id"] for row in block.tables["memories"]]},
        )
        await run(connection, queries("transcripts")["put_postings"], {**where, **self._postings(keys, block)})

    def _sealed(self, table: str, row: Row, key: bytes, keys: UserKeys) -> Row:
        """A row as its table holds it."""
        if table in ("memory_messages", "memory_uses"):
            row.pop("bond_id")
        if table not in ("messages", "memories"):
            row.pop("block_id")
            return row
        words = row.pop("words")
        if table == "messages":
            row["id_hash"] = keys.hash_name(f"{row['conversation_id']}/{words.get('id')}")
        id = row["message_id" if table == "messages" else "memory_id"]
        return row | {"sealed": None if words is None else self._vault.seal(key, row["user_id"], id, pack(**words))}

    def _postings(self, keys: UserKeys, block: Block) -> Row:
        """Its terms as they are stored: packed by term and chunk, in the one order that all writers keep."""
        entries: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for place, counts in terms_by_passage(block, self._indexed).items():
            row = int(block.tables["passages"][place]["row"])
            for stem, times in counts.items():
                entries[keys.hash_term(stem), row // ROWS_PER_CHUNK].append((row, times))
        ordered = sorted(entries)
        return {
            "term": [term for term, _ in ordered],
            "chunk": [chunk for _, chunk in ordered],
            "entries": [pack_entries(sorted(entries[key])) for key in ordered],
        }

    async def discard(self, user: UserId, taken: Taken) -> None:
        """Objects that no signpost leads to any more."""
        await self.segments.delete(user, taken.segments)

    async def discard_user(self, user: UserId) -> None:
        """All that lies here of somebody who was erased; it is dark already."""
        self.catalogue.forget_user(user)
        await self.segments.delete_user(user)

    async def sweep(self, user: UserId, *, now: datetime) -> int:
        """Delete what crashes left behind; how many objects."""
        listed = await self.segments.listed(user)
        async with self._database.as_user(user) as connection:
            known = {post.segment for post in (await self.catalogue.of(connection, user)).posts}
        left = {id for id, at in listed if id not in known and now - at > ORPHANED}
        await self.segments.delete(user, sorted(left))
        return len(left)

    # -- read where it lies

    async def posts(self, connection: Connection, user: UserId) -> Signposts:
        """Somebody's signposts, as of this transaction's last statement."""
        return await self.catalogue.of(connection, user)

    async def block(self, user: UserId, post: Signpost) -> Block | None:
        """Raises StoreUnavailable."""
        return await self.segments.get(user, post.block, post.segment)


_ORDER: Final[Mapping[str, Callable[[Row], Any]]] = {
    "messages": lambda row: row["ordinal"],
    "memory_messages": lambda row: (row["memory_id"], row["message_id"]),
    "memories": lambda row: row["memory_id"],
    "memory_uses": lambda row: row["memory_id"],
    "passages": lambda row: row["row"],
    "feelings": lambda row: row["message_id"],
    "replies": lambda row: str(row["message_id"]),
    "manners": lambda row: row["message_id"],
}


def joined_blocks(before: Block, after: Block) -> Block:
    """Two parts of one block as one, in order: what lies side by side is alike, and takes less."""
    tables = {name: [*before.tables[name], *after.tables[name]] for name in after.tables}
    rows = [row["row"] for row in tables["passages"]]
    vectors = np.concatenate([before.vectors, after.vectors])[np.argsort(rows, kind="stable")]
    return Block(tables={name: sorted(table, key=_ORDER[name]) for name, table in tables.items()}, vectors=vectors)


def texts(block: Block) -> dict[UUID, str]:
    """What each memory says: its own words, or those of its message."""
    said = dict(zip(*block.columns("messages", "message_id", "content"), strict=True))
    source = dict(zip(*block.columns("memory_messages", "memory_id", "message_id"), strict=True))
    return {
        memory: (own.get("content") if own else said.get(source.get(memory))) or ""
        for memory, own in zip(*block.columns("memories", "memory_id", "words"), strict=True)
    }


def terms_by_passage(block: Block, indexed: Indexed) -> dict[int, Mapping[str, int]]:
    """How often each index term stands in each passage, by its place in the block."""
    places: dict[UUID, list[int]] = defaultdict(list)
    [memories] = block.columns("passages", "memory_id")
    for place, memory in enumerate(memories):
        places[memory].append(place)
    return {
        place: Counter(stems)
        for memory, text in texts(block).items()
        for place, stems in zip(places[memory], indexed(text), strict=False)
    }


def _felt(block: Block, until: datetime) -> Sums:
    sums = Sums(as_of=until)
    for row in block.tables["feelings"]:
        sums = sums.plus(np.frombuffer(row["impulse"], np.int8).reshape(SHAPE), row["at"])
    return sums


def _fades(block: Block, memory: Row, policy: Policy, now: datetime) -> datetime | None:
    """When a memory is worth so little that policy may forget it; None for never, and for what is forgotten already."""
    uses = next((row for row in block.tables["memory_uses"] if row["memory_id"] == memory["memory_id"]), None)
    if not policy.forgets or uses is None or uses["tier"] == Tier.FORGOTTEN:
        return None
    latest = tuple(uses["mentioned_at"] or (memory["at"],))
    mentions = References(count=max(uses["mentions"], len(latest)), first=memory["at"], latest=latest)
    used = uses["last_used_at"]
    by_us = References(count=uses["uses"], first=uses["first_used_at"] or used, latest=(used,)) if used else None
    kind = Predicate(memory["predicate"]).kind if memory["predicate"] else Kind.SMALL_TALK
    trace = Trace(mentions=mentions, uses=by_us)
    return falls_below(policy, trace, kind=kind, importance=memory["importance"], now=now)


async def _insert(connection: Connection, table: str, found: Sequence[Row]) -> None:
    """Rows with the columns that they have; PostgreSQL reads each value from its text. Names of columns are its own."""
    if not found:
        return
    names = ", ".join(found[0])
    statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %(rows)s)"
    values = [{name: _text(value) for name, value in row.items()} for row in found]
    await connection.execute(statement.encode(), {"rows": Jsonb(values)})


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime | UUID):
        return str(value)
    return [_text(each) for each in value] if isinstance(value, list | tuple) else value

"""Moving memories into the cold and back. A memory changes tiers in one commit, so that no crash leaves it in two or in none.

Archiving: the segment is put under a new name, then one commit takes the rows and sets the signpost. Promoting: one commit
takes the signpost and puts the rows back, then the segment is deleted. What a crash leaves behind is a segment that no
signpost leads to: `sweep` deletes it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import log
from typing import Any, Final
from uuid import UUID

import numpy as np
import obstore
import structlog
from numpy.typing import NDArray
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore
from pgvector import HalfVector

from everkin.errors import KeyDestroyed, SealBroken, StoreUnavailable
from everkin.mind.identity import BlockId, BondId, MemoryId, MessageKey, NewId, UserId
from everkin.store.archive.segment import Segment, entries_of, segment_of
from everkin.store.database import Connection, Database, Row, count, one, rows, run
from everkin.store.matters import ROWS_PER_CHUNK, pack_entries
from everkin.store.queries import queries
from everkin.store.vault import Vault

logger = structlog.get_logger()

ROWS_MIN: Final = 8
"""A block with fewer cold passages than this stays where it is: a segment would cost more than it saves."""
BATCH_ROWS: Final = 1024
NEAREST: Final = 24
"""How many segments a question reads at most."""
CACHE_BYTES: Final = 32 << 20
ORPHANED: Final = timedelta(hours=1)
"""A segment without a signpost that is older than this was left by a crash; a younger one may be on its way."""


class Archive:
    """One cell's segments, by user and id, in a folder or any object store that `obstore` knows."""

    def __init__(
        self, objects: ObjectStore, database: Database, cell: Database, vault: Vault, *, new_id: NewId
    ) -> None:
        self._objects, self._database, self._cell, self._vault, self._new_id = objects, database, cell, vault, new_id
        self._sql = queries("archive")
        self._cache: OrderedDict[UUID, Segment] = OrderedDict()

    # -- into the cold

    async def archive_some(self, *, now: datetime) -> int | None:
        """Archive what the last decay pass left cold of one user; how many passages, or None when nobody is due."""
        async with self._cell.statement() as connection:
            due = await one(connection, self._sql["due"])
        if due is None:
            return None
        user, moved = UserId(due["user_id"]), 0
        with suppress(KeyDestroyed):  # they left meanwhile
            while batch := await self._archive_batch(user):
                moved += batch
            await self.sweep(user, now=now)
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["done"], {"user": user, "passed_at": due["passed_at"]})
        return moved

    async def _archive_batch(self, user: UserId) -> int:
        where: Row = {"user": user, "rows_min": ROWS_MIN, "limit": BATCH_ROWS}
        async with self._database.as_user(user) as connection:
            cooled = await rows(connection, self._sql["cooled"], where)
        if not cooled:
            return 0
        keys = await self._vault.block_keys(user, {BlockId(row["block_id"]) for row in cooled})
        moved = 0
        for (bond, block), group in groupby(cooled, key=lambda row: (BondId(row["bond_id"]), BlockId(row["block_id"]))):
            if block in keys:
                moved += await self._archive_block(user, bond, block, list(group), keys[block])
        return moved

    async def _archive_block(self, user: UserId, bond: BondId, block: BlockId, cooled: list[Row], key: bytes) -> int:
        numbers = [row["row"] for row in cooled]
        where: Row = {
            "user": user,
            "bond": bond,
            "rows": numbers,
            "chunks": list({n // ROWS_PER_CHUNK for n in numbers}),
        }
        async with self._database.as_user(user) as connection:
            postings = await rows(connection, self._sql["postings_in"], where)
        segment, id = segment_of(cooled, postings), self._new_id()
        await obstore.put_async(self._objects, _path(user, id), self._vault.seal(key, user, id, segment.pack()))
        async with self._database.as_user(user) as connection:
            await run(connection, queries("erasure")["hold_user"], where)
            await run(connection, self._sql["lock_bond"], where)
            if await count(connection, self._sql["take_passages"], where) == len(cooled):
                await self.unindex(connection, where)
                await self._sign(connection, where, block, id, segment)
                return len(cooled)
        await self._delete([_path(user, id)])
        return 0

    async def unindex(self, connection: Connection, where: Row) -> None:
        """Take some `rows` out of the index, of these `chunks`."""
        postings, left = await rows(connection, self._sql["postings_in"], where), []
        which, entries = entries_of(postings)
        gone = np.isin(entries["row"], where["rows"])
        for number in np.unique(which[gone]):
            kept = entries[(which == number) & ~gone]
            left.append((postings[number]["term"], postings[number]["chunk"], kept.tobytes()))
        left.sort()  # one order everywhere, so that two writers cannot deadlock
        columns = zip(("term", "chunk", "entries"), map(list, zip(*left, strict=True)), strict=False)
        if left:
            await run(connection, self._sql["put_entries"], {**where, **dict(columns)})
            await run(connection, self._sql["drop_empty"], where)

    async def _sign(self, connection: Connection, where: Row, block: BlockId, id: UUID, segment: Segment) -> None:
        at = segment.columns["at"]
        first, last = (datetime.fromtimestamp(float(moment), tz=UTC) for moment in (at.min(), at.max()))
        post: Row = {
            "segment": id,
            "block": block,
            "first_at": first,
            "last_at": last,
            "rows": len(at),
            "centroid": HalfVector(segment.centroid),
            "terms": np.unique(segment.hits["term"]).tolist(),
        }
        await run(connection, self._sql["put_signpost"], {**where, **post})
        await self._moved(connection, where, segment, archived=True)

    async def _moved(self, connection: Connection, where: Row, segment: Segment, *, archived: bool) -> None:
        """Note where they are now, and that no cache may answer from before."""
        await run(connection, self._sql["mark"], {**where, "memories": _memories(segment), "archived": archived})
        await run(connection, queries("erasure")["revise_bond"], where)
        await run(connection, queries("erasure")["move_epoch"], where)

    # -- and back

    async def promote(self, user: UserId, memories: Sequence[MemoryId]) -> int:
        """Bring back the segments that hold any of these; how many."""
        async with self._database.as_user(user) as connection:
            taken = await self.promote_in(connection, user, memories)
        await self.discard(user, taken)
        return len(taken)

    async def promote_in(
        self, connection: Connection, user: UserId, memories: Sequence[UUID], blocks: Sequence[BlockId] = ()
    ) -> list[UUID]:
        """Inside a transaction of this user: the segments of memories and of whole blocks, as rows again.

        `discard` what is returned once it committed. Raises StoreUnavailable, and then nothing moved. A segment that is
        lost or damaged leaves its words, and no rows.
        """
        found = await rows(connection, self._sql["blocks_of"], {"user": user, "memories": list(memories)})
        wanted = [*blocks, *(row["block_id"] for row in found)]
        taken = await rows(connection, self._sql["take_signposts"], {"user": user, "blocks": wanted}) if wanted else []
        for post in taken:
            segment = await self._segment(user, BlockId(post["block_id"]), post["segment_id"])
            if segment is not None:
                await self._put_back(connection, {"user": user, "bond": post["bond_id"]}, segment)
        return [post["segment_id"] for post in taken]

    async def promote_messages_in(
        self, connection: Connection, user: UserId, messages: Sequence[MessageKey]
    ) -> list[UUID]:
        """The same, for what was learnt from these messages."""
        learnt = await rows(connection, self._sql["memories_of_messages"], {"user": user, "messages": list(messages)})
        return await self.promote_in(connection, user, [row["memory_id"] for row in learnt])

    async def discard(self, user: UserId, segments: Sequence[UUID]) -> None:
        """Segments that no signpost leads to any more."""
        for id in segments:
            self._cache.pop(id, None)
        await self._delete([_path(user, id) for id in segments])

    async def discard_user(self, user: UserId) -> None:
        """All that lies here of somebody who was erased; it is dark already."""
        self._cache.clear()
        await self._delete([path for path, _ in await self._listed(user)])

    async def sweep(self, user: UserId, *, now: datetime) -> int:
        """Delete what crashes left behind; how many segments."""
        listed = await self._listed(user)
        async with self._database.as_user(user) as connection:
            known = {
                _path(user, row["segment_id"])
                for row in await rows(connection, self._sql["segments_of"], {"user": user})
            }
        left = [path for path, at in listed if path not in known and now - at > ORPHANED]
        await self._delete(left)
        return len(left)

    async def _put_back(self, connection: Connection, where: Row, segment: Segment) -> None:
        columns = segment.columns
        values: Row = {name: columns[name].tolist() for name in _PLAIN}
        values |= {
            "memory": _memories(segment),
            "embedder": segment.embedder.tolist(),
            "embedding": [HalfVector(vector) for vector in segment.vectors],
        }
        await run(connection, self._sql["lock_bond"], where)
        await run(connection, self._sql["put_passages_back"], {**where, **values})
        await run(connection, queries("transcripts")["put_postings"], {**where, **_postings(segment)})
        await self._moved(connection, where, segment, archived=False)

    # -- asked

    async def near(
        self, user: UserId, bond: BondId, terms: Sequence[int], vectors: NDArray[np.float32] | None
    ) -> tuple[int, list[Segment]]:
        """The user's epoch, and the segments that a question points to: by its rarest terms, and by the nearest centroid."""
        vector = HalfVector(vectors[0] if vectors is not None else np.zeros(self._vault.dimensions, np.float32))
        where: Row = {"user": user, "bond": bond, "terms": list(terms), "vector": vector}
        posts = await self._database.read(user, self._sql["near"], where)
        epoch = int(posts[0]["epoch"]) if posts else 0
        signed = [post for post in posts if post["segment_id"] is not None]
        chosen = nearest(signed, NEAREST)
        read = [self._if_reached(user, BlockId(post["block_id"]), post["segment_id"]) for post in chosen]
        segments = [segment for segment in await asyncio.gather(*read) if segment is not None]
        return epoch, await self._without_forgotten(user, segments)

    async def _without_forgotten(self, user: UserId, segments: list[Segment]) -> list[Segment]:
        if not segments:
            return []
        memories = [id for segment in segments for id in _memories(segment)]
        found = await self._database.read(user, self._sql["forgotten"], {"user": user, "memories": memories})
        gone = {row["memory_id"] for row in found}
        return [_without(segment, gone) for segment in segments] if gone else segments

    async def _if_reached(self, user: UserId, block: BlockId, id: UUID) -> Segment | None:
        try:
            return await self._segment(user, block, id)
        except StoreUnavailable as error:
            logger.warning("archive_unreachable", error=error.facts["error"])
            return None

    async def _segment(self, user: UserId, block: BlockId, id: UUID) -> Segment | None:
        """None for one that is lost or damaged: its words are still in the database, and it is told in the log.

        Raises StoreUnavailable when nobody can tell.
        """
        if id in self._cache:
            self._cache.move_to_end(id)
            return self._cache[id]
        keys = await self._vault.block_keys(user, [block])
        if block not in keys:
            return None
        try:
            sealed = await (await obstore.get_async(self._objects, _path(user, id))).bytes_async()
            segment = Segment.unpack(self._vault.open(keys[block], user, id, bytes(sealed)))
        except (FileNotFoundError, NotFoundError, SealBroken) as error:
            logger.error("segment_unreadable", segment=str(id), error=type(error).__name__)
            return None
        except (BaseError, OSError) as error:
            raise StoreUnavailable(
                "The archive cannot be reached.",
                kept="Everything that was acknowledged is kept.",
                next="Try again; look at the archive's address and at its credentials if it lasts.",
                error=type(error).__name__,
            ) from None
        self._cache[id] = segment
        while sum(each.nbytes for each in self._cache.values()) > CACHE_BYTES:
            self._cache.popitem(last=False)
        return segment

    async def _listed(self, user: UserId) -> list[tuple[str, datetime]]:
        """Path and time of everything that lies here of one user."""
        found = obstore.list(self._objects, prefix=str(user))
        return [(meta["path"], meta["last_modified"]) async for chunk in found for meta in chunk]

    async def _delete(self, paths: Sequence[str]) -> None:
        """What cannot be deleted now is an orphan, which `sweep` looks for later."""
        for path in paths:
            with suppress(FileNotFoundError, NotFoundError):
                try:
                    await obstore.delete_async(self._objects, path)
                except BaseError as error:
                    logger.warning("archive_unreachable", error=type(error).__name__)


def nearest(posts: Sequence[Mapping[str, Any]], limit: int) -> list[Mapping[str, Any]]:
    """Half by the terms they share with the question, rare ones counting more (IDF over signposts), half by their centroid."""
    if len(posts) <= limit:
        return list(posts)
    spread: dict[int, int] = {}
    for post in posts:
        for term in post["hits"]:
            spread[term] = spread.get(term, 0) + 1
    weight = {term: log(1 + len(posts) / count) for term, count in spread.items()}
    by_terms = sorted(posts, key=lambda post: -sum(weight[term] for term in post["hits"]))
    by_centroid = sorted(posts, key=lambda post: -(post["dot"] or 0))
    mixed = (post for pair in zip(by_terms, by_centroid, strict=True) for post in pair)
    return list({post["segment_id"]: post for post in mixed}.values())[:limit]


def _without(segment: Segment, gone: set[UUID]) -> Segment:
    kept = np.array([id not in gone for id in _memories(segment)], bool)
    place = np.cumsum(kept) - 1
    hits = segment.hits[kept[segment.hits["place"]]].copy()
    hits["place"] = place[hits["place"]]
    return Segment(
        columns=segment.columns[kept], embedder=segment.embedder[kept], vectors=segment.vectors[kept], hits=hits
    )


def _postings(segment: Segment) -> Row:
    """Its terms as they are stored: packed by term and chunk, in the one order that all writers keep."""
    entries: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for hit in segment.hits:
        row = int(segment.columns["row"][hit["place"]])
        entries.setdefault((int(hit["term"]), row // ROWS_PER_CHUNK), []).append((row, int(hit["count"])))
    ordered = sorted(entries)
    return {
        "term": [term for term, _ in ordered],
        "chunk": [chunk for _, chunk in ordered],
        "entries": [pack_entries(entries[key]) for key in ordered],
    }


_PLAIN: Final = ("row", "ordinal", "at", "renewed", "speaker", "length", "flags", "salience")


def _memories(segment: Segment) -> list[UUID]:
    return [UUID(bytes=id.tobytes()) for id in segment.columns["memory"]]


def _path(user: UserId, id: UUID) -> str:
    return f"{user}/{id}"

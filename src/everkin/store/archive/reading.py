"""Reading cold messages and memories where they lie: rows as the tables would give them, their words in the open.

Whoever reads takes rows from the database first and hands over what it found; two reads that a move came between are
told apart by the signposts' stamp.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from everkin.mind.identity import BondId, ConversationId, UserId
from everkin.mind.tier import Tier
from everkin.store.archive.archive import Archive
from everkin.store.archive.block import Block
from everkin.store.archive.signposts import Signpost, Signposts
from everkin.store.database import Database, Row
from everkin.store.vault import UserKeys


class ColdRows:
    """What lies in the cold of one user at a time, by id or by time. Each block that is not in RAM costs one object."""

    def __init__(self, archive: Archive, database: Database) -> None:
        self._archive, self._database = archive, database

    async def with_rows(self, user: UserId, query: LiteralString, values: Row) -> tuple[list[Row], Signposts]:
        """`with_all` of a single statement."""
        (found,), posts = await self.with_all(user, (query, values))
        return found, posts

    async def with_all(self, user: UserId, *asked: tuple[LiteralString, Row]) -> tuple[list[list[Row]], Signposts]:
        """What statements find in the tables and the signposts of the same moment: nothing is in both, or in neither.

        One indexed row more than the statements themselves, in the same round trip, unless a block has moved since this
        user was last read; then all of it again.
        """
        catalogue = self._archive.catalogue
        while True:
            before = catalogue.stamp(user)
            *found, stand = await self._database.read_all(user, *asked, catalogue.stand(user))
            posts = catalogue.held(user, stand)
            if posts is not None and posts.stamp == before:
                return found, posts
            async with self._database.as_user(user) as connection:
                await catalogue.of(connection, user)

    async def messages(self, user: UserId, posts: Signposts, keys: Collection[UUID]) -> list[Row]:
        """Those of these messages that lie in the cold."""
        wanted = set(keys)
        return [
            row
            for post, block in await self._blocks(user, posts.holding(wanted))
            for row in _messages(post, block)
            if row["message_id"] in wanted
        ]

    async def by_caller(
        self, user: UserId, posts: Signposts, bond: BondId, hashes: Collection[bytes], keys: UserKeys
    ) -> list[Row]:
        """Current messages by the keyed hashes of their callers' ids, each row with its `id_hash`."""
        wanted, found = set(hashes), []
        for post, block in await self._blocks(user, [p for p in posts.holding(wanted) if p.bond == bond]):
            for row in _messages(post, block):
                hashed = keys.hash_name(f"{row['conversation_id']}/{row['words'].get('id')}")
                if row["current"] and hashed in wanted:
                    found.append(row | {"id_hash": hashed})
        return found

    async def said(
        self,
        user: UserId,
        posts: Signposts,
        found: Sequence[Row],
        *,
        limit: int | None,
        bond: BondId | None = None,
        conversation: ConversationId | None = None,
        before: datetime | None = None,
    ) -> list[Row]:
        """Current messages, the latest first: `found` are the rows of the tables in that order, at most `limit` of all.

        Reads blocks from the latest on, and no more of them than the answer takes.
        """
        merged = list(found)
        for post in posts.of(bond=bond, conversation=conversation):
            if before is not None and post.first_at > before:
                continue
            if limit is not None and len(merged) >= limit and post.last_at < merged[limit - 1]["at"]:
                break
            for _, block in await self._blocks(user, [post]):
                merged += [
                    row for row in _messages(post, block) if row["current"] and (before is None or row["at"] <= before)
                ]
            merged.sort(key=_latest_first)
        return merged if limit is None else merged[:limit]

    async def memories(self, user: UserId, posts: Signposts, ids: Collection[UUID]) -> list[tuple[Row, Row]]:
        """Those of these memories that lie in the cold, each with the message it came from."""
        wanted = set(ids)
        return [
            each
            for post, block in await self._blocks(user, posts.holding(wanted))
            for each in _memories(post, block)
            if each[0]["memory_id"] in wanted
        ]

    async def between(
        self,
        user: UserId,
        posts: Signposts,
        bond: BondId,
        found: Sequence[Row],
        *,
        start: datetime | None,
        end: datetime | None,
        kind: int | None,
        limit: int,
    ) -> list[UUID]:
        """Ids of memories that are not out of search, the latest first; `found` are those of the tables, with their times."""
        merged = [(row["at"], row["memory_id"]) for row in found]
        for post in posts.of(bond=bond):
            if (end is not None and post.first_at >= end) or (start is not None and post.last_at < start):
                continue
            if len(merged) >= limit and post.last_at < merged[limit - 1][0]:
                break
            for _, block in await self._blocks(user, [post]):
                merged += [
                    (row["at"], row["memory_id"])
                    for row, _ in _memories(post, block)
                    if (row["kind"] or row["live"])
                    and kind in (None, row["kind"])
                    and (start is None or row["at"] >= start)
                    and (end is None or row["at"] < end)
                ]
            merged.sort(reverse=True)
        return [id for _, id in merged[:limit]]

    async def in_blocks(self, user: UserId, posts: Signposts, blocks: Collection[UUID]) -> list[Row]:
        """Current messages of some blocks that lie in the cold."""
        found = await self._blocks(user, [post for post in posts.posts if post.block in blocks])
        return [row for post, block in found for row in _messages(post, block) if row["current"]]

    async def ended(self, user: UserId, posts: Signposts, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """What superseded some of these cold facts, or a fact learnt from the message that one of them is."""
        wanted, found = set(ids), {}
        for post, block in await self._blocks(user, posts.holding(wanted)):
            pairs = _memories(post, block)
            ends = {message["message_id"]: m["superseded_by"] for m, message in pairs if m["superseded_by"]}
            for memory, message in pairs:
                later = memory["superseded_by"] if memory["kind"] else ends.get(message["message_id"])
                if memory["memory_id"] in wanted and later is not None:
                    found[memory["memory_id"]] = later
        return found

    async def episodes(self, user: UserId, posts: Signposts, messages: Collection[UUID]) -> list[UUID]:
        """The cold memories that are what these messages said."""
        wanted = set(messages)
        return [
            memory["memory_id"]
            for post, block in await self._blocks(user, posts.holding(wanted))
            for memory, message in _memories(post, block)
            if message["message_id"] in wanted and memory["kind"] == 0
        ]

    async def forgotten(self, user: UserId, posts: Signposts, bond: BondId) -> list[tuple[datetime, UUID]]:
        """When they were said, and the ids of the cold memories that are out of search by policy."""
        return [
            (memory["at"], memory["memory_id"])
            for post, block in await self._blocks(user, list(posts.of(bond=bond)))
            for memory, _ in _memories(post, block)
            if memory["tier"] == Tier.FORGOTTEN
        ]

    async def replies(self, user: UserId, posts: Signposts, message: UUID) -> list[Row]:
        """The record of a cold reply, as the table would give it."""
        return [
            row | {"at": datetime.fromisoformat(row["at"]), "context_digest": bytes.fromhex(row["context_digest"][2:])}
            for _, block in await self._blocks(user, posts.holding([message]))
            for row in block.tables["replies"]
            if row["message_id"] == str(message)
        ]

    async def feelings(self, user: UserId, posts: Iterable[Signpost]) -> list[Row]:
        """All that the messages of some blocks were felt to say."""
        return [row for _, block in await self._blocks(user, list(posts)) for row in block.tables["feelings"]]

    async def _blocks(self, user: UserId, posts: Sequence[Signpost]) -> list[tuple[Signpost, Block]]:
        """Those that are whole; of one that is lost the log tells."""
        read = [(post, await self._archive.block(user, post)) for post in posts]
        return [(post, block) for post, block in read if block is not None]


_COUNTED = ("uses", "last_used_at", "first_used_at", "mentions", "mentioned_at", "tier", "fading_since")


def _latest_first(row: Row) -> tuple[float, int]:
    return -row["at"].timestamp(), -row["ordinal"]


def _messages(post: Signpost, block: Block) -> list[Row]:
    return [row | {"bond_id": post.bond, "block_id": post.block} for row in block.tables["messages"]]


def _memories(post: Signpost, block: Block) -> list[tuple[Row, Row]]:
    """Rows as `get` gives them, each beside its message; `live` says whether search still reads it."""
    said = {row["message_id"]: row for row in _messages(post, block)}
    sources = {row["memory_id"]: row["message_id"] for row in block.tables["memory_messages"]}
    uses = {row["memory_id"]: row for row in block.tables["memory_uses"]}
    live = {row["memory_id"] for row in block.tables["passages"] if row["live"]}
    found = []
    for row in block.tables["memories"]:
        id = row["memory_id"]
        use = uses.get(id, {})
        place: Row = {"bond_id": post.bond, "block_id": post.block, "sources": [sources[id]], "live": id in live}
        counted: Row = {name: use.get(name) for name in _COUNTED}
        found.append((row | place | counted | {"sealed": row["words"]}, said[sources[id]]))
    return found

"""Memories, disclosures and reply records in PostgreSQL."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from psycopg.types.json import Jsonb

from everkin.errors import NotFound, StoreUnavailable
from everkin.mind.entity import EntityRef
from everkin.mind.fact import Fact, Predicate
from everkin.mind.identity import BlockId, BondId, DisclosureId, MemoryId, MessageKey, UserId
from everkin.mind.memory import Kind, Memory
from everkin.mind.ports.memories import AsOf, ReplyRecord
from everkin.mind.risk import STANDING, Category, Disclosure, Level, State
from everkin.mind.tier import Tier
from everkin.mind.transcript import Message
from everkin.store.archive import Archive, ColdRows
from everkin.store.database import Database, Row, count, rows, run
from everkin.store.facts import fact_of
from everkin.store.held import HeldMemories
from everkin.store.queries import queries
from everkin.store.transcripts import PostgresTranscripts
from everkin.store.vault import Vault
from everkin.store.words import Words

logger = structlog.get_logger()

CHAIN: Final = 16
"""So many steps from a fact to what took its place are followed."""


class PostgresMemories:
    """Fulfils `mind.ports.memories.Memories`."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        transcripts: PostgresTranscripts,
        archive: Archive,
        *,
        shared: Collection[Predicate],
    ) -> None:
        self._database, self._vault, self._transcripts, self._archive = database, vault, transcripts, archive
        self._cold = ColdRows(archive, database)
        self._held = HeldMemories(monotonic=time.monotonic)
        vault.heard.append(self._held.forget)
        self._shared = sorted(kind.value for kind in shared)
        self._sql = queries("memories")

    async def get(self, user: UserId, ids: Sequence[MemoryId]) -> dict[MemoryId, Memory]:
        if not ids:
            return {}

        where: Row = {"user": user, "ids": list(ids)}
        (found, said), posts = await self._cold.with_all(
            user, (self._sql["get"], where), (self._sql["messages_of"], where)
        )
        for memory, message in await self._cold.memories(user, posts, set(ids) - {row["memory_id"] for row in found}):
            found.append(memory)
            said.append(message)
        messages = {message.key: message for message in await self._transcripts.opened(user, said)}
        own = await self._own_words(user, found)
        opened = (_memory(row, messages, own, self._is_shared(row)) for row in found)
        return {memory.id: memory for memory in opened if memory is not None}

    async def opened(self, user: UserId, bond: BondId, ids: Sequence[MemoryId], as_of: AsOf) -> dict[MemoryId, Memory]:
        held = self._held.get(user, bond, ids, as_of)
        if missing := [id for id in ids if id not in held]:
            found = await self.get(user, missing)
            self._held.put(user, bond, found.values(), as_of)
            held |= found
        return held

    def cool(self) -> None:
        """Drop what is held in RAM; it is read again when it is asked for."""
        self._held.clear()

    def _is_shared(self, row: Row) -> bool:
        return bool(row["of_user"]) and row["predicate"] in self._shared

    async def shared(self, user: UserId, bond: BondId) -> dict[BondId, frozenset[MemoryId]]:
        where: Row = {"user": user, "bond": bond, "shared": self._shared}
        found = await self._database.read(user, self._sql["shared"], where) if self._shared else []
        return {BondId(row["bond_id"]): frozenset(map(MemoryId, row["memories"])) for row in found}

    async def _own_words(self, user: UserId, found: Sequence[Row]) -> dict[MemoryId, Words]:
        """The words of the memories that have their own. Those of cold rows are open already."""
        sealed = [row for row in found if row["sealed"] is not None and "words" not in row]
        block_keys = await self._vault.block_keys(user, {BlockId(row["block_id"]) for row in sealed})
        return {row["memory_id"]: row["words"] for row in found if row.get("words") is not None} | {
            row["memory_id"]: self._vault.words(key, user, row["block_id"], row["memory_id"], row["sealed"])
            for row in sealed
            if (key := block_keys.get(row["block_id"])) is not None
        }

    async def timeline(
        self,
        user: UserId,
        bond: BondId,
        *,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        kind: Kind | None = None,
    ) -> list[Memory]:
        where: Row = {"user": user, "bond": bond, "start": start, "end": end, "limit": limit, "kind": kind}
        found, posts = await self._cold.with_rows(user, self._sql["timeline"], where)
        ids = await self._cold.between(
            user, posts, bond, found, start=start, end=end, kind=None if kind is None else int(kind), limit=limit
        )
        return await self._in_order(user, [{"memory_id": id} for id in ids])

    async def known_facts(
        self,
        user: UserId,
        bond: BondId,
        about: Collection[tuple[Predicate, EntityRef]],
        *,
        apart_from: Collection[MessageKey] = (),
    ) -> list[tuple[MemoryId, Fact]]:
        if not about:
            return []
        keys = await self._vault.user(user)
        where: Row = {
            "user": user,
            "bond": bond,
            "predicates": sorted({predicate.value for predicate, _ in about}),
            "about": sorted({keys.hash_term(subject.key) for _, subject in about}),
            "apart_from": list(apart_from),
        }
        found = await self._database.read(user, self._sql["known_facts"], where)
        words = await self._own_words(user, found)
        facts = ((MemoryId(row["memory_id"]), fact_of(row, words.get(row["memory_id"], {}))) for row in found)
        return [(id, fact) for id, fact in facts if fact is not None]

    async def facts(
        self,
        user: UserId,
        bond: BondId,
        *,
        kinds: Collection[Predicate],
        at: datetime,
        limit: int,
    ) -> list[Memory]:
        where: Row = {"user": user, "bond": bond, "at": at, "limit": limit}
        where |= {"kinds": [kind.value for kind in kinds], "shared": self._shared}
        found = await self._database.read(user, self._sql["facts"], where)
        return await self._in_order(user, found)

    async def told(self, user: UserId, bond: BondId, *, kinds: Collection[Predicate], limit: int) -> list[Memory]:
        where: Row = {"user": user, "bond": bond, "kinds": [kind.value for kind in kinds], "limit": limit}
        return await self._in_order(user, await self._database.read(user, self._sql["told"], where))

    async def fading(self, user: UserId, bond: BondId, *, limit: int) -> list[Memory]:
        """What policy has forgotten or is about to, the latest first. Reads every cold block: what is forgotten lies there."""
        where: Row = {"user": user, "bond": bond, "limit": limit}
        found, posts = await self._cold.with_rows(user, self._sql["fading"], where)
        cold = await self._cold.forgotten(user, posts, bond)
        held = sorted([(row["at"], row["memory_id"]) for row in found] + cold, reverse=True)
        return await self._in_order(user, [{"memory_id": id} for _, id in held[:limit]])

    async def later(self, user: UserId, ids: Collection[MemoryId]) -> dict[MemoryId, str]:
        where: Row = {"user": user, "ids": list(ids)}
        found, posts = await self._cold.with_rows(user, self._sql["later"], where)
        ended = await self._cold.ended(user, posts, ids)
        facts = await self.get(
            user, list({MemoryId(row["later"]) for row in found} | {MemoryId(id) for id in ended.values()})
        )
        told = {MemoryId(row["memory_id"]): facts[row["later"]].text for row in found if row["later"] in facts}
        for id, later in ended.items():
            if standing := await self._standing(user, facts.get(MemoryId(later))):
                told[MemoryId(id)] = standing.text
        return told

    async def _standing(self, user: UserId, fact: Memory | None) -> Memory | None:
        """What stands at the end of the chain that begins with a fact."""
        for _ in range(CHAIN):
            if fact is None or fact.superseded_by is None:
                break
            fact = (await self.get(user, [fact.superseded_by])).get(fact.superseded_by)
        return fact

    async def related(self, user: UserId, memory: MemoryId, *, hops: int, limit: int) -> list[Memory]:
        """Memories that share people, places or things with this one, by walking the graph."""
        where: Row = {"user": user, "start": memory, "hops": hops, "limit": limit}
        found = await self._database.read(user, self._sql["related"], where)
        return await self._in_order(user, found)

    async def _in_order(self, user: UserId, found: Sequence[Row]) -> list[Memory]:
        ids = [MemoryId(row["memory_id"]) for row in found]
        memories = await self.get(user, ids)
        return [memories[id] for id in ids if id in memories]

    async def pin(self, user: UserId, memory: MemoryId, *, pinned: bool) -> None:
        async with self._database.as_user(user) as connection:
            await self._archive.promote_in(connection, user, [memory])
            touched = await count(connection, self._sql["pin"], {"user": user, "memory": memory, "pinned": pinned})
        self._held.drop([memory])
        if not touched:
            raise NotFound("There is no such memory.", next="List the memories to see which there are.")

    async def touch(self, user: UserId, ids: Sequence[MemoryId], *, at: datetime) -> None:
        """What was cold comes back first; where the archive cannot be reached, it stays, and that one use is not counted."""
        try:
            await self._archive.promote(user, ids)
        except StoreUnavailable as error:
            logger.warning("not_promoted", memories=len(ids), error=error.facts.get("error"))
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["touch"], {"user": user, "ids": sorted(ids), "at": at})
        self._held.drop(ids)

    async def episodes(self, user: UserId, messages: Collection[MessageKey]) -> list[MemoryId]:
        where: Row = {"user": user, "messages": list(messages)}
        found, posts = await self._cold.with_rows(user, self._sql["episodes"], where)
        cold = await self._cold.episodes(user, posts, messages)
        return [MemoryId(id) for id in dict.fromkeys((*(row["memory_id"] for row in found), *cold))]

    async def sources(self, user: UserId, memory: MemoryId) -> list[Message]:
        where: Row = {"user": user, "memory": memory}
        found, posts = await self._cold.with_rows(user, self._sql["sources"], where)
        if not found:
            found = [message for _, message in await self._cold.memories(user, posts, [memory])]
        if not found:
            raise NotFound("There is no such memory.", next="List the memories to see which there are.")
        return await self._transcripts.opened(user, found)


def _memory(row: Row, messages: dict[MessageKey, Message], own: dict[MemoryId, Words], shared: bool) -> Memory | None:
    """None where no message it came from can be opened any more: it was erased."""
    sources = [messages[key] for key in row["sources"] or () if key in messages]
    if not sources:
        return None
    words = own.get(row["memory_id"])
    if row["sealed"] is not None and words is None:
        return None
    text = sources[0].content if words is None else words.get("content") or ""
    columns: dict[str, Any] = {name: row[name] for name in _PLAIN}
    return Memory(
        id=MemoryId(row["memory_id"]),
        kind=Kind(row["kind"]),
        text=text,
        message_ids=tuple(source.id for source in sources),
        role=sources[0].role,
        name=sources[0].name,
        uses=row["uses"] or 0,
        mentions=row["mentions"] or 1,
        mentioned_at=tuple(_moment(at) for at in row["mentioned_at"] or ()),
        repeats=row.get("repeats"),
        tier=Tier.WARM if row["tier"] is None else Tier(row["tier"]),
        fact=fact_of(row, words or {}),
        bond=BondId(row["bond_id"]),
        shared=shared,
        **columns,
    )


_PLAIN = (
    "at",
    "recorded_at",
    "importance",
    "pinned",
    "safety",
    "valid_from",
    "valid_to",
    "superseded_by",
    "last_used_at",
    "first_used_at",
    "fading_since",
)


def _moment(at: datetime | str) -> datetime:
    """A time as a table gives it, or as a cold block tells it."""
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


class PostgresDisclosures:
    """Fulfils `mind.ports.memories.Disclosures`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = queries("memories")

    async def open(self, user: UserId) -> list[Disclosure]:
        return await self._in(user, STANDING)

    async def all(self, user: UserId) -> list[Disclosure]:
        return await self._in(user, frozenset(State))

    async def _in(self, user: UserId, states: frozenset[State]) -> list[Disclosure]:
        where: Row = {"user": user, "states": [int(state) for state in states]}
        found = await self._database.read(user, self._sql["disclosures_in"], where)
        return [
            Disclosure(
                id=DisclosureId(row["disclosure_id"]),
                message=MessageKey(row["message_id"]),
                category=Category(row["category"]),
                level=Level(row["level"]),
                state=State(row["state"]),
                at=row["at"],
                reviewed_at=row["reviewed_at"],
            )
            for row in found
        ]

    async def move(self, user: UserId, disclosure: Disclosure, *, to: State, at: datetime) -> bool:
        """Compare-and-set of its state; False when somebody got there first."""
        where: Row = {"user": user, "disclosure": disclosure.id, "from": int(disclosure.state), "to": int(to), "at": at}
        async with self._database.as_user(user) as connection:
            moved = bool(await count(connection, self._sql["move_disclosure"], where))
            await run(connection, self._sql["disclosures_moved"], where)
            return moved


class PostgresReplies:
    """Fulfils `mind.ports.memories.Replies`. The digest of a context is stored keyed, so that no guess can be tried on it."""

    def __init__(self, database: Database, vault: Vault, archive: Archive) -> None:
        self._database, self._vault = database, vault
        self._cold = ColdRows(archive, database)
        self._sql = queries("memories")

    async def put(self, user: UserId, bond: BondId, record: ReplyRecord) -> None:
        values: Row = {name: getattr(record, name) for name in ReplyRecord.__slots__}
        digest = (await self._vault.user(user)).hash_name(record.context_digest.hex())
        values |= {"user": user, "bond": bond, "parameters": Jsonb(record.parameters), "context_digest": digest}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["put_reply"], values)

    async def versions(self, user: UserId, bond: BondId, *, until: datetime) -> list[tuple[datetime, str]]:
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["versions"], {"user": user, "bond": bond, "until": until})
        return [(row["at"], row["persona_version"]) for row in found]

    async def get(self, user: UserId, message: MessageKey) -> ReplyRecord | None:
        where: Row = {"user": user, "message": message}
        found, posts = await self._cold.with_rows(user, self._sql["get_reply"], where)
        row = next(iter(found or await self._cold.replies(user, posts, message)), None)
        if row is None:
            return None
        return ReplyRecord(
            message=message,
            context_digest=bytes(row["context_digest"]),
            **{name: row[name] for name in ReplyRecord.__slots__ if name not in ("message", "context_digest")},
        )

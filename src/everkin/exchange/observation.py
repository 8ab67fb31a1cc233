"""Observing: what somebody hands over becomes messages of the transcript and memories, once."""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from everkin.absorb import STRANGERS, Absorber, Feelings, Said, Tracer
from everkin.exchange.circle import ALONE, Circle
from everkin.mind.fact import Fact, Standing, stand, touching
from everkin.mind.identity import BondId, ConversationId, DisclosureId, MemoryId, MessageKey, NewId, UserId
from everkin.mind.ports.memories import Memories
from everkin.mind.ports.people import Acquaintance, People
from everkin.mind.ports.transcripts import Draft, NewMessage, Transcripts
from everkin.mind.risk import Disclosure, Finding, is_grave
from everkin.mind.transcript import Message, Role, Utterance

BATCH = 256
"""Messages in one commit: a long import is durable piece by piece, and another writer waits a few seconds at most."""

READ_MAX = 4000
"""Characters of a message in which names are looked for."""

_WORD = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*")
_CAPITAL = re.compile(r"\b[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)*")

Screen = Callable[[str], Finding | None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """What an observation changed. `keys` are those of the messages kept now, in order; `disclosures` how many were heard."""

    kept: int = 0
    unchanged: int = 0
    revised: int = 0
    disclosures: int = 0
    keys: tuple[MessageKey, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: "Observed") -> "Observed":
        return Observed(
            kept=self.kept + other.kept,
            unchanged=self.unchanged + other.unchanged,
            revised=self.revised + other.revised,
            disclosures=self.disclosures + other.disclosures,
            keys=self.keys + other.keys,
            findings=self.findings + other.findings,
        )


class Observer:
    """Durable when it returns; the same ids and words again change nothing."""

    def __init__(
        self,
        transcripts: Transcripts,
        memories: Memories,
        people: People,
        absorber: Absorber,
        feelings: Feelings,
        tracer: Tracer,
        screen: Screen,
        *,
        new_id: NewId,
    ) -> None:
        self._transcripts, self._absorber, self._screen, self._new_id = transcripts, absorber, screen, new_id
        self._memories, self._people, self._feelings, self._tracer = memories, people, feelings, tracer

    async def observe(
        self,
        user: UserId,
        bond: BondId,
        conversation: ConversationId,
        utterances: Sequence[Utterance],
        *,
        now: datetime,
        zone: ZoneInfo,
        progress: Progress | None = None,
    ) -> Observed:
        """Batch by batch: 1. what is known already; 2. screen and read what is new; 3. keep it in one commit."""
        named = {id for utterance in utterances for id in (utterance.id, utterance.parent) if id}
        stamped = _stamped(utterances, now, self._new_id)
        left = left_branches(stamped)
        total = Observed()
        for start in range(0, len(stamped), BATCH):
            batch = stamped[start : start + BATCH]
            total += await self._observe_batch(user, bond, conversation, batch, named, left, zone)
            if progress:
                progress(min(start + BATCH, len(stamped)), len(stamped))
        return total

    async def _observe_batch(
        self,
        user: UserId,
        bond: BondId,
        conversation: ConversationId,
        batch: Sequence[Utterance],
        named: Set[str],
        left: Collection[str],
        zone: ZoneInfo,
    ) -> Observed:
        wanted = {id for u in batch for id in (u.id, u.parent) if id} & named
        known, acquainted = await asyncio.gather(
            self._known(user, bond, conversation, wanted), self._acquainted(user, bond, batch)
        )
        fresh = [u for u in batch if _is_news(u, known)]
        if 0 < len(fresh) < len(batch):
            acquainted = await self._acquainted(user, bond, fresh)
        messages = await self._settled(user, bond, await self.prepared(fresh, known, left, zone, acquainted))
        kept = set(await self._transcripts.append(user, bond, conversation, messages))
        stored = [message for message in messages if message.key in kept]
        return Observed(
            kept=sum(message.revises is None for message in stored),
            unchanged=len(batch) - len(stored),
            revised=sum(message.revises is not None for message in stored),
            disclosures=sum(is_grave(each) for message in stored for each in message.disclosures),
            keys=tuple(message.key for message in stored),
            findings=tuple(message.finding for message in stored if message.finding),
        )

    async def _known(
        self, user: UserId, bond: BondId, conversation: ConversationId, ids: Set[str]
    ) -> Mapping[str, Message]:
        return await self._transcripts.known(user, bond, conversation, sorted(ids)) if ids else {}

    async def _acquainted(self, user: UserId, bond: BondId, fresh: Sequence[Utterance]) -> Acquaintance:
        """Which words of these are names of this bond."""
        if not fresh:
            return STRANGERS
        words = {word for utterance in fresh for word in _could_be_names(utterance.content)}
        first = min(utterance.at for utterance in fresh if utterance.at)
        return await self._people.acquainted(user, bond, words, at=first)

    async def drafts(self, user: UserId, bond: BondId, said: Said, *, zone: ZoneInfo) -> tuple[Draft, ...]:
        """The memories that words of our own leave: read as they would be had a client handed them over."""
        acquainted = await self._people.acquainted(user, bond, _could_be_names(said.content), at=said.at)
        (drafts,) = await self._absorber.drafts([said], zone=zone, acquainted=acquainted)
        return drafts

    async def prepared(
        self,
        fresh: Sequence[Utterance],
        known: Mapping[str, Message],
        left: Collection[str],
        zone: ZoneInfo,
        acquainted: Acquaintance,
    ) -> list[NewMessage]:
        """Messages ready to be kept: with keys, parents, memories and disclosures; none of these for a branch that was left."""
        heard = [_said(utterance, silent=utterance.id in left) for utterance in fresh]
        drafts = await self._absorber.drafts(heard, zone=zone, acquainted=acquainted)
        felt = self._feelings.felt(heard, drafts, zone=zone)
        traced = self._tracer.traced(heard, felt, zone=zone)
        keys: dict[str, MessageKey] = {id: message.key for id, message in known.items()}
        prepared = []
        for utterance, memories, moved, trace in zip(fresh, drafts, felt, traced, strict=True):
            assert utterance.id is not None
            assert utterance.at is not None
            old = known.get(utterance.id)
            message = NewMessage(
                key=MessageKey(self._new_id()),
                id=utterance.id,
                role=utterance.role,
                content=utterance.content,
                name=utterance.name,
                device=utterance.device,
                at=utterance.at,
                parent=keys.get(utterance.parent) if utterance.parent else old.parent if old else None,
                revises=old.key if old else None,
                current=utterance.id not in left,
                drafts=memories,
                felt=moved,
                traced=trace,
            )
            prepared.append(self._screened(message))
            keys[utterance.id] = message.key
        return prepared

    async def _settled(self, user: UserId, bond: BondId, messages: Sequence[NewMessage]) -> list[NewMessage]:
        """Facts held against those that stand: one said again renews it, one that changed ends it. Oldest first."""
        facts = [draft.fact for message in messages for draft in message.drafts if draft.fact]
        circle = await self._circle(user, bond, messages, facts)
        about = {
            (kind, ref) for fact in facts for kind in touching(fact.predicate) for ref in circle.also(fact.subject)
        }
        revised = [message.revises for message in messages if message.revises]
        standing = circle.resolved(await self._memories.known_facts(user, bond, about, apart_from=revised))
        settled = {message.key: settle(message, standing, circle) for message in sorted(messages, key=lambda m: m.at)}
        return [settled[message.key] for message in messages]

    async def _circle(
        self, user: UserId, bond: BondId, messages: Sequence[NewMessage], facts: Sequence[Fact]
    ) -> Circle:
        """Who is one with whom, these messages counted; asked only where a fact is about somebody else."""
        if all(not fact.subject.name and not fact.subject.kinship for fact in facts):
            return Circle()
        return Circle.around((await self._people.roster(user, bond)).registry, messages)

    def _screened(self, message: NewMessage) -> NewMessage:
        finding = self._screen(message.content) if message.role is Role.USER else None
        if finding is None:
            return message
        disclosure = Disclosure(
            id=DisclosureId(self._new_id()),
            message=message.key,
            category=finding.category,
            level=finding.level,
            at=message.at,
        )
        return replace(message, finding=finding, disclosures=(disclosure,))


def left_branches(utterances: Sequence[Utterance]) -> set[str]:
    """The ids off the current branch: where several answer one message, all but the last one and what hangs on them."""
    parents: dict[str, str | None] = {}
    previous: str | None = None
    for utterance in utterances:
        assert utterance.id is not None
        parents[utterance.id] = utterance.parent or previous
        previous = utterance.id
    last = {parent: id for id, parent in parents.items()}
    left: set[str] = set()
    for id, parent in parents.items():
        if parent in left or last[parent] != id:
            left.add(id)
    return left


def _could_be_names(text: str) -> list[str]:
    """The words that may be names, in lower case: those with a capital, or all where nothing has one."""
    return [word.lower() for word in (_CAPITAL if text != text.lower() else _WORD).findall(text[:READ_MAX])]


def _is_news(utterance: Utterance, known: Mapping[str, Message]) -> bool:
    message = known.get(utterance.id or "")
    return message is None or (message.content, message.role) != (utterance.content, utterance.role)


def _said(utterance: Utterance, *, silent: bool) -> Said:
    assert utterance.at is not None
    content = "" if silent else utterance.content
    return Said(role=utterance.role, name=utterance.name, content=content, at=utterance.at)


def settle(message: NewMessage, standing: dict[MemoryId, Fact], circle: Circle = ALONE) -> NewMessage:
    """The message with each of its facts in its place among those that stand; `standing` moves on with it."""
    drafts: list[Draft] = []
    renews: list[MemoryId] = []
    for draft in message.drafts:
        fact = circle.of(draft.fact) if draft.fact else None
        place = stand(fact, standing) if fact else Standing()
        if place.renews is not None:
            renews.append(place.renews)
            continue
        drafts.append(replace(draft, supersedes=place.ends, superseded_by=place.ended_by))
        for ended in place.ends:
            del standing[ended]
        if fact and place.ended_by is None:
            standing[draft.id] = fact
    return replace(message, drafts=tuple(drafts), renews=tuple(renews))


def _stamped(utterances: Sequence[Utterance], now: datetime, new_id: Callable[[], UUID]) -> list[Utterance]:
    """Each with an id and a time; those without a time are a microsecond apart, so that their order stays."""
    stamped: dict[str, Utterance] = {}
    for position, utterance in enumerate(utterances):
        id = utterance.id or str(new_id())
        stamped[id] = replace(utterance, id=id, at=utterance.at or now + timedelta(microseconds=position))
    return list(stamped.values())

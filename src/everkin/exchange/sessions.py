"""Running sessions: a topic that goes on is answered from what is at hand, and what comes next is fetched ahead."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from everkin.errors import EmbedderUnavailable, EverkinError
from everkin.exchange.queries import Fetch, Queries
from everkin.mind.cache import Lifetime, QueryKey, Tally
from everkin.mind.identity import BondId, ConversationId, MemoryId, MessageKey, UserId
from everkin.mind.memory import Memory, Recalled, Recollection
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.laid import Laid
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.stands import Since, Stand, Stands, Turned
from everkin.mind.session import Session, Step, step
from everkin.mind.topic import SOFT, Heard, Topic, heard, shift
from everkin.mind.working_memory import AtHand, WorkingMemory

T = TypeVar("T")

SESSION: Final = Lifetime(stale=timedelta(hours=4), gc=timedelta(hours=1))
PROFILE: Final = Lifetime(stale=timedelta(minutes=15), gc=timedelta(minutes=30))
AHEAD: Final = 200
"""Memories fetched ahead for what was said last."""
_QUARTER_S: Final = 900

Retrieve = Callable[[str, int], Awaitable[Recalled]]
"""Recall in full: for a text, at most so many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Whose session it is, and in which conversation."""

    user: UserId
    bond: BondId
    conversation: ConversationId

    @property
    def session(self) -> QueryKey:
        return ("session", self.user, self.bond, self.conversation)

    @property
    def profile(self) -> QueryKey:
        return ("profile", self.user, self.bond, "facts")

    @property
    def weeks(self) -> QueryKey:
        return ("profile", self.user, self.bond, "weeks")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Visit:
    """What a turn was given, and what it has to know afterwards. `stand` is as of before it wrote anything."""

    where: Where
    step: Step
    shift: float
    recalled: Recalled
    message: Heard | None
    session: Session | None = field(repr=False)
    stand: Stand | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """How to fetch what the next turn will need: memories, the facts that always matter, and, from those, the last weeks.

    `whole` is what was recalled for this one without the limit of a context, `retrieve` what may come up unasked.
    """

    whole: Retrieve
    retrieve: Retrieve
    profile: Fetch[list[Memory]]
    weeks: Callable[[list[Memory]], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """What sessions work with, handed in by the composition root."""

    queries: Queries
    stands: Stands
    turned: Turned
    embedder: Embedder
    lexicon: Lexicon
    laid: Laid | None = None
    """Where other processes find a session; None: each has its own."""


@dataclass(slots=True)
class Counts:
    """How turns were answered since the start, and why."""

    hits: int = 0
    misses: int = 0
    steps: dict[Step, int] = field(default_factory=lambda: dict.fromkeys(Step, 0))


class Sessions:
    """One entry a conversation, compared with the user's epoch before it answers; whatever is wrong with it, recall goes on.

    An exchange's own messages move the epoch too: afterwards it is seen whether they alone did, and only then does the
    session go on. Anything else (an erasure, an edit, another device, another bond) ends it.
    """

    def __init__(self, means: Means) -> None:
        self._its = means
        self._counts = Counts()
        self._running: dict[QueryKey, asyncio.Task[None]] = {}

    @property
    def tally(self) -> Tally:
        return self._its.queries.tally

    @property
    def held(self) -> int:
        """How many sessions and profiles are held, but for those that were told to be stale."""
        return self._its.queries.valid

    @property
    def counts(self) -> Counts:
        return self._counts

    async def visit(self, where: Where, text: str, retrieve: Retrieve, *, at: datetime, limit: int) -> Visit:
        """1. Wait for what the last exchange left to do. 2. One row: is it still so? 3. Does the topic go on?"""
        if ahead := self._running.get(where.session):
            await asyncio.wait([ahead])
        stand = await self._its.stands.stand(where.user, where.bond)
        session = await self._current(where, stand)
        message = await self._heard(text) if session else None
        taken, turned = step(session, text, message, at)
        if session and message and taken.hit:
            recalled = session.working.recalled(message, await self._turned(where, message), limit=limit)
        else:
            recalled = await retrieve(text, limit)
        self._count(taken)
        return Visit(
            where=where,
            step=taken,
            shift=turned,
            recalled=recalled,
            message=message,
            session=None if taken in (Step.SHIFTED, Step.BEGUN) else session,
            stand=stand,
            at=at,
        )

    async def profile(self, visit: Visit, fetch: Fetch[list[Memory]]) -> list[Memory]:
        """The facts that always matter, as of this quarter of an hour, until one is learnt or anything known changes."""
        if visit.stand is None:
            return await fetch()
        quarter = _quarter(visit.at)
        await self._unlearnt(visit, visit.stand, quarter)
        return await self._its.queries.ask(visit.where.profile, (visit.stand, quarter), PROFILE, fetch)

    async def weeks(self, visit: Visit, fetch: Fetch[T]) -> T:
        """What the last weeks were like, as of this quarter of an hour, until the user writes anything."""
        if visit.stand is None:
            return await fetch()
        return await self._its.queries.ask(visit.where.weeks, (visit.stand, _quarter(visit.at)), PROFILE, fetch)

    async def _unlearnt(self, visit: Visit, stand: Stand, quarter: int) -> None:
        """Facts that are held of an earlier stand are those of this one, if nothing was learnt between the two."""
        held = self._its.queries.held(visit.where.profile)
        if held is None or held[1][1] != quarter or held[1][0] == stand:
            return
        facts, (then, _) = held
        since = await self._its.stands.since(visit.where.user, visit.where.bond, then)
        if since is not None and since.now == stand and since.as_known(then):
            self._its.queries.put(visit.where.profile, facts, (stand, quarter), PROFILE)

    def leave(
        self, visit: Visit, said: str, reply: str, own: Sequence[MessageKey], ahead: Ahead, *, at: datetime
    ) -> None:
        """The exchange is over; returns at once. What the next one needs is made ready meanwhile."""
        before = self._running.get(visit.where.session)
        task = asyncio.create_task(self._left(before, visit, said, reply, frozenset(own), ahead, at))
        self._running[visit.where.session] = task
        task.add_done_callback(lambda done: self._done(visit.where.session, done))

    def forget(self, user: UserId) -> None:
        """Drop all that is held of a user at once; whoever asks next fetches it anew."""
        self._its.queries.remove(("session", user))
        self._its.queries.remove(("profile", user))

    def changed(self, user: UserId) -> None:
        """A hint that something of a user's became another; the epoch says the same, a read later."""
        self._its.queries.invalidate(("session", user))
        self._its.queries.invalidate(("profile", user))

    async def settle(self) -> None:
        """Wait for what is being made ready."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def close(self) -> None:
        for task in self._running.values():
            task.cancel()
        await self.settle()
        await self._its.queries.close()

    async def _current(self, where: Where, stand: Stand | None) -> Session | None:
        """The session, of this process or of another, if nothing but its own exchange happened since it was kept."""
        if stand is None:
            return None
        held: tuple[Session, Stand] | None = self._its.queries.held(where.session)
        found = await self._still(where, held, stand) if held else None
        if found is None and self._its.laid is not None:
            laid = await self._its.laid.get(where.user, where.bond, where.conversation)
            if laid is not None and laid[1].epoch <= stand.epoch:  # a later one is from before a backup was put back
                self._its.queries.put(where.session, *laid, SESSION)
                found = await self._still(where, laid, stand)
        return found

    async def _still(self, where: Where, held: tuple[Session, Stand], stand: Stand) -> Session | None:
        session, version = held
        if version.epoch != stand.epoch:
            since = await self._its.stands.since(where.user, where.bond, version)
            if since is None or not since.only(version, session.own):
                self._its.queries.remove(where.session)
                return None
            self._its.queries.put(where.session, session, since.now, SESSION)
            stand = since.now
        found: Session | None = self._its.queries.peek(where.session, stand)
        return found

    async def _left(
        self,
        before: asyncio.Task[None] | None,
        visit: Visit,
        said: str,
        reply: str,
        own: frozenset[MessageKey],
        ahead: Ahead,
        at: datetime,
    ) -> None:
        if before:
            await asyncio.wait([before])
        try:
            await self._kept(visit, said, reply, own, ahead, at)
        except EverkinError:  # the next turn meets it in the open
            self._its.queries.remove(visit.where.session)

    async def _kept(
        self, visit: Visit, said: str, reply: str, own: frozenset[MessageKey], ahead: Ahead, at: datetime
    ) -> None:
        """1. Was it our exchange alone? 2. Move the topic on. 3. Bring up what was recalled, and what may come next.

        4. Have ready what every turn asks besides.
        """
        where = visit.where
        since = await self._its.stands.since(where.user, where.bond, visit.stand) if visit.stand else None
        message = visit.message or await self._heard(said)
        if since is None or visit.stand is None or message is None or not since.only(visit.stand, own):
            self._its.queries.remove(where.session)
            return
        answer = await self._heard(reply) if reply.strip() else None
        old = visit.session or Session(spoken_at=at)
        topic = old.topic.after(message)
        working = old.working
        if not visit.step.hit:  # a context had no room for more; a session has
            whole = await ahead.whole(said, AHEAD)
            working = await self._brought(where, working, whole, asked=visit.recalled)
        for text in _ahead(visit, said, topic, answer, reply):
            working = await self._brought(where, working, await ahead.retrieve(text, AHEAD))
        topic = topic.after(answer) if answer else topic
        session = Session(topic=topic, working=working.ready(), spoken_at=at, own=own)
        self._its.queries.put(where.session, session, since.now, SESSION)
        self._its.queries.collect()
        if self._its.laid is not None:
            await self._its.laid.put(where.user, where.bond, where.conversation, session, since.now)
        await self._ready(where, ahead, visit.stand, since, _quarter(at))

    async def _ready(self, where: Where, ahead: Ahead, then: Stand, since: Since, quarter: int) -> None:
        """Facts and the last weeks under the stand that the next turn will find; facts are read where one was learnt."""
        version = (since.now, quarter)
        if since.as_known(then) and (facts := self._its.queries.fresh(where.profile, (then, quarter))) is not None:
            self._its.queries.put(where.profile, facts, version, PROFILE)
        await self._its.queries.prefetch(where.profile, version, PROFILE, ahead.profile)
        facts = self._its.queries.fresh(where.profile, version)
        if facts is not None:
            await self._its.queries.prefetch(where.weeks, version, PROFILE, partial(ahead.weeks, facts))

    async def _brought(
        self, where: Where, working: WorkingMemory, recalled: Recalled, *, asked: Recalled | None = None
    ) -> WorkingMemory:
        ids = [each.memory.id for each in recalled.recollections]
        vectors = self._its.turned.held(where.bond, [id for id in ids if not working.complete(id)])
        found = [self._at_hand(each, working, vectors) for each in recalled.recollections]
        await asyncio.sleep(0)  # a few milliseconds of work: others first
        return working.with_(found, asked)

    def _at_hand(self, recollection: Recollection, working: WorkingMemory, vectors: dict[MemoryId, Any]) -> AtHand:
        if working.complete(recollection.memory.id):
            return replace(working.held[recollection.memory.id], recollection=recollection)
        return AtHand(
            recollection=recollection,
            terms=frozenset(self._its.lexicon.stems(recollection.excerpt or recollection.memory.text)),
            vector=vectors.get(recollection.memory.id),
        )

    async def _heard(self, text: str) -> Heard | None:
        """None without an embedder, or without words."""
        passages = self._its.embedder.passages(text)[:1]
        if not passages:
            return None
        try:
            vectors = await self._its.embedder.embed(passages)
        except EmbedderUnavailable:
            return None
        return heard(text, vectors[0], self._its.lexicon.stems(text))

    async def _turned(self, where: Where, message: Heard) -> Any:
        return (await self._its.turned.turn(where.user, message.vector[None]))[0]

    def _count(self, taken: Step) -> None:
        self._counts.steps[taken] += 1
        if taken.hit:
            self._counts.hits += 1
        else:
            self._counts.misses += 1

    def _done(self, key: QueryKey, task: asyncio.Task[None]) -> None:
        if self._running.get(key) is task:
            del self._running[key]


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // _QUARTER_S


def _ahead(visit: Visit, said: str, topic: Topic, answer: Heard | None, reply: str) -> list[str]:
    """What the next turn may need, and what is at hand does not surely hold: a new topic's reply, or one that leads on;
    and what was said, where it led on and nothing was looked up for it.
    """
    leads_on = answer is not None and (not visit.step.hit or shift(topic, answer) >= SOFT)
    return [reply] * leads_on + [said] * (visit.step is Step.LEAVES)


def explained(visit: Visit) -> Visit:
    """With what the cache did in the explanation."""
    cache = {"cache": "hit" if visit.step.hit else "miss", "because": visit.step.value, "shift": round(visit.shift, 2)}
    told = {**(visit.recalled.explanation or {}), "session": cache}
    return replace(visit, recalled=replace(visit.recalled, explanation=told))

"""Looking back over weeks: arcs, threads that stand open, days that come round, what somebody comes back to."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from everkin.mind.anniversary import anniversaries
from everkin.mind.arc import SESSIONS_READ, Arc, Axis, Session, arcs, worded
from everkin.mind.fact import Predicate
from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.memory import Memory
from everkin.mind.ports.arcs import Retrospect, Theme, Traced, Traces
from everkin.mind.ports.memories import Disclosures, Memories
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.risk import Disclosure
from everkin.mind.thread import Thread, open_threads
from everkin.recall.recaller import Times

KEPT: Final = 1024
"""Bonds whose arcs are kept until one of their sessions changes."""
WITHIN: Final = timedelta(days=14)
THREADS_MAX: Final = 16
DATED_MAX: Final = 32
"""Facts with a day, at most."""
THEME_SESSIONS: Final = 5
"""In so many sessions of a year something has to come up to count as a theme."""


@dataclass(frozen=True, slots=True)
class _Found:
    sessions: tuple[Session, ...]
    arcs: tuple[Arc, ...]
    spoken: dict[int, MessageKey]


class LookingBack:
    """Fulfils `mind.ports.arcs.Retrospects`. Arcs are worked out once a session, and kept as numbers."""

    def __init__(
        self, traces: Traces, transcripts: Transcripts, memories: Memories, disclosures: Disclosures, times: Times
    ) -> None:
        self._traces, self._transcripts, self._memories = traces, transcripts, memories
        self._disclosures, self._times = disclosures, times
        self._kept: OrderedDict[BondId, _Found] = OrderedDict()

    async def look_back(
        self, user: UserId, bond: BondId, *, at: datetime, zone: ZoneInfo, facts: Sequence[Memory] | None = None
    ) -> Retrospect:
        """About 2 ms; 15 ms in the first exchange of a session."""
        traced = await self._traces.traced(user, bond, at=at, sessions=SESSIONS_READ)
        lasting = [arc for arc in await self._worded(user, bond, traced.sessions, zone) if arc.lasts]
        dated = facts if facts is not None else await self._dated(user, bond, at)
        coming = anniversaries(
            dated,
            traced.first_talk,
            day_of=lambda value: self._day_of(value, at, zone),
            at=at,
            zone=zone,
            within=WITHIN,
        )
        return Retrospect(
            arcs=tuple(lasting),
            open_threads=await self._threads(user, traced, at, zone),
            anniversaries=tuple(coming),
            disclosures=await self._relevant(user, lasting),
        )

    async def arcs(
        self, user: UserId, bond: BondId, *, at: datetime, zone: ZoneInfo, sessions: int = SESSIONS_READ
    ) -> list[Arc]:
        """Those of the last sessions, over or not, in the order in which they were noticed, in words. 0.2 ms a session."""
        traced = await self._traces.traced(user, bond, at=at, sessions=sessions)
        return await self._worded(user, bond, traced.sessions, zone)

    def forget(self, bonds: Iterable[BondId]) -> None:
        """Their user was erased."""
        for bond in bonds:
            self._kept.pop(bond, None)

    async def themes(self, user: UserId, bond: BondId, *, at: datetime) -> Sequence[Theme]:
        return await self._traces.themes(user, bond, until=at, sessions_min=THEME_SESSIONS)

    async def _worded(self, user: UserId, bond: BondId, sessions: tuple[Session, ...], zone: ZoneInfo) -> list[Arc]:
        found = await self._found(user, bond, sessions)
        risen = {theme: found.spoken[theme] for arc in found.arcs for theme in arc.themes if theme in found.spoken}
        names = await self._traces.named(user, risen) if risen else {}
        return [replace(arc, text=worded(arc, zone, names)) for arc in found.arcs]

    async def _found(self, user: UserId, bond: BondId, sessions: tuple[Session, ...]) -> _Found:
        kept = self._kept.get(bond)
        if kept is None or kept.sessions != sessions:
            whole, spoken = await self._traces.spoken(user, bond, sessions)
            kept = _Found(sessions, tuple(arcs(whole, rng=_rng(sessions))), spoken)
            if len(sessions) <= SESSIONS_READ:
                self._keep(bond, kept)
        return kept

    def _keep(self, bond: BondId, found: _Found) -> None:
        self._kept[bond] = found
        self._kept.move_to_end(bond)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _threads(self, user: UserId, traced: Traced, at: datetime, zone: ZoneInfo) -> tuple[Thread, ...]:
        standing = open_threads(traced.threads, traced.outcomes, at=at, zone=zone)[:THREADS_MAX]
        if not standing:
            return ()
        found = await self._transcripts.messages(user, list({thread.message for thread in standing}))
        words = {message.key: message.content for message in found if message.current}
        return tuple(
            replace(
                thread,
                text=words[thread.message][thread.begin : thread.end].strip(),
                ask_at=thread.follow_up(zone),
            )
            for thread in standing
            if thread.message in words
        )

    async def _dated(self, user: UserId, bond: BondId, at: datetime) -> list[Memory]:
        kinds = (Predicate.BIRTHDAY, Predicate.BEREAVEMENT)
        return await self._memories.facts(user, bond, kinds=kinds, at=at, limit=DATED_MAX)

    def _day_of(self, value: str, at: datetime, zone: ZoneInfo) -> date | None:
        spans = [span for span in self._times(value, at, zone) if span.end - span.start <= timedelta(days=1, hours=1)]
        return spans[0].start.astimezone(zone).date() if spans else None

    async def _relevant(self, user: UserId, lasting: Sequence[Arc]) -> tuple[Disclosure, ...]:
        """What was disclosed before, once somebody's mood has grown darker again."""
        darker = [arc for arc in lasting if arc.axis is Axis.MOOD and arc.upwards is False]
        if not darker:
            return ()
        return tuple(heard for heard in await self._disclosures.all(user) if heard.at <= darker[-1].noticed)


def _rng(sessions: Sequence[Session]) -> np.random.Generator:
    """The same sessions are always judged alike."""
    last = sessions[-1].ended if sessions else datetime(1970, 1, 1, tzinfo=UTC)
    return np.random.default_rng(abs(int(last.timestamp())))

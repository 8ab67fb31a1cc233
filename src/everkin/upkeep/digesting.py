"""Digests: each week that is over is told by the few of its messages that tell most; the messages stay as they are."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from everkin.errors import KeyDestroyed
from everkin.mind.digest import LEAST, Told, telling
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Kind, Memory
from everkin.mind.ports.digests import Digests, Week
from everkin.mind.ports.job import Job
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.memories import Memories
from everkin.mind.tier import Tier
from everkin.mind.transcript import Role
from everkin.upkeep.decay import PAUSE_S

log = structlog.get_logger()

MESSAGES_MAX: Final = 2000
"""Of a week with more, the last so many are looked through."""
WEEKS: Final = 200
"""Weeks in one batch."""


class Digesting:
    """Goes through the weeks that changed since they were digested. Cut off, the next run goes on where it was."""

    def __init__(
        self, digests: Digests, memories: Memories, lexicon: Lexicon, *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._digests, self._memories, self._lexicon, self._sleep = digests, memories, lexicon, sleep

    async def digest(self, now: datetime) -> int:
        """How many weeks. One statement when nothing is new."""
        done: set[tuple[object, ...]] = set()
        while weeks := await self._new(now, done):
            for week in weeks:
                await self._week(week)
                await self._sleep(PAUSE_S)
        if done:
            log.info("digested", weeks=len(done))
        return len(done)

    async def _new(self, now: datetime, done: set[tuple[object, ...]]) -> list[Week]:
        """Those of a batch that this run has not looked at: a week that goes on changing is left to the next."""
        found = await self._digests.due(now=now, least=LEAST, limit=WEEKS + len(done))
        new = [week for week in found if (week.user, week.bond, week.start) not in done]
        done |= {(week.user, week.bond, week.start) for week in new}
        return new

    async def _week(self, week: Week) -> None:
        try:
            said = await self._memories.timeline(
                week.user, week.bond, start=week.start, end=week.end, limit=MESSAGES_MAX, kind=Kind.EPISODIC
            )
        except KeyDestroyed:  # they left meanwhile
            return
        await self._digests.put(week, telling([self._told(week, memory) for memory in said if _may_tell(memory)]))

    def _told(self, week: Week, memory: Memory) -> Told:
        return Told(
            memory=MemoryId(memory.id),
            day=memory.at.astimezone(week.start.tzinfo).date(),
            terms=frozenset(self._lexicon.stems(memory.text)),
            importance=memory.importance,
            by_user=memory.role is Role.USER,
            asks=memory.text.rstrip().endswith(("?", "？")),
        )

    def job(self, now: Callable[[], datetime]) -> Job:
        return Job(name="digest", period=timedelta(hours=6), grace=timedelta(hours=12), run=lambda: self.digest(now()))


def _may_tell(memory: Memory) -> bool:
    """What was said in need is kept elsewhere and told to nobody in passing; what is forgotten or said again tells nothing."""
    return not memory.safety and memory.tier is not Tier.FORGOTTEN and memory.repeats is None

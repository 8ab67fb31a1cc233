"""The daily sample: some memories of the cell are opened, scored and asked for; what is wrong is flagged, the trend kept."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from everkin.errors import KeyDestroyed, NotFound
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.memory import Memory, Recalled
from everkin.mind.ports.job import Job
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.memories import Memories
from everkin.mind.ports.samples import Samples
from everkin.mind.quality import Alike, Asked, Day, Sampling, Score, asked, day_of, may_prune, score

log = structlog.get_logger()

ASKED_FOR: Final = 10
QUESTION_CHARACTERS: Final = 400
"""Of a long memory, so much is asked with."""

Ask = Callable[[UserId, BondId, str, datetime], Awaitable[Recalled]]
"""Recall for one user's bond, at most `ASKED_FOR`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What the sampler works with, handed in by the composition root."""

    samples: Samples
    memories: Memories
    lexicon: Lexicon
    alike: Alike
    ask: Ask


class Sampler:
    """One sample a day; run again on the same day it looks at the same memories and notes the same."""

    def __init__(self, desk: Desk, policy: Sampling) -> None:
        self._its, self._policy = desk, policy

    async def sample(self, now: datetime) -> Day:
        """1. Pick. 2. Open, ask, score. 3. Flag, or prune where the policy says so. 4. Keep the day's numbers."""
        day = now.astimezone(UTC).date()
        scores: list[Score] = []
        asks: list[Asked] = []
        flagged = pruned = 0
        for user, bond, id in await self._its.samples.pick(day=day, limit=self._policy.a_day):
            looked = await self._looked(user, bond, id, now)
            if looked is None:
                continue
            memory, found, came = looked
            scores.append(found)
            asks.append(came)
            await self._its.samples.flag(user, id, found.faults, at=now)
            flagged += bool(found.faults)
            if self._policy.prunes and may_prune(memory, found.faults):
                pruned += await self._its.samples.hide(user, id)
        kept = day_of(day, scores, asks, flagged=flagged, pruned=pruned)
        await self._its.samples.keep(kept)
        log.info("sampled", sampled=kept.sampled, flagged=flagged, pruned=pruned)
        return kept

    async def _looked(
        self, user: UserId, bond: BondId, id: MemoryId, now: datetime
    ) -> tuple[Memory, Score, Asked] | None:
        """None for what was erased meanwhile."""
        try:
            memory = (await self._its.memories.get(user, [id])).get(id)
            if memory is None:
                return None
            sources = await self._its.memories.sources(user, id)
            recalled = await self._its.ask(user, bond, memory.text[:QUESTION_CHARACTERS], now)
        except (KeyDestroyed, NotFound):
            return None
        found = score(
            memory,
            sources=sources,
            others=_others(memory, recalled),
            stems=self._its.lexicon.stems,
            alike=self._its.alike,
        )
        return memory, found, asked(memory, recalled)

    def job(self, now: Callable[[], datetime]) -> Job:
        return Job(
            name="sample_quality",
            period=timedelta(days=1),
            grace=timedelta(hours=6),
            run=lambda: self.sample(now()),
        )


def _others(memory: Memory, recalled: Recalled) -> Sequence[Memory]:
    return [each.memory for each in recalled.recollections if each.memory.id != memory.id]

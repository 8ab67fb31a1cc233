"""Weeks in brief: listed by time, or found by what they were about; each leads to the messages that tell it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final

from everkin.mind.digest import Digest
from everkin.mind.identity import BondId, UserId
from everkin.mind.memory import Memory
from everkin.mind.ports.digests import Digests, Kept
from everkin.mind.ports.memories import Memories
from everkin.mind.tier import Tier

WEEKS_MAX: Final = 1000
"""Of a longer life the last so many are looked through."""

OF_A_TIME: Final = 6
"""Of a longer time its last so many weeks are told."""


class Weeks:
    """Reads what the job has noted. What was erased, revised or forgotten since then is not in it."""

    def __init__(self, digests: Digests, memories: Memories) -> None:
        self._digests, self._memories = digests, memories

    async def between(
        self, user: UserId, bond: BondId, *, start: datetime | None, end: datetime | None, limit: int
    ) -> list[Digest]:
        """The latest first."""
        return await self._opened(
            user, await self._digests.between(user, bond, start=start, end=end, limit=limit), limit
        )

    async def of(self, user: UserId, bond: BondId, spans: Sequence[tuple[float, float]], *, limit: int) -> list[Memory]:
        """What tells most of some intervals, in epoch seconds: of each week in turn its most telling, the latest week first."""
        weeks: list[Sequence[Memory]] = []
        for first, last in spans:
            start, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
            found = await self.between(user, bond, start=start, end=end, limit=OF_A_TIME)
            weeks += [[memory for memory in digest.memories if start <= memory.at < end] for digest in found]
        told = {memory.id: memory for each in zip_longest(*weeks) for memory in each if memory is not None}
        return list(told.values())[:limit]

    async def about(
        self,
        user: UserId,
        bond: BondId,
        hits: Sequence[Memory],
        *,
        start: datetime | None,
        end: datetime | None,
        limit: int,
    ) -> list[Digest]:
        """Those in which most of some memories were said, the better ones (which come first) counting more."""
        kept = await self._digests.between(user, bond, start=start, end=end, limit=WEEKS_MAX)
        worth = [sum(1 / (place + 1) for place, hit in enumerate(hits) if _in(one, hit)) for one in kept]
        best = sorted((place for place in range(len(kept)) if worth[place]), key=lambda place: -worth[place])
        return await self._opened(user, [kept[place] for place in best[:limit]], limit)

    async def _opened(self, user: UserId, kept: Sequence[Kept], limit: int) -> list[Digest]:
        known = await self._memories.get(user, [id for one in kept for id in one.memories])
        told = {id: memory for id, memory in known.items() if memory.tier is not Tier.FORGOTTEN}
        digests = [
            Digest(
                start=one.week.start,
                end=one.week.end,
                messages=one.week.messages,
                memories=tuple(told[id] for id in one.memories if id in told),
            )
            for one in kept[:limit]
        ]
        return [digest for digest in digests if digest.memories]


def _in(kept: Kept, memory: Memory) -> bool:
    return kept.week.start <= memory.at < kept.week.end

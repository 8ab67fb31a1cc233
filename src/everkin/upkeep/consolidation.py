"""Consolidation: what was said twice is told once; both stay, and either can be erased or parted again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from everkin.mind.duplicate import COSINE, near_duplicate
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory
from everkin.mind.ports.job import Job
from everkin.mind.ports.memories import Memories
from everkin.mind.ports.repeats import Alike, Repeat, Repeats, Stretch
from everkin.upkeep.decay import PAUSE_S

log = structlog.get_logger()


class Consolidation:
    """Looks through what is new, bond by bond. Cut off, the next run goes on where it was."""

    def __init__(self, repeats: Repeats, memories: Memories, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._repeats, self._memories, self._sleep = repeats, memories, sleep

    async def consolidate(self) -> int:
        """How many memories repeat another. One statement when nothing is new."""
        found = 0
        while (stretch := await self._repeats.due()) is not None:
            found += await self._stretch(stretch)
            await self._sleep(PAUSE_S)
        if found:
            log.info("consolidated", repeats=found)
        return found

    async def _stretch(self, stretch: Stretch) -> int:
        alike = await self._repeats.alike(stretch, least=COSINE)
        opened = await self._memories.get(stretch.user, list({id for each in alike for id in (each.newer, each.older)}))
        repeats = merged(alike, opened)
        await self._repeats.put(stretch, repeats)
        return len(repeats)

    def job(self) -> Job:
        return Job(name="consolidate", period=timedelta(hours=6), grace=timedelta(hours=12), run=self.consolidate)


def merged(alike: Sequence[Alike], opened: Mapping[MemoryId, Memory]) -> list[Repeat]:
    """Which say the same: the longer stands for both, of two as long the earlier. What is pinned or was said in need stands."""
    repeats: dict[MemoryId, Repeat] = {}
    for pair in alike:
        newer, older = opened.get(pair.newer), opened.get(pair.older)
        if newer is None or older is None or repeats.keys() & {newer.id, older.id}:
            continue
        if near_duplicate(older.text, newer.text, pair.cosine):
            gone, stands = (older, newer) if len(newer.text) > len(older.text) else (newer, older)
            standing = any(repeat.stands == gone.id for repeat in repeats.values())
            if not (gone.pinned or gone.safety or standing):
                repeats[gone.id] = Repeat(memory=gone.id, stands=stands.id, at=newer.at)
    return list(repeats.values())

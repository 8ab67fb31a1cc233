"""Archiving: what a decay pass has left cold moves out of the database."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from everkin.mind.ports.job import Job
from everkin.mind.ports.tiers import Cold
from everkin.upkeep.decay import PAUSE_S

log = structlog.get_logger()


class Archiving:
    """Goes through the users that the last decay pass reached; cut off, the next run goes on where it was."""

    def __init__(self, cold: Cold, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._cold, self._sleep = cold, sleep

    async def archive(self, now: datetime) -> int:
        """How many messages moved. One statement when there is nothing to do."""
        moved = 0
        while await self._cold.promote_fading(now=now) is not None:
            await self._sleep(PAUSE_S)
        while (some := await self._cold.archive_some(now=now)) is not None:
            moved += some
            await self._sleep(PAUSE_S)
        if moved:
            log.info("archived", messages=moved)
        return moved

    def job(self, now: Callable[[], datetime]) -> Job:
        return Job(name="archive", period=timedelta(hours=1), grace=timedelta(hours=3), run=lambda: self.archive(now()))

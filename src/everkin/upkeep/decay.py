"""The decay pass: user by user, every memory goes into the tier that its salience asks for."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from everkin.mind.ports.job import Job
from everkin.mind.ports.tiers import Tiers
from everkin.mind.tier import Moved, Policy

log = structlog.get_logger()

PAUSE_S = 0.02
"""Between two batches, so that whoever is talking gets their turn at the database."""


class Decay:
    """Weighs whoever is due. Cut off at any point, the next pass goes on with the users that were not reached."""

    def __init__(self, tiers: Tiers, policy: Policy, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._tiers, self._policy, self._sleep = tiers, policy, sleep

    async def decay(self, now: datetime) -> Moved:
        """One pass; one statement when nobody is due. Running it twice moves nothing twice."""
        total = Moved()
        while (moved := await self._tiers.weigh_some(self._policy, now=now)) is not None:
            total += moved
            await self._sleep(PAUSE_S)
        if total.users:
            log.info("decayed", **{name: getattr(total, name) for name in Moved.__slots__})
        return total

    def job(self, now: Callable[[], datetime]) -> Job:
        """Hourly; each user is weighed as often as the policy says."""
        return Job(name="decay", period=timedelta(hours=1), grace=timedelta(hours=3), run=lambda: self._run(now()))

    async def _run(self, now: datetime) -> int:
        return (await self.decay(now)).moved

"""The heart: runs jobs at their periods, each on its own, and keeps beating whatever one of them does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from everkin.mind.ports.job import Job
from everkin.ops.logs import describe

log = structlog.get_logger()


@dataclass(slots=True)
class Pulse:
    """How a job has gone lately, in this process."""

    began: datetime
    succeeded: datetime | None = None
    failures: int = 0
    """In a row."""

    def late(self, job: Job, now: datetime) -> bool:
        """Whether its last success lies further back than period and grace allow."""
        return now - (self.succeeded or self.began) > job.period + job.grace


class Heart:
    """Runs until its task is cancelled; a job that is running then is cancelled too and has to stand that."""

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs, self._now, self._sleep = jobs, now, sleep
        self.pulses = {job.name: Pulse(began=now()) for job in jobs}

    async def beat(self) -> None:
        """Every job in its own rhythm, the first time at once."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._repeat(job), name=job.name)

    def late(self) -> list[str]:
        """The jobs that have been silent for too long, by name."""
        now = self._now()
        return [job.name for job in self._jobs if self.pulses[job.name].late(job, now)]

    async def _repeat(self, job: Job) -> None:
        while True:
            await self._once(job)
            await self._sleep(job.period.total_seconds())

    async def _once(self, job: Job) -> None:
        pulse = self.pulses[job.name]
        try:
            await job.run()
        except Exception as error:  # noqa: BLE001 - the top of a loop: recorded, set aside, and on
            pulse.failures += 1
            log.error("job_failed", job=job.name, failures=pulse.failures, **describe(error))
        else:
            pulse.succeeded, pulse.failures = self._now(), 0

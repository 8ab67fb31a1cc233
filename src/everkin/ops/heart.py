"""The heart: runs jobs at their periods, each on its own, and keeps beating whatever one of them does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from everkin.errors import EverkinError
from everkin.mind.ports.job import Job, Runs
from everkin.ops.logs import describe

log = structlog.get_logger()

NOTED_FROM: Final = timedelta(minutes=10)
"""Jobs of this period and longer are noted when they succeed; nobody misses a run of the others."""
NAP_S: Final = 60.0
"""So often the wall clock is looked at: a machine that slept does not know it by the time it counted itself."""


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
        runs: Runs | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs, self._now, self._sleep, self._runs, self._monotonic = jobs, now, sleep, runs, monotonic
        self.pulses = {job.name: Pulse(began=now()) for job in jobs}

    async def beat(self) -> None:
        """Every job in its own rhythm, the first time at once: once, however many runs were missed, and that is told."""
        await self._tell_missed()
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
            _heed()
            await self._wait(job)

    async def _wait(self, job: Job) -> None:
        """Until the period is over by the wall clock, or by the time that was slept: a clock may jump either way."""
        began, left = self._now(), job.period.total_seconds()
        while left > 0:
            nap = min(left, NAP_S)
            await self._sleep(nap)
            left -= nap
            passed = self._now() - began
            if passed >= job.period:
                _tell(job, passed)
                return

    async def _tell_missed(self) -> None:
        if self._runs is None:
            return
        last, now = await self._runs.last(), self._now()
        for job in self._jobs:
            if job.name in last:
                _tell(job, now - last[job.name].at)

    async def _note(self, job: Job, at: datetime, *, took_s: float, done: int) -> None:
        if self._runs is None or job.period < NOTED_FROM:
            return
        try:
            await self._runs.note(job.name, at, took_s=took_s, done=done)
        except EverkinError as error:  # the run itself succeeded; it is noted the next time
            log.warning("job_not_noted", job=job.name, **describe(error))

    async def _once(self, job: Job) -> None:
        pulse, began = self.pulses[job.name], self._monotonic()
        try:
            done = await job.run()
        except Exception as error:  # noqa: BLE001 - the top of a loop: recorded, set aside, and on
            pulse.failures += 1
            log.error("job_failed", job=job.name, failures=pulse.failures, **describe(error))
        else:
            pulse.succeeded, pulse.failures = self._now(), 0
            await self._note(job, pulse.succeeded, took_s=self._monotonic() - began, done=_counted(done))


def _heed() -> None:
    """Ends a task that was cancelled where a job let that pass: before Python 3.12 `asyncio.wait_for` does when what it
    waits for is done in the same instant (bpo-37658), and a connection that a pool hands over is such a thing."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _counted(done: object) -> int:
    """How much a run did, as far as it says so."""
    return int(done) if isinstance(done, int) else 0


def _tell(job: Job, since: timedelta) -> None:
    """Say so when runs were missed: the machine slept, or nobody ran the jobs."""
    if since > job.period + job.grace:
        log.warning("job_missed", job=job.name, runs=since // job.period, hours=round(since / timedelta(hours=1), 1))

"""A job that fails does not stop the others, and one that is silent for too long is noticed."""

import asyncio
from datetime import UTC, datetime, timedelta

from everkin.mind.ports.job import Job
from everkin.ops.heart import Heart

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Days:
    """A clock that its own sleep moves on; after `beats` sleeps everybody sleeps for good."""

    def __init__(self, beats: int) -> None:
        self.at, self.left = NOON, beats

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.left -= 1
        await (asyncio.sleep(0) if self.left > 0 else asyncio.Event().wait())


async def test_a_failing_job_is_recorded_and_the_other_goes_on() -> None:
    ran = []

    async def fail() -> None:
        raise ValueError("secretword")

    async def work() -> None:
        ran.append(1)

    days = Days(beats=8)
    jobs = [
        Job(name=name, period=timedelta(minutes=1), grace=timedelta(minutes=1), run=run)
        for name, run in (("fails", fail), ("works", work))
    ]
    heart = Heart(jobs, now=days.now, sleep=days.sleep)
    beating = asyncio.create_task(heart.beat())
    while days.left > -1:
        await asyncio.sleep(0)
    beating.cancel()
    assert len(ran) >= 3
    assert heart.pulses["fails"].failures >= 3
    assert heart.late() == ["fails"]


async def test_silence_is_noticed() -> None:
    days = Days(beats=1)

    async def work() -> None:
        return None

    job = Job(name="works", period=timedelta(minutes=1), grace=timedelta(minutes=1), run=work)
    heart = Heart([job], now=days.now, sleep=days.sleep)
    days.at += timedelta(minutes=2)
    assert heart.late() == []
    days.at += timedelta(seconds=1)
    assert heart.late() == ["works"]

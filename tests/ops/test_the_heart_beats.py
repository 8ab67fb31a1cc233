"""A job that fails does not stop the others, and one that is silent for too long is noticed."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from everkin import Everkin
from everkin.mind.ports.job import Job, Run
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


async def test_a_job_that_lets_a_cancellation_pass_does_not_keep_the_server_from_stopping() -> None:
    """As a wait for a connection does that is handed over in the instant the process is told to stop."""
    begun = asyncio.Event()

    async def deaf() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    job = Job(name="deaf", period=timedelta(hours=1), grace=timedelta(hours=1), run=deaf)
    beating = asyncio.create_task(Heart([job], now=lambda: NOON).beat())
    await begun.wait()
    beating.cancel()
    done, _ = await asyncio.wait({beating}, timeout=60)
    assert done
    assert beating.cancelled()


class Diary:
    """When jobs last succeeded, as a laptop's database has it."""

    def __init__(self, **last: datetime) -> None:
        self.held = {job: Run(at=at) for job, at in last.items()}

    async def last(self) -> dict[str, Run]:
        return dict(self.held)

    async def note(self, job: str, at: datetime, *, took_s: float, done: int) -> None:
        self.held[job] = Run(at=at, took_s=took_s, done=done)


def counted(ran: list[datetime], days: Days) -> Job:
    async def work() -> None:
        ran.append(days.at)

    return Job(name="decay", period=timedelta(hours=1), grace=timedelta(hours=1), run=work)


async def beaten(heart: Heart, days: Days) -> None:
    beating = asyncio.create_task(heart.beat())
    while days.left > 0 and not beating.done():
        await asyncio.sleep(0)
    beating.cancel()


async def test_what_was_missed_while_the_laptop_slept_runs_once_at_start_and_says_so() -> None:
    """Three days asleep: one run, one line that says how many were missed."""
    ran: list[datetime] = []
    days, diary = Days(beats=1), Diary(decay=NOON - timedelta(days=3))
    heart = Heart([counted(ran, days)], now=days.now, sleep=days.sleep, runs=diary)
    with capture_logs() as told:
        await beaten(heart, days)
    assert ran == [NOON]
    assert [(line["event"], line["runs"], line["hours"]) for line in told] == [("job_missed", 72, 72.0)]
    assert {job: run.at for job, run in diary.held.items()} == {"decay": NOON}


async def test_nothing_was_missed_and_nothing_is_said() -> None:
    ran: list[datetime] = []
    days, diary = Days(beats=1), Diary(decay=NOON - timedelta(minutes=30))
    with capture_logs() as told:
        await beaten(Heart([counted(ran, days)], now=days.now, sleep=days.sleep, runs=diary), days)
    assert (len(ran), told) == (1, [])


class Jumping(Days):
    """A clock that somebody sets, once, after the third nap."""

    def __init__(self, beats: int, jump: timedelta) -> None:
        super().__init__(beats)
        self.jump, self.naps = jump, 0

    async def sleep(self, seconds: float) -> None:
        self.naps += 1
        if self.naps == 3:
            self.at += self.jump
        await super().sleep(seconds)


async def test_a_clock_set_back_a_day_stops_no_job() -> None:
    """The time that was slept counts too: an hourly job is back after an hour, not after twenty-five."""
    ran: list[datetime] = []
    days = Jumping(beats=130, jump=-timedelta(days=1))
    await beaten(Heart([counted(ran, days)], now=days.now, sleep=days.sleep), days)
    assert len(ran) == 3


@pytest.mark.parametrize("when", ["2026-03-29T00:30", "2026-10-25T00:30"])
async def test_an_hour_that_is_missed_or_comes_twice_is_an_hour_to_a_job(when: str) -> None:
    """Jobs count in UTC: on the nights on which Lisbon's clocks change an hourly job runs once an hour, and nothing is missed."""
    ran: list[datetime] = []
    days = Days(beats=190)
    days.at = datetime.fromisoformat(when).replace(tzinfo=UTC)
    began = days.at
    with capture_logs() as told:
        await beaten(Heart([counted(ran, days)], now=days.now, sleep=days.sleep), days)
    assert ran == [began + timedelta(hours=n) for n in range(4)]
    assert told == []


async def test_a_clock_set_on_a_day_runs_a_job_once_and_says_so() -> None:
    ran: list[datetime] = []
    days = Jumping(beats=10, jump=timedelta(days=1))
    with capture_logs() as told:
        await beaten(Heart([counted(ran, days)], now=days.now, sleep=days.sleep), days)
    assert len(ran) == 2
    assert [line["runs"] for line in told] == [24]


async def test_what_a_job_did_is_noted_and_added_up(kin: Everkin) -> None:
    """How long the last run took and how much it did, and how much all of them together; in the database of the cell."""
    results, ticks = iter([7, 0, 5]), iter(range(100))

    async def work() -> int:
        return next(results)

    days = Days(beats=3 * 60)
    job = Job(name="decay", period=timedelta(hours=1), grace=timedelta(hours=1), run=work)
    heart = Heart([job], now=days.now, sleep=days.sleep, runs=kin.store.runs, monotonic=lambda: next(ticks))
    beating = asyncio.create_task(heart.beat())
    while (noted := (await kin.store.runs.last()).get("decay")) is None or noted.runs < 3:
        await asyncio.sleep(0)
    beating.cancel()
    assert noted == Run(at=NOON + timedelta(hours=2), took_s=1.0, done=5, runs=3, total=12)

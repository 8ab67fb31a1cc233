"""A breaker's life: charged, open, probed by one, closed; in one process and in several."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.errors import StoreUnavailable
from everkin.mind.ports.breaker import Breaker, BreakerState
from everkin.mind.ports.gateway import Fault, FaultKind
from everkin.providers.breaker import (
    DEFAULT_POLICY,
    TABLE,
    Admission,
    admission,
    after_abandoned,
    after_fault,
    after_probe_taken,
    after_success,
)
from everkin.providers.fault import COSTS
from everkin.providers.ledger import Breakers, MemoryLedger

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
KEY = "openai/gpt/0"


def charged(breaker: Breaker, *kinds: FaultKind, now: datetime = NOON, retry_after_s: float | None = None) -> Breaker:
    for kind in kinds:
        fault = Fault(kind=kind, retry_after_s=retry_after_s)
        breaker = after_fault(breaker, fault, now, Random(1), DEFAULT_POLICY)
    return breaker


def test_every_fault_has_its_cost():
    assert set(COSTS) == set(FaultKind)


def test_small_faults_add_up_and_a_success_forgives_them():
    twice = charged(Breaker(), FaultKind.SERVER_ERROR, FaultKind.GARBLED)
    assert (twice.state, twice.failures) == (BreakerState.CLOSED, 2)
    assert after_success(twice).failures == 0
    assert charged(twice, FaultKind.SERVER_ERROR).state is BreakerState.OPEN


def test_a_refused_connection_opens_at_once_for_five_to_ten_seconds():
    opened = charged(Breaker(), FaultKind.REFUSED)

    assert opened.state is BreakerState.OPEN
    assert timedelta(seconds=5) <= opened.until - NOON <= timedelta(seconds=10)


@given(trips=st.integers(0, 200), seed=st.integers(0, 2**32), kind=st.sampled_from(FaultKind))
def test_rests_stay_between_five_seconds_and_five_minutes(trips: int, seed: int, kind: FaultKind):
    probing = Breaker(state=BreakerState.HALF_OPEN, trips=trips, until=NOON)

    moved = after_fault(probing, Fault(kind=kind), NOON, Random(seed), DEFAULT_POLICY)

    assert moved.state is BreakerState.OPEN
    rest = (moved.until - NOON).total_seconds()
    assert rest == 0 if COSTS[kind].points == 0 else 5 <= rest <= 300


def test_rests_double_while_probes_fail():
    breaker, rests = Breaker(), []
    for _ in range(8):
        breaker = charged(breaker, FaultKind.REFUSED)
        rests.append((breaker.until - NOON).total_seconds())
        breaker = after_probe_taken(breaker, NOON, DEFAULT_POLICY)

    assert all(5 * 2**n <= rest <= 10 * 2**n for n, rest in enumerate(rests[:5]))
    assert 150 <= rests[-1] <= 300


def test_a_wrong_key_rests_long_from_the_start():
    opened = charged(Breaker(), FaultKind.UNAUTHORIZED)
    assert (opened.until - NOON).total_seconds() >= 150


def test_nobody_comes_before_the_hour_the_provider_named():
    opened = charged(Breaker(), FaultKind.RATE_LIMITED, retry_after_s=40.0)

    assert opened.until == NOON + timedelta(seconds=40)
    assert admission(opened, NOON + timedelta(seconds=39)) is Admission.NOT
    assert admission(opened, NOON + timedelta(seconds=40)) is Admission.AS_PROBE


def test_late_news_of_an_old_request_does_not_prolong_the_rest():
    opened = charged(Breaker(), FaultKind.REFUSED)
    assert charged(opened, FaultKind.RESET) is opened


def test_what_is_the_requests_fault_is_not_charged():
    assert charged(Breaker(), FaultKind.REJECTED, FaultKind.TOO_LONG, FaultKind.DECLINED) == Breaker()


@given(st.lists(st.sampled_from(["success", "taken", "abandoned", *FaultKind]), max_size=30), st.integers(0, 999))
def test_whatever_happens_the_table_is_kept_and_versions_count_changes(happenings: list[str], seed: int):
    breaker, rng = Breaker(), Random(seed)
    for happening in happenings:
        before = breaker
        match happening:
            case "success":
                breaker = after_success(breaker)
            case "taken":
                breaker = after_probe_taken(breaker, NOON, DEFAULT_POLICY)
            case "abandoned":
                breaker = after_abandoned(breaker, NOON)
            case kind:
                breaker = after_fault(breaker, Fault(kind=FaultKind(kind)), NOON, rng, DEFAULT_POLICY)
        changed = breaker is not before
        assert breaker.version == before.version + changed
        assert not changed or breaker.state in {new for (old, _), new in TABLE.items() if old is before.state}
        assert breaker.state is BreakerState.CLOSED or breaker.until is not None


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_of_many_processes_one_probes(clock: Clock):
    """Alice and Bob are served by two processes; after the rest only one of them asks the provider."""
    ledger = MemoryLedger()
    hers, his = (Breakers(ledger, clock, Random(seed)) for seed in (1, 2))
    await hers.failed(KEY, Fault(kind=FaultKind.REFUSED))
    assert await his.admit(KEY) is Admission.RESTING

    clock.advance(11)
    assert [await hers.admit(KEY), await his.admit(KEY)] == [Admission.AS_PROBE, Admission.NOT]

    await hers.succeeded(KEY)
    assert await his.admit(KEY) is Admission.FREELY


async def test_a_probe_whose_process_died_is_taken_over(clock: Clock):
    ledger = MemoryLedger()
    hers, his = (Breakers(ledger, clock, Random(seed)) for seed in (1, 2))
    await hers.failed(KEY, Fault(kind=FaultKind.REFUSED))
    clock.advance(11)
    assert await hers.admit(KEY) is Admission.AS_PROBE

    clock.advance(DEFAULT_POLICY.lease_s)
    assert await his.admit(KEY) is Admission.AS_PROBE


class Lost(MemoryLedger):
    """A shared ledger whose database went away."""

    async def get(self, key: str) -> Breaker:
        raise StoreUnavailable("The database is away.")

    async def compare_and_set(self, key: str, breaker: Breaker) -> bool:
        raise StoreUnavailable("The database is away.")


async def test_a_lost_database_does_not_take_the_breakers_with_it(clock: Clock):
    breakers = Breakers(Lost(), clock, Random(1))
    await breakers.failed(KEY, Fault(kind=FaultKind.REFUSED))
    assert await breakers.admit(KEY) is Admission.RESTING


class Racing(MemoryLedger):
    """Somebody else is always quicker, three times."""

    def __init__(self) -> None:
        super().__init__()
        self.races = 3

    async def compare_and_set(self, key: str, breaker: Breaker) -> bool:
        if self.races:
            self.races -= 1
            stored = await self.get(key)
            await super().compare_and_set(key, replace(stored, failures=1, version=stored.version + 1))
        return await super().compare_and_set(key, breaker)


async def test_a_charge_is_not_lost_in_a_race(clock: Clock):
    ledger = Racing()
    await Breakers(ledger, clock, Random(1)).failed(KEY, Fault(kind=FaultKind.GARBLED))
    assert (await ledger.get(KEY)).failures == 2

"""Salience: what Alice speaks of stays, what nobody names again fades, and what is pinned does neither."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.salience import KEPT_TIMES, Kind, Trace, base_level, born, mentioned, salience, used

MONDAY = datetime(2025, 3, 3, 9, tzinfo=UTC)
DAYS = st.floats(min_value=0, max_value=2000).map(lambda days: MONDAY + timedelta(days=days))
"""Times in five and a half years of a bond."""


def spoken(times: list[datetime]) -> Trace:
    trace = born(times[0])
    for at in times[1:]:
        trace = mentioned(trace, at, session_began=at)
    return trace


def exact(times: list[datetime], now: datetime) -> float:
    return math.log(sum(max((now - at) / timedelta(days=1), 1 / 1440) ** -0.3 for at in times))


def test_one_mention_a_day_ago_is_the_zero_of_activation():
    assert base_level(born(MONDAY), MONDAY + timedelta(days=1)) == pytest.approx(0)


def test_up_to_four_mentions_are_exact():
    """Alice speaks of her garden on four days: no approximation yet."""
    times = [MONDAY + timedelta(days=day) for day in (0, 3, 10, 40)]
    now = MONDAY + timedelta(days=60)
    assert base_level(spoken(times), now) == pytest.approx(exact(times, now))


def test_many_mentions_stay_close_to_the_exact_sum_with_bounded_state():
    """Bob names his band weekly for two years; the trace keeps four times and is within two percent."""
    times = [MONDAY + timedelta(weeks=week) for week in range(104)]
    now = times[-1] + timedelta(days=3)
    trace = spoken(times)
    assert len(trace.mentions.latest) == KEPT_TIMES
    assert trace.mentions.count == 104
    assert base_level(trace, now) == pytest.approx(exact(times, now), abs=0.02)


def test_what_nobody_names_fades_and_says_so():
    now = MONDAY + timedelta(days=300)
    lunch = salience(born(MONDAY), kind=Kind.SMALL_TALK, importance=0.1, now=now)
    assert lunch.value < 0.1
    assert lunch.why == ("spoken of in 1 session, last 300.0 days ago", "importance 0.10")


def test_the_dogs_name_is_held_by_its_floor():
    rex = salience(born(MONDAY), kind=Kind.PET, importance=0.5, now=MONDAY + timedelta(days=3000))
    assert rex.value == 1.0
    assert rex.why[0] == "held at 1.00, the floor of pet"


def test_a_chatty_session_is_one_mention():
    """Charlie says the same thing five times in an hour: later, not more often."""
    trace = born(MONDAY)
    for minute in range(5, 30, 5):
        trace = mentioned(trace, MONDAY + timedelta(minutes=minute), session_began=MONDAY)
    assert trace.mentions.count == 1
    assert trace.mentions.latest == (MONDAY + timedelta(minutes=25),)


def test_a_use_counts_less_than_a_mention():
    now = MONDAY + timedelta(days=30)
    later = MONDAY + timedelta(days=20)
    named = base_level(mentioned(born(MONDAY), later, session_began=later), now)
    assert base_level(born(MONDAY), now) < base_level(used(born(MONDAY), later), now) < named


def test_a_clock_that_jumped_back_does_not_break_the_sum():
    ahead = born(MONDAY + timedelta(days=1))
    assert math.isfinite(base_level(ahead, MONDAY))


@given(st.lists(DAYS, min_size=1, max_size=12), DAYS, st.floats(0, 1000))
def test_salience_is_monotone_in_mentions_and_uses(times: list[datetime], extra: datetime, later: float):
    """However late or out of order a reference arrives, it never lowers what a memory is worth, then or ever after."""
    trace = spoken(times)
    now = max(*times, extra) + timedelta(days=later)
    before = base_level(trace, now)
    assert base_level(mentioned(trace, extra, session_began=extra), now) >= before - 1e-9
    assert base_level(used(trace, extra), now) >= before - 1e-9
    twice = used(trace, times[0])
    assert base_level(used(twice, extra), now) >= base_level(twice, now) - 1e-9


@given(st.lists(DAYS, min_size=1, max_size=12), st.floats(0, 4000), st.sampled_from(Kind), st.floats(0, 1))
def test_nothing_pinned_decays(times: list[datetime], later: float, kind: Kind, importance: float):
    now = MONDAY + timedelta(days=later)
    assert salience(spoken(times), kind=kind, importance=importance, now=now, pinned=True).value == 1.0


@given(st.lists(DAYS, min_size=1, max_size=12), st.sampled_from(Kind), st.floats(0, 1), st.floats(0, 900))
def test_time_alone_never_raises_it_and_the_floor_holds(times, kind, importance, later):
    trace = spoken(times)
    now = max(times) + timedelta(minutes=2)
    soon = salience(trace, kind=kind, importance=importance, now=now)
    then = salience(trace, kind=kind, importance=importance, now=now + timedelta(days=later))
    assert kind.floor <= then.value <= soon.value + 1e-9

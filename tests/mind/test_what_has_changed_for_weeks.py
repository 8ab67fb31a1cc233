"""Arcs: noticed when they are there, dated about right, seldom noticed when they are not, and worded without a number."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.mind.arc import FALSE_ALARMS_A_YEAR, Arc, Axis, Session, arcs, rate_a_year, worded
from everkin.mind.trend import deviations, flags, limit, onset, shifted, slope

SPRING = datetime(2026, 3, 1, 18, tzinfo=UTC)
LISBON = ZoneInfo("Europe/Lisbon")


def weeks(tones: np.ndarray, *, themes: list[frozenset[int]] | None = None) -> list[Session]:
    """Two sessions a week with these mean tones."""
    return [
        Session(
            began=SPRING + timedelta(days=3.5 * n),
            ended=SPRING + timedelta(days=3.5 * n, hours=1),
            messages=10,
            letters=900,
            tone=float(tone),
            themes=themes[n] if themes else frozenset(),
        )
        for n, tone in enumerate(tones)
    ]


def found(sessions: list[Session]) -> list[Arc]:
    return arcs(sessions, rng=np.random.default_rng(1))


def steady(n: int, seed: int = 2) -> np.ndarray:
    return 0.3 + 0.14 * np.random.default_rng(seed).normal(size=n)


def test_a_mood_that_sinks_is_noticed_dated_and_told_without_a_number() -> None:
    tones = steady(36)
    tones[20:] -= 0.45
    [arc] = [arc for arc in found(weeks(tones)) if arc.axis is Axis.MOOD]
    assert (arc.upwards, arc.lasts) == (False, True)
    assert abs((arc.since - SPRING) / timedelta(days=3.5) - 20) <= 3
    assert worded(arc, LISBON).startswith("Since about ")
    assert "lower than they used to" in worded(arc, LISBON)
    assert "0." not in worded(arc, LISBON)


def test_what_has_been_so_for_long_is_how_things_are() -> None:
    tones = steady(60)
    tones[20:] -= 0.45
    [arc] = [arc for arc in found(weeks(tones)) if arc.axis is Axis.MOOD]
    assert not arc.lasts


def test_one_terrible_evening_is_no_arc() -> None:
    tones = steady(30)
    tones[25] = -1.0
    assert found(weeks(tones)) == []


@pytest.mark.parametrize("n", [0, 1, 9, 10])
def test_with_too_few_sessions_nothing_is_unusual(n: int) -> None:
    assert found(weeks(np.linspace(1, -1, n))) == []


def test_who_speaks_of_other_things_than_before() -> None:
    rng = np.random.default_rng(4)
    themes = [frozenset(rng.choice(5, 2, replace=False).tolist()) for _ in range(20)]
    themes += [frozenset({7, int(rng.integers(5))}) for _ in range(8)]
    [arc] = found(weeks(steady(28), themes=themes))
    assert (arc.axis, arc.themes[0]) == (Axis.FOCUS, 7)
    assert worded(arc, LISBON, {7: "father"}).endswith("other things than before, mostly of father.")


def test_the_same_sessions_are_judged_alike() -> None:
    tones = steady(40)
    tones[15:] += 0.4
    assert found(weeks(tones)) == found(weeks(tones))


def test_the_axes_together_may_raise_one_false_alarm_a_year() -> None:
    assert sum(FALSE_ALARMS_A_YEAR.values()) <= 1
    rate = rate_a_year(weeks(steady(53)))
    assert rate == pytest.approx(104.4, abs=0.1)
    assert limit(0.4 / rate) < limit(0.4 / (3 * rate))  # who talks more often is not alarmed more often


def test_a_steady_year_of_many_people_raises_few_flags() -> None:
    rng = np.random.default_rng(5)
    beyond = limit(0.4 / 104)
    alarms = sum(len(flags(deviations(rng.normal(size=114), usual_sd=1.0), beyond=beyond)) for _ in range(60))
    assert alarms / 60 <= 0.7  # 0.4 are spent, give or take what 60 years can tell


@given(st.integers(6, 30), st.integers(2, 28), st.floats(2, 40))
@settings(max_examples=60, deadline=None)
def test_a_clean_step_is_dated_to_the_session(n: int, at: int, height: float) -> None:
    at = min(at, n - 2)
    series = np.where(np.arange(n) >= at, height, 0.0) + 1e-3 * np.sin(np.arange(n))
    assert abs(onset(series) - at) <= 1


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30), st.floats(-3, 3))
@settings(deadline=None)
def test_a_slope_is_found_through_outliers_at_its_ends(noise: list[float], steep: float) -> None:
    times = np.arange(len(noise), dtype=float)
    assert slope(times, steep * times) == pytest.approx(steep, abs=1e-9)


def test_a_shift_that_is_chance_looks_like_chance() -> None:
    rng = np.random.default_rng(6)
    chances = [shifted(rng.random((24, 6)) < 0.3, 8, rounds=199, rng=rng) for _ in range(40)]
    assert 0.3 < np.mean(chances) < 0.7

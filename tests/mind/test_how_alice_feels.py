"""Feelings follow from what was said and when: in any order, in any batch, and without what was taken back."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.errors import InvalidInput
from everkin.mind.emotion import (
    AXES,
    COMPANION,
    EVEN,
    LABELS,
    NAMES,
    SHAPE,
    USER,
    Axis,
    Reading,
    Sums,
    Temperament,
    impulse,
    read,
    summed,
)

MAY = datetime(2026, 5, 1, tzinfo=UTC)
LATER = MAY + timedelta(days=400)
Term = tuple[datetime, np.ndarray]


def showing(valence: float = 0.0, **labels: float) -> Reading:
    return Reading(labels=[labels.get(label, 0.0) for label in LABELS], valence=valence, arousal=0.0)


@st.composite
def terms(draw: st.DrawFn) -> list[Term]:
    """A year of messages: when, in seconds, and what each adds."""
    seconds = draw(st.lists(st.floats(0, 365 * 86400), min_size=1, max_size=30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return [(MAY + timedelta(seconds=s), rng.integers(-127, 128, SHAPE).astype(np.int8)) for s in seconds]


@given(terms(), st.randoms(use_true_random=False), st.lists(st.floats(0, 365 * 86400), max_size=20))
def test_any_order_and_any_batch_schedule_is_the_same_life(
    said: list[Term], rng: random.Random, batches: list[float]
) -> None:
    steps: list[Term | datetime] = [*said, *(MAY + timedelta(seconds=s) for s in batches)]
    rng.shuffle(steps)
    sums = Sums()
    for step in steps:
        sums = sums.moved(step) if isinstance(step, datetime) else sums.plus(step[1], step[0])
    for later in (timedelta(0), timedelta(hours=7), timedelta(days=40)):
        at = sums.as_of + later
        np.testing.assert_allclose(sums.moved(at).values, summed(said, at).values, rtol=0, atol=1e-9)


@given(terms(), st.data())
def test_what_is_erased_was_never_felt(said: list[Term], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(said) - 1))
    sums = Sums()
    for at, term in said:
        sums = sums.plus(term, at)
    sums = sums.minus(said[gone][1], said[gone][0])
    rest = said[:gone] + said[gone + 1 :]
    np.testing.assert_allclose(sums.moved(LATER).values, summed(rest, LATER).values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(sums.values, summed(rest, sums.as_of).values, rtol=0, atol=1e-9)


@given(terms())
def test_moving_on_twice_is_moving_on_once(said: list[Term]) -> None:
    sums = summed(said, LATER)
    assert sums.moved(LATER) is sums
    assert sums.moved(MAY) is sums


def test_twenty_axes_two_people_under_a_kilobyte() -> None:
    assert len(set(NAMES)) == 20
    assert Sums().values.nbytes < 1000
    slow = [axis for axis in AXES if axis.half_life_h >= 30 * 24]
    assert len(slow) == 6
    assert all(axis.half_life_h <= 90 * 24 for axis in slow)


@pytest.mark.parametrize("axis", AXES, ids=NAMES)
def test_after_its_half_life_half_of_it_is_left(axis: Axis) -> None:
    sums = Sums().plus(np.full(SHAPE, 127, dtype=np.int8), MAY)
    left = sums.moved(MAY + timedelta(hours=axis.half_life_h)).values[USER, NAMES.index(axis.name)]
    assert left == pytest.approx(0.5)


def test_alice_is_sad_for_days_and_startled_for_an_hour() -> None:
    sums = Sums().plus(impulse(showing(sadness=0.9, surprise=0.9), by_user=True), MAY)
    at_once, next_day = read(sums, USER, EVEN, MAY), read(sums, USER, EVEN, MAY + timedelta(days=1))
    assert min(at_once["sadness"], at_once["surprise"]) > 0.5
    assert next_day["sadness"] > 0.4
    assert next_day["surprise"] < 0.001


def test_lucy_is_moved_by_what_moves_alice_and_says_so_less_than_alice() -> None:
    sums = Sums().plus(impulse(showing(sadness=0.9), by_user=True), MAY)
    lucy = read(sums, COMPANION, EVEN, MAY)
    assert 0.1 < lucy["sadness"] < read(sums, USER, EVEN, MAY)["sadness"]
    assert lucy["affection"] > 0


def test_what_lucy_says_tells_nothing_of_alice() -> None:
    term = impulse(showing(joy=1.0), by_user=False)
    assert not term[USER].any()
    assert term[COMPANION].any()


def test_a_persona_has_its_own_rest_and_its_own_nerves() -> None:
    sums = Sums().plus(impulse(showing(anger=0.8), by_user=False), MAY)
    hot = Temperament(baselines={"joy": 0.3}, gains={"anger": 3.0})
    cold = Temperament(gains={"anger": 0.0})
    assert read(sums, COMPANION, hot, MAY)["anger"] > read(sums, COMPANION, EVEN, MAY)["anger"] > 0
    assert read(sums, COMPANION, cold, MAY)["anger"] == 0
    assert read(sums, COMPANION, hot, LATER)["joy"] == pytest.approx(np.tanh(0.3), abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [{"baselines": {"hunger": 0.1}}, {"gains": {"joy": -1}}, {"baselines": {"joy": 2}}, {"gains": {"joy": "x"}}],
)
def test_a_temperament_that_cannot_be_is_refused(wrong: dict) -> None:
    with pytest.raises(InvalidInput):
        Temperament(**wrong)


@pytest.mark.parametrize("label", [name for name in LABELS if name != "neutral"])
def test_a_label_shown_is_found_again(label: str) -> None:
    sums = Sums().plus(impulse(showing(**{label: 1.0}), by_user=True), MAY)
    labels = read(sums, USER, EVEN, MAY).labels
    assert labels[label] > 0
    assert labels["neutral"] < 1


def test_joy_is_pleasant_and_fear_is_not_and_both_are_awake() -> None:
    joy, fear = (
        read(Sums().plus(impulse(showing(**{label: 1.0}), by_user=True), MAY), USER, EVEN, MAY)
        for label in ("joy", "fear")
    )
    assert joy.valence > 0.3 > -0.3 > fear.valence
    assert min(joy.arousal, fear.arousal) > 0.2
    nobody = read(Sums(), USER, EVEN, MAY)
    assert (nobody.valence, nobody.arousal, nobody.labels["neutral"]) == (0, 0, 1)

"""A new version goes to a few, then to more; one that is worse is noticed before many have met it."""

import math
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rollout_simulation import NOON, simulate

from everkin.errors import InvalidInput
from everkin.mind.identity import BondId, CompanionId
from everkin.mind.rollout import (
    ALPHA,
    Evidence,
    Outcome,
    Rollout,
    RolloutState,
    Tally,
    judge,
    place,
    require_shares,
    widened,
    witnessed,
    worn,
)

CHI_SQUARE_99_9 = 148.23
"""Of 99 degrees of freedom: one honest run in a thousand lies above it, and the seed below is not that one."""


def bonds(count: int, seed: int = 7) -> list[BondId]:
    rng = random.Random(seed)
    return [BondId(UUID(int=rng.getrandbits(128))) for _ in range(count)]


def rollout(share: float = 0.05, **told) -> Rollout:
    return Rollout(
        id=UUID(int=told.pop("id", 1)),
        companion=CompanionId(UUID(int=2)),
        version="new",
        control="old",
        share=share,
        opened_at=NOON,
        stepped_at=NOON,
        **told,
    )


def test_bonds_are_spread_evenly_over_a_rollout():
    counts = Counter(int(place(UUID(int=5), bond) * 100) for bond in bonds(100_000))
    assert sum((counts[bin] - 1000) ** 2 / 1000 for bin in range(100)) < CHI_SQUARE_99_9


def test_two_rollouts_deal_independently():
    pairs = Counter((int(place(UUID(int=5), bond) * 10), int(place(UUID(int=6), bond) * 10)) for bond in bonds(100_000))
    assert sum((pairs[left, right] - 1000) ** 2 / 1000 for left in range(10) for right in range(10)) < CHI_SQUARE_99_9


@given(st.floats(0.01, 0.9), st.floats(0.01, 0.95), st.integers(0, 2**128 - 1))
def test_whoever_is_in_stays_in_while_it_widens(share, wider, id):
    bond = BondId(UUID(int=id))
    before, after = sorted([share, wider])
    assert rollout(before).includes(bond) <= rollout(after).includes(bond)
    assert rollout(share).includes(bond) == rollout(share).includes(bond)


OUTCOMES = st.lists(st.builds(Outcome, candidate=st.booleans(), quality=st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0])))


@given(OUTCOMES, OUTCOMES)
@settings(max_examples=200)
def test_evidence_in_parts_is_the_evidence_at_once(first, second):
    at_once = witnessed(Evidence(), [*first, *second])
    assert witnessed(witnessed(Evidence(), first), second) == at_once
    assert at_once.candidate == Tally(
        bonds=sum(each.candidate for each in [*first, *second]),
        total=at_once.candidate.total,
    )


def test_looking_often_raises_no_false_alarm():
    """The peak over the whole run is what counts, so that it does not matter how often, or when, anybody looked."""
    alarms = 0
    for seed in range(200):
        rng = random.Random(seed)
        outcomes = [Outcome(candidate=rng.random() < 0.5, quality=float(rng.random() < 0.8)) for _ in range(2000)]
        alarms += witnessed(Evidence(), outcomes).against
    assert alarms <= 200 * ALPHA + 4


@pytest.mark.slow
def test_a_regression_is_halted_before_a_tenth_of_the_bonds_saw_it():
    runs = [simulate(seed, bonds=100_000, control=0.80, candidate=0.72) for seed in range(8)]
    assert all(run.halted and run.seen < 0.10 for run in runs)


@pytest.mark.slow
def test_a_version_that_is_no_worse_goes_on_to_the_next_steps():
    runs = [simulate(seed, bonds=20_000, control=0.80, candidate=0.80) for seed in range(20)]
    assert sum(run.halted for run in runs) <= 1
    assert max(run.seen for run in runs) > 0.1


def test_a_rollout_widens_by_itself_only_in_time_and_on_evidence():
    planned = rollout(0.05, steps=(0.25, 0.5), every=timedelta(days=1))
    seen = replace(planned, evidence=replace(planned.evidence, candidate=Tally(bonds=100, total=80.0)))
    tomorrow = NOON + timedelta(days=1)
    assert judge(planned, tomorrow) == planned
    assert judge(seen, NOON + timedelta(hours=23)) == seen
    wider = judge(seen, tomorrow)
    assert (wider.share, wider.steps, wider.stepped_at) == (0.25, (0.5,), tomorrow)
    assert judge(wider, tomorrow + timedelta(days=2)) == wider


def test_strong_evidence_halts_and_stays():
    against = replace(rollout(), evidence=Evidence(peak=math.log(1 / ALPHA)))
    halted = judge(against, NOON)
    assert halted.state is RolloutState.HALTED
    assert judge(halted, NOON + timedelta(days=9)) == halted
    assert not any(halted.includes(bond) for bond in bonds(100))


@pytest.mark.parametrize("shares", [[], [0.0], [-0.1], [1.0], [0.5, 0.25], [0.1, 1.5], [math.nan]])
def test_shares_that_make_no_rollout_are_refused(shares):
    with pytest.raises(InvalidInput):
        require_shares(shares)


def test_a_rollout_does_not_narrow():
    with pytest.raises(InvalidInput):
        widened(rollout(0.25), [0.05], NOON)


@given(st.none() | st.sampled_from("ab"), st.sampled_from("ab"), st.none() | st.floats(0, 100), st.floats(0, 100))
def test_no_bond_changes_in_mid_conversation(wearing, wanted, last_said, now):
    at = NOON + timedelta(hours=now)
    said = None if last_said is None else NOON + timedelta(hours=last_said)
    version = worn(wearing, wanted, last_said=said, at=at)
    if wearing is not None and said is not None and now - last_said <= 4:
        assert version == wearing
    else:
        assert version == wanted

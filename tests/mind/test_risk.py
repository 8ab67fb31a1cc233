"""A disclosure stands until a person has reviewed it, and moves by a person's decision alone."""

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from everkin.errors import InvalidInput
from everkin.mind.identity import DisclosureId, MessageKey
from everkin.mind.risk import STANDING, TRANSITIONS, Category, Disclosure, Level, Review, State, reviewed

FRIDAY = datetime(2025, 3, 7, 21, tzinfo=UTC)
SATURDAY = datetime(2025, 3, 8, 9, tzinfo=UTC)
SAID = Disclosure(
    id=DisclosureId(UUID(int=1)),
    message=MessageKey(UUID(int=2)),
    category=Category.SUICIDE,
    level=Level.HIGH,
    at=FRIDAY,
)


def test_alice_said_it_on_friday_and_a_person_reviewed_it_on_saturday():
    assert SAID.state in STANDING
    after = reviewed(SAID, Review.CONFIRM, at=SATURDAY)
    assert (after.state, after.reviewed_at) == (State.REVIEWED, SATURDAY)
    assert after.state not in STANDING


def test_a_review_taken_back_stands_again():
    again = reviewed(reviewed(SAID, Review.DISMISS, at=SATURDAY), Review.REOPEN, at=SATURDAY)
    assert again.state in STANDING


@pytest.mark.parametrize("move", sorted(set(product(State, Review)) - set(TRANSITIONS)))
def test_what_the_table_does_not_list_cannot_happen(move):
    state, review = move
    with pytest.raises(InvalidInput):
        reviewed(Disclosure(**{**{f: getattr(SAID, f) for f in SAID.__slots__}, "state": state}), review, at=SATURDAY)


def test_every_state_can_be_reached_and_left():
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert set(TRANSITIONS.values()) == set(State)

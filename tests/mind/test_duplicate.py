"""Two texts become one only where nothing is lost: never where a number, a name or a negation differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.duplicate import content_hash, near_duplicate
from support.pairs import NAMES, NEGATIONS, NUMBERS, pairs, same

DIFFERENT = pairs(NUMBERS) + pairs(NAMES) + pairs(NEGATIONS)


def test_there_are_two_hundred_pairs_and_each_differs():
    assert len(DIFFERENT) >= 200
    assert all(left != right for left, right in DIFFERENT)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_a_number_a_name_or_a_negation_keeps_them_apart(left: str, right: str):
    """Whatever the vectors say: the guards alone must hold."""
    assert not near_duplicate(left, right, 1.0)
    assert not near_duplicate(right, left, 1.0)


@pytest.mark.parametrize(("left", "right"), same())
def test_the_same_thing_said_again_is_one(left: str, right: str):
    assert near_duplicate(left, right, 0.97)


def test_vectors_far_apart_are_two_whatever_their_words():
    assert not near_duplicate("the cat sat on the mat by the door", "the cat sat on the mat by a door", 0.5)


def test_who_does_what_to_whom_counts():
    assert not near_duplicate("Alice lent Bob the red bike on Monday", "Bob lent Alice the red bike on Monday", 0.98)
    assert not near_duplicate("I love her more than my own brother", "She loves me more than her own brother", 0.97)


@given(st.text(max_size=60), st.text(max_size=60), st.floats(-1, 1))
def test_it_does_not_matter_which_comes_first(left: str, right: str, cosine: float):
    assert near_duplicate(left, right, cosine) == near_duplicate(right, left, cosine)


@given(st.text(max_size=80))
def test_a_text_is_its_own_duplicate(text: str):
    assert near_duplicate(text, f"  {text}\n", -1.0)
    assert content_hash(text) == content_hash(text + " ")

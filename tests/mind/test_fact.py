"""What Alice says later ends what she said before, and only that; nothing is overwritten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from everkin.absorb.facts import extract
from everkin.mind.entity import USER
from everkin.mind.fact import Fact, Predicate, supersedes

THEN = datetime(2024, 5, 1, tzinfo=UTC)
NOW = datetime(2025, 3, 3, tzinfo=UTC)


def said(text: str, predicate: Predicate, at: datetime) -> Fact:
    facts = extract(text, speaker=USER, name="Alice", at=at, known=["rex"])
    return next(fact for fact in facts if fact.predicate is predicate)


@pytest.mark.parametrize(
    ("before", "after", "predicate"),
    [
        ("I live in Oslo", "We moved to Bergen", Predicate.HOME),
        ("I live in Oslo", "I live in Bergen now", Predicate.HOME),
        ("I live in Oslo", "I used to live in Oslo", Predicate.HOME),
        ("I live in Oslo", "I don't live in Oslo anymore", Predicate.HOME),
        ("I'm a nurse", "I quit my job", Predicate.WORK),
        ("I quit my job", "I got a job at the zoo", Predicate.WORK),
        ("I work at the zoo", "I started working at a bank", Predicate.WORK),
        ("My husband Tom snores", "I'm single", Predicate.PARTNER),
        ("I'm single", "My boyfriend Bob made tea", Predicate.PARTNER),
        ("My husband snores", "My husband Tom snores", Predicate.PARTNER),
        ("I'm 33", "I'm 34", Predicate.AGE),
        ("My favorite color is green", "My favorite color is blue", Predicate.LIKES),
        ("I'm vegan", "I'm not vegan anymore", Predicate.DIET),
        ("I take lithium", "I stopped taking lithium", Predicate.MEDICATION),
        ("I have a dog", "I don't have a dog", Predicate.PET),
        ("I don't have a dog", "We adopted a dog", Predicate.PET),
    ],
)
def test_an_update_ends_what_was_said_before(before: str, after: str, predicate: Predicate):
    old, new = said(before, predicate, THEN), said(after, predicate, NOW)
    assert supersedes(new, old)
    assert not supersedes(old, new)


@pytest.mark.parametrize(
    ("before", "after", "predicate"),
    [
        ("I live in Oslo", "I live in Oslo", Predicate.HOME),
        ("I live in Oslo", "I live in a small flat", Predicate.HOME),
        ("I live in Oslo", "I used to live in Rome", Predicate.HOME),
        ("I'm a nurse", "I work at the harbour hospital", Predicate.WORK),
        ("My husband Tom snores", "My husband cooks", Predicate.PARTNER),
        ("My sister Anna sings", "My sister Berit sings", Predicate.KIN),
        ("I have a cat", "I have a dog", Predicate.PET),
        ("I love tea", "I love coffee", Predicate.LIKES),
        ("I love tea", "I hate coffee", Predicate.LIKES),
        ("My favorite color is green", "My favorite food is pie", Predicate.LIKES),
        ("I take lithium", "I stopped taking melatonin", Predicate.MEDICATION),
        ("I'm allergic to nuts", "I think I'm not allergic to nuts", Predicate.ALLERGY),
        ("I ran a marathon", "I ran a marathon", Predicate.EVENT),
    ],
)
def test_what_does_not_contradict_stands(before: str, after: str, predicate: Predicate):
    old = said(before, predicate, THEN)
    other = Predicate.DISLIKES if "hate" in after else predicate
    assert not supersedes(said(after, other, NOW), old) or "think" in after


def test_a_death_ends_the_pet_but_not_the_memory_of_it():
    rex, loss = said("I have a dog named Rex", Predicate.PET, THEN), said("Rex died", Predicate.BEREAVEMENT, NOW)
    assert supersedes(loss, rex)
    assert not supersedes(said("I have a cat named Tom", Predicate.PET, NOW), loss)


def test_a_dislike_ends_a_liking_of_the_same_thing():
    assert supersedes(said("I can't stand jazz", Predicate.DISLIKES, NOW), said("I love jazz", Predicate.LIKES, THEN))


def test_a_guess_does_not_end_what_was_said_plainly():
    plain = said("I have asthma", Predicate.DIAGNOSIS, THEN)
    assert not supersedes(said("Maybe I don't have asthma", Predicate.DIAGNOSIS, NOW), plain)


def test_what_is_already_over_is_not_ended_again():
    assert not supersedes(
        said("We moved to Bergen", Predicate.HOME, NOW), said("I used to live in Rome", Predicate.HOME, THEN)
    )


def test_one_persons_news_is_not_anothers():
    anna = said("My sister Anna lives in Rome", Predicate.HOME, NOW)
    assert not supersedes(anna, said("I live in Oslo", Predicate.HOME, THEN))


def test_a_late_message_about_the_past_does_not_undo_the_present():
    """An import brings a message of last year after this year's was read: valid time decides."""
    now, late = (
        said("I live in Bergen", Predicate.HOME, NOW),
        said("I live in Oslo", Predicate.HOME, NOW - timedelta(300)),
    )
    assert supersedes(now, late)
    assert not supersedes(late, now)


def test_a_move_of_last_week_ends_the_home_that_was_spoken_of_two_days_ago():
    """Nobody moves back within days; but who says where they live now, and long after tells of an old move, still does."""
    tuesday, thursday = datetime(2026, 5, 12, tzinfo=UTC), datetime(2026, 5, 14, tzinfo=UTC)
    old = said("I live in Oslo", Predicate.HOME, tuesday)
    moved = replace(said("We moved to Bergen", Predicate.HOME, thursday), valid_from=datetime(2026, 5, 4, tzinfo=UTC))
    assert supersedes(moved, old)
    assert not supersedes(old, moved)
    long_ago = replace(moved, valid_from=datetime(2019, 5, 4, tzinfo=UTC))
    assert not supersedes(long_ago, old)
    assert supersedes(old, long_ago)

"""Births, deaths, weddings, moves: read from what Alice says of her own, and from nothing that only sounds like them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from everkin.absorb.facts import extract
from everkin.language import dates
from everkin.mind.entity import USER, EntityRef
from everkin.mind.fact import Fact
from everkin.mind.milestone import Milestone, milestone, milestone_of
from support.milestones import MILESTONES

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def read(text: str) -> list[Fact]:
    def spans(said: str) -> list[dates.TimeSpan]:
        return dates.find(said, at=NOW, zone=ZoneInfo("UTC"))

    return extract(text, speaker=USER, name="Alice", at=NOW, spans=spans, known=["rex"])


def whose(fact: Fact) -> str:
    named = " ".join(part for part in (fact.subject.kinship, fact.subject.name) if part)
    return fact.value if milestone_of(fact) is Milestone.DEATH else named or "user"


def lived(text: str) -> list[str]:
    return [f"{kind} of {whose(fact)}" for fact in read(text) if (kind := milestone_of(fact))]


def test_the_table_is_read_with_precision_before_recall():
    found = [(event, expected) for text, expected in MILESTONES for event in lived(text)]
    right = sum(event in expected for event, expected in found)
    wanted = sum(len(expected) for _, expected in MILESTONES)
    assert len(MILESTONES) >= 220
    assert right / len(found) >= 0.95
    assert right / wanted >= 0.85


@pytest.mark.parametrize("text", [text for text, expected in MILESTONES if not expected])
def test_nothing_is_read_from_what_only_sounds_like_one(text: str):
    assert lived(text) == []


def test_one_day_is_one_fact():
    """Neither an event besides, nor a state of health."""
    assert [fact.predicate.value for fact in read("I graduated from the art academy in June.")].count("event") == 0
    assert [fact.predicate.value for fact in read("I'm pregnant!")] == ["life_event"]


def test_it_lies_in_the_time_it_names():
    [wedding] = [fact for fact in read("My sister got married last Saturday.") if milestone_of(fact)]
    assert wedding.valid_from is not None
    assert wedding.valid_from.date().isoformat() == "2026-05-30"


def test_what_befalls_a_doctor_is_no_event_of_her_life():
    assert milestone("retired", EntityRef(owner=USER, kinship="father")) is Milestone.RETIREMENT
    assert milestone("retired", EntityRef(owner=USER, kinship="doctor")) is None


def test_words_put_in_by_hand_are_read_the_same():
    assert milestone("got married to Tim", EntityRef(owner=USER)) is Milestone.WEDDING
    assert milestone("x" * 100_000, EntityRef(owner=USER)) is None

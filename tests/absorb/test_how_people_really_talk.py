"""Typos, hedges, jokes, lyrics, hearsay: what is read from them is right, and from most of them nothing is."""

from datetime import UTC, datetime

import pytest

from everkin.absorb.facts import extract
from everkin.mind.entity import USER
from everkin.mind.fact import Fact
from support.chatter import CHATTER

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def told(fact: Fact) -> str:
    mark = "" if fact.polarity else "!"
    return f"{mark}{'<' if fact.valid_to else ''}{fact.subject.key}.{fact.predicate}={fact.value}"


@pytest.mark.parametrize(("text", "expected"), CHATTER)
def test_nothing_wrong_is_read(text: str, expected: list[str]):
    assert [told(fact) for fact in extract(text, speaker=USER, name=None, at=NOW)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "My dog almost died last night.",
        "I thought my cat had died, but she was hiding.",
        "My uncle nearly died.",
    ],
)
def test_who_did_not_die_is_not_mourned(text: str):
    facts = extract(text, speaker=USER, name=None, at=NOW)
    assert [fact for fact in facts if fact.predicate == "bereavement" or fact.valid_to is not None] == []


@pytest.mark.parametrize(
    "text", ["I told my boss I have the flu.", "I assumed I was diabetic.", "I'm married to my job."]
)
def test_what_was_pretended_or_thought_is_not_so(text: str):
    assert extract(text, speaker=USER, name=None, at=NOW) == []

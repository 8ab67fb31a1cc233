"""What Alice says becomes facts; what she jokes, asks, wishes or quotes does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from everkin.absorb.facts import FACTS_MAX, extract
from everkin.mind.entity import COMPANION, USER, EntityRef
from everkin.mind.fact import Fact, Predicate, TimeSpan, supersedes
from tests.absorb.statements import STATEMENTS

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)
LAST_WEEK = TimeSpan(begin=0, end=0, since=NOW - timedelta(days=7), until=NOW - timedelta(days=6))


def said(text: str, at: datetime = NOW, known: Sequence[str] = ("rex",)) -> list[Fact]:
    return extract(text, speaker=USER, name="Alice", at=at, known=known)


def told(fact: Fact) -> str:
    mark = "" if fact.polarity else "!"
    return f"{mark}{'<' if fact.valid_to else ''}{fact.subject.key}.{fact.predicate}={fact.value}"


def test_the_table_of_statements_is_read_with_precision_before_recall():
    found = [(told(fact), expected) for text, expected in STATEMENTS for fact in said(text)]
    right = [fact for fact, expected in found if fact in expected]
    wanted = sum(len(expected) for _, expected in STATEMENTS)
    assert len(STATEMENTS) >= 150
    assert len(right) / len(found) >= 0.97
    assert len(right) / wanted >= 0.9


@pytest.mark.parametrize("text", [text for text, expected in STATEMENTS if not expected])
def test_nothing_is_read_from_a_trap(text: str):
    assert said(text) == []

"""A fact as it is told: what happened is told with its own month, what ended with its last, and an end as an end."""

from datetime import UTC, datetime

from everkin.mind.entity import EntityRef
from everkin.mind.fact import Fact, Predicate, corrected, told

TOLD = datetime(2026, 1, 31, 20, tzinfo=UTC)
TODAY = datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def fact(predicate: Predicate, value: str, *, polarity: bool = True, span=(None, None)) -> Fact:
    return Fact(
        subject=EntityRef(owner="Ann"),
        predicate=predicate,
        value=value,
        polarity=polarity,
        valid_from=span[0],
        valid_to=span[1],
        recorded=TOLD,
        begin=0,
        end=len(value),
    )


def test_what_happened_today_happened_this_month_and_has_no_end():
    assert told(fact(Predicate.EVENT, "ran a marathon", span=TODAY)) == "Ann: event, ran a marathon (in January 2026)"


def test_what_ended_today_lasted_until_this_month():
    assert told(fact(Predicate.WORK, "nurse", span=(None, TODAY[1]))) == "Ann: work, nurse (until January 2026)"


def test_an_end_without_a_value_is_told_as_one():
    assert told(fact(Predicate.WORK, "", polarity=False)) == "Ann: work, no longer"
    assert told(fact(Predicate.WORK, "nurse", polarity=False)) == "Ann: work, not nurse"


def test_an_event_is_put_right_by_its_whole_line():
    event = fact(Predicate.EVENT, "ran a marathon", span=TODAY)
    assert corrected(event, "Ann: event, ran a half marathon (in January 2026)").value == "ran a half marathon"

"""What Alice says becomes facts; what she jokes, asks, wishes or quotes does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from everkin.absorb.facts import FACTS_MAX, extract
from everkin.absorb.rules.rule import Aspect
from everkin.absorb.rules.rulebook import RULES
from everkin.mind.entity import COMPANION, USER, EntityRef
from everkin.mind.fact import Fact, Predicate
from everkin.mind.timespan import TimeKind, TimeSpan
from support.statements import STATEMENTS

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)


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


def dated(*spans: TimeSpan):
    return lambda _: list(spans)


def span(text: str, words: str, start: datetime, end: datetime) -> TimeSpan:
    begin = text.index(words)
    return TimeSpan(start=start, end=end, span=(begin, begin + len(words)), kind=TimeKind.DAY)


def test_an_event_lies_in_the_time_it_names():
    text = "Rex died last week"
    week = span(text, "last week", NOW - timedelta(days=7), NOW)
    (loss,) = extract(text, speaker=USER, name="Alice", at=NOW, spans=dated(week), known=["rex"])
    assert (loss.predicate, loss.valid_from, loss.valid_to) == (Predicate.BEREAVEMENT, week.start, week.end)


def test_a_plan_needs_a_date_ahead():
    text = "I'm flying to Oslo next week"
    ahead = span(text, "next week", NOW + timedelta(days=7), NOW + timedelta(days=14))
    (plan,) = extract(text, speaker=USER, name="Alice", at=NOW, spans=dated(ahead))
    assert (plan.predicate, plan.value, plan.valid_from) == (Predicate.PLAN, "flying to Oslo", ahead.start)
    assert said(text) == []


def test_each_clause_has_the_date_beside_it():
    text = "Last weekend I went to a fair and yesterday I visited Anna"
    weekend = span(text, "Last weekend", NOW - timedelta(days=2), NOW)
    yesterday = span(text, "yesterday", NOW - timedelta(days=1), NOW)
    fair, visit = extract(text, speaker=USER, name="Alice", at=NOW, spans=dated(weekend, yesterday))
    assert (fair.valid_from, visit.valid_from) == (weekend.start, yesterday.start)


def test_since_and_until_bound_a_state():
    begun = NOW - timedelta(days=900)
    since, until = "I've lived in Oslo since 2022", "I used to live in Oslo until 2022"
    (now,) = extract(since, speaker=USER, name="Alice", at=NOW, spans=dated(span(since, "since 2022", begun, NOW)))
    (then,) = extract(until, speaker=USER, name="Alice", at=NOW, spans=dated(span(until, "2022", begun, begun)))
    assert (now.valid_from, now.valid_to) == (begun, None)
    assert (then.valid_from, then.valid_to) == (None, begun)


def test_dates_are_looked_for_only_when_there_is_something_to_date():
    def never(_: str) -> list[TimeSpan]:
        raise AssertionError

    assert extract("What a lovely day!", speaker=USER, name="Alice", at=NOW, spans=never) == []


def test_both_speakers_speak_of_themselves():
    """Lucy, the companion, has a life of her own: her cat is not Alice's."""
    (fact,) = extract("I have a cat", speaker=COMPANION, name="Lucy", at=NOW)
    assert fact.subject == EntityRef(owner=COMPANION)


def test_a_name_of_ones_own_is_oneself():
    (fact,) = extract("Alice lives in Oslo", speaker=USER, name="Alice", at=NOW)
    assert fact.subject == EntityRef(owner=USER)


def test_hedges_lower_the_certainty():
    plain, guess = said("I have asthma")[0], said("I think I have asthma")[0]
    assert plain.hedge == 0.0 < guess.hedge


def test_the_span_of_a_fact_is_where_it_was_said():
    text = "Well, it rains. I live in Oslo!"
    (fact,) = said(text)
    assert text[fact.begin : fact.end] == "I live in Oslo"


def test_a_pasted_wall_of_text_gives_a_bounded_number_of_facts():
    assert len(said(" ".join(f"I visited City{chr(65 + n % 26)}{n}." for n in range(500)))) <= FACTS_MAX


@pytest.mark.parametrize(
    "text", ["", " ", "?", "🎉", "\n\n", "I", "my", "My sister's", "I am", '"' * 50, "I don't", "我住在奥斯陆"]
)
def test_scraps_are_read_without_complaint(text: str):
    assert [fact for fact in said(text) if fact.predicate is not Predicate.KIN] == []


def test_no_words_of_a_user_are_in_a_repr():
    (fact,) = said("My sister Anna lives in Oslo")[:1]
    assert "Oslo" not in repr(fact)
    assert "Anna" not in repr(fact)


def test_every_rule_can_be_read():
    """They are compiled when their verb is first heard: a mistyped one would be found by whoever says it."""
    for verb, rules in RULES.items():
        assert all("v" in each.pattern.groupindex or each.aspect is Aspect.END for each in rules), verb

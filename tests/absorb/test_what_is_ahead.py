"""What counts as being ahead of somebody, what tells how it went, and what a message speaks of."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.absorb.themes import THEMES_MAX, themes
from everkin.absorb.threads import THREADS_MAX, plans, tells
from everkin.language import dates

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
HERE = ZoneInfo("UTC")


def ahead(text: str) -> list[tuple[str, str | None]]:
    found = plans(text, at=MONDAY, spans=lambda part: dates.find(part, at=MONDAY, zone=HERE))
    return [(text[plan.begin : plan.end], plan.starts and plan.starts.date().isoformat()) for plan in found]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I have an interview at the museum on Friday.", "2026-06-05"),
        ("We're flying to Oslo tomorrow morning!", "2026-06-02"),
        ("My surgery is on 12 June.", "2026-06-12"),
        ("I'm hosting a small concert next week.", "2026-06-08"),
        ("I just applied to the nursing school.", None),
        ("I'm so nervous about my upcoming driving exam.", None),
        ("I'm waiting to hear about the test results.", None),
    ],
)
def test_something_is_ahead(text: str, day: str | None) -> None:
    [(said, starts)] = ahead(text)
    assert (said, starts) == (text, day)


@pytest.mark.parametrize(
    "text",
    [
        "I had an interview at the museum last Friday.",
        "If I get the interview on Friday I will scream.",
        "Do you have an interview on Friday?",
        "We always have dinner together on Fridays.",
        "Good luck with your exam tomorrow!",
        "In the novel she has a trial on Friday.",
        "Tell me a story about a trip.",
        "My wedding was on 12 May.",
        "She died on 3 March.",
        "",
    ],
)
def test_nothing_is_ahead(text: str) -> None:
    assert ahead(text) == []


def test_a_sentence_of_several_is_told_alone() -> None:
    text = "It rained. My wedding is on 20 June! Can you suggest a song for it?"
    assert ahead(text) == [("My wedding is on 20 June!", "2026-06-20")]


@pytest.mark.parametrize(
    "text", ["The interview went fine.", "I passed!", "They cancelled the concert.", "I'm back from Oslo."]
)
def test_a_message_may_tell_how_something_went(text: str) -> None:
    assert tells(text)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("My dad and I argued about money.", ["father", "money"]),
        ("Papa called from the hospital.", ["father", "health"]),
        ("I finished my novel in the garden.", ["writing", "garden"]),
        ("What a day.", []),
        ("Anna came by with our telescope.", ["Anna", "telescope"]),
    ],
)
def test_what_a_message_speaks_of(text: str, spoken: list[str]) -> None:
    assert themes(text) == spoken


@given(st.text(max_size=400))
def test_any_text_is_read_within_bounds(text: str) -> None:
    assert len(themes(text)) <= THEMES_MAX
    found = plans(text, at=MONDAY, spans=lambda part: [])
    assert len(found) <= THREADS_MAX
    assert all(0 <= plan.begin < plan.end <= len(text) for plan in found)

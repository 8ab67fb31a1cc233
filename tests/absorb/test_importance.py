"""News of a life weighs more than small talk, however it is written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.absorb.facts import extract
from everkin.absorb.importance import importance
from everkin.language.terms import Terms
from everkin.mind.entity import USER

TERMS = Terms()
NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)


def weight(text: str, reply: str | None = None) -> float:
    facts = extract(text, speaker=USER, name="Alice", at=NOW)
    return importance(text, terms=TERMS.stems(text), facts=facts, reply=reply)


@pytest.mark.parametrize(
    ("news", "talk"),
    [
        ("My dog Rex died last week.", "What shall we talk about?"),
        ("I was diagnosed with diabetes in May", "haha yes, that is so true"),
        ("Yesterday I moved to Bergen with my two kids", "Do you think it will rain?"),
        ("I finished my degree in chemistry last Friday", "Ok, good night then!"),
    ],
)
def test_news_weighs_more_than_talk(news: str, talk: str):
    assert weight(news) > weight(talk) + 0.2


def test_a_short_word_of_a_death_is_never_light():
    assert weight("My mom died") >= 0.8


def test_a_guess_does_not_weigh_as_a_fact():
    assert weight("Maybe I have cancer") < weight("I have cancer")


def test_the_others_answer_tells_the_weight():
    news = "I heard back from the academy this morning, and they said yes"
    assert weight(news, "Congratulations, I'm so proud of you!") > weight(news, "Ok.") + 0.1


def test_rare_words_weigh_more_than_common_ones():
    assert weight("I joined a theremin orchestra") > weight("I joined a good new group")


@pytest.mark.parametrize(
    "news",
    [
        "I'm pregnant!",
        "We got engaged!",
        "My dad had heart surgery.",
        "I got fired.",
        "My sister gave birth last night.",
        "We broke up.",
    ],
)
def test_a_day_that_a_life_is_told_by_is_never_light(news: str):
    assert weight(news) >= 0.8


def test_a_guess_at_one_weighs_as_any_guess():
    assert weight("I might be pregnant.") < 0.5


@given(st.text(max_size=300), st.text(max_size=100))
def test_it_is_always_between_nothing_and_all(text: str, reply: str):
    assert 0.0 <= importance(text, terms=TERMS.stems(text), reply=reply) <= 1.0


def test_a_pasted_wall_of_text_is_not_beyond_measure():
    text = "In 2020 Anna Berg moved to Oslo with 3 kids. " * 4000
    assert importance(text, terms=TERMS.stems(text)) <= 1.0

"""News of a life weighs more than small talk, however it is written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.absorb.facts import extract
from everkin.absorb.importance import importance
from everkin.mind.entity import USER

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)


def weight(text: str, reply: str | None = None) -> float:
    return importance(text, facts=extract(text, speaker=USER, name="Alice", at=NOW), reply=reply)


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
    def idf(word: str) -> float:
        return 9.0 if word in ("theremin", "orchestra") else 1.0

    rare, common = "I joined a theremin orchestra", "I joined a walking group"
    assert importance(rare, idf=idf) > importance(common, idf=idf)


@given(st.text(max_size=300), st.text(max_size=100))
def test_it_is_always_between_nothing_and_all(text: str, reply: str):
    assert 0.0 <= importance(text, reply=reply) <= 1.0


def test_a_pasted_wall_of_text_is_not_beyond_measure():
    assert importance("In 2020 Anna Berg moved to Oslo with 3 kids. " * 4000) <= 1.0

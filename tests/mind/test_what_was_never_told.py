"""Alice asks for what was said, for what was said by somebody else, and for what was never said; recall tells them apart."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from life import DAY, Life, Line

from everkin.mind.confidence import judge
from everkin.mind.matter import COMPANION, Evidence
from everkin.mind.memory import Verdict
from everkin.mind.ranking import rank
from everkin.mind.timespan import TimeKind, TimeSpan

TOLD = [
    Line(text="I bought a red canoe at the harbour.", day=30),
    Line(text="A canoe, how exciting! Where will you go?", speaker=COMPANION, day=30),
    Line(text="Down the river, past the mill.", day=30),
    Line(text="I play the cello in a quartet, every Monday.", speaker=COMPANION, day=34),
    Line(text="That sounds lovely, I never learnt an instrument.", day=34),
    Line(text="The bakery closes at noon on Sundays.", day=40),
]


def judged(asked, lines=TOLD, **more):
    life = Life(lines)
    question = life.ask(asked, **more)
    return judge(question, rank(question, life.matter, life.evidence(question)))


def on_day(text, said, day):
    begin = text.index(said)
    start, end = (datetime.fromtimestamp(at * DAY, UTC) for at in (day, day + 1))
    return TimeSpan(start=start, end=end, span=(begin, begin + len(said)), kind=TimeKind.DAY)


def test_a_day_on_which_nothing_was_said_is_less_likely_to_be_the_one_that_is_meant():
    asked = "Which canoe did Alice buy on that day?"
    then = judged(asked, times=[on_day(asked, "on that day", 30)])
    never = judged(asked, times=[on_day(asked, "on that day", 900)])
    assert never.confidence < then.confidence - 0.2


def test_what_the_other_one_told_is_not_taken_for_hers():
    """Bob plays the cello; whoever asks what Alice plays is not told that it was found."""
    right, wrong = judged("What does Bob play in the quartet?"), judged("What does Alice play in the quartet?")
    assert wrong.confidence < right.confidence - 0.3
    assert (right.verdict, wrong.verdict) == (Verdict.FOUND, Verdict.WEAK)


def test_a_question_back_is_no_telling():
    """Bob's "A canoe, how exciting! Where will you go?" says nothing of a canoe of Bob's."""
    assert judged("Which canoe did Bob buy?").confidence < judged("Which canoe did Alice buy?").confidence


@pytest.mark.parametrize("asked", ["", "  ", "the", "who?", "?!"])
def test_what_has_no_word_of_its_own_asks_for_nothing(asked):
    assert judged(asked).verdict is Verdict.NOTHING


def test_a_time_alone_is_a_question():
    asked = "and on that day?"
    assert judged(asked, times=[on_day(asked, "on that day", 30)]).reasons != ("there is nothing to look for",)


def test_where_every_text_is_near_every_other_nearness_tells_less():
    """As in languages that the embedder hardly knows: a hundred texts about nothing asked, all equally near."""
    lines = [Line(text=f"word{number} said", day=number) for number in range(100)]
    life = Life(lines)
    question = life.ask("tiger?")
    apart, alike = (
        judge(question, rank(question, life.matter, Evidence(postings={}, dense=dense)))
        for dense in (_dense(100, 0.1), _dense(100, 0.6))
    )
    assert alike.confidence < 0.5
    assert alike.confidence - apart.confidence < 0.3


def _dense(count, common):
    return np.full((1, count), common, np.float32) + np.linspace(0, 0.1, count, dtype=np.float32)


@given(st.text(max_size=80))
def test_whatever_is_asked_confidence_is_a_probability(asked):
    judgement = judged(asked)
    assert 0 <= judgement.confidence <= 1
    assert judgement.verdict in Verdict

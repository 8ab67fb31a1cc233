"""Alice and Bob chat as people do, three messages to a sentence: what belongs together is found together."""

from datetime import UTC, datetime, timedelta

import pytest
from life import DAY, Life, Line

from everkin.mind.matter import COMPANION
from everkin.mind.ranking import rank
from everkin.mind.timespan import TimeKind, TimeSpan

CHAT = [
    Line(text="so the driving test", speaker=COMPANION, day=1),
    Line(text="how did it go??", speaker=COMPANION, day=1),
    Line(text="tell me", speaker=COMPANION, day=1),
    Line(text="omg", day=1),
    Line(text="well", day=1),
    Line(text="only two mistakes", day=1),
    Line(text="anyway dinner was nice", day=2),
    Line(text="soup again", day=2),
    Line(text="it rained", day=3),
]


def each(life, question, feature):
    """What the feature says of each line, by its number."""
    ranked = rank(question, life.matter, life.evidence(question), limit=len(life.lines))
    return dict(zip(ranked.rows.tolist(), ranked.features[feature].tolist(), strict=True))


def test_what_is_told_two_messages_after_the_topic_is_found_by_it():
    """No word of the question is in "only two mistakes", nor in the messages right beside it."""
    life = Life([Line(text="about the driving test", day=1), Line(text="well", day=1), *CHAT[5:]])
    window = each(life, life.ask("How was the driving test?"), "words_window")
    assert window[2] > 0
    assert window[2] < window[1]
    assert window[3] == window[4] == 0, "another day's talk borrows nothing"


def test_a_long_message_lets_nothing_pass():
    """Between them stands a page about something else; its neighbours do not answer each other over it."""
    page = "The garden needs roses, tulips, lilies, ferns, moss, ivy, mint, sage, thyme, basil, dill, parsley, chives, leeks, peas."
    life = Life(
        [Line(text="about the driving test", day=1), Line(text=page, day=1), Line(text="only two mistakes", day=1)]
    )
    window = each(life, life.ask("How was the driving test?"), "words_window")
    assert window[1] > 0
    assert window[2] == 0


def test_all_that_is_said_after_a_question_may_answer_it():
    """Bob asked in three messages and Alice answers in three; the question counts for each of them, and for no later talk."""
    life = Life(CHAT)
    answers = each(life, life.ask("How did the driving test go?"), "answers")
    assert answers[3] == answers[4] == answers[5] > 0
    assert answers[6] == 0


@pytest.mark.parametrize(("days", "least", "most"), [(1, 0.2, 0.4), (90, 0.6, 0.7)])
def test_a_week_off_counts_for_less_where_a_day_is_named_than_where_a_season_is(days, least, most):
    """ "On the 30th" means that day; "in spring" has no edges worth the name."""
    start = datetime.fromtimestamp(30 * DAY, UTC)
    span = TimeSpan(start=start, end=start + timedelta(days=days), span=(0, 0), kind=TimeKind.RANGE)
    life = Life([Line(text="We painted the fence", day=23), Line(text="We painted the door", day=30)])
    date = each(life, life.ask("What did we paint then?", times=[span]), "date")
    assert date[1] == 1
    assert least < date[0] < most

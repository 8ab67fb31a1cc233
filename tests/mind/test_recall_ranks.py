"""What Alice told comes first when it is asked for, whatever else was said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life import DAY, Life, Line

from everkin.mind.matter import COMPANION, USER, Evidence
from everkin.mind.ranking import FEATURE_NAMES, rank

MONTHS = [
    Line(text="Good morning Alice, did you sleep well?", speaker=COMPANION, day=1),
    Line(text="Yes, and the plumber came for the kitchen sink.", day=1),
    Line(text="My sister Carla moved to Lisbon in the spring.", day=20),
    Line(text="Lisbon is lovely, will you visit her?", speaker=COMPANION, day=20),
    Line(text="I adopted a grey cat and called it Pepper.", day=41),
    Line(text="What does Pepper like to eat?", speaker=COMPANION, day=41),
    Line(text="Mostly tuna, the spoiled thing.", day=41),
    Line(text="The choir sings the requiem on Friday.", day=60),
]


def first(life, text, **how):
    question = life.ask(text)
    ranked = rank(question, life.matter, life.evidence(question, **how))
    return [life.lines[row].text for row in ranked.rows]


@pytest.mark.parametrize("how", [{}, {"vectors": False}, {"words": False}])
@pytest.mark.parametrize(
    ("asked", "answer"),
    [("Where did my sister move to?", 2), ("What is my cat called?", 4), ("When does the choir sing?", 7)],
)
def test_the_line_that_answers_comes_first(asked, answer, how):
    """By words and vectors together, by words alone (no embedder), by vectors alone (no known term)."""
    assert first(Life(MONTHS), asked, **how)[0] == MONTHS[answer].text


def test_an_answer_is_found_through_the_question_before_it():
    """ "Mostly tuna" shares no word with the question; what Bob asked just before does."""
    assert MONTHS[6].text in first(Life(MONTHS), "What does Pepper like to eat?")[:3]


def test_the_one_asked_about_comes_before_the_other():
    """Alice and Bob both speak of running; each is found when asked about by name."""
    life = Life([Line(text="I run every morning"), Line(text="I run every evening", speaker=COMPANION)])
    assert first(life, "When does Alice run?")[0] == "I run every morning"
    assert first(life, "When does Bob run?")[0] == "I run every evening"


def test_of_two_equal_matches_the_one_renewed_more_recently_ranks_first():
    old, new = (Line(text="I like jasmine tea", day=day, renewed=renewed) for day, renewed in ((3, 90), (5, 5)))
    life = Life([old, new])
    question = life.ask("Which tea do I like?")
    ranked = rank(question, life.matter, life.evidence(question))
    assert list(ranked.rows) == [0, 1]


@pytest.mark.parametrize(
    ("asked", "speaker"), [("What did I say about the ferry?", USER), ("What did Bob say?", COMPANION)]
)
def test_of_two_equal_matches_the_weightier_ranks_first_though_it_is_older(asked, speaker):
    """Only of whom the question is about: what the other said weighs nothing for being important."""
    said = "We spoke about the ferry"
    other = COMPANION if speaker == USER else USER
    life = Life(
        [
            Line(text=said, speaker=speaker, day=3, importance=0.9),
            Line(text=said, speaker=speaker, day=5, importance=0.1),
            Line(text=said, speaker=other, day=6, importance=0.9),
        ]
    )
    question = life.ask(asked)
    evidence = life.evidence(question)
    assert list(rank(question, life.matter, evidence).rows) == [0, 1, 2]
    without = rank(question, life.matter, evidence, off=frozenset({"importance", "salience"}))
    assert list(without.rows) == [1, 0, 2]


def test_of_two_equal_matches_the_more_salient_ranks_first_whoever_said_it():
    """Nobody is asked about: a year has faded the one, and weight holds the other up."""
    said = "The ferry was late"
    life = Life([Line(text=said, day=day, importance=weight) for day, weight in ((0, 0.95), (300, 0.05), (360, 0.5))])
    question = life.ask("Summarise what we said about the ferry", at=365 * DAY)
    ranked = rank(question, life.matter, life.evidence(question))
    assert (question.about, list(ranked.rows)) == (None, [2, 0, 1])
    assert 0 < float(ranked.features["salience"].min()) < float(ranked.features["salience"].max()) < 1


def test_weight_alone_brings_nothing_up():
    """Of a question in which no word asks for anything the newest come first."""
    life = Life([Line(text="The harbour was grey", day=day, importance=1 - day / 10) for day in range(5)])
    question = life.ask("What is it?")
    ranked = rank(question, life.matter, life.evidence(question, vectors=False))
    assert list(ranked.rows) == [4, 3, 2, 1, 0]


def test_a_question_does_not_answer_itself():
    """Alice asked it yesterday already, and again a moment ago: the answer is what she told, not that she asked."""
    asked = "What is my cat called?"
    life = Life([*MONTHS, Line(text=asked, day=79), Line(text="What did my cat break?", day=80)])
    question = life.ask("What is my cat called?", at=80 * DAY + 600)
    ranked = rank(question, life.matter, life.evidence(question))
    assert life.lines[ranked.rows[0]].text == MONTHS[4].text


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["the bus was late", "lunch was soup", "it rained on the roof"]), max_size=12), st.data()
)
def test_adding_unrelated_talk_does_not_remove_the_right_line(talk, data):
    """Small talk of other days, dropped in anywhere, leaves the answer among the first three."""
    lines = list(MONTHS)
    for text in talk:
        place = data.draw(st.integers(0, len(lines)))
        day = lines[place - 1].day if place else 0
        lines.insert(place, Line(text=text, day=day, speaker=data.draw(st.sampled_from([0, 1]))))
    assert MONTHS[4].text in first(Life(lines), "What is my cat called?")[:3]


def test_ranking_twice_gives_the_same_to_the_last_bit():
    life = Life(MONTHS)
    question = life.ask("Where is Carla?")
    once, again = (rank(question, life.matter, life.evidence(question)) for _ in range(2))
    assert once.rows.tolist() == again.rows.tolist()
    assert once.scores.tobytes() == again.scores.tobytes()


def test_a_long_message_is_one_result_and_shows_its_telling_passage():
    """Three passages of one message take one place, and the row handed back is the passage that answers."""
    life = Life(
        [
            Line(text="We talked about the garden and the roof for an hour"),
            Line(text="Then grandmother told how she met grandfather on a ferry", same_message=True),
            Line(text="Dinner was soup again", same_message=True),
            Line(text="That sounds nice", speaker=COMPANION),
        ]
    )
    question = life.ask("How did grandmother meet grandfather?")
    ranked = rank(question, life.matter, life.evidence(question))
    assert ranked.rows.tolist() == [1, 3]


@pytest.mark.parametrize("lines", [[], [Line(text="Hello")]])
@pytest.mark.parametrize("text", ["", "?", "the of and", "👍", "你今天怎么样？", "tea " * 20_000])
@pytest.mark.parametrize("how", [{}, {"vectors": False}, {"vectors": False, "words": False}])
def test_strange_questions_to_an_almost_empty_life_are_ranked_without_complaint(lines, text, how):
    life = Life(lines)
    question = life.ask(text)
    ranked = rank(question, life.matter, life.evidence(question, **how))
    assert len(ranked.rows) == len(lines)
    assert np.isfinite(ranked.scores).all()


def test_what_was_superseded_ranks_right_below_what_holds_now():
    """Alice moved twice. Only the first flat shares the question's word, and still the newest home comes first."""
    life = Life(
        [
            Line(text="Alice's flat is in Porto", fact=True, successor=2),
            Line(text="I found a flat in Porto"),
            Line(text="Alice lives in Faro", fact=True, successor=3),
            Line(text="Alice lives in Lisbon", fact=True),
            Line(text="Lisbon is loud"),
        ]
    )
    question = life.ask("In which city is my flat?")
    ranked = rank(question, life.matter, life.evidence(question))
    facts = [row for row in ranked.rows.tolist() if row in (0, 2, 3)]
    assert facts == [3, 2, 0]
    assert {row for row, old in zip(ranked.rows.tolist(), ranked.superseded, strict=True) if old} == {0, 2}


def test_a_circle_of_successors_in_damaged_data_still_gives_a_ranking():
    life = Life([Line(text="tea", successor=1), Line(text="coffee", successor=0)])
    question = life.ask("tea?")
    assert len(rank(question, life.matter, life.evidence(question)).rows) == 2


def test_both_parts_of_a_question_are_answered_first():
    text = "Where did my sister move to and what is my cat called?"
    ranked = first(Life(MONTHS), text)
    assert set(ranked[:2]) == {MONTHS[2].text, MONTHS[4].text}
    assert len(set(ranked)) == len(ranked)


def test_with_neither_words_nor_vectors_the_newest_come_first():
    life = Life([Line(text="one", day=1), Line(text="two", day=2), Line(text="three", day=3)])
    ranked = rank(life.ask("zzz"), life.matter, Evidence(postings={}), off=FEATURE_NAMES)
    assert ranked.rows.tolist() == [2, 1, 0]


def test_a_feature_that_is_off_by_name_no_longer_counts():
    life = Life([Line(text="I run every morning"), Line(text="I run every morning", speaker=COMPANION)])
    question = life.ask("When does Alice run?")
    evidence = life.evidence(question)
    with_it, without = (rank(question, life.matter, evidence, off=frozenset(off)) for off in ((), ("speaker",)))
    assert with_it.scores[0] - with_it.scores[1] > without.scores[0] - without.scores[1]

"""What kind of question it is, who it is about, and what to search for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from life import stems

from everkin.language import dates
from everkin.language.terms import Terms
from everkin.mind.matter import COMPANION, USER
from everkin.mind.question import Kind, kind_of, parts_of, understand
from everkin.mind.thesaurus import thesaurus
from everkin.mind.timespan import TimeKind, TimeSpan

NAMES = {USER: ["Alice"], COMPANION: ["Bob"]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("When did I move?", Kind.WHEN),
        ("What day is the concert?", Kind.WHEN),
        ("Where does Carla live?", Kind.WHERE),
        ("Who came to dinner?", Kind.WHO),
        ("How many plants do I have?", Kind.COUNT),
        ("Why was I sad?", Kind.WHY),
        ("Did I ever finish the scarf?", Kind.YES_NO),
        ("Which books have I read?", Kind.LIST),
        ("What is my cat called?", Kind.WHAT),
        ("How do I take my tea?", Kind.HOW),
        ("Give me a summary of last month.", Kind.SUMMARY),
        ("Write me a poem about rain", Kind.INSTRUCTION),
        ("I saw my sister today.", Kind.STATEMENT),
        ("Good morning!", Kind.SMALL_TALK),
        ("thanks, you too :)", Kind.STATEMENT),
        ("ok 👍", Kind.SMALL_TALK),
        ("你妹妹住在哪里？", Kind.WHAT),
        ("", Kind.STATEMENT),
    ],
)
def test_the_kind_of_question(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Where does Alice work?", USER),
        ("Where does Bob work?", COMPANION),
        ("Where does Alise work?", USER),
        ("What did Alice give Bob?", None),
        ("Where do I work?", USER),
        ("What did you recommend for my back?", COMPANION),
        ("What would you recommend for my back?", USER),
        ("Give me a summary of our talks", None),
        ("What was the name of that cafe?", USER),
        ("will it rain", USER),
    ],
)
def test_who_is_asked_about(text, about):
    assert understand(text, stems=stems, names=NAMES).about == about


def test_a_speaker_called_like_a_common_word_is_named_only_with_a_capital():
    names = {USER: ["Will"], COMPANION: ["Bob"]}
    assert understand("When will the train come?", stems=stems, names=names).named == frozenset()
    assert understand("When did Will come?", stems=stems, names=names).named == {USER}


def test_role_words_are_no_names():
    question = understand("Which user wrote that?", stems=stems, names={USER: ["user"], COMPANION: ["assistant"]})
    assert question.named == frozenset()


def test_the_speakers_names_are_not_searched_for():
    assert understand("Does Alice like rain?", stems=stems, names=NAMES).terms == ("like", "rain")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Where does Carla live and what is her dog called?", 2),
        ("Where does Carla live? When did she move?", 2),
        ("How long was it between when I moved and when I fell ill?", 0),
        ("What do bread and butter cost?", 0),
        ("Where is it? What is it? Who is it? Why is it? When is it?", 4),
    ],
)
def test_a_question_of_several_parts_is_taken_apart(text, count):
    assert len(parts_of(text)) == count


def test_a_part_that_names_nobody_is_about_the_one_named_before():
    question = understand("Where does Bob live and what is his dog called?", stems=stems, names=NAMES)
    assert [part.about for part in question.parts] == [COMPANION, COMPANION]
    assert question.wordings[1:] == ("Where does  live", "what is his dog called?")


def test_times_are_looked_for_by_date_and_not_by_words():
    """The expression goes with the part it stands in."""
    text = "What did I cook on 3 May and where did I sleep?"
    begin = text.index("on 3 May")
    day = datetime(2024, 5, 3, tzinfo=UTC)
    may = TimeSpan(start=day, end=day + timedelta(days=1), span=(begin, begin + 8), kind=TimeKind.DAY)
    question = understand(text, stems=stems, names=NAMES, times=[may])
    assert question.spans == ((may.start.timestamp(), may.end.timestamp()),)
    assert question.terms == ("cook", "sleep")
    assert [len(part.spans) for part in question.parts] == [1, 0]


def test_the_speakers_names_are_not_embedded_but_others_are():
    question = understand("Did Alice's sister call Carla?", stems=stems, names=NAMES)
    assert question.wording == "Did  sister call Carla?"


def test_pets_are_looked_for_by_their_kinds_too_but_no_name_by_another():
    question = understand("Which pet does Hannah own?", stems=stems, names=NAMES, related=thesaurus())
    near = {related.term for related in question.related if related.of == question.terms.index("pet")}
    assert {"dog", "cat"} <= near
    assert "hannah" in question.terms
    assert all(related.of != question.terms.index("hannah") for related in question.related)


def test_a_pasted_book_is_searched_by_its_first_terms():
    question = understand(" ".join(f"word{n}" for n in range(9000)), stems=stems, names=NAMES)
    assert len(question.terms) == 64


def test_a_question_shows_no_words_of_its_own():
    question = understand("Does my sister Carla like tea?", stems=stems, names=NAMES, related=thesaurus())
    assert "carla" not in repr(question).lower()
    assert "tea" not in repr(question).lower()


@pytest.mark.parametrize(
    ("text", "of_a_time"),
    [
        ("What happened last week?", True),
        ("What did we talk about in May?", True),
        ("Tell me about last week", True),
        ("Can you summarize last month?", True),
        ("What did I say about Anna last week?", False),
        ("How did my interview go last week?", False),
        ("When did we talk last week?", False),
        ("What happened?", False),
        ("I talked a lot last week", False),
    ],
)
def test_a_question_about_nothing_but_a_time(text: str, of_a_time: bool) -> None:
    at = datetime(2026, 6, 20, 12, tzinfo=UTC)
    times = dates.find(text, at=at, zone=ZoneInfo("UTC"))
    asked = understand(text, stems=Terms().stems, names={}, times=times, at=at.timestamp())
    assert asked.of_a_time is of_a_time

"""Names called out: to Lucy, who is alone with Alice, and at a table where the one called may be any of several."""

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest

from everkin.absorb.company import Utterance, turns
from everkin.absorb.entities import kindred, mentions
from everkin.mind.entity import COMPANION, USER, Form, Reason, Speaker
from everkin.mind.registry import Registry

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)


def forms(text: str) -> list[tuple[Form, str]]:
    found = mentions(text, speaker=USER, other=COMPANION)
    return [(mention.form, mention.ref.name or "") for mention in found]


def chat(*said: tuple[str, str]) -> Registry:
    """The registry after a chat, each message under whose it is."""
    spoken = [
        Utterance(speaker=Speaker(who), text=text, at=NOW + timedelta(minutes=minute))
        for minute, (who, text) in enumerate(said)
    ]
    return reduce(Registry.hear, turns(spoken), Registry(kindred=kindred))


def names(registry: Registry) -> dict[Speaker, set[str]]:
    return {entity.speaker: set(entity.names) for entity in registry.entities if entity.speaker and entity.names}


@pytest.mark.parametrize(
    "text",
    [
        "Anna you won't believe this",
        "Anna, Anna, calm down!",
        "Uh, so, Anna, I was thinking",
        "Actually Anna, I do have work to do.",
        "Oh my God Anna!",
        "Good job Anna!",
        "Are you Anna?",
        "You must be Anna.",
        "Is your name Anna?",
    ],
)
def test_anna_is_called(text: str):
    assert set(forms(text)) == {(Form.ADDRESS, "Anna")}


def test_a_full_name_is_called_in_words_to_somebody():
    assert forms("Anna Berg, will you marry me?") == [(Form.ADDRESS, "Anna Berg")]
    assert forms("I'll thank you for this one day, Anna Berg.") == [(Form.ADDRESS, "Anna Berg")]
    assert forms("I saw two people I know, Anna Berg.") == [(Form.NAME, "Anna Berg")]


@pytest.mark.parametrize("text", ["Is that Anna?", "It was there Anna sang.", "Everybody calls her Anna.", "Anna."])
def test_anna_is_spoken_of(text: str):
    """One name as a whole answer most often says who it was."""
    assert forms(text) == [(Form.NAME, "Anna")]


@pytest.mark.parametrize(
    "text", ["Glad you came!", "Oh-ho, stop it!", "Are you FREAKING KIDDING me?", "Is that Swedish?"]
)
def test_nobody_is_called(text: str):
    assert forms(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm, uh, Tom.", "Tom"),
        ("Open up, it's me Tom!", "Tom"),
        ("Hi, it's Tom.", "Tom"),
        ("Good evening. I'm Dr. Berg.", "Dr. Berg"),
        ("The name's Tom.", "Tom"),
    ],
)
def test_tom_introduces_himself(text: str, name: str):
    assert (Form.SELF, name) in forms(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm Tom's boyfriend.",
        "Call me, Tom!",
        "It's me, Tom!",
        "I am Tom's biggest fan.",
        "It's Tom.",
        "My boss calls you Tom.",
    ],
)
def test_who_speaks_of_tom_is_not_tom(text: str):
    assert Form.SELF not in [form for form, _ in forms(text)]


@pytest.mark.parametrize(
    "text", ["Come on man, it's late.", "Thanks man.", "Hang on buddy!", "It's cold out here sir."]
)
def test_whoever_is_spoken_to_is_called_dear(text: str):
    assert [form for form, _ in forms(text)] == [Form.ENDEARMENT]


@pytest.mark.parametrize(
    "text", ["Oh man!", "He is a good man.", "You love this man, I see.", "The dog is my best buddy."]
)
def test_nobody_is_called_dear(text: str):
    assert Form.ENDEARMENT not in [form for form, _ in forms(text)]


def test_both_spellings_of_a_title_are_one_doctor():
    registry = chat(
        ("user", "I saw Dr. Berg today."), ("companion", "What did Doctor Berg say?"), ("user", "Anna Berg? A lot.")
    )
    (berg,) = [entity for entity in registry.entities if entity.speaker is None]
    assert set(berg.names) == {"Dr. Berg", "Doctor Berg", "Anna Berg"}
    assert {merge.reason for merge in registry.merges} == {Reason.FULL_NAME}


def test_in_company_a_name_called_once_and_answered_by_somebody_new_is_nobodys():
    """Bob has said nothing yet; Charlie, who was talked with just now, may be meant as well."""
    registry = chat(
        ("charlie", "It rains again."),
        ("alice", "It does. Give me the umbrella, Thea."),
        ("bob", "The garden needs it."),
    )
    assert names(registry) == {}


def test_who_was_there_and_answers_when_called_is_the_one():
    registry = chat(
        ("bob", "It rains again."),
        ("charlie", "So it does."),
        ("alice", "Bob, do you have an umbrella?"),
        ("bob", "Yes, in the car."),
        ("charlie", "Mine is at home."),
        ("alice", "Bob, will you get it?"),
        ("bob", "Sure."),
    )
    assert names(registry) == {"bob": {"Bob"}}


def test_each_has_one_name_and_the_surest_is_settled_first():
    """Charlie answered to "Charlie" twice; that he spoke after "Bob" was called does not make him Bob as well."""
    registry = chat(
        ("alice", "Charlie, are you coming?"),
        ("charlie", "Yes, I am."),
        ("alice", "Charlie, when?"),
        ("charlie", "At nine."),
        ("bob", "Me too."),
        ("alice", "Thanks, Bob."),
        ("charlie", "And I bring cake."),
        ("bob", "What kind?"),
        ("alice", "Bob, you will see."),
        ("bob", "Okay."),
    )
    assert names(registry) == {"charlie": {"Charlie"}, "bob": {"Bob"}}


def test_what_one_calls_ones_love_in_company_is_told_by_who_is_in_the_talk_and_answers():
    registry = chat(
        ("bob", "It rains again."),
        ("charlie", "So it does."),
        ("alice", "Honey, do you have an umbrella?"),
        ("bob", "Yes, in the car."),
        ("charlie", "Mine is at home."),
    )
    assert registry.endearments == {("bob", "honey")}


def test_a_name_called_over_and_over_in_one_breath_counts_once():
    once, often = (
        chat(("user", "Lucy!"), ("companion", "Yes?")),
        chat(("user", "Lucy! Lucy, Lucy!"), ("companion", "Yes?")),
    )
    assert once.odds == often.odds

"""Alice talks of her garden and then of her uncle's ship: where the one ends, from words and vectors alone."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from everkin.language.embedder import LocalEmbedder
from everkin.language.terms import Terms
from everkin.mind.topic import HARD, NEAREST, SOFT, Heard, Topic, asks_of_the_past, boundaries, heard, shift, shifts

GARDEN = [
    "I planted tomatoes in the garden beside the old wall",
    "Tomatoes love a warm wall, how many did you plant in the garden?",
    "Twelve tomato plants, and some basil between them in the garden",
    "Basil and tomatoes grow well together in a garden",
    "I water the tomatoes every evening when the garden is in the shade",
    "Evening water keeps garden plants from burning in the sun",
]
SHIP = [
    "My uncle Henrik sails a cargo ship to Iceland every winter",
    "A cargo ship in winter must be rough, does uncle Henrik like Iceland?",
    "Henrik loves Iceland, the ship stays a week in the harbour there",
    "A week in the harbour gives Henrik time to see Iceland beside the ship",
    "Last winter the ship had a broken engine near Iceland",
    "A broken engine on a winter ship sounds dangerous for Henrik",
]


@pytest.fixture
async def embedder() -> AsyncIterator[LocalEmbedder]:
    embedder = LocalEmbedder(threads=1)
    yield embedder
    await embedder.close()


async def listened(embedder: LocalEmbedder, texts: list[str]) -> list[Heard]:
    vectors, terms = await embedder.embed(texts), Terms()
    return [heard(text, vector, terms.stems(text)) for text, vector in zip(texts, vectors, strict=True)]


async def test_the_turn_is_found_and_nothing_else(embedder: LocalEmbedder) -> None:
    """One boundary, at the first message about the ship, beyond the hard threshold; within a topic all lie below it."""
    found = shifts(await listened(embedder, GARDEN + SHIP))

    assert boundaries(found) == [len(GARDEN)]
    assert found[len(GARDEN)] >= HARD
    assert max(found[1 : len(GARDEN)]) < HARD


async def test_what_was_said_long_ago_is_no_topic(embedder: LocalEmbedder) -> None:
    """A topic is its last eight messages: the work of a turn does not grow with the session."""
    messages = await listened(embedder, GARDEN * 40 + SHIP)
    long, short = Topic(), Topic()
    for message in messages:
        long = long.after(message)
    for message in messages[-8:]:
        short = short.after(message)

    assert len(long.last) == 8
    assert shift(long, messages[0]) == shift(short, messages[0])


def test_nothing_said_is_nothing_left() -> None:
    message = Heard(vector=np.ones(4) / 2, terms=frozenset({"garden"}))
    assert shift(Topic(), message) < SOFT


def test_of_two_turns_close_together_the_sharper_counts() -> None:
    """Boundaries lie further apart than `NEAREST`; what stays below the threshold is none."""
    values = [-9.0] * 12
    values[3], values[4], values[9] = 1.0, 2.0, 0.5
    assert boundaries(values) == [4, 9]
    assert boundaries(values, least=1.0) == [4]
    assert NEAREST < 9 - 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tell me about my sister's wedding", True),
        ("I forgot what the doctor said", True),
        ("Remind me of the name of that hotel", True),
        ("I went to the market today", False),
    ],
)
def test_words_that_ask_to_remember_count_as_a_question(text: str, expected: bool) -> None:
    assert asks_of_the_past(text) is expected

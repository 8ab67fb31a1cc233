"""Long messages are read in passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.language import passages
from everkin.language.embedder import LocalEmbedder

local = LocalEmbedder()


def words(text: str) -> int:
    return len(text.split())


@given(st.text(alphabet="ab .!?\n。", max_size=300), st.integers(1, 9))
def test_passages_joined_are_the_text(text, limit):
    pieces = passages.split(text, limit=limit, count=words)
    assert "".join(pieces) == text
    assert all(words(piece) <= limit for piece in pieces)
    assert all(pieces)


def test_sentences_stay_whole():
    told = "Alice left early. Bob stayed! Was Charlie there? Nobody knows."
    assert passages.split(told, limit=5, count=words) == [
        "Alice left early. Bob stayed! ",
        "Was Charlie there? Nobody knows.",
    ]


def test_a_sentence_too_long_is_cut_between_words():
    pieces = passages.split("and then " * 30, limit=7, count=words)
    assert all(piece.endswith(" ") for piece in pieces)


@pytest.mark.parametrize(
    "text",
    [
        "Hi Bob",
        " ",
        "👍",
        "\ud800",
        "x" * 5000,
        "昨天我和妹妹去看了海。" * 200,
        "No end in sight " * 500,
        "안녕 " * 400,
    ],
    ids=["short", "space", "emoji", "surrogate", "blob", "chinese", "endless", "korean"],
)
def test_every_passage_fits_the_model(text):
    pieces = local.passages(text)
    assert "".join(pieces) == text
    assert pieces
    assert all(local._count(piece) <= 254 for piece in pieces)


def test_empty_has_none():
    assert local.passages("") == []


def test_short_is_one():
    assert local.passages("How was your day?") == ["How was your day?"]


def test_an_enormous_text_has_a_bounded_number():
    pieces = local.passages("Charlie went on and on about his boat. " * 30_000)
    assert len(pieces) == passages.PASSAGES_MAX


def test_a_text_is_cut_the_same_the_second_time():
    text = "Alice rowed out to the island, and Bob waited with the soup. 🚣 " * 60
    assert local.passages(text) == local.passages(text) == LocalEmbedder().passages(text)


def test_of_many_long_texts_the_first_are_let_go(monkeypatch):
    monkeypatch.setattr("everkin.language.embedder.CUT_TEXTS", 3)
    embedder = LocalEmbedder()
    for number in range(9):
        embedder.passages(f"Charlie, {number}: " + "the boat again. " * 100)
    assert len(embedder._cut) == 3

"""What the reader of emotion finds in the words of people, and what it makes of odd ones."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.language.embedder import LocalEmbedder
from everkin.language.emotion import emotion_reader
from everkin.language.ngrams import BUCKETS, WORD_BUCKETS, characters, read_part, words
from everkin.mind.emotion import LABELS, Reading


async def shown(*texts: str) -> list[Reading]:
    embedder = LocalEmbedder()
    vectors = await embedder.embed(list(texts))
    await embedder.close()
    return emotion_reader().read(texts, vectors)


def strongest(reading: Reading) -> str:
    return max(LABELS, key=lambda label: reading[label])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Thank you so much for everything!", "gratitude"),
        ("I am really scared of the operation.", "fear"),
        ("This makes me so angry.", "anger"),
        ("I miss her, I have been crying all day.", "sadness"),
        ("Haha, that is hilarious!", "amusement"),
        ("I love you.", "love"),
        ("I am so sorry, I should not have said that.", "remorse"),
        ("Wow, I did not expect that at all!", "surprise"),
        ("The bus stops at the corner.", "neutral"),
    ],
)
async def test_what_alice_shows_plainly_is_read(text: str, label: str) -> None:
    [reading] = await shown(text)
    assert strongest(reading) == label
    assert reading[label] >= 0.5


@pytest.mark.parametrize(
    ("plain", "denied", "label"),
    [
        ("I am scared of the exam.", "I am not scared of the exam.", "fear"),
        ("I was excited to go.", "I was never excited to go.", "excitement"),
        ("I am sad that she left.", "I am not sad that she left.", "sadness"),
        ("I am angry with you.", "I'm not angry with you.", "anger"),
    ],
)
async def test_a_feeling_that_is_denied_is_not_there(plain: str, denied: str, label: str) -> None:
    felt, unfelt = await shown(plain, denied)
    assert felt[label] >= 0.5 > unfelt[label]


async def test_not_happy_is_not_happy() -> None:
    happy, not_happy = await shown("I am happy about it.", "I am not happy about it.")
    assert not_happy["joy"] < happy["joy"]
    assert not_happy.valence < 0 < happy.valence


async def test_an_emoji_says_what_the_words_do_not() -> None:
    plain, laughing = await shown("The dog fell asleep in the soup", "The dog fell asleep in the soup 😂")
    assert plain["amusement"] < 0.5 <= laughing["amusement"]


async def test_who_says_that_they_are_lonely_is_heard() -> None:
    lonely, alone = await shown("I feel so lonely here.", "I live alone and like it.")
    assert (lonely.loneliness, alone.loneliness) == (1, 0)


async def test_good_news_is_pleasanter_than_bad() -> None:
    good, bad = await shown("We had a wonderful day at the sea.", "The doctors say that it is getting worse.")
    assert good.valence > 0.05 > -0.05 > bad.valence


def test_without_vectors_words_alone_are_read() -> None:
    [reading] = emotion_reader().read(["Thank you so much for everything!"], None)
    assert strongest(reading) == "gratitude"


def test_nothing_is_read_out_of_nothing() -> None:
    assert emotion_reader().read([], None) == []
    [empty, blank] = emotion_reader().read(["", " \n "], None)
    assert empty.labels == blank.labels


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_text_reads_the_same_in_any_company(texts: list[str], rng: random.Random) -> None:
    shuffled = rng.sample(texts, len(texts))
    together = dict(zip(shuffled, emotion_reader().read(shuffled, None), strict=True))
    for text in texts:
        [alone] = emotion_reader().read([text], None)
        np.testing.assert_allclose(alone.labels, together[text].labels, atol=1e-5)
        assert all(0 <= intensity <= 1 for intensity in alone.labels)
        assert -1 <= alone.valence <= 1


@given(st.text(max_size=3000))
def test_every_gram_has_a_bucket_and_a_text_has_it_once(text: str) -> None:
    part = read_part(text)
    assert len(part) <= 601
    for grams, low, high in ((words([part]), 0, WORD_BUCKETS), (characters([part]), WORD_BUCKETS, BUCKETS)):
        assert len(set(grams.bucket.tolist())) == len(grams.bucket)
        assert all(low <= bucket < high for bucket in grams.bucket.tolist())

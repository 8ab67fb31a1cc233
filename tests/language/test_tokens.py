"""What Alice says fits the budget, without a tokenizer's files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.language.tokens import estimate

# Counted once with o200k.
COUNTED = [
    ("Hello world, this is a test.", 8),
    ("I can't believe Charlie drove all the way to Edinburgh just to return my umbrella!", 16),
    ("昨天我和妹妹去看了海。", 9),
    ("昨日、妹と海に行きました。", 10),
    ("안녕하세요 친구", 3),
    ("Gestern war ich mit meiner Schwester auf dem Markt und wir haben Äpfel gekauft.", 18),
    ("Ayer conocí a la hermana de Bob en el mercado.", 13),
    ("Моя сестра живёт в маленьком городе у моря.", 13),
    ("🎉", 2),
    ("👩‍👩‍👧", 8),
    ("| a | b |\n|---|---|\n| 1 | 2 |", 17),
    ("https://www.example.com/a/b?c=d&e=f", 12),
    ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 35),
    ("I AM SO TIRED OF THIS", 7),
]


@pytest.mark.parametrize(("text", "counted"), COUNTED)
def test_a_text_is_estimated_near_what_was_counted(text, counted):
    assert 0.7 * counted <= estimate(text) <= 2.4 * counted


def test_together_the_estimate_is_on_the_safe_side():
    assert 1.05 < sum(estimate(text) for text, _ in COUNTED) / sum(counted for _, counted in COUNTED) < 1.4


def test_nothing_is_nothing():
    assert estimate("") == 0


@given(st.text(), st.text())
def test_an_estimate_of_parts_is_at_least_nearly_that_of_the_whole(left, right):
    assert estimate(left + "\n" + right) <= 2 * (estimate(left) + estimate(right)) + 2

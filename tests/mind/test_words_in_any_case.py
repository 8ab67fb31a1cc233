"""A cue finds what Python's own search finds when it is told to ignore the case, in any text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.cue import Cue

PATTERN = r"\b(?:sick|i'm ok|[A-Z]\w+ and i|kiss+)\b|\?$"
CUE, FOLDING = Cue(PATTERN), re.compile(PATTERN, re.IGNORECASE)
LETTERS = st.sampled_from("siSIkKcCmM' odn?aNOé😀ſKİıßΣ\n")


@given(st.text(LETTERS, max_size=24) | st.text(max_size=24))
def test_it_finds_what_ignoring_the_case_finds(text: str) -> None:
    """Long s, Kelvin's sign and the Turkish letters among them, which are an s, a k and an i to `re.IGNORECASE`."""
    expected = [match.span() for match in FOLDING.finditer(text)]
    assert CUE.count(text) == len(expected)
    found = CUE.search(text)
    assert (found and found.span()) == (expected[0] if expected else None)


@pytest.mark.parametrize("text", ["SICK of it", "I'M OK", "Tom and I", "KISSSS", "\u017fick", "really?"])
def test_capitals_make_no_difference(text: str) -> None:
    assert CUE.search(text)


def test_a_cue_in_capitals_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="small letters"):
        Cue(r"\bIt\b")

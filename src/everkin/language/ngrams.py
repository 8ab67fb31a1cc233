"""A text as hashed n-grams: words and pairs of words, and stretches of two to five characters. No dictionary is kept."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORD_BUCKETS: Final = 1 << 16
CHARACTER_BUCKETS: Final = 1 << 17
BUCKETS: Final = WORD_BUCKETS + CHARACTER_BUCKETS
"""Word buckets come first."""
CHARACTERS_READ: Final = 600
"""Of a longer text, its beginning and its end: how something is said shows there."""
NEGATED_WORDS: Final = 3
"""How many words after a negation are marked as negated."""

_TOKEN: Final = re.compile(r"\[\w+\]|\w+(?:['’]\w+)?|[!?…]+|\.{2,}|[:;=8][-']?[()DPp/\\|*3]|[^\w\s.,\"()\[\]]")
_NEGATION: Final = re.compile(
    r"^(?:not|no|never|nothing|nobody|neither|nor|without|hardly|cannot|\w+n['’]t|dont|cant|wont|isnt|didnt)$"
)
_CLAUSE_END: Final = frozenset("!?;:") | {"but", "…"}
_LENGTHS: Final = (2, 3, 4, 5)
_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_SHIFT: Final = np.uint64(64 - CHARACTER_BUCKETS.bit_length() + 1)
_POWERS: Final = np.array([pow(_MULTIPLIER, k + 1, 1 << 64) for k in range(max(_LENGTHS))], dtype=np.uint64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grams:
    """The n-grams of some texts, ordered by text: which text, which bucket (once a text), and 1 + ln(count)."""

    text: NDArray[np.int64]
    bucket: NDArray[np.int64]
    weight: NDArray[np.float32]


def read_part(text: str) -> str:
    """What is read of a text: lower case, at most `CHARACTERS_READ` characters, white space as single blanks."""
    if len(text) > CHARACTERS_READ:
        text = f"{text[: CHARACTERS_READ // 2]} {text[-(CHARACTERS_READ // 2) :]}"
    return " ".join(text.lower().split())


def words(parts: Sequence[str]) -> Grams:
    """Single words, pairs, and words under a negation, which ends with its clause."""
    buckets = [[_bucket(gram) for gram in _grams(_TOKEN.findall(part))] for part in parts]
    text = np.repeat(np.arange(len(parts)), [len(found) for found in buckets])
    return _counted(text, np.fromiter(chain.from_iterable(buckets), dtype=np.int64))


def characters(parts: Sequence[str]) -> Grams:
    """Every stretch of 2 to 5 characters, blanks and both ends included; their buckets lie behind the words'."""
    points = np.frombuffer("".join(f" {part} " for part in parts).encode("utf-32-le", "replace"), dtype=np.uint32)
    lengths = [len(part) + 2 for part in parts]
    text = np.repeat(np.arange(len(parts)), lengths)
    total = points * _POWERS[0]
    texts, hashes = [], []
    for length in _LENGTHS:
        total = total[:-1] + points[length - 1 :] * _POWERS[length - 1]
        within = text[: len(total)] == text[length - 1 :]
        found = (total ^ (total >> np.uint64(29))) * np.uint64(_MULTIPLIER + 2 * length)
        texts.append(text[: len(total)][within])
        hashes.append(found[within] >> _SHIFT)
    return _counted(np.concatenate(texts), np.concatenate(hashes).astype(np.int64) + WORD_BUCKETS)


def _grams(tokens: list[str]) -> list[str]:
    return [*tokens, *(f"{left} {right}" for left, right in pairwise(tokens)), *_negated(tokens)]


def _negated(tokens: list[str]) -> list[str]:
    marked, left = [], 0
    for token in tokens:
        if _negates(token):
            left = NEGATED_WORDS
        elif left and (token[0] in _CLAUSE_END or token in _CLAUSE_END):
            left = 0
        elif left:
            marked.append(f"not_{token}")
            left -= 1
    return marked


@lru_cache(maxsize=1 << 15)
def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "replace")) % WORD_BUCKETS


@lru_cache(maxsize=1 << 12)
def _negates(token: str) -> bool:
    return _NEGATION.match(token) is not None


def _counted(text: NDArray[np.int64], bucket: NDArray[np.int64]) -> Grams:
    keys, counts = np.unique(text * BUCKETS + bucket, return_counts=True)
    return Grams(text=keys // BUCKETS, bucket=keys % BUCKETS, weight=(1 + np.log(counts)).astype(np.float32))

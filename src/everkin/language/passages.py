"""Passages: a text cut where sentences end, so that each piece fits a model."""

import re
from collections.abc import Callable, Iterator

PASSAGES_MAX = 256
"""The most passages of one text, about 250,000 characters of English: it bounds the work one message can cause."""

_PIECE_CHARS = 2000
_SENTENCE_END = re.compile(r"[.!?…][\"')\]”’]*\s+|[。！？][」』）”’]*|\n+")


def split(text: str, *, limit: int, count: Callable[[str], int]) -> list[str]:
    """Consecutive pieces of `text` with at most `limit` tokens by `count`, at most `PASSAGES_MAX` of them.

    `count` must not grow when a text is cut at a space. Neighbouring sentences share a passage while they fit; a
    sentence too long by itself is cut between words, and a word only where there is no space at all.
    """
    passages: list[str] = []
    current, size = "", 0
    for piece, tokens in _pieces(text, limit, count):
        if current and size + tokens > limit:
            passages.append(current)
            current, size = "", 0
            if len(passages) == PASSAGES_MAX:
                return passages
        current += piece
        size += tokens
    return [*passages, current] if current else passages


def _pieces(text: str, limit: int, count: Callable[[str], int]) -> Iterator[tuple[str, int]]:
    """Sentences with their token counts, halved until each fits."""
    waiting: list[str] = []
    for sentence in _sentences(text):
        waiting.append(sentence)
        while waiting:
            piece = waiting.pop()
            tokens = count(piece) if len(piece) <= _PIECE_CHARS else limit + 1
            if tokens > limit and len(piece) > 1:
                middle = _middle(piece)
                waiting += [piece[middle:], piece[:middle]]
            else:
                yield piece, tokens


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        yield text[start : end.end()]
        start = end.end()
    if start < len(text):
        yield text[start:]


def _middle(piece: str) -> int:
    """Where to halve: after the last space of the first half, or in the middle of a piece that has none there."""
    half = len(piece) // 2
    return piece.rfind(" ", 1, half) + 1 or half

"""Whether a message goes on with what is being talked about, or turns to something else. Pure, and without a model of its own."""

import math
import re
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

SOFT: Final = -4.0
"""From here on a topic may be leaving: what the next one may need is fetched ahead."""
HARD: Final = 0.0
"""From here on it is left: what was held for it is dropped."""
NEAREST: Final = 3
"""Two boundaries lie further apart than this many messages; of those that do not, the highest counts."""

_WINDOW: Final = 8
_DECAY: Final = 0.8
_BIAS: Final = 0.3
_PREVIOUS, _LAST_TWO, _NEARBY, _NEAREST, _COVERED, _ANSWERS, _LENGTH = -7.0, -8.0, 3.0, -6.0, -3.0, -1.5, 2.0
"""Round numbers near a logistic regression on LongMemEval haystacks (MIT), sessions laid end to end."""

_RECALLS: Final = re.compile(
    r"\b(?:remember|remind|recall|forg[eo]t|forgotten|told you|tell me|mentioned|what(?:'s| is| was) (?:my|our)|do you know)\b",
    re.I,
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Heard:
    """One message as the detector takes it: unit vector (d,), its distinct index terms, whether it ends as a question."""

    vector: Floats = field(repr=False)
    terms: frozenset[str] = field(repr=False)
    asks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Topic:
    """The last messages of a session, oldest first, at most eight."""

    last: tuple[Heard, ...] = ()

    def after(self, *heard: Heard) -> "Topic":
        """With these said."""
        return Topic(last=(*self.last, *heard)[-_WINDOW:])


def heard(text: str, vector: Floats, terms: Collection[str]) -> Heard:
    return Heard(vector=vector, terms=frozenset(terms), asks=text.rstrip().endswith(("?", "？")))


def asks_of_the_past(text: str) -> bool:
    """Whether the words ask to remember, though nothing else marks them as a question. English alone."""
    return bool(_RECALLS.search(text))


def shift(topic: Topic, message: Heard) -> float:
    """How much a message turns away, as log odds: below `SOFT` it goes on, from `HARD` on it is another topic.

    Embedding cohesion with the last message, the last two, the nearest and the last six, and the share of its terms
    that the last eight say (lexical cohesion, as in TextTiling); longer messages have more to turn with, and what
    follows a question answers it. Nothing said before: -inf, nothing can be left. 30 µs.
    """
    if not topic.last:
        return -math.inf
    vectors = np.stack([each.vector for each in topic.last[-6:]])
    near = vectors @ message.vector
    weights = _DECAY ** np.arange(len(vectors) - 1, -1, -1)
    said = set(chain.from_iterable(each.terms for each in topic.last))
    covered = len(message.terms & said) / len(message.terms) if message.terms else 0.5
    return float(
        _BIAS
        + _PREVIOUS * near[-1]
        + _LAST_TWO * _cosine(vectors[-2:].sum(axis=0), message.vector)
        + _NEARBY * _cosine(weights @ vectors, message.vector)
        + _NEAREST * near.max()
        + _COVERED * covered
        + _ANSWERS * topic.last[-1].asks
        + _LENGTH * math.log1p(len(message.terms))
    )


def shifts(messages: Sequence[Heard]) -> list[float]:
    """The shift at each message of a transcript, from those before it alone."""
    last: deque[Heard] = deque(maxlen=_WINDOW)
    found = []
    for message in messages:
        found.append(shift(Topic(last=tuple(last)), message))
        last.append(message)
    return found


def boundaries(shifts: Sequence[float], *, least: float = HARD) -> list[int]:
    """Where a transcript turns, looking back: messages of a shift of at least that, the highest among their neighbours."""
    return [
        place
        for place, value in enumerate(shifts)
        if value >= least and value == max(shifts[max(0, place - NEAREST) : place + NEAREST + 1])
    ]


def _cosine(vector: Floats, unit: Floats) -> float:
    length = float(np.linalg.norm(vector))
    return float(vector @ unit) / length if length else 0.0

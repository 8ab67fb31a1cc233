"""Drift: how far a reply is from its persona's voice, and whether a voice has been drifting. Pure.

A voice is learned from the exemplars of its document: for each number of a manner a normal distribution, drawn towards
that of companions at large as far as the exemplars are few, and the exemplars' embeddings. What a reply says against the
voice is the log of how much likelier its manner is at large than in the voice, and what it lacks in likeness to the
exemplars. It becomes a strangeness of 0 (its own) .. 1 (somebody else's) on a logistic curve, whose four constants, as
those of companions at large, were set on the dev part of `tools/bench/voices` and on no other words.

A voice drifts when the exponentially weighted mean of strangeness rises above its limit: in the last twenty replies or
so something changed, not in one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.manner import NAMES, Manner, numbers

EXEMPLARS_MIN: Final = 3
"""With fewer there is no voice to be held to."""
PULL: Final = 2.0
"""How many exemplars the companions at large count as."""
SURPRISE_MAX: Final = 3.0
"""A single number says no more than this, however odd it is."""
NEAREST: Final = 3
WEIGHT_MANNER: Final = 1.0
WEIGHT_LIKENESS: Final = 4.0
WEIGHT_HISTORY: Final = 2.0
LIKENESS_USUAL: Final = 0.25
"""Mean cosine of a reply to its three nearest exemplars, at large."""
HISTORY_USUAL: Final = 0.35
"""Cosine of a reply to the mean of the bond's last ones."""
FADING: Final = 0.12
"""Weight of the newest reply in the moving mean: about the last sixteen count."""
RAISED_AT: Final = 0.33
LOWERED_AT: Final = 0.25
REPLIES_MIN: Final = 12
"""Fewer replies than this raise no alarm."""

_LOGGED: Final = frozenset({"words", "sentence", "questions", "exclamations", "emoji"})
_AT_LARGE: Final = {
    "words": (2.86, 0.55), "sentence": (2.0, 0.45), "letters": (4.15, 0.45), "long": (0.17, 0.1), "varied": (0.93, 0.06),
    "questions": (0.35, 0.4), "exclamations": (0.2, 0.45), "emoji": (0.05, 0.3), "commas": (0.07, 0.06),
    "dashes": (0.005, 0.02), "ellipses": (0.005, 0.03), "quotes": (0.005, 0.03), "capitals": (0.9, 0.25),
    "shouted": (0.01, 0.04), "contractions": (0.05, 0.06), "slang": (0.02, 0.05), "courtesy": (0.02, 0.03),
    "first": (0.05, 0.06), "second": (0.07, 0.06),
}  # fmt: skip
"""Mean and spread of each number over companions at large."""

Vectors = NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """What a persona sounds like: means and spreads of its manner (as `_scaled`), and its exemplars' vectors (n, d)."""

    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    vectors: Vectors = field(repr=False)


def learned(manners: Sequence[Manner], vectors: Vectors) -> Voice | None:
    """The voice of a persona's exemplars; None where they are too few. `vectors` are normalised, a row for each."""
    if len(manners) < EXEMPLARS_MIN:
        return None
    seen = np.array([_scaled(one) for one in manners])
    count = len(seen)
    means = (seen.sum(axis=0) + PULL * _MEANS) / (count + PULL)
    squares = ((seen - means) ** 2).sum(axis=0) + PULL * _SPREADS**2
    return Voice(means=means, spreads=np.sqrt(squares / (count + PULL)), vectors=np.asarray(vectors, dtype=np.float64))


def strangeness(voice: Voice, manner: Manner, vector: Vectors, *, history: float | None = None) -> float:
    """0 (its own) .. 1 (somebody else's). `history` is the cosine to the mean of the bond's last replies, where known.

    A few microseconds, once the reply is embedded.
    """
    told = _scaled(manner)
    own = _surprise(told, voice.means, voice.spreads)
    at_large = _surprise(told, _MEANS, _SPREADS)
    said = float(np.clip(own - at_large, -SURPRISE_MAX, SURPRISE_MAX).mean())
    cosines = np.sort(voice.vectors @ np.asarray(vector, dtype=np.float64))[-NEAREST:]
    score = WEIGHT_MANNER * said * sqrt(len(NAMES)) - WEIGHT_LIKENESS * (float(cosines.mean()) - LIKENESS_USUAL)
    if history is not None:
        score -= WEIGHT_HISTORY * (history - HISTORY_USUAL)
    return float(1 / (1 + np.exp(-score)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """Where a bond's voice stands: the moving mean of strangeness, over how many replies, and whether the alarm is on."""

    level: float = 0.0
    replies: int = 0
    alarm: bool = False

    def plus(self, strange: float) -> "Drift":
        """With one more reply. The alarm goes on above one limit and off below a lower one."""
        replies = self.replies + 1
        weight = max(FADING, 1 / replies)
        level = self.level + weight * (strange - self.level)
        limit = LOWERED_AT if self.alarm else RAISED_AT
        return Drift(level=level, replies=replies, alarm=replies >= REPLIES_MIN and level > limit)


def drift(strange: Iterable[float]) -> Drift:
    """Of replies in the order in which they were spoken."""
    standing = Drift()
    for one in strange:
        standing = standing.plus(one)
    return standing


def _scaled(manner: Manner) -> NDArray[np.float64]:
    told = np.array(numbers(manner))
    return np.where(_LOGS, np.log1p(told), told)


def _surprise(
    told: NDArray[np.float64], means: NDArray[np.float64], spreads: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.log(spreads) + 0.5 * ((told - means) / spreads) ** 2)


_LOGS: Final = np.array([name in _LOGGED for name in NAMES])
_MEANS: Final = np.array([_AT_LARGE[name][0] for name in NAMES])
_SPREADS: Final = np.array([_AT_LARGE[name][1] for name in NAMES])

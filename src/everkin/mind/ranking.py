"""Ranking: every memory of a bond scored for one question, cheaply, and the best of them looked at closely."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from everkin.mind.features import Columns, columns
from everkin.mind.matter import Evidence, Floats, Ints, Layout, Matter
from everkin.mind.question import Question
from everkin.mind.signals import Signals, signals_of

RANKED_MAX: Final = 200
"""How many units are ranked closely and returned; the context of one reply holds fewer."""

WEIGHTS: Final[Mapping[str, float]] = {
    "dense": 0.25,
    "dense_window": 0.25,
    "words": 0.12,
    "words_window": 0.25,
    "coverage_window": 0.10,
    "session": 0.05,
    "related": 0.10,
    "speaker": 0.20,
    "first_person": 0.10,
    "second_person": -0.05,
    "asks": -0.10,
    "answers": 0.15,
    "brief": -0.10,
    "fits": 0.10,
    "date": 0.20,
}
"""Untrained, round on purpose: what survived on three kinds of conversations (docs/ranker.md)."""

FEATURE_NAMES: Final = frozenset(WEIGHTS)
"""What `off` may name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """The best units, best first: `rows` are their most telling rows of the matter, each unit once.

    `features` has every feature of each of them under its name, for explaining; `signals` is what the judge looks at.
    """

    rows: Ints
    scores: Floats
    features: Mapping[str, Floats]
    signals: Signals


def rank(
    question: Question,
    matter: Matter,
    evidence: Evidence,
    *,
    off: frozenset[str] = frozenset(),
    limit: int = RANKED_MAX,
) -> Ranked:
    """Ranks everything in `matter`; nothing is filtered out but by rank. `off` names features to leave out.

    Without vectors words alone decide, without known terms vectors alone; without either the newest come first.
    Deterministic; about 2 ms at 10,000 rows, growing linearly.
    """
    layout = matter.layout
    found = columns(question, matter, evidence)
    score = _sum_of(found, off)
    best = _best(score, layout.renewed, RANKED_MAX)
    neutral = _sum_of(found, off | {"speaker"})
    signals = signals_of(question, layout, evidence, found, score, neutral, best)
    best = best[:limit]
    return Ranked(
        rows=_telling(layout, evidence, best),
        scores=score[best],
        features={name: values[best] for name, values in found.scaled.items()},
        signals=signals,
    )


def _sum_of(found: Columns, off: frozenset[str]) -> Floats:
    score = np.zeros(len(found.scaled["dense"]), np.float32)
    for name, weight in WEIGHTS.items():
        if name not in off:
            score += np.float32(weight) * found.scaled[name]
    return score


def _best(score: Floats, renewed: Floats, limit: int) -> Ints:
    """The first `limit` by score, the more recently renewed first among equals."""
    some = np.argpartition(-score, limit)[:limit] if len(score) > limit else np.arange(len(score))
    return some[np.lexsort((-renewed[some], -score[some]))]


def _telling(layout: Layout, evidence: Evidence, units: Ints) -> Ints:
    """Of each unit's rows the one nearest to the question, by its vector, else the first."""
    first = layout.rows[layout.starts[units]]
    if not len(evidence.dense) or len(layout.rows) == len(layout.starts):
        return first
    ends = np.append(layout.starts[1:], len(layout.rows))
    near = evidence.dense[0][layout.rows]
    picks = [
        begin + int(np.argmax(near[begin:end])) for begin, end in zip(layout.starts[units], ends[units], strict=True)
    ]
    return layout.rows[picks]

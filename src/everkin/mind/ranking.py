"""Ranking: every memory of a bond scored for one question by a weighted sum of cheap features."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.features import Columns, columns
from everkin.mind.matter import Bools, Evidence, Floats, Ints, Layout, Matter
from everkin.mind.question import Question
from everkin.mind.signals import Signals, signals_of

RANKED_MAX: Final = 200
"""How many units are returned at most; the context of one reply holds fewer."""

WEIGHTS: Final[Mapping[str, float]] = {
    "dense": 0.25,
    "dense_window": 0.25,
    "dense_session": 0.10,
    "words": 0.05,
    "words_window": 0.25,
    "coverage_window": 0.10,
    "session": 0.06,
    "related": 0.10,
    "speaker": 0.20,
    "first_person": 0.08,
    "second_person": -0.05,
    "asks": -0.10,
    "answers": 0.15,
    "brief": -0.05,
    "fits": 0.08,
    "date": 0.30,
    "person": 0.10,
    "echo": -0.40,
    "importance": 0.002,
    "salience": 0.001,
}
"""Untrained, round on purpose: what survived on four kinds of conversations (docs/decisions/0401, 0421)."""

FEATURE_NAMES: Final = frozenset(WEIGHTS)
"""What `off` may name."""

OF_WHOM: Final = frozenset({"speaker", "importance", "person"})
"""What says who speaks and of whom; the judge weighs what is left, and has signals of its own for the first."""

BELOW: Final = np.float32(1e-3)
"""How far below its successor what was superseded ends at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """The best units, best first: `rows` are their most telling rows of the matter, each unit once.

    `superseded` says of which something newer holds. `features` has every feature of each under its name, for
    explaining; `signals` is what the judge looks at. Of a question of several parts `parts` has the ranking of each,
    and rows are taken from them in turn, with the scores they have there.
    """

    rows: Ints
    scores: Floats
    superseded: Bools
    features: Mapping[str, Floats]
    signals: Signals
    parts: "tuple[Ranked, ...]" = ()
    of_somebody: bool = False
    """Whether nothing is asked but what is known of somebody who is."""


def rank(
    question: Question,
    matter: Matter,
    evidence: Evidence,
    *,
    off: frozenset[str] = frozenset(),
    limit: int = RANKED_MAX,
) -> Ranked:
    """Ranks everything in `matter`; nothing is filtered out but by rank. `off` names features to leave out.

    Without vectors words alone decide, without known terms vectors alone; without either the newest come first. What
    was superseded ranks right below what superseded it, or lower. Deterministic; about 2 ms at 10,000 rows, growing
    linearly; a question of several parts costs that for each.
    """
    if question.parts:
        parts = [
            rank(part, matter, evidence.of_part(place), off=off, limit=limit)
            for place, part in enumerate(question.parts)
        ]
        return _in_turn(matter.layout, parts, limit)
    layout = matter.layout
    bridges = "person" not in off
    if bridges:
        evidence = evidence.bridged(question.naming)
    found = columns(question, matter, evidence)
    neutral = _sum_of(found, WEIGHTS.keys() - off - OF_WHOM)
    score = _inherited(layout, neutral + _sum_of(found, OF_WHOM - off))
    best = _best(score, layout.renewed, RANKED_MAX)
    signals = signals_of(question, layout, evidence, found, neutral, best)
    best = best[:limit]
    return Ranked(
        rows=_telling(layout, evidence, best),
        scores=score[best],
        superseded=layout.outdated[best] > 0,
        features={name: values[best] for name, values in found.scaled.items()},
        signals=signals,
        of_somebody=bridges and question.asks_only_of(evidence.people),
    )


def _sum_of(found: Columns, names: Set[str]) -> Floats:
    score = np.zeros(len(found.scaled["dense"]), np.float32)
    for name, weight in WEIGHTS.items():
        if name in names:
            score += np.float32(weight) * found.scaled[name]
    return score


def _inherited(layout: Layout, score: Floats) -> Floats:
    """`score`, in place: what holds now is worth as much as all it superseded, and each of those less than the next."""
    old = layout.superseded
    if len(old):
        np.maximum.at(score, layout.heir[old], score[old])
        for steps in range(1, int(layout.outdated.max()) + 1):
            older = old[layout.outdated[old] == steps]
            score[older] = np.minimum(score[older], score[layout.successor[older]] - BELOW)
    return score


def _best(score: Floats, renewed: Floats, limit: int) -> Ints:
    """The first `limit` by score, the more recently renewed first among equals."""
    some = _promising(score, limit)
    return some[np.lexsort((-renewed[some], -score[some]))][:limit]


def _promising(score: Floats, limit: int) -> Ints:
    """Units with the first `limit` among them, and few others: so many blocks hold one that is at least as high as these."""
    blocks = 2 * limit
    if len(score) <= blocks:
        return np.arange(len(score))
    highest = score[: len(score) // blocks * blocks].reshape(blocks, -1).max(axis=1)
    return np.flatnonzero(score >= np.partition(highest, -limit)[-limit])


def _telling(layout: Layout, evidence: Evidence, units: Ints) -> Ints:
    """Of each unit's rows the one nearest to the question, by its vector, else the first."""
    first = layout.rows[layout.starts[units]]
    if not len(evidence.dense) or len(layout.rows) == len(layout.starts):
        return first
    ends = np.append(layout.starts[1:], len(layout.rows))
    near = evidence.dense[0][layout.rows]
    spans = zip(layout.starts[units], ends[units], strict=True)
    return layout.rows[[begin + int(np.argmax(near[begin:end])) for begin, end in spans]]


def _in_turn(layout: Layout, parts: Sequence[Ranked], limit: int) -> Ranked:
    """The best of every part, then the second of every part, and so on, each unit once."""
    picks = list(_picks(layout, parts))[:limit]

    def picked(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.array([columns[part][place] for part, place in picks], columns[0].dtype)

    return Ranked(
        rows=picked([part.rows for part in parts]),
        scores=picked([part.scores for part in parts]),
        superseded=picked([part.superseded for part in parts]),
        features={name: picked([part.features[name] for part in parts]) for name in parts[0].features},
        signals=parts[0].signals,
        parts=tuple(parts),
    )


def _picks(layout: Layout, parts: Sequence[Ranked]) -> Iterator[tuple[int, int]]:
    """(part, place in it) of each unit where it comes first."""
    seen: set[int] = set()
    for place, units in enumerate(zip_longest(*(layout.unit[part.rows].tolist() for part in parts))):
        for part, unit in enumerate(units):
            if unit is not None and unit not in seen:
                seen.add(unit)
                yield part, place

"""Signals: what of a ranked bond tells whether the question is answered there at all, as a few numbers."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from everkin.mind.features import Columns, idf
from everkin.mind.matter import Evidence, Floats, Ints, Layout
from everkin.mind.question import Question

SHARPNESS: Final = 12.0
"""How sharply the subject check prefers the better matches: e^(12 × the difference of their scores)."""

BEST: Final = 3
COMPARED: Final = 60
LENGTH_MAX: Final = np.float32(np.log(30))
"""Beyond thirty terms a text's length says no more about whether it tells or merely replies."""

Signals = Mapping[str, float]


def signals_of(
    question: Question, layout: Layout, evidence: Evidence, found: Columns, score: Floats, neutral: Floats, best: Ints
) -> Signals:
    """The signals of one question; `best` are the ranked units, `score` the score of every unit and
    `neutral` the same without regard to who speaks. About 0.3 ms, bounded.

    `match` and `own_match` multiply nearness and word coverage of one and the same unit, because a unit that has only
    one of the two is the usual false find. `own_…` and `told` look at what the person asked about said themselves.
    """
    if not len(best):
        return {}
    own = _own(question, layout, best)
    some = np.concatenate([best[:BEST], own[:BEST]])
    covered, unknown, weight = _covered(question, layout, evidence, some)
    dense = found.raw["dense"]
    match = covered * dense[some]
    split = len(best[:BEST])
    return {
        "match": float(match[:split].max()),
        "own_match": float(match[split:].max()),
        "covered": float(covered[:split].max()),
        "told": float((covered * found.scaled["first_person"][some])[split:].max()),
        "near": float(_top(dense, BEST).mean()),
        "nearest": float(dense.max()),
        "around": float(found.raw["dense_window"].max()),
        "unknown": unknown,
        "weight": weight,
        "agreement": _agreement(dense, found.raw["words"]),
        "lead": float(score[best[0]]),
        **_subject(question, layout, neutral),
    }


def _own(question: Question, layout: Layout, best: Ints) -> Ints:
    if question.about is None or question.sure < 1:
        return best
    own = best[layout.speaker[best] == question.about]
    return own if len(own) else best


def _covered(question: Question, layout: Layout, evidence: Evidence, units: Ints) -> tuple[Floats, float, float]:
    """The share of the question's terms, by rarity, that each of these units has; a related term counts by its nearness.

    With it the share of terms that occur nowhere in the bond, and the weight of all, in tens of idf.
    """
    rarities, has, heard = [], [], []
    for place, term in enumerate(question.terms):
        near = [(term, 1.0), *((r.term, r.weight) for r in question.related if r.of == place)]
        here, frequency = _best_of(near, layout, evidence, units)
        has.append(here)
        rarities.append(idf(frequency, layout.messages))
        heard.append(frequency > 0)
    if not rarities:
        return np.full(len(units), 0.5, np.float32), 0.0, 0.0
    rarity = np.array(rarities, np.float32)
    nowhere = ~np.array(heard)
    total = float(rarity.sum())
    return rarity @ np.array(has) / total, float(rarity[nowhere].sum()) / total, total / 10


def _best_of(terms: Sequence[tuple[str, float]], layout: Layout, evidence: Evidence, units: Ints) -> tuple[Floats, int]:
    """For each unit the weight of the best of these terms in it, and in how many messages the first of them occurs."""
    best, frequency = np.zeros(len(units), np.float32), 0
    for place, (term, weight) in enumerate(terms):
        posting = evidence.postings.get(term)
        if posting is None or not len(posting.rows):
            continue
        there = layout.unit[posting.rows]
        mask = np.zeros(len(layout.message), bool)
        mask[there] = True
        best = np.maximum(best, mask[units] * np.float32(weight))
        if place == 0:
            frequency = int(np.count_nonzero(mask[: layout.messages]))
    return best, frequency


def _top(values: Floats, count: int) -> Floats:
    return values if len(values) <= count else np.partition(values, -count)[-count:]


def _agreement(dense: Floats, words: Floats) -> float:
    """How many of the ten nearest by vector are among the ten nearest by words, as a share."""
    if not words.any() or not dense.any():
        return 0.0
    by_vector, by_words = (np.argpartition(-values, 10)[:10] if len(values) > 10 else None for values in (dense, words))
    if by_vector is None or by_words is None:
        return 0.5
    return len(np.intersect1d(by_vector, by_words)) / 10


def _subject(question: Question, layout: Layout, score: Floats) -> dict[str, float]:
    """Who says what was found, when exactly one person is asked about: how much better the best of their own words match
    than the best of others' (`margin`), and whose the better matches are, longer ones counting more (`mass`).
    """
    if len(question.named) != 1:
        return {"named": 0.0, "margin": 0.0, "mass": 0.0}
    own = layout.speaker == question.about
    if own.all() or not own.any():
        return {"named": 1.0, "margin": 0.0, "mass": 1.0 if own.all() else -1.0}
    margin = float(_top(score[own], BEST).mean() - _top(score[~own], BEST).mean())
    best = np.argpartition(-score, COMPARED)[:COMPARED] if len(score) > COMPARED else np.arange(len(score))
    share = np.exp(SHARPNESS * (score[best] - score[best].max()))
    telling = np.minimum(np.log1p(layout.length[best]), LENGTH_MAX) / 3
    mass = float((share * np.where(own[best], telling, -telling)).sum() / share.sum())
    return {"named": 1.0, "margin": margin, "mass": mass}

"""Signals: what of a ranked bond tells whether the question is answered there at all, as a few numbers."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from everkin.mind.features import Columns, idf
from everkin.mind.matter import NO_POSTING, Bools, Evidence, Floats, Ints, Layout
from everkin.mind.question import Question

SIGNALS: Final = ("match", "near", "covered", "unknown", "size", "undated", "named", "margin", "told")

BEST: Final = 3
"""How many of the best units are looked at."""

REPORTED: Final = np.float32(0.6)
"""What a match is worth that does not speak in the first person, or not from the mouth of the one asked about."""

COMMON_MAX: Final = 0.3
"""In a language that the embedder hardly knows all texts are near each other: what a bond's average nearness has above
this, which bonds in English hardly reach, is taken off. Such talk would else always look found."""

LENGTH_MAX: Final = np.float32(np.log(30))
"""Beyond thirty terms a text's length says no more about whether it tells or merely replies."""

Signals = Mapping[str, float]


def signals_of(
    question: Question, layout: Layout, evidence: Evidence, found: Columns, neutral: Floats, best: Ints
) -> Signals:
    """The signals of one question, about 0.3 ms; `best` are the ranked units, `neutral` scores all without regard to who speaks.

    match    nearness times word coverage of one and the same unit: a usual false find has only one of the two
    near     mean nearness of the three nearest units, whatever their rank
    covered  word coverage of the best three, for when there are no vectors
    unknown  the share of the question's terms, by rarity, that nobody ever said here
    size     the logarithm of the number of messages: among more, something always looks right
    undated  0 to 1, how far from the days that are meant all talk is; 0 where the question means none
    named, margin, told    see `_subject`
    """
    if not len(best):
        return dict.fromkeys(SIGNALS, 0.0)
    covered, unknown = _covered(question, layout, evidence, best[:BEST])
    dense = found.raw["dense"]
    dense = dense - np.float32(max(0.0, float(dense.mean()) - COMMON_MAX))
    telling = covered * _first_hand(question, layout, found, best[:BEST])
    return {
        "match": float((telling * dense[best[:BEST]]).max()),
        "near": _mean_of_best(dense),
        "covered": float(telling.max()),
        "unknown": unknown,
        "size": float(np.log(layout.messages)),
        "undated": 1.0 - float(found.scaled["date"].max()) if question.spans else 0.0,
        **_subject(question, layout, found, neutral),
    }


def _first_hand(question: Question, layout: Layout, found: Columns, units: Ints) -> Floats:
    own: Floats = (REPORTED + (1 - REPORTED) * found.scaled["first_person"][units]).astype(np.float32)
    if question.about is not None and question.sure == 1:
        own = own * np.where(layout.speaker[units] == question.about, np.float32(1), REPORTED)
    return own


def _covered(question: Question, layout: Layout, evidence: Evidence, units: Ints) -> tuple[Floats, float]:
    """The share of the question's terms, by rarity, that each of these units has, a related term counting by its nearness;
    and the share that occurs nowhere. Without terms a half of them is taken to be there.
    """
    if not question.terms:
        return np.full(len(units), 0.5, np.float32), 0.0
    first, last = layout.span_of(units)
    has = np.zeros((len(question.terms), len(units)), np.float32)
    rarity, nowhere = np.zeros(len(question.terms), np.float32), np.zeros(len(question.terms), bool)
    for place, term in enumerate(question.terms):
        rows = _rows(term, evidence)
        nowhere[place] = not len(rows)
        rarity[place] = idf(min(len(rows), layout.messages), layout.messages)
        has[place] = _any_within(rows, first, last)
    for one in question.related:
        rows = _rows(one.term, evidence)
        if len(rows):
            has[one.of] = np.maximum(has[one.of], _any_within(rows, first, last) * np.float32(one.weight))
    share = rarity / rarity.sum()
    return share @ has, float(share[nowhere].sum())


def _rows(term: str, evidence: Evidence) -> Ints:
    return evidence.postings.get(term, NO_POSTING).rows


def _any_within(rows: Ints, first: Ints, last: Ints) -> Floats:
    """1 where one of `rows`, which are in order, lies from `first` to `last`."""
    if not len(rows):
        return np.zeros(len(first), np.float32)
    place = np.searchsorted(rows, first)
    within = (place < len(rows)) & (rows[np.minimum(place, len(rows) - 1)] <= last)
    return within.astype(np.float32)


def _mean_of_best(values: Floats) -> float:
    """The mean of the `BEST` highest; looking three times is quicker than sorting once."""
    rest = values.copy()
    found = []
    for _ in range(min(BEST, len(rest))):
        place = int(np.argmax(rest))
        found.append(float(rest[place]))
        rest[place] = -np.inf
    return sum(found) / len(found)


def _subject(question: Question, layout: Layout, found: Columns, neutral: Floats) -> dict[str, float]:
    """Who said what was found. `named` is 1 when the question names exactly one of the speakers, and only then there are
    `margin`, how much better the best of their own words match than the best of others', and `told`, the same where those
    that tell more count more. What only asks tells nothing of anybody.
    """
    own = layout.speaker == question.about
    if len(question.named) != 1 or own.all() or not own.any():
        return {"named": 0.0, "margin": 0.0, "told": 0.0}
    telling = np.minimum(np.log1p(layout.length), LENGTH_MAX) / LENGTH_MAX
    return {
        "named": 1.0,
        "margin": _lead(neutral * (1 - found.scaled["asks"]), own),
        "told": _lead(neutral * telling, own),
    }


def _lead(values: Floats, own: Bools) -> float:
    return _mean_of_best(values[own]) - _mean_of_best(values[~own])

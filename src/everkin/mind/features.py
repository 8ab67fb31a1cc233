"""Features: what can be said cheaply about how well every unit of a bond's matter fits a question."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from everkin.mind.matter import Evidence, Flag, Floats, Ints, Layout, Matter, Posting
from everkin.mind.question import Kind, Question

TERMS_MAX: Final = 32
"""Of a question with more known terms only the rarest count, so that the work stays bounded."""

SATURATION: Final = 1.2
LENGTH_SHARE: Final = 0.75
SESSION_LENGTH_SHARE: Final = 0.4
"""BM25's k1, and b for messages and windows, and for whole sessions."""

NEIGHBOUR: Final = 0.7
"""What a message's neighbours weigh in the dense window; their dot products, summed, rank as a window's vector does."""

RELATED_RARITY_MAX: Final = 6.0
"""A related term is charged at most this idf: that it is rare says little about how near it is."""

RANGES_MIN: Final[Mapping[str, float]] = {
    "dense": 0.3,
    "dense_window": 0.5,
    "words": 1.0,
    "words_window": 1.0,
    "session": 0.5,
    "related": 1.0,
}
"""A bond of three messages has no best one by a hair: differences below these are not blown up to the full scale."""

BRIEF: Final = np.float32(8)
"""A text of fewer terms has less to tell; BM25 alone would prefer it."""

BRIEF_QUESTION: Final = np.float32(24)
"""A question of this many terms no longer counts as one: long messages that end in "?" tell things as well."""

FITTING: Final = {Kind.WHEN: Flag.TIME_WORD, Kind.COUNT: Flag.NUMBER, Kind.LIST: Flag.LIST}
"""What an answer of each kind shows on its surface, where that was seen to help."""

DATE_FADE: Final = 14 * 86_400.0
"""Seconds after which nearness to a date in the question has fallen to 1/e."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A term of the question among the units: which, how often, and how rare it is (idf over the messages)."""

    units: Ints
    count: Floats
    rarity: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """`scaled` are the features of every unit that ranking adds up; `raw` is what they and the judge are made from."""

    scaled: Mapping[str, Floats]
    raw: Mapping[str, Floats]
    hits: tuple[Hit, ...]


def columns(question: Question, matter: Matter, evidence: Evidence) -> Columns:
    """Every feature of every unit; linear in rows and postings, about 1 ms at 10,000 rows and six terms."""
    layout = matter.layout
    hits = tuple(_hits(question.terms, layout, evidence.postings))
    raw = _dense(layout, evidence) | _lexical(layout, hits)
    raw["related"] = _related(question, layout, evidence.postings)
    asks = _has(layout, Flag.ASKS) * np.clip(1 - layout.length / BRIEF_QUESTION, 0, 1)
    first, second = _has(layout, Flag.FIRST_PERSON), _has(layout, Flag.SECOND_PERSON)
    talk = slice(layout.messages)
    scaled = {name: _scaled(raw[name], range_min) for name, range_min in RANGES_MIN.items()}
    scaled |= {
        "coverage_window": raw["coverage_window"],
        "speaker": _speaker(question, layout),
        "first_person": first,
        "second_person": second * (1 - first),
        "asks": asks,
        "answers": _at_message(layout, _before(layout, raw["coverage"][talk] * asks[talk])),
        "brief": np.clip(1 - layout.length / BRIEF, 0, 1),
        "fits": _has(layout, FITTING.get(question.kind, Flag(0))),
        "date": _date(question.spans, layout.at),
    }
    return Columns(scaled=scaled, raw=raw, hits=hits)


def _has(layout: Layout, flag: Flag) -> Floats:
    return ((layout.flags & flag) > 0).astype(np.float32)


def _scaled(values: Floats, range_min: float) -> Floats:
    """Between 0 and 1 over all units; where they differ by less than `range_min`, by as much less."""
    if not len(values):
        return values
    low, high = values.min(), values.max()
    scaled: Floats = (values - low) / np.float32(max(high - low, range_min))
    return scaled


def _dense(layout: Layout, evidence: Evidence) -> dict[str, Floats]:
    if not len(evidence.dense):
        none = np.zeros(len(layout.message), np.float32)
        return {"dense": none, "dense_window": none}
    best = (
        np.maximum.reduceat(evidence.dense[0][layout.rows], layout.starts) if len(layout.starts) else evidence.dense[0]
    )
    talk = best[: layout.messages]
    above = (talk - talk.mean()) * layout.near if len(talk) else talk
    window = talk + NEIGHBOUR * (_before(layout, above) + _after(layout, above))
    return {"dense": best, "dense_window": _at_message(layout, window)}


def _before(layout: Layout, values: Floats) -> Floats:
    """The value of the message before in the same session, 0 where there is none."""
    moved = np.zeros_like(values)
    moved[1:] = values[:-1] * (layout.before[1:] > 0)
    return moved


def _after(layout: Layout, values: Floats) -> Floats:
    moved = np.zeros_like(values)
    moved[:-1] = values[1:] * (layout.after[:-1] > 0)
    return moved


def _at_message(layout: Layout, values: Floats) -> Floats:
    """What holds of a message, for every unit that belongs to it."""
    return values if len(layout.message) == layout.messages else values[layout.message]


def _hits(terms: Sequence[str], layout: Layout, postings: Mapping[str, Posting]) -> Iterable[Hit]:
    known = [posting for term in terms if (posting := postings.get(term)) is not None and len(posting.rows)]
    for posting in sorted(known, key=lambda posting: len(posting.rows))[:TERMS_MAX]:
        units, count = _units(layout, posting)
        yield Hit(units=units, count=count, rarity=idf(int(np.searchsorted(units, layout.messages)), layout.messages))


def _units(layout: Layout, posting: Posting) -> tuple[Ints, Floats]:
    units = layout.unit[posting.rows]
    if len(units) > 1 and not (units[1:] > units[:-1]).all():
        units, where = np.unique(units, return_inverse=True)
        return units, np.bincount(where, posting.count).astype(np.float32)
    return units, posting.count.astype(np.float32)


def idf(frequency: float, total: float) -> float:
    return float(np.log1p((total - frequency + 0.5) / (frequency + 0.5)))


def _lexical(layout: Layout, hits: Sequence[Hit]) -> dict[str, Floats]:
    """BM25 of the unit, of the window of one message to either side and of the session; coverage: the idf share of the
    question's known terms that occur in the unit, and in a window of two messages to either side.
    """
    units, messages = len(layout.message), layout.messages
    words, coverage = np.zeros(units, np.float32), np.zeros(units, np.float32)
    window, wide, buffer = (np.zeros(messages, np.float32) for _ in range(3))
    talk = layout.length[:messages]
    mean = float(talk.mean()) if messages else 1.0
    around = talk + _before(layout, talk * layout.near) + _after(layout, talk * layout.near)
    norm = _norm(layout.length, mean, LENGTH_SHARE)
    norm_window = _norm(around, float(around.mean()) if messages else 1.0, LENGTH_SHARE)
    session = _Session(layout)
    for hit in hits:
        words[hit.units] += hit.rarity * _saturated(hit.count, norm[hit.units])
        coverage[hit.units] += hit.rarity
        said = np.searchsorted(hit.units, messages)
        spread, near = _spread(layout, hit.units[:said], hit.count[:said], buffer)
        window[near] += idf(len(near), messages) * _saturated(spread, norm_window[near])
        wide += hit.rarity * _reach(layout, hit.units[:said])
        session.add(hit.units[:said], hit.count[:said])
    total = sum(hit.rarity for hit in hits) or 1.0
    return {
        "words": words,
        "words_window": _at_message(layout, window),
        "coverage": coverage / total,
        "coverage_window": _at_message(layout, wide / total),
        "session": _at_message(layout, session.score[layout.session]),
    }


def _norm(length: Floats, mean: float, share: float) -> Floats:
    return (SATURATION * (1 - share + share * length / mean)).astype(np.float32)


def _saturated(count: Floats, norm: Floats) -> Floats:
    return count * (SATURATION + 1) / (count + norm)


def _spread(layout: Layout, messages: Ints, count: Floats, buffer: Floats) -> tuple[Floats, Ints]:
    """The term's count in the window around each message that has any of it; `buffer` is zeros, and is again after."""
    buffer[messages] += count
    ahead, behind = layout.after[messages] > 0, layout.before[messages] > 0
    shared = count * layout.near[messages]
    buffer[messages[ahead] + 1] += shared[ahead]
    buffer[messages[behind] - 1] += shared[behind]
    near = np.flatnonzero(buffer)
    spread = buffer[near]
    buffer[near] = 0
    return spread, near


def _reach(layout: Layout, messages: Ints) -> Floats:
    """1 for these messages, and their `near` for those within two of them in the same session."""
    reach = np.zeros(layout.messages, np.float32)
    near = layout.near[messages]
    for distance in (1, 2):
        for side, step in ((layout.after, distance), (layout.before, -distance)):
            there = side[messages] >= distance
            place = messages[there] + step
            reach[place] = np.maximum(reach[place], near[there])
    reach[messages] = 1
    return reach


class _Session:
    """BM25 of whole sessions, term by term."""

    def __init__(self, layout: Layout) -> None:
        self._session = layout.session
        self._count = int(layout.session[-1]) + 1 if layout.messages else 0
        length = np.bincount(layout.session, layout.length[: layout.messages], minlength=self._count).astype(np.float32)
        self._norm = _norm(length, float(length.mean()) if self._count else 1.0, SESSION_LENGTH_SHARE)
        self.score = np.zeros(self._count, np.float32)

    def add(self, messages: Ints, count: Floats) -> None:
        counts = np.bincount(self._session[messages], count, minlength=self._count).astype(np.float32)
        self.score += idf(int(np.count_nonzero(counts)), self._count) * _saturated(counts, self._norm)


def _related(question: Question, layout: Layout, postings: Mapping[str, Posting]) -> Floats:
    """For every term of the question the best of its related terms in the unit, by nearness and rarity; summed up."""
    total = np.zeros(len(layout.message), np.float32)
    groups: dict[int, list[tuple[Ints, float]]] = {}
    for related in question.related:
        posting = postings.get(related.term)
        if posting is not None and len(posting.rows):
            units = layout.unit[posting.rows]
            worth = related.weight * min(idf(len(units), layout.messages), RELATED_RARITY_MAX)
            groups.setdefault(related.of, []).append((units, worth))
    for group in groups.values():
        best = np.zeros(len(total), np.float32)
        for units, worth in group:
            best[units] = np.maximum(best[units], worth)
        total += best
    return total


def _speaker(question: Question, layout: Layout) -> Floats:
    if question.about is None:
        return np.zeros(len(layout.message), np.float32)
    sign = np.where(layout.speaker == question.about, np.float32(1), np.float32(-1))
    return sign * np.float32(question.sure)


def _date(spans: Sequence[tuple[float, float]], at: Floats) -> Floats:
    if not spans:
        return np.zeros(len(at), np.float32)
    gaps = [np.maximum(0, np.maximum(since - at, at - until)) for since, until in spans]
    nearness: Floats = np.exp(-np.minimum.reduce(gaps) / DATE_FADE).astype(np.float32)
    return nearness

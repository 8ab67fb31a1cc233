"""Features: what can be said cheaply about how well every unit of a bond's matter fits a question."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from everkin.mind.matter import SATURATION, Evidence, Flag, Floats, Ints, Layout, Matter, Posting
from everkin.mind.question import Kind, Question
from everkin.mind.salience import DECAY, NEWEST
from everkin.mind.transcript import SESSION_GAP

TERMS_MAX: Final = 32
"""Of a question with more known terms only the rarest count, so that the work stays bounded."""

NEIGHBOUR: Final = 0.7
"""What a message's neighbours weigh in the dense window; their dot products, summed, rank as a window's vector does."""

RELATED_RARITY_MAX: Final = 6.0
"""A related term is charged at most this idf: that it is rare says little about how near it is."""

RANGES_MIN: Final[Mapping[str, float]] = {
    "dense": 0.3,
    "dense_window": 0.5,
    "dense_session": 0.3,
    "words": 1.0,
    "words_window": 1.0,
    "session": 0.5,
    "related": 1.0,
}
"""A bond of three messages has no best one by a hair: differences below these are not blown up to the full scale."""

FITTING: Final = {Kind.WHEN: Flag.TIME_WORD, Kind.COUNT: Flag.NUMBER, Kind.LIST: Flag.LIST}
"""What an answer of each kind shows on its surface, where that was seen to help."""

ECHO: Final = 0.85
"""A question at least this near to the one that is asked is that question, asked before."""

DATE_FADE: Final = 14 * 86_400.0
"""Seconds after which nearness to a date in the question has fallen to 1/e; half of it falls as much sooner as the date is
more exact, ..."""

DATE_FADE_MIN: Final = 2 * 86_400.0
"""... though for a day no sooner than this: people tell what they did a day or two after."""


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
    asked = (raw["coverage"] * layout.surface["asks"])[: layout.messages]
    scaled = {name: _scaled(raw[name], range_min) for name, range_min in RANGES_MIN.items()}
    scaled |= layout.surface
    scaled |= {
        "coverage_window": raw["coverage_window"],
        "speaker": _speaker(question, layout),
        "answers": _at_message(layout, _asked_before(layout, asked)),
        "fits": (layout.flags & FITTING.get(question.kind, Flag(0)) > 0).astype(np.float32),
        "date": _date(question.spans, layout.at),
        "person": _person(question, layout, evidence),
        "echo": _echo(question, layout, raw["dense"]),
    }
    scaled |= _weight(question, layout, scaled["speaker"], is_matched=bool(hits) or len(evidence.dense) > 0)
    return Columns(scaled=scaled, raw=raw, hits=hits)


def _scaled(values: Floats, range_min: float) -> Floats:
    """Between 0 and 1 over all units; where they differ by less than `range_min`, by as much less."""
    if not len(values):
        return values
    low, high = values.min(), values.max()
    scaled: Floats = (values - low) / np.float32(max(high - low, range_min))
    return scaled


def _dense(layout: Layout, evidence: Evidence) -> dict[str, Floats]:
    """Nearness of the unit, of the window around it, and of whatever is nearest in its session."""
    if not len(evidence.dense):
        return dict.fromkeys(("dense", "dense_window", "dense_session"), np.zeros(len(layout.message), np.float32))
    best = evidence.dense[0]
    if layout.messages < len(best):
        best = np.maximum.reduceat(best[layout.rows], layout.starts)
    talk = best[: layout.messages]
    above = (talk - talk.mean()) * layout.near if len(talk) else talk
    window = talk + np.float32(NEIGHBOUR) * layout.around(above)
    session = np.maximum.reduceat(talk, layout.sessions)[layout.session] if len(talk) else talk
    return {
        "dense": best,
        "dense_window": _at_message(layout, window),
        "dense_session": _at_message(layout, session),
    }


def _asked_before(layout: Layout, asked: Floats) -> Floats:
    """For every message the best of what was asked right before it, or in what the other one said last."""
    where = np.flatnonzero(asked)
    if not len(where):
        return asked
    best = np.zeros(len(layout.turns), np.float32)
    np.maximum.at(best, layout.run[where], asked[where])
    follows = layout.session[layout.turns[1:]] == layout.session[layout.turns[:-1]]
    last = np.append(np.float32(0), best[:-1] * follows)[layout.run]
    last[1:] = np.maximum(last[1:], asked[:-1] * (layout.before[1:] > 0))
    return last


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
    """BM25 of the unit, of the window around it and of the session; coverage: the idf share of the
    question's known terms that occur in the unit, and in a window of two messages to either side.
    """
    units, messages, sessions = len(layout.message), layout.messages, len(layout.norm_session)
    words, coverage = np.zeros(units, np.float32), np.zeros(units, np.float32)
    window, wide, scratch = (np.zeros(messages, np.float32) for _ in range(3))
    session = np.zeros(sessions, np.float32)
    for hit in hits:
        words[hit.units] += hit.rarity * _saturated(hit.count, layout.norm[hit.units])
        coverage[hit.units] += hit.rarity
        said = int(np.searchsorted(hit.units, messages))
        spoken, count = hit.units[:said], hit.count[:said]
        _add_window(window, scratch, layout, spoken, count)
        _add_reach(wide, scratch, layout, spoken, hit.rarity)
        counts = np.bincount(layout.session[spoken], count, minlength=sessions).astype(np.float32)
        session += idf(int(np.count_nonzero(counts)), sessions) * _saturated(counts, layout.norm_session)
    total = sum(hit.rarity for hit in hits) or 1.0
    return {
        "words": words,
        "words_window": _at_message(layout, window),
        "coverage": coverage / np.float32(total),
        "coverage_window": _at_message(layout, wide / np.float32(total)),
        "session": _at_message(layout, session[layout.session]),
    }


def _saturated(count: Floats, norm: Floats) -> Floats:
    return count * np.float32(SATURATION + 1) / (count + norm)


def _add_window(total: Floats, scratch: Floats, layout: Layout, messages: Ints, count: Floats) -> None:
    """Adds BM25 of a term over the window around each message; `scratch` is zeros, and is again after."""
    lent = count * layout.near[messages]
    scratch[messages] += count
    reached = [messages]
    for side, step in ((layout.after, 1), (layout.before, -1)):
        there = side[messages] > 0
        place, passed = messages[there] + step, lent[there]
        scratch[place] += passed
        passed = passed * layout.passing[place]
        there = (passed > 0) & (side[place] > 0)
        beyond = place[there] + step
        scratch[beyond] += passed[there]
        reached += [place, beyond]
    near = np.concatenate(reached)
    rarity = idf(int(np.count_nonzero(scratch)), layout.messages)
    scratch[near] = rarity * _saturated(scratch[near], layout.norm_window[near])
    total += scratch
    scratch[near] = 0


def _add_reach(total: Floats, scratch: Floats, layout: Layout, messages: Ints, worth: float) -> None:
    """Adds `worth` to these messages, and the share of it that they lend to those within two of them in the session."""
    lent = layout.near[messages] * np.float32(worth)
    reached = [messages]
    for distance in (1, 2):
        for side, step in ((layout.after, distance), (layout.before, -distance)):
            there = side[messages] >= distance
            place = messages[there] + step
            scratch[place] = np.maximum(scratch[place], lent[there])
            reached.append(place)
    scratch[messages] = worth
    total += scratch
    for place in reached:
        scratch[place] = 0


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
        for units, worth in sorted(group, key=lambda each: each[1]):
            best[units] = worth
        total += best
    return total


def _speaker(question: Question, layout: Layout) -> Floats:
    if question.about is None:
        return np.zeros(len(layout.message), np.float32)
    sign = np.where(layout.speaker == question.about, np.float32(1), np.float32(-1))
    return sign * np.float32(question.sure)


def _person(question: Question, layout: Layout, evidence: Evidence) -> Floats:
    """The share of the people meant, as far as they are known here, that a unit speaks of under any name."""
    share = np.zeros(len(layout.message), np.float32)
    known = [rows for one in question.people if (rows := evidence.people.get(one)) is not None]
    for rows in known:
        share[np.unique(layout.unit[rows])] += np.float32(1 / len(known))
    return share


def _echo(question: Question, layout: Layout, dense: Floats) -> Floats:
    """How much a unit merely asks what is being asked: now for the second time, or a moment ago in the same breath."""
    asked = dense >= ECHO
    if question.at is not None:
        asked |= (layout.at <= question.at) & (layout.at > question.at - SESSION_GAP.total_seconds())
    echo: Floats = layout.surface["asks"] * asked
    return echo


def _weight(question: Question, layout: Layout, speaker: Floats, *, is_matched: bool) -> dict[str, Floats]:
    """Importance, of what was said by whom the question is about, and salience; nothing where nothing could match."""
    if not is_matched:
        none = np.zeros(len(layout.message), np.float32)
        return {"importance": none, "salience": none}
    return {"importance": layout.importance * np.maximum(speaker, 0), "salience": _salience(question, layout)}


def _salience(question: Question, layout: Layout) -> Floats:
    """What each unit was worth when it was asked, by the model of `mind.salience`, spoken of once, when it was last renewed.

    In what order it places them hardly hangs on the moment, so where none is given it is that of the newest.
    """
    asked = question.at if question.at is not None else float(layout.renewed.max(initial=0))
    days = np.maximum(asked - layout.renewed, NEWEST.total_seconds()).astype(np.float32) / np.float32(86_400)
    odds: Floats = layout.odds * days ** np.float32(-DECAY)
    return odds / (1 + odds)


def _date(spans: Sequence[tuple[float, float]], at: Floats) -> Floats:
    if not spans:
        return np.zeros(len(at), np.float32)
    nearness = np.zeros(len(at))
    for since, until in spans:
        gap = np.maximum(0, np.maximum(since - at, at - until))
        sharp = min(DATE_FADE, max(DATE_FADE_MIN, until - since))
        np.maximum(nearness, (np.exp(-gap / DATE_FADE) + np.exp(-gap / sharp)) / 2, out=nearness)
    return nearness.astype(np.float32)

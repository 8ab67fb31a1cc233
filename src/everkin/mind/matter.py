"""What recall searches: one bond's memories as aligned columns, and what a question's words and vectors hit in them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntFlag
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from everkin.mind.cue import Cue
from everkin.mind.meant import Meant
from everkin.mind.salience import IMPORTANCE_WEIGHT

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]

USER: Final = 0
COMPANION: Final = 1
OTHER: Final = 2
"""The values of `Matter.speaker`: everybody who is neither the user nor the companion is `OTHER`."""


NEAR_TERMS: Final = np.float32(40)
"""A neighbour lends a message this much of itself: in a chat all of it, of an assistant's page a line or two."""


PASSING_TERMS: Final = np.float32(16)
"""Over a message of fewer terms its neighbours reach to each other, the farther the less it says: people who chat say in
three messages what others say in one."""


SATURATION: Final = 1.2
LENGTH_SHARE: Final = 0.75
SESSION_LENGTH_SHARE: Final = 0.4
"""BM25's k1, and its b for messages and windows, and for whole sessions."""

BRIEF: Final = np.float32(8)
"""A text of fewer terms has less to tell; BM25 alone would prefer it."""

BRIEF_QUESTION: Final = np.float32(24)
"""A question of this many terms no longer counts as one: long messages that end in "?" tell things as well."""

CHAIN_MAX: Final = 64
"""Nobody moves house more often; it ends what damaged data may have turned into a circle."""


class Flag(IntFlag):
    """What a text shows on its surface; computed once when it is written, stored as 16 bits beside the row."""

    ASKS = 1 << 0
    FIRST_PERSON = 1 << 1
    SECOND_PERSON = 1 << 2
    NUMBER = 1 << 3
    TIME_WORD = 1 << 4
    NAME = 1 << 5
    PLACE = 1 << 6
    REASON = 1 << 7
    LIST = 1 << 8
    FACT = 1 << 9


_MARKS: Final = (
    (Flag.FIRST_PERSON, Cue(r"\b(?:i|i'm|i've|i'd|i'll|my|mine|me|myself|we|we're|we've|our|us)\b")),
    (Flag.SECOND_PERSON, Cue(r"\b(?:you|you're|you've|your|yours)\b")),
    (Flag.NUMBER, Cue(r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|once|twice|couple)\b")),
    (
        Flag.TIME_WORD,
        Cue(
            r"\b(?:today|yesterday|tomorrow|tonight|last|next|ago|week(?:end)?s?|months?|years?|days?|morning|evening|"
            r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|"
            r"october|november|december|spring|summer|autumn|winter|birthday|since|recently|soon|(?:19|20)\d\d)\b"
        ),
    ),
    (Flag.NAME, re.compile(r"[A-Z](?<!\w[A-Z])(?<!^[A-Z])(?<![.!?\n]\s[A-Z])[a-z]+")),
    (Flag.PLACE, re.compile(r"\b(?:in|at|to|from|near)\s+(?:the\s+)?[A-Z][a-z]+")),
    (Flag.REASON, Cue(r"\b(?:because|since|so that|that's why|in order to|the reason)\b")),
    (Flag.LIST, re.compile(r"(?:,\s*[\w' -]{2,30}){2,}|^\s*(?:[-*]|\d+[.)])\s", re.M)),
)


def flags_of(text: str, *, fact: bool = False) -> int:
    """The `Flag` bits of a text. The marks are English; texts in other languages get `ASKS` and little else."""
    bits = int(Flag.ASKS) if text.rstrip().endswith(("?", "？")) else 0
    for flag, mark in _MARKS:
        if mark.search(text):
            bits |= flag
    return bits | (int(Flag.FACT) if fact else 0)


@dataclass(frozen=True, kw_only=True)
class Matter:
    """Everything of one bond that may be recalled, N rows in time order, one a passage (a fact has one row of its own).

    Rows of one message stand together: `message` counts up from 0 without gaps and never falls, a fact carries the
    number of the message it came from. `session` never falls either. Times are epoch seconds.
    """

    memory: Ints
    """int64[N]: whose row this is; opaque here."""
    message: Ints
    """int32[N]: index of the message in time order."""
    session: Ints
    """int32[N]: the stretch of talk without a long silence."""
    at: Floats
    """float64[N]: when it was said."""
    renewed: Floats
    """float64[N]: when it was last said again or confirmed; `at` where never."""
    speaker: Ints
    """int8[N]: USER, COMPANION or OTHER."""
    length: Ints
    """int32[N]: index terms in the text, repetitions counted, the speaker's name not."""
    flags: Ints
    """uint16[N]: `flags_of` its text."""
    salience: Floats
    """float32[N], 0 to 1: how much it mattered when it was said (importance); 0.5 where unknown. Time takes its share when asked."""
    successor: Ints
    """int32[N]: the row that superseded this one, or -1."""

    def __len__(self) -> int:
        return len(self.message)

    @cached_property
    def outdated(self) -> Mapping[int, list[int]]:
        """The messages that say something which was superseded, each with the rows of those facts, ascending."""
        rows = np.flatnonzero(self.successor >= 0)
        found: dict[int, list[int]] = {}
        for row, message in zip(rows.tolist(), self.message[rows].tolist(), strict=True):
            found.setdefault(message, []).append(row)
        return found

    @cached_property
    def layout(self) -> "Layout":
        """The columns folded from rows to units; computed once (0.3 ms at 10,000 rows), so keep a snapshot's Matter."""
        return Layout.of(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The units that are ranked, and all about them that does not depend on the question.

    First M messages in time order, then the facts, U in all; a message's passages are one unit.
    """

    messages: int
    unit: Ints
    """int32[N]: the unit of each row."""
    rows: Ints
    """int32[N]: the rows ordered by unit; `starts` are where each unit's rows begin in it."""
    starts: Ints
    message: Ints
    """int32[U]: the message a unit belongs to: itself, or for a fact the one it came from."""
    session: Ints
    """int32[M], from 0 without gaps."""
    before: Ints
    after: Ints
    """int8[M]: how many messages (0, 1 or 2) of its own session a message has on that side, within two."""
    at: Floats
    renewed: Floats
    speaker: Ints
    flags: Ints
    """int32[U]: the bits of all its rows together, but ASKS of the last alone."""
    length: Floats
    """float32[U]: index terms, at least 1."""
    sessions: Ints
    """The messages that sessions begin with."""
    run: Ints
    """int32[M]: which messages in a row, by one speaker and in one session, each is of; from 0 without gaps."""
    turns: Ints
    """The messages that runs begin with."""
    near: Floats
    """float32[M]: the share of a message that its neighbours may borrow from, `NEAR_TERMS` of its terms."""
    passing: Floats
    """float32[M]: how much of what stands before a message reaches what stands after it, `PASSING_TERMS`."""
    norm: Floats
    norm_window: Floats
    norm_session: Floats
    """float32, of units, messages and sessions: BM25's k1 · (1 - b + b · length / mean length)."""
    surface: Mapping[str, Floats]
    """float32[U]: the features that do not depend on the question, by name."""
    importance: Floats
    """float32[U]: of the weightiest of its rows."""
    odds: Floats
    """float32[U]: what importance makes of the odds that a unit comes up, `mind.salience`."""
    superseded: Ints
    """The units that something else superseded; `successor`, int32[U], is what, or -1."""
    successor: Ints
    heir: Ints
    """int32[U]: what holds today in a unit's place: itself, or the end of the chain of its successors."""
    outdated: Ints
    """int32[U]: how long that chain is, 0 for what holds."""

    @classmethod
    def of(cls, matter: Matter) -> Self:
        fact = (matter.flags & Flag.FACT) > 0
        message = matter.message.astype(np.int32)
        count = int(message[-1]) + 1 if len(message) else 0
        unit = np.where(fact, count + np.cumsum(fact) - 1, message).astype(np.int32)
        rows = np.argsort(unit, kind="stable").astype(np.int32)
        starts = _starts(unit[rows])
        first = rows[starts]
        session = np.cumsum(np.diff(matter.session[first[:count]], prepend=matter.session[:1]) > 0).astype(np.int32)
        before, after = _company(session), _company(session[::-1])[::-1]
        run = _runs(session, matter.speaker[first[:count]])
        length = np.maximum(_folded(np.add, matter.length.astype(np.float32), rows, starts), 1)
        near, passing = np.minimum(1, NEAR_TERMS / length[:count]), np.maximum(0, 1 - length[:count] / PASSING_TERMS)
        window = length[:count] + _around(length[:count] * near, before, passing)
        flags = _flags(matter, rows, starts)
        importance = _folded(np.maximum, matter.salience.astype(np.float32), rows, starts)
        successor = np.where(matter.successor[first] >= 0, unit[matter.successor[first]], -1)
        heir, outdated = _heirs(successor)
        return cls(
            messages=count,
            unit=unit,
            rows=rows,
            starts=starts,
            message=message[first],
            session=session,
            before=before,
            after=after,
            at=matter.at[first],
            renewed=_folded(np.maximum, matter.renewed, rows, starts),
            speaker=matter.speaker[first],
            flags=flags,
            length=length,
            sessions=_starts(session),
            run=run,
            turns=_starts(run),
            near=near,
            passing=passing,
            norm=_norm(length, length[:count].mean() if count else 1, LENGTH_SHARE),
            norm_window=_norm(window, window.mean() if count else 1, LENGTH_SHARE),
            norm_session=_norm_session(session, length[:count]),
            surface=_surface(flags, length),
            importance=importance,
            odds=np.exp(np.float32(IMPORTANCE_WEIGHT) * (importance - np.float32(0.5))),
            superseded=np.flatnonzero(outdated),
            successor=successor,
            heir=heir,
            outdated=outdated,
        )

    def around(self, values: Floats) -> Floats:
        """float32[M]: for every message what those around it in the session have of `values`, up to two to either side."""
        return _around(values, self.before, self.passing)

    def span_of(self, units: Ints) -> tuple[Ints, Ints]:
        """The first and the last row of each of these units."""
        ends = np.append(self.starts[1:], len(self.rows))
        return self.rows[self.starts[units]], self.rows[ends[units] - 1]


def _flags(matter: Matter, rows: Ints, starts: Ints) -> Ints:
    if not len(rows):
        return rows
    last = rows[np.append(starts[1:], len(rows)) - 1]
    rest = _folded(np.bitwise_or, matter.flags.astype(np.int32), rows, starts) & ~Flag.ASKS
    return np.asarray(rest | (matter.flags[last] & Flag.ASKS))


def _norm(length: Floats, mean: float, share: float) -> Floats:
    return np.asarray(SATURATION * (1 - share + share * length / mean), np.float32)


def _norm_session(session: Ints, length: Floats) -> Floats:
    if not len(session):
        return length
    lengths = np.bincount(session, length).astype(np.float32)
    return _norm(lengths, lengths.mean(), SESSION_LENGTH_SHARE)


def _surface(flags: Ints, length: Floats) -> dict[str, Floats]:
    first, second = ((flags & flag > 0).astype(np.float32) for flag in (Flag.FIRST_PERSON, Flag.SECOND_PERSON))
    return {
        "first_person": first,
        "second_person": second * (1 - first),
        "asks": (flags & Flag.ASKS > 0) * np.clip(1 - length / BRIEF_QUESTION, 0, 1),
        "brief": np.clip(1 - length / BRIEF, 0, 1),
    }


def _folded(fold: np.ufunc, column: NDArray[Any], rows: Ints, starts: Ints) -> NDArray[Any]:
    return fold.reduceat(column[rows], starts) if len(starts) else column[:0]


def _company(session: Ints) -> Ints:
    """How many of the two messages before each are of its session."""
    near = np.zeros(len(session), np.int8)
    for distance in (1, 2):
        near[distance:] += session[distance:] == session[:-distance]
    return near


def _starts(number: Ints) -> Ints:
    """Where each number begins, of numbers that count up from 0."""
    return np.flatnonzero(np.diff(number, prepend=-1)).astype(np.int32)


def _runs(session: Ints, speaker: Ints) -> Ints:
    begins = (np.diff(session, prepend=-1) != 0) | (np.diff(speaker, prepend=-1) != 0)
    return np.asarray(np.cumsum(begins) - 1, np.int32)


def _around(values: Floats, before: Ints, passing: Floats) -> Floats:
    """The next message to either side in whole, and the one beyond it as far as that one lets it pass."""
    together = before[1:] > 0
    earlier, later = np.zeros_like(values), np.zeros_like(values)
    np.multiply(values[:-1], together, out=earlier[1:])
    np.multiply(values[1:], together, out=later[:-1])
    total = earlier + later
    total[1:] += (earlier * passing)[:-1] * together
    total[:-1] += (later * passing)[1:] * together
    return total


def _heirs(successor: Ints) -> tuple[Ints, Ints]:
    """The end of each unit's chain of successors, and how many steps away it is; a circle ends after `CHAIN_MAX`."""
    heir, steps = np.arange(len(successor), dtype=np.int32), np.zeros(len(successor), np.int32)
    for _ in range(CHAIN_MAX):
        older = successor[heir] >= 0
        if not older.any():
            break
        heir[older] = successor[heir[older]]
        steps[older] += 1
    return heir, steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """Where a term occurs: `rows` of the matter, each once, ascending; and how often (the speaker's name apart)."""

    rows: Ints
    count: Ints

    def joined(self, rows: Ints) -> "Posting":
        """With more rows, each as if it had the term once."""
        every = np.union1d(self.rows, rows)
        count = np.ones(len(every), np.int64)
        count[np.searchsorted(every, self.rows)] = self.count
        return Posting(rows=every, count=count)


NO_POSTING: Final = Posting(rows=np.empty(0, np.int32), count=np.empty(0, np.int32))


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What one question hits. `postings` are by term, for as many of `Question.search_terms` as occur at all.

    `dense` is float32[k, N]: dot products of the rows' unit vectors with those of `Question.wordings`, in that order;
    k = 0 when there is no vector, and then words alone decide. `people` has, of as many of `Question.people` as are known
    here, the rows that speak of each under whatever name, ascending.
    """

    postings: Mapping[str, Posting]
    dense: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    people: Mapping[Meant, Ints] = field(default_factory=dict)

    def bridged(self, naming: Sequence[tuple[str, Meant]]) -> "Evidence":
        """With whatever speaks of a person, under any name, among what has the terms that the question means them by.

        That is of use where another word mostly stands for them: relations, and names that less than half of what speaks
        of them has. Of `people` only those are left; for the others, what has the word says it all.
        """
        terms = {one: [term for term, each in naming if each == one] for one in self.people}
        people = {one: rows for one, rows in self.people.items() if one.kinship or self._is_rare(terms[one], rows)}
        postings = dict(self.postings)
        for one, rows in people.items():
            postings |= {term: postings.get(term, NO_POSTING).joined(rows) for term in terms[one]}
        return replace(self, postings=postings, people=people)

    def _is_rare(self, terms: Sequence[str], rows: Ints) -> bool:
        said = (len(self.postings[term].rows) for term in terms if term in self.postings)
        return 2 * max(said, default=0) < len(rows)

    def of_part(self, part: int) -> "Evidence":
        """What the part of that number, from 0, hits."""
        return Evidence(postings=self.postings, dense=self.dense[part + 1 : part + 2], people=self.people)

"""Salience: what a memory is worth now, by one model that explains itself; no job has to run for it to be right."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

DECAY: Final = 0.3
"""Exponent d of the power law of forgetting; 0.3 predicts best which words return in the next session."""

KEPT_TIMES: Final = 4
"""How many of the latest references keep their exact time (k in Petrov's approximation)."""

USE_WEIGHT: Final = 0.2
"""A reference by the system counts this much of one by a person, and only when the reply used it."""

IMPORTANCE_WEIGHT: Final = 2.0
"""What importance 1 instead of 0 adds to the base level: as much as 800 times the recency, or 7 mentions for one."""

NEWEST: Final = timedelta(minutes=1)
"""References younger than this count as this old: the power law has no value at zero."""


class Kind(StrEnum):
    """What a memory is about, as far as forgetting cares."""

    SAFETY = "safety"
    IDENTITY = "identity"
    KIN = "kin"
    PET = "pet"
    DIAGNOSIS = "diagnosis"
    BEREAVEMENT = "bereavement"
    PREFERENCE = "preference"
    LIFE_EVENT = "life_event"
    EVENT = "event"
    SMALL_TALK = "small_talk"

    @property
    def floor(self) -> float:
        """The salience below which a memory of this kind never sinks; 1 never leaves the warm tier."""
        return _FLOORS[self]


_FLOORS: Final = {
    Kind.SAFETY: 1.0,
    Kind.IDENTITY: 1.0,
    Kind.KIN: 1.0,
    Kind.PET: 1.0,
    Kind.DIAGNOSIS: 1.0,
    Kind.BEREAVEMENT: 1.0,
    Kind.LIFE_EVENT: 1.0,
    Kind.PREFERENCE: 0.4,
    Kind.EVENT: 0.15,
    Kind.SMALL_TALK: 0.0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class References:
    """Times at which a memory came up: how many ever, when first, and the last few exactly, newest first."""

    count: int
    first: datetime
    latest: tuple[datetime, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What salience needs to know of one memory; small and numeric, for a narrow table that is touched often.

    `mentions` count once a session in which a person spoke of it (the first is its birth);
    `uses` are replies that used it.
    """

    mentions: References
    uses: References | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Salience:
    """The worth of a memory in [0, 1] and where it comes from; `why` says it in words a person can read."""

    value: float
    activation: float
    """ACT-R's base level B, with time in days: 0 for one mention a day ago, below that as it fades."""
    floor: float
    why: tuple[str, ...]


def born(at: datetime) -> Trace:
    """The trace of a memory said for the first time."""
    return Trace(mentions=_first(at))


def mentioned(trace: Trace, at: datetime, *, session_began: datetime) -> Trace:
    """The trace after somebody spoke of it; a second mention in one session only moves that session's time forward."""
    newest = trace.mentions.latest[0]
    if newest >= session_began and at >= session_began:
        latest = (max(newest, at), *trace.mentions.latest[1:])
        return replace(trace, mentions=replace(trace.mentions, latest=latest))
    return replace(trace, mentions=_referred(trace.mentions, at, KEPT_TIMES))


def used(trace: Trace, at: datetime) -> Trace:
    """The trace after a reply used the memory. That it was merely recalled is no reference."""
    return replace(trace, uses=_referred(trace.uses, at, 1) if trace.uses else _first(at))


def salience(trace: Trace, *, kind: Kind, importance: float, now: datetime, pinned: bool = False) -> Salience:
    """Worth at `now`: the logistic of activation and importance, never below the kind's floor, and 1 when pinned.

    It falls with time and rises with each mention and use, whatever order they arrive in.
    """
    activation = base_level(trace, now)
    faded = _faded(activation, importance)
    floor = 1.0 if pinned else kind.floor
    return Salience(
        value=max(faded, floor),
        activation=activation,
        floor=floor,
        why=_why(trace, kind, importance, now, pinned, faded < floor),
    )


def strength(trace: Trace, *, kind: Kind, importance: float, now: datetime, pinned: bool = False) -> float:
    """The value of `salience` alone, in a third of its time."""
    return max(_faded(base_level(trace, now), importance), 1.0 if pinned else kind.floor)


def base_level(trace: Trace, now: datetime) -> float:
    """ACT-R's base level by Petrov's hybrid (2006), time in days, uses weighed by `USE_WEIGHT`."""
    total = _summed(trace.mentions, now)
    if trace.uses:
        total += USE_WEIGHT * _summed(trace.uses, now)
    return math.log(total)


def _faded(activation: float, importance: float) -> float:
    return 1 / (1 + math.exp(-(activation + IMPORTANCE_WEIGHT * (importance - 0.5))))


def _first(at: datetime) -> References:
    return References(count=1, first=at, latest=(at,))


def _referred(references: References, at: datetime, kept: int) -> References:
    """One more reference. One from before the first counts as at the first: a longer past must not dilute the rest."""
    times = sorted((*references.latest, max(at, references.first)), reverse=True)
    return replace(references, count=references.count + 1, latest=tuple(times[:kept]))


def _summed(references: References, now: datetime) -> float:
    """The sum of age^-d: exact for the latest, and for the rest as if evenly spread between those and the first."""
    ages = [_age(time, now) for time in references.latest]
    exact = sum(math.pow(age, -DECAY) for age in ages)
    rest = references.count - len(ages)
    if rest == 0:
        return exact
    return exact + rest * _mean(ages[-1], _age(references.first, now))


def _mean(young: float, old: float) -> float:
    """The mean of age^-d between two ages."""
    if old - young < 1e-9:
        return math.pow(old, -DECAY)
    return (math.pow(old, 1 - DECAY) - math.pow(young, 1 - DECAY)) / ((1 - DECAY) * (old - young))


def _age(time: datetime, now: datetime) -> float:
    return max(now - time, NEWEST) / timedelta(days=1)


def _why(trace: Trace, kind: Kind, importance: float, now: datetime, pinned: bool, held: bool) -> tuple[str, ...]:
    """What made the value, the strongest reason first."""
    reasons = []
    if pinned:
        reasons.append("pinned: it does not fade")
    elif held:
        reasons.append(f"held at {kind.floor:.2f}, the floor of {kind.value.replace('_', ' ')}")
    sessions = trace.mentions.count
    days = _age(trace.mentions.latest[0], now)
    reasons.append(f"spoken of in {sessions} session{'s' if sessions > 1 else ''}, last {days:.1f} days ago")
    if trace.uses:
        reasons.append(f"used in {trace.uses.count} replies")
    reasons.append(f"importance {importance:.2f}")
    return tuple(reasons)

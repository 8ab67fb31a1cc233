"""An arc: what has been different with somebody for weeks, seen in numbers of their sessions. Pure.

Four axes are watched: the tone of what they say, what they speak of, how often they come and how much they say. Together
they may raise at most one false alarm in a user-year: each axis has a share of that, spent evenly over its checks, so that
who talks daily is not alarmed more often than who talks on Sundays.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from everkin.mind.trend import BASELINE_MAX, RECENT, Flag, deviations, flags, limit, onset, shifted, slope


class Axis(StrEnum):
    MOOD = "mood"
    FOCUS = "focus"
    RHYTHM = "rhythm"
    """How long they stay away between sessions."""
    LENGTH = "length"
    """How much they say in a session."""


FALSE_ALARMS_A_YEAR: Final = {Axis.MOOD: 0.4, Axis.FOCUS: 0.2, Axis.RHYTHM: 0.15, Axis.LENGTH: 0.15}
"""Each axis's share of the one that is allowed; the tenth that is left is for what the simulation does not know."""
USUAL_SD: Final = {Axis.MOOD: 0.18, Axis.RHYTHM: 1.0, Axis.LENGTH: 0.8}
"""Spread between the sessions of one person: of mean tone, of the log of hours away, of the log of letters; priors."""
SESSIONS_READ: Final = 64
"""The last so many sessions are looked at, whatever the age of the bond."""
FOCUS_RECENT: Final = 8
FOCUS_BEFORE: Final = 12
FOCUS_EVERY: Final = 4
"""What is spoken of is looked at once in so many sessions."""
ROUNDS: Final = 999
_YEAR: Final = timedelta(days=365.25)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One session in numbers: when it began and ended, the user's messages and letters, the mean tone (-1 .. 1) of them.

    `themes` are keyed hashes of what was spoken of, each once.
    """

    began: datetime
    ended: datetime
    messages: int
    letters: int
    tone: float
    themes: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Arc:
    """A change that lasted. `since` is when it most likely began, `noticed` when it could first be told from chance.

    `upwards`: brighter, longer away, saying more; None where there is no direction. `size` is how far it went, in the
    person's own standard deviations; `a_week` how much of that it still moves in a week. `until` is None while it lasts.
    """

    axis: Axis
    since: datetime
    noticed: datetime
    until: datetime | None = None
    upwards: bool | None = None
    size: float = 0.0
    a_week: float = 0.0
    sessions: int = 0
    themes: tuple[int, ...] = field(default=(), repr=False)
    """Of a shift of focus: what is spoken of more than before, the most first."""
    text: str = field(default="", repr=False)
    """The same in words, where they were asked for."""

    @property
    def lasts(self) -> bool:
        return self.until is None


def arcs(sessions: Sequence[Session], *, rng: np.random.Generator) -> list[Arc]:
    """Every arc in these sessions, which are over and in order; the latest last. Costs about 5 ms for 64 sessions."""
    if len(sessions) < 2:
        return []
    rate = rate_a_year(sessions)
    hours = [np.log1p(max(0.0, (b.began - a.ended) / timedelta(hours=1))) for a, b in pairwise(sessions)]
    found = [
        *along(Axis.MOOD, sessions, [session.tone for session in sessions], rate),
        *along(Axis.RHYTHM, sessions[1:], hours, rate),
        *along(Axis.LENGTH, sessions, [np.log1p(session.letters) for session in sessions], rate),
        *focus(sessions, rate, rng),
    ]
    return sorted(found, key=lambda arc: (arc.noticed, arc.axis))


def rate_a_year(sessions: Sequence[Session]) -> float:
    """Sessions a year at the pace of these, within 12 .. 800."""
    span = max(sessions[-1].began - sessions[0].began, timedelta(hours=1))
    return float(np.clip((len(sessions) - 1) / (span / _YEAR), 12, 800))


def along(axis: Axis, sessions: Sequence[Session], values: Sequence[float], rate: float) -> list[Arc]:
    """The arcs of one axis, of which each session has a value; `rate` is sessions a year."""
    series = np.asarray(values, dtype=np.float64)
    off = deviations(series, usual_sd=USUAL_SD[axis])
    raised = flags(off, beyond=limit(FALSE_ALARMS_A_YEAR[axis] / rate))
    return [_arc(axis, sessions, series, flag) for flag in raised]


def _arc(axis: Axis, sessions: Sequence[Session], series: NDArray[Any], flag: Flag) -> Arc:
    first = max(0, flag.raised - RECENT - BASELINE_MAX)
    begun = min(first + onset(series[first : flag.until]), flag.raised)
    before, since = series[first:begun], series[begun : flag.until]
    spread = max(float(np.std(before)) if len(before) > 2 else 0.0, USUAL_SD[axis] / 4)
    weeks = [(s.began - sessions[begun].began) / timedelta(weeks=1) for s in sessions[begun : flag.until]]
    return Arc(
        axis=axis,
        since=sessions[begun].began,
        noticed=sessions[flag.raised].ended,
        until=sessions[flag.until].began if flag.until < len(sessions) else None,
        upwards=flag.upwards,
        size=abs(float(np.median(since) - np.median(before))) / spread,
        a_week=slope(weeks, since) / spread,
        sessions=flag.until - begun,
    )


def focus(sessions: Sequence[Session], rate: float, rng: np.random.Generator) -> list[Arc]:
    """Whether the last sessions speak of other things than those before, at the last moment that this was looked at."""
    looked = len(sessions) - len(sessions) % FOCUS_EVERY
    known = sessions[:looked][-(FOCUS_RECENT + BASELINE_MAX) :]
    if len(known) < FOCUS_RECENT + FOCUS_BEFORE:
        return []
    themes = sorted({theme for session in known for theme in session.themes})
    counts = np.array([[theme in session.themes for theme in themes] for session in known], dtype=np.float64)
    if not themes or shifted(counts, FOCUS_RECENT, rounds=ROUNDS, rng=rng) > _chance(rate):
        return []
    return [
        Arc(
            axis=Axis.FOCUS,
            since=known[-FOCUS_RECENT].began,
            noticed=known[-1].ended,
            sessions=FOCUS_RECENT,
            themes=_risen(known),
        )
    ]


def _chance(rate: float) -> float:
    return max(FALSE_ALARMS_A_YEAR[Axis.FOCUS] * FOCUS_EVERY / rate, 1 / (ROUNDS + 1))


def _risen(known: Sequence[Session]) -> tuple[int, ...]:
    """What takes a larger share of the last sessions than of those before, the largest gain first; at most three."""
    recent, before = known[-FOCUS_RECENT:], known[:-FOCUS_RECENT]
    gain: Counter[int] = Counter()
    for part, sign in ((recent, 1.0), (before, -1.0)):
        for session in part:
            for theme in session.themes:
                gain[theme] += sign / len(part)  # type: ignore[assignment]
    return tuple(theme for theme, share in sorted(gain.items(), key=lambda one: (-one[1], one[0]))[:3] if share > 0)


_DIRECTIONS: Final = {
    (Axis.MOOD, True): "they have seemed {much}brighter than they used to",
    (Axis.MOOD, False): "they have seemed {much}lower than they used to",
    (Axis.RHYTHM, True): "they have come {much}less often than they used to",
    (Axis.RHYTHM, False): "they have come {much}more often than they used to",
    (Axis.LENGTH, True): "they have had {much}more to say than they used to",
    (Axis.LENGTH, False): "they have had {much}less to say than they used to",
}
_STILL: Final = 0.1
"""Standard deviations a week from which on a change is still under way."""


def worded(arc: Arc, zone: ZoneInfo, names: Mapping[int, str] | None = None) -> str:
    """An arc in one sentence without a number in it, as a companion is told and a user reads it."""
    since = f"Since about {_day(arc.since, zone)}"
    if arc.axis is Axis.FOCUS:
        risen = [name for theme in arc.themes if (name := (names or {}).get(theme))]
        of_what = f", mostly of {' and '.join(risen)}" if risen else ""
        return f"{since} they have been speaking of other things than before{of_what}."
    much = "a little " if arc.size < 1 else "much " if arc.size >= 2.5 else ""
    change = _DIRECTIONS[arc.axis, bool(arc.upwards)].format(much=much)
    further = arc.lasts and (arc.a_week > 0) is arc.upwards and abs(arc.a_week) >= _STILL
    ended = f", until about {_day(arc.until, zone)}" if arc.until else ""
    return f"{since} {change}{ended}{', and it goes on' if further else ''}."


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B}"

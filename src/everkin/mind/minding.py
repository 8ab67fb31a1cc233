"""What of the last weeks belongs into a companion's mind now, in words: what matters today, and nothing to reproach. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from everkin.mind import anniversary, thread
from everkin.mind.anniversary import Occasion
from everkin.mind.arc import Arc, Axis
from everkin.mind.ports.arcs import Retrospect
from everkin.mind.thread import Stage, Thread

SOON: Final = timedelta(days=3)
"""What is further ahead, or longer past its time, is not in anybody's mind unasked."""
LATE: Final = timedelta(days=7)
THREADS_MINDED: Final = 3
TACT: Final = (
    "Let this shape your tone; speak of it only where it fits, and never reproach them for being away, for what they "
    "did not tell, or for how they feel."
)


def minding(found: Retrospect, at: datetime, zone: ZoneInfo) -> str:
    """A few sentences, or nothing. How often and how long somebody talks is for them to read, never for a companion to hold."""
    told = [
        *(arc.text for arc in found.arcs if _is_minded(arc)),
        *(thread.worded(one, at, zone) for one in threads_minded(found.open_threads, at, zone)),
        *(anniversary.worded(one) for one in found.anniversaries if _is_near(one, at, zone)),
    ]
    return " ".join([*told, TACT]) if told else ""


def threads_minded(threads: Iterable[Thread], at: datetime, zone: ZoneInfo) -> list[Thread]:
    """Those that are about to come or have just been, the next first; at most three."""
    return [one for one in threads if _is_current(one, at, zone)][:THREADS_MINDED]


def _is_current(one: Thread, at: datetime, zone: ZoneInfo) -> bool:
    if one.stage(at, zone) is Stage.DUE:
        return at <= one.follow_up(zone) + LATE
    return one.starts is not None and one.starts <= at + SOON


def _is_minded(arc: Arc) -> bool:
    return arc.axis is Axis.MOOD or (arc.axis is Axis.FOCUS and bool(arc.themes))


def _is_near(one: anniversary.Anniversary, at: datetime, zone: ZoneInfo) -> bool:
    days = (one.day - at.astimezone(zone).date()).days
    return days == 0 if one.occasion is Occasion.FIRST_TALK else days <= SOON.days

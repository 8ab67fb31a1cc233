"""An open thread: something somebody awaits or has before them, to be asked about when its time has come. Pure.

Threads are read off messages and closed by later messages that tell how it went; nothing is kept of that, so erasing
either message undoes its share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from everkin.mind.identity import MessageKey


class Stage(StrEnum):
    AHEAD = "ahead"
    DUE = "due"
    """Its time has passed and nobody has said how it went."""


UNDATED: Final = timedelta(days=10)
"""What has no day is asked about after so long."""
STALE: Final = timedelta(days=21)
"""So long after its follow-up time a thread is let go: asking then would be odd."""
ASKED_AT_H: Final = 10
"""The hour of the next day, on the user's clock, from which a thing of a day can be asked about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """One thing ahead, as characters `begin` to `end` of a message said it. `starts` to `ends` is when (None: not said).

    `about` are keyed hashes of what it is about, by which a later message is known to speak of it.
    """

    message: MessageKey
    at: datetime
    begin: int
    end: int
    starts: datetime | None = None
    ends: datetime | None = None
    about: frozenset[int] = frozenset()
    text: str = field(default="", repr=False)
    ask_at: datetime | None = None
    """Its follow-up time, where it was read for somebody whose zone is known."""

    def follow_up(self, zone: ZoneInfo) -> datetime:
        """When to ask: the morning after its last day; two hours after a thing of hours; ten days on where no day was said."""
        if self.starts is None or self.ends is None:
            return self.at + UNDATED
        if self.ends - self.starts < timedelta(hours=23):
            return self.ends + timedelta(hours=2)
        last = (self.ends - timedelta(microseconds=1)).astimezone(zone)
        morning = (last + timedelta(days=1)).replace(hour=ASKED_AT_H, minute=0, second=0, microsecond=0)
        return morning.astimezone(self.ends.tzinfo)

    def stage(self, at: datetime, zone: ZoneInfo) -> Stage:
        return Stage.AHEAD if at < self.follow_up(zone) else Stage.DUE


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A message that tells how something went; `about` are keyed hashes of all it speaks of."""

    message: MessageKey
    at: datetime
    about: frozenset[int]


def open_threads(
    threads: Iterable[Thread], outcomes: Sequence[Outcome], *, at: datetime, zone: ZoneInfo
) -> list[Thread]:
    """Those that stand open at `at`, the next to follow up first. Said again, with another day say, a thread is its latest saying."""
    said = sorted((thread for thread in threads if thread.at <= at), key=lambda thread: (thread.at, thread.begin))
    latest = [
        thread for n, thread in enumerate(said) if not any(_says_again(later, thread, zone) for later in said[n + 1 :])
    ]
    told = [outcome for outcome in outcomes if outcome.at <= at]
    standing = [
        thread
        for thread in latest
        if at <= thread.follow_up(zone) + STALE and not any(_closes(outcome, thread) for outcome in told)
    ]
    return sorted(standing, key=lambda thread: (thread.follow_up(zone), thread.at, thread.begin))


def _says_again(later: Thread, thread: Thread, zone: ZoneInfo) -> bool:
    return later.at < thread.follow_up(zone) and bool(later.about & thread.about)


def _closes(outcome: Outcome, thread: Thread) -> bool:
    """Told after it was to begin, or after it was said where it had no day, and about the same thing."""
    return outcome.at > (thread.starts or thread.at) and outcome.at > thread.at and bool(outcome.about & thread.about)


def worded(thread: Thread, at: datetime, zone: ZoneInfo) -> str:
    """What a companion is told of it: what, when, and whether it is over."""
    said = thread.at.astimezone(zone)
    when = f", {_day(thread.starts, zone)}" if thread.starts else ""
    over = " They have not said how it went." if thread.stage(at, zone) is Stage.DUE and thread.starts else ""
    return f'Ahead of them, as they said on {said.day} {said:%B}: "{thread.text}"{when}.{over}'


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B}"

"""How warm a memory is kept, and by which policy; where each one belongs follows from its salience among its user's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from everkin.mind.fact import Predicate
from everkin.mind.salience import Kind, Trace, salience


class Tier(IntEnum):
    """Where a memory lives. The numbers are stored: add, never renumber."""

    HOT = 0
    WARM = 1
    COLD = 2
    FORGOTTEN = 3
    """Out of search by policy; its words are still in the transcript, and it can be brought back."""


THREADS: Final = (Predicate.GOAL, Predicate.PLAN)
"""A fact of these that still stands is an open thread: it stays warm until something ends or supersedes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Shares are of one user's memories, the most salient first. What is held (pinned, safety, a floor of 1, newborn,
    dated ahead, an open thread) never sinks below warm."""

    hot_share: float = 0.2
    warm_share: float = 0.5
    warm_min: int = 800
    """So many stay warm whatever their share: a young bond has nothing to gain from the cold."""
    warm_max: int = 2000
    """No more than so many of what is not held, however long a life: work and room stay bounded."""
    tail: int = 64
    """So many of a bond's last messages stay warm whatever they are worth: a conversation goes on from them."""
    newborn: timedelta = timedelta(days=7)
    again_after: timedelta = timedelta(days=1)
    """How often one user's memories are weighed."""
    forgets: bool = False
    """Whether anything is ever forgotten; if not, what fades ends in the cold tier and stays."""
    forget_below: float = 0.05
    grace: timedelta = timedelta(days=90)
    """How long what is worth less than that waits before it is forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What one pass did, in counts of memories."""

    users: int = 0
    weighed: int = 0
    heated: int = 0
    warmed: int = 0
    cooled: int = 0
    fading: int = 0
    """Whose grace period began or was called off."""
    forgotten: int = 0

    @property
    def moved(self) -> int:
        """How many memories went into another tier."""
        return self.heated + self.warmed + self.cooled + self.forgotten

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(**{name: getattr(self, name) + getattr(other, name) for name in Moved.__slots__})


CENTURY: Final = timedelta(days=36525)


def falls_below(policy: Policy, trace: Trace, *, kind: Kind, importance: float, now: datetime) -> datetime | None:
    """When a memory that nobody speaks of is worth less than policy keeps, to the day; None for never in a hundred years.

    Worth falls with time alone, so that this stands until somebody mentions or uses it.
    """

    def worth(at: datetime) -> float:
        return salience(trace, kind=kind, importance=importance, now=at).value

    if worth(now + CENTURY) >= policy.forget_below:
        return None
    low, high = now, now + CENTURY
    if worth(low) < policy.forget_below:
        return low
    while high - low > timedelta(days=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if worth(middle) >= policy.forget_below else (low, middle)
    return high

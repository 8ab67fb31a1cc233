"""What each message leaves for arcs, where that is kept, and who reads arcs back: contexts, initiative, a safety layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from everkin.mind.anniversary import Anniversary
from everkin.mind.arc import Arc, Session
from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.memory import Memory
from everkin.mind.risk import Disclosure
from everkin.mind.thread import Outcome, Thread


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """An open thread before its message has a key. `about` are stems; the store keeps keyed hashes of them."""

    begin: int
    end: int
    starts: datetime | None
    ends: datetime | None
    about: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What one message of the user adds to arcs: tone in -1 .. 1, letters, themes in words, stems of what it tells."""

    tone: float
    letters: int
    themes: tuple[str, ...] = field(default=(), repr=False)
    told: tuple[str, ...] = field(default=(), repr=False)
    ahead: tuple[Ahead, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Theme:
    """What somebody comes back to: in how many sessions, between when and when, and the last messages that spoke of it."""

    word: str = field(repr=False)
    sessions: int
    first_at: datetime
    last_at: datetime
    messages: tuple[MessageKey, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Traced:
    """What a look back needs of a bond's numbers: the last sessions that are over, without their themes, what may still be
    open and what may have closed some of it, and when the two first talked."""

    sessions: tuple[Session, ...] = ()
    threads: tuple[Thread, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    first_talk: datetime | None = None


class Traces(Protocol):
    """Numbers of one bond, from what its messages left; what was erased or taken back is in none of them."""

    async def traced(self, user: UserId, bond: BondId, *, at: datetime, sessions: int) -> Traced:
        """In one transaction; at most so many sessions, and 64 threads, whatever the age of the bond."""
        ...

    async def spoken(
        self, user: UserId, bond: BondId, sessions: Sequence[Session]
    ) -> tuple[list[Session], dict[int, MessageKey]]:
        """The same sessions with their themes, and for each theme the last message that spoke of it."""
        ...

    async def named(self, user: UserId, spoken: Mapping[int, MessageKey]) -> dict[int, str]:
        """The words of themes, found again in messages that speak of them; none where that message is gone."""
        ...

    async def themes(self, user: UserId, bond: BondId, *, until: datetime, sessions_min: int) -> list[Theme]:
        """What came up in so many sessions of the last year at least, the most often first."""
        ...

    async def begun(self, user: UserId, bond: BondId, *, until: datetime) -> tuple[datetime, MessageKey, int] | None:
        """The user's first message, and how many sessions there have been; None before there is any."""
        ...

    async def telling(self, user: UserId, bond: BondId, arc: Arc, *, limit: int) -> list[MessageKey]:
        """The messages that an arc shows in most, within its time."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrospect:
    """What looking back over weeks finds at a moment: arcs that last, with their words, and what stands open or comes round.

    `disclosures` are those that a darker mood has made relevant again, reviewed or not.
    """

    arcs: tuple[Arc, ...] = ()
    open_threads: tuple[Thread, ...] = ()
    anniversaries: tuple[Anniversary, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()


class Retrospects(Protocol):
    """Arcs as others read them: a safety layer, relationship metrics, initiative."""

    async def look_back(
        self, user: UserId, bond: BondId, *, at: datetime, zone: ZoneInfo, facts: Sequence[Memory] | None = None
    ) -> Retrospect:
        """Bounded work, whatever the age of the bond. `facts` are those that stand, where they are at hand already."""
        ...

    async def themes(self, user: UserId, bond: BondId, *, at: datetime) -> Sequence[Theme]: ...

"""Which weeks are to be told in brief, and where it is noted which memories tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from everkin.mind.identity import BondId, MemoryId, UserId


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """A week of a bond, between two midnights of the user's own zone; `messages` were said in its sessions.

    `revision` is the bond's, as of when the week was found due.
    """

    user: UserId
    bond: BondId
    start: datetime
    end: datetime
    messages: int
    revision: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What was noted of a week: the memories that tell it, the most telling first."""

    week: Week
    memories: tuple[MemoryId, ...]


class Digests(Protocol):
    """Digests of a whole cell. They hold ids alone: what is erased is out of them in the same commit."""

    async def due(self, *, now: datetime, least: int, limit: int) -> Sequence[Week]:
        """Weeks of at least so many messages that are over and were not digested as they now stand, the latest first."""
        ...

    async def put(self, week: Week, memories: Sequence[MemoryId]) -> bool:
        """Note it in the place of what was noted; not where anything of the bond was erased or revised meanwhile."""
        ...

    async def between(
        self, user: UserId, bond: BondId, *, start: datetime | None, end: datetime | None, limit: int
    ) -> Sequence[Kept]:
        """Those that overlap a stretch of time and tell anything, the latest first."""
        ...

"""Where samples of a cell's memories are taken, what was found wrong with them is noted, and the trend is kept."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.quality import Day, Fault


class Samples(Protocol):
    async def pick(self, *, day: date, limit: int) -> Sequence[tuple[UserId, BondId, MemoryId]]:
        """Some memories of the cell, others every day, the same all day; ids alone."""
        ...

    async def flag(self, user: UserId, memory: MemoryId, faults: Collection[Fault], *, at: datetime) -> None:
        """Note what is wrong with it now, in place of what was noted before."""
        ...

    async def hide(self, user: UserId, memory: MemoryId) -> bool:
        """Take a memory out of search, as if it were forgotten: its words stay, and it can be brought back."""
        ...

    async def keep(self, day: Day) -> None: ...

    async def days(self, *, limit: int) -> list[Day]:
        """The trend, newest first."""
        ...

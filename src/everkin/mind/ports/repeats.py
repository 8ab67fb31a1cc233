"""Where memories are that say the same thing, and where it is noted that they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from everkin.mind.identity import BondId, MemoryId, UserId


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Rows of one bond that were not looked through yet: `first` to before `end`."""

    user: UserId
    bond: BondId
    first: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Two memories of one speaker whose vectors lie near."""

    newer: MemoryId
    older: MemoryId
    cosine: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat:
    """A memory that says nothing that the one that `stands` does not; it was said at `at`."""

    memory: MemoryId
    stands: MemoryId
    at: datetime


class Repeats(Protocol):
    """What was said again, of a whole cell; words are opened one user at a time, elsewhere."""

    async def due(self) -> Stretch | None: ...

    async def alike(self, stretch: Stretch, *, least: float) -> list[Alike]:
        """Pairs at least so near, those of a memory together, the nearest first."""
        ...

    async def put(self, stretch: Stretch, repeats: Sequence[Repeat]) -> None:
        """Note these in one commit, and that the stretch was looked through. What stands counts as mentioned again."""
        ...

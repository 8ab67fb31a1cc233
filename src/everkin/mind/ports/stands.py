"""Where a bond stands: what a cache compares before it answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from everkin.mind.identity import BondId, MemoryId, MessageKey, UserId


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """`epoch` moves with every write of the user's, `revision` when a passage of the bond changes or goes, `next_row`
    when one is added; `elsewhere` with either in any other bond of the user's.
    """

    epoch: int
    revision: int
    next_row: int
    elsewhere: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """What happened between a stand and `now`: whose messages were added, and whether facts were learnt or superseded."""

    now: Stand
    added: frozenset[MessageKey]
    learnt: bool
    superseded: bool

    def only(self, then: Stand, own: Collection[MessageKey]) -> bool:
        """Whether nothing but these messages came, and nothing that was known became another."""
        return self._untouched(then) and self.added <= set(own)

    def as_known(self, then: Stand) -> bool:
        """Whether no fact was learnt, and nothing that was known became another."""
        return self._untouched(then) and not self.learnt

    def _untouched(self, then: Stand) -> bool:
        return (then.revision, then.elsewhere) == (self.now.revision, self.now.elsewhere) and not self.superseded


class Stands(Protocol):
    async def stand(self, user: UserId, bond: BondId) -> Stand | None:
        """One round trip; None when there is no such bond (any more)."""
        ...

    async def since(self, user: UserId, bond: BondId, then: Stand) -> Since | None:
        """As of one moment. Costs a look at each row that was added since."""
        ...


class Turned(Protocol):
    """Vectors as the store holds them, turned under the user's key: only among themselves do they mean anything."""

    async def turn(self, user: UserId, vectors: NDArray[Any]) -> NDArray[Any]: ...

    def held(self, bond: BondId, memories: Sequence[MemoryId]) -> dict[MemoryId, NDArray[Any]]:
        """Those that are in RAM; never reads anything."""
        ...

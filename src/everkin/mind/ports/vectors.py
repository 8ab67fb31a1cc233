"""Where vectors are: those of a bond, to be looked at together; those of a whole cell, to be moved to another embedder or made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from numpy.typing import NDArray

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import Matter
from everkin.mind.ports.transcripts import Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale:
    """A memory whose vectors another embedder made, or none. `text` is None where its key is gone: dark stays dark."""

    memory: MemoryId
    bond: BondId
    rows: tuple[int, ...]
    text: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Spread:
    """All of a bond that is at hand. Rows of `matter`, `ids` (16 bytes each) and `vectors` (float32, by the user's own transform,
    zeros where there is none) are aligned, in the order of time.
    """

    matter: Matter
    ids: NDArray[Any] = field(repr=False)
    vectors: NDArray[Any] = field(repr=False)

    def memories(self, rows: Iterable[Any]) -> list[MemoryId]:
        """The memories of some rows, in their order."""
        return [MemoryId(UUID(bytes=self.ids[row].tobytes())) for row in rows]


class Spreads(Protocol):
    async def spread(self, user: UserId, bond: BondId) -> Spread:
        """As of now; what is cold is not in it."""
        ...


class Unread(Protocol):
    """What was kept while no embedder answered: it is found by its words alone until vectors are made."""

    async def waiting(self, *, limit: int) -> list[UserId]:
        """Users of whom something has no vectors yet; one look at an index that is empty as a rule."""
        ...

    async def unread(self, user: UserId, *, limit: int) -> list[Stale]:
        """The next of their memories without vectors; what has gone cold without them is left to `everkin reembed`."""
        ...

    async def renew(self, user: UserId, renewed: Sequence[tuple[Stale, Sequence[Passage]]]) -> None:
        """Put these in place of what they were, in one commit."""
        ...


class Vectors(Protocol):
    """Vectors of one cell on their way to a new embedder: while any is stale, nobody else may open the cell."""

    async def users(self) -> Sequence[UserId]: ...

    async def count(self, user: UserId) -> int:
        """How many memories are stale."""
        ...

    async def stale(self, user: UserId, *, limit: int) -> list[Stale]:
        """The next ones, what lies in the cold among them once it is fetched back."""
        ...

    async def renew(self, user: UserId, renewed: Sequence[tuple[Stale, Sequence[Passage]]]) -> None:
        """Put these in place of what they were, in one commit."""
        ...

    async def finish(self) -> None:
        """Nothing is stale any more: from now on the cell is the new embedder's."""
        ...

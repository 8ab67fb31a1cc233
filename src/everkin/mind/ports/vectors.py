"""Where the vectors of a whole cell are, for moving them to another embedder and for making those that are missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.ports.transcripts import Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale:
    """A memory whose vectors another embedder made, or none. `text` is None where its key is gone: dark stays dark."""

    memory: MemoryId
    bond: BondId
    rows: tuple[int, ...]
    text: str | None = field(repr=False)


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

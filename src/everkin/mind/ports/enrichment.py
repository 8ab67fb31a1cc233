"""How far a language model has read what was said, so that reading goes on where it stopped."""

from collections.abc import Sequence
from typing import Protocol

from everkin.mind.identity import BondId, UserId
from everkin.mind.transcript import Message


class Enrichment(Protocol):
    """A mark for each bond, moving forward only."""

    async def due(self, *, limit: int) -> Sequence[tuple[UserId, BondId]]:
        """Bonds of the cell with messages beyond their mark."""
        ...

    async def unread(self, user: UserId, bond: BondId, *, limit: int) -> tuple[list[Message], int]:
        """The next messages in the order of arrival, and the mark that stands after all of them.

        What was erased meanwhile is not among them, and the mark passes it.
        """
        ...

    async def advance(self, user: UserId, bond: BondId, *, to: int) -> None:
        """Move the mark; never back."""
        ...

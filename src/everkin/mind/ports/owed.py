"""Turns that nobody could answer, and that are answered later, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Protocol
from uuid import UUID

from everkin.mind.identity import BondId, ConversationId, MessageKey, UserId
from everkin.mind.ports.transcripts import NewMessage


class Debt(IntEnum):
    """Where an owed answer stands. The numbers are stored: add, never renumber."""

    WAITING = 0
    CLAIMED = 1
    ANSWERED = 2
    OVERTAKEN = 3
    """The conversation went on without it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """One turn that waits. `message` are the words to be answered."""

    id: UUID
    user: UserId
    bond: BondId
    conversation: ConversationId
    message: MessageKey
    attempts: int = 0


class OwedTurns(Protocol):
    """A queue in the store: a crash between claim and answer lets the claim run out, and the turn is tried again."""

    async def put(self, owed: Owed, *, due_at: datetime) -> None:
        """Remember that this turn waits."""
        ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[tuple[UserId, UUID]]:
        """Whose turns are to be tried now, of the whole cell."""
        ...

    async def claim(self, user: UserId, id: UUID, *, now: datetime, until: datetime) -> Owed | None:
        """Take it for oneself until then; None when somebody got there first."""
        ...

    async def put_off(self, owed: Owed, *, due_at: datetime) -> None:
        """Nobody could answer it now either."""
        ...

    async def settle(self, owed: Owed, reply: NewMessage | None) -> bool:
        """Keep the reply and close the debt in one commit (None: it was overtaken). False when it was closed already."""
        ...

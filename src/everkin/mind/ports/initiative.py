"""Where consent and overtures are kept, and who carries an overture to the app that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from everkin.mind.identity import BondId, OvertureId, UserId
from everkin.mind.initiative import Consent, Opening, Overture
from everkin.mind.ports.transcripts import NewMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """An overture on its way out of the house; the same `id` however often it is sent."""

    id: OvertureId
    user: str = field(repr=False)
    companion: str
    text: str = field(repr=False)
    reason: str
    at: datetime


class Courier(Protocol):
    """Carries letters to the app. Absent where none is configured: then apps come and ask."""

    async def carry(self, letter: Letter) -> bool:
        """Whether the app took it; False for any failure that another try may mend."""
        ...


class Initiative(Protocol):
    """Consent and overtures of one cell. Changes of state are compare-and-set; several processes may work at once."""

    async def consent(self, user: UserId, bond: BondId) -> Consent: ...

    async def put_consent(self, user: UserId, bond: BondId, consent: Consent, *, at: datetime) -> None:
        """Turning it off withdraws, in the same commit, all that has reached nobody yet."""
        ...

    async def to_look_at(self, *, at: datetime, limit: int) -> Sequence[tuple[UserId, BondId]]:
        """The bonds, of the whole cell, whose turn it is to be thought about."""
        ...

    async def look_at(self, user: UserId, bond: BondId, *, at: datetime, again: datetime) -> bool:
        """Take this turn; False when another process was first."""
        ...

    async def decide(self, user: UserId, bond: BondId, id: OvertureId, opening: Opening, *, at: datetime) -> bool:
        """Decide upon it, once ever; False when it was decided upon before or is no longer allowed."""
        ...

    async def subjects(self, user: UserId, bond: BondId, openings: Sequence[Opening]) -> set[str]:
        """Which of these were decided upon before."""
        ...

    async def recent(self, user: UserId, bond: BondId, *, since: datetime) -> list[Overture]:
        """Those decided since, in order."""
        ...

    async def user_spoke_at(self, user: UserId, bond: BondId, *, until: datetime) -> datetime | None: ...

    async def due(self, *, at: datetime, limit: int) -> Sequence[tuple[UserId, OvertureId]]:
        """What is decided or written and waits to go on, of the whole cell."""
        ...

    async def claim(
        self, user: UserId, id: OvertureId, *, at: datetime, until: datetime
    ) -> tuple[BondId, Overture, Opening] | None:
        """Take it for oneself until then; None when somebody holds it or it is done. A claim that runs out is up again."""
        ...

    async def put_off(self, user: UserId, id: OvertureId, *, until: datetime) -> None: ...

    async def write(self, user: UserId, bond: BondId, id: OvertureId, text: str) -> bool:
        """Keep its words; False when it is no longer to be said."""
        ...

    async def may_go(self, user: UserId, bond: BondId, id: OvertureId) -> bool:
        """Whether it is written, and still allowed at this moment."""
        ...

    async def deliver(self, user: UserId, bond: BondId, id: OvertureId, message: NewMessage, *, at: datetime) -> bool:
        """It has reached somebody: that, and the message in the transcript, in one commit. False when it is done or withdrawn."""
        ...

    async def withdraw(self, user: UserId, id: OvertureId) -> None:
        """It will not be said any more; nothing happens to what was delivered."""
        ...

    async def written(self, user: UserId, bond: BondId, *, after: OvertureId | None, limit: int) -> list[Overture]:
        """What is written or delivered, with its words, in the order in which it was decided."""
        ...

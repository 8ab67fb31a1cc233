"""Where it is kept how messages were said, and how steady a companion's voice is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from numpy.typing import NDArray

from everkin.mind.adaptation import Shown
from everkin.mind.drift import Drift
from everkin.mind.identity import BondId, CompanionId, MessageKey, UserId


@dataclass(frozen=True, kw_only=True, slots=True)
class Drifted:
    """A bond whose voice has drifted: ids and numbers, no name."""

    user: UserId
    bond: BondId
    level: float
    raised_at: datetime


class Voices(Protocol):
    """Numbers beside messages: they go when the messages go. Manners are put by the transcript, in its own commit."""

    async def shown(self, user: UserId, bond: BondId, *, until: datetime, limit: int) -> list[Shown]:
        """The manner of the user's last messages up to a moment, oldest first, and none from before the last reset."""
        ...

    async def likeness(
        self, user: UserId, bond: BondId, vector: NDArray[Any], *, before: datetime, last: int
    ) -> float | None:
        """Cosine of a vector to the mean of the companion's last messages before a moment; None when there are none."""
        ...

    async def score(self, user: UserId, bond: BondId, message: MessageKey, *, version: str, strangeness: float) -> None:
        """Note how strange a reply was."""
        ...

    async def scores(
        self, user: UserId, bond: BondId, *, version: str | None, until: datetime, last: int
    ) -> Sequence[float]:
        """How strange its last replies under a version (None: the last one that was scored) were, oldest first."""
        ...

    async def raise_alarm(self, user: UserId, bond: BondId, drift: Drift, *, at: datetime) -> None:
        """Note where the voice stands; the alarm keeps the moment at which it went on."""
        ...

    async def reset(self, user: UserId, bond: BondId, *, at: datetime) -> None:
        """What the user showed up to this moment counts no more."""
        ...

    async def drifted(self, companion: CompanionId, *, limit: int) -> list[Drifted]:
        """Bonds of the whole cell whose alarm is on, the most drifted first."""
        ...

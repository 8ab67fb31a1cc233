"""Who a bond is between, and what every verb of it needs."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from everkin.app.handover import moment
from everkin.character.registry import Casting
from everkin.errors import NotFound
from everkin.mind.identity import BondId, UserId
from everkin.mind.persona import Persona

if TYPE_CHECKING:
    from everkin.app.house import House

Moment = datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One user with one companion. `at` on every verb is the moment it happens; None is now, a naive time is the user's own."""

    house: "House"
    user: str
    companion: str
    user_id: UserId
    bond_id: BondId
    persona: Persona
    """The one it spoke in when it was opened; every verb looks anew."""
    zone: ZoneInfo

    async def _cast(self, at: datetime) -> Casting:
        """Which persona speaks at `at`. Raises NotFound when the bond was erased meanwhile."""
        casting = await self.house.registry.casting(self.user_id, self.bond_id, at=at)
        if casting is None:
            raise NotFound("There is no such bond.", next="It may have been erased.")
        return casting

    def _moment(self, at: Moment) -> datetime:
        if at is None:
            return self.house.now()
        return moment("at", at, self.zone)

    def _clocked(self, at: Moment) -> datetime | None:
        return None if at is None else moment("a bound", at, self.zone)

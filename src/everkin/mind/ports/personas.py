"""Where versions of personas, their rollouts, and who wears which are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from everkin.mind.identity import BondId, CompanionId, UserId
from everkin.mind.rollout import Rollout


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One released document. It never changes: its name is the digest of its text."""

    version: str
    document: str = field(repr=False)
    released_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonaEvent:
    """What happened to a companion's persona: put, release, rollout, widen, halt, withdraw, promote, rollback."""

    number: int
    act: str
    version: str
    previous: str | None
    share: float | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """A bond wears this version since then; `cause` is `first`, `change` (of what everybody has) or `rollout`."""

    version: str
    cause: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Wardrobe:
    """What decides which version a bond speaks in. `last_said` is the newest message of any of its conversations."""

    companion: CompanionId
    name: str
    current: str
    wearing: str | None
    last_said: datetime | None
    rollout: Rollout | None


class Personas(Protocol):
    """Versions are the cell's; what a bond wears is the user's. Each change is a compare-and-set."""

    async def version(self, companion: CompanionId, version: str) -> Version | None: ...

    async def versions(self, companion: CompanionId) -> list[Version]:
        """All that were ever released, oldest first."""
        ...

    async def release(self, companion: CompanionId, version: str, document: str, *, at: datetime) -> bool:
        """Keep a version; False when it was there already."""
        ...

    async def set_current(self, companion: CompanionId, version: str, *, over: str, act: str, at: datetime) -> bool:
        """Give everybody this version; False when `over` is not what they have any more. Ends an open rollout."""
        ...

    async def events(self, companion: CompanionId) -> list[PersonaEvent]:
        """In order."""
        ...

    async def rollout(self, companion: CompanionId) -> Rollout | None:
        """The open one."""
        ...

    async def open_rollout(self, rollout: Rollout) -> bool:
        """False when another one is open."""
        ...

    async def move_rollout(self, rollout: Rollout, *, act: str, at: datetime) -> bool:
        """Put it as it is now; False when its `revision` is not the one that stands any more."""
        ...

    async def count(self, judge: Callable[[Rollout], Rollout], *, at: datetime, limit: int) -> Sequence[Rollout]:
        """Fold what became known into every open rollout and judge it, in one commit each; those that were moved."""
        ...

    async def wardrobe(self, user: UserId, bond: BondId) -> Wardrobe | None: ...

    async def wear(
        self, user: UserId, bond: BondId, version: str, *, over: str | None, cause: str, at: datetime
    ) -> bool:
        """Note the change; False when somebody else did."""
        ...

    async def spells(self, user: UserId, bond: BondId) -> list[Spell]:
        """What the bond wore, oldest first."""
        ...

    async def settle(self, user: UserId, bond: BondId, rollout: Rollout, *, at: datetime) -> None:
        """Bring the bond's outcome in a rollout up to date with what became of its replies."""
        ...

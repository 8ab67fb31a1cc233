"""Where the breakers of all processes keep their state: one small row a provider, changed by compare-and-set.

The transitions are a pure table in `everkin.providers.breaker`; a ledger only stores what it is given.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class BreakerState(StrEnum):
    """CLOSED lets everybody in, OPEN nobody until `until`, HALF_OPEN the one who took the probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """The state of one provider/model/key.

    `failures` are the points charged since the last success; `trips` how often it opened since then (the exponent of
    the back-off). `until` is aware UTC: when an open one may be probed, or when a probe's lease ends; `firm` when the
    provider named that time itself (Retry-After), so that nobody asks sooner. `version` counts changes, 0 for one
    never stored.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    trips: int = 0
    until: datetime | None = None
    firm: bool = False
    version: int = 0


class BreakerLedger(Protocol):
    """Shared by every process of a cell. A ledger that cannot be reached raises StoreUnavailable; the gateway then
    goes by what this process knows."""

    async def get(self, key: str) -> Breaker:
        """The stored state, or `Breaker()` for a key never seen. Asked before every attempt: keep it under 1 ms."""
        ...

    async def compare_and_set(self, key: str, breaker: Breaker) -> bool:
        """Store `breaker` if the stored version is `breaker.version - 1`; False when somebody got there first."""
        ...

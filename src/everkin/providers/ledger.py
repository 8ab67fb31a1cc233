"""The breakers as the gateway uses them: the pure table over a shared ledger, and the ledger of a single process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final

import structlog

from everkin.errors import StoreError
from everkin.mind.ports.breaker import Breaker, BreakerLedger
from everkin.mind.ports.gateway import Fault
from everkin.providers.breaker import (
    DEFAULT_POLICY,
    Admission,
    Policy,
    admission,
    after_abandoned,
    after_fault,
    after_probe_taken,
    after_success,
)

log = structlog.get_logger()
RACES_MAX: Final = 8


class MemoryLedger:
    """A ledger that lives and dies with this process."""

    def __init__(self) -> None:
        self._breakers: dict[str, Breaker] = {}

    async def get(self, key: str) -> Breaker:
        return self._breakers.get(key, Breaker())

    async def compare_and_set(self, key: str, breaker: Breaker) -> bool:
        if self._breakers.get(key, Breaker()).version != breaker.version - 1:
            return False
        self._breakers[key] = breaker
        return True


@dataclass(frozen=True, slots=True)
class Breakers:
    """Reads and moves breakers. While the shared ledger is unreachable, this process goes by a ledger of its own: a
    database that is down must not take the LLMs with it."""

    shared: BreakerLedger
    now: Callable[[], datetime]
    rng: Random
    policy: Policy = DEFAULT_POLICY
    own: MemoryLedger = field(default_factory=MemoryLedger)

    async def get(self, key: str) -> Breaker:
        try:
            return await self.shared.get(key)
        except StoreError as error:
            log.warning("breaker_ledger_unreachable", **error.facts)
            return await self.own.get(key)

    async def admit(self, key: str, *, resting: bool = False) -> Admission:
        """May this request ask? An answer AS_PROBE has taken the probe: `succeeded`, `failed` or `abandoned` must
        follow. `resting` asks for one that still rests, which is then a probe as well."""
        breaker = await self.get(key)
        answer = admission(breaker, self.now())
        if answer is Admission.AS_PROBE or (resting and answer is Admission.RESTING):
            taken = await self._put(key, after_probe_taken(breaker, self.now(), self.policy))
            return Admission.AS_PROBE if taken else Admission.NOT
        return answer

    async def succeeded(self, key: str) -> None:
        await self._move(key, after_success)

    async def failed(self, key: str, fault: Fault) -> None:
        await self._move(key, lambda breaker: after_fault(breaker, fault, self.now(), self.rng, self.policy))

    async def abandoned(self, key: str) -> None:
        await self._move(key, lambda breaker: after_abandoned(breaker, self.now()))

    async def _move(self, key: str, step: Callable[[Breaker], Breaker]) -> None:
        for _ in range(RACES_MAX):
            breaker = await self.get(key)
            moved = step(breaker)
            if moved is breaker or await self._put(key, moved):
                return

    async def _put(self, key: str, breaker: Breaker) -> bool:
        try:
            return await self.shared.compare_and_set(key, breaker)
        except StoreError as error:
            log.warning("breaker_ledger_unreachable", **error.facts)
            return await self.own.compare_and_set(key, breaker)

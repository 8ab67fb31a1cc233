"""Who is asked next for one request: the untried providers in order, then those that deserve a second chance."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from random import Random
from typing import Final

from everkin.config.providers import ProvidersSettings
from everkin.mind.ports.gateway import Attempt, Fault, FaultKind, Prompt
from everkin.providers.breaker import Admission
from everkin.providers.bucket import Bucket
from everkin.providers.fault import COSTS
from everkin.providers.ledger import Breakers
from everkin.providers.provider import Provider

RETRY_PAUSE_S: Final = (0.2, 0.5)
_ADMITTED: Final = (Admission.FREELY, Admission.AS_PROBE)


@dataclass(frozen=True, slots=True)
class Means:
    """What all requests of a gateway share."""

    settings: ProvidersSettings
    breakers: Breakers
    hedges: Bucket
    retries: Bucket
    rng: Random


class Why(IntEnum):
    """Why a provider gets a second chance; where two are due at once, the lower one goes first."""

    BUSY = 0
    RETRY = 1
    RESTING = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """A provider that may be asked from `at` (the loop's time) on."""

    at: float
    why: Why
    provider: Provider


@dataclass(frozen=True, slots=True)
class Taken:
    """A provider that is to be asked now, and what; `probe`, `hasty` and `holds_slot` as in `Call`."""

    provider: Provider
    prompt: Prompt
    probe: bool
    hasty: bool = False
    holds_slot: bool = False


class Lineup:
    """`note` is told of every provider that was passed over, and why."""

    def __init__(self, providers: Sequence[Provider], means: Means, *, note: Callable[[Attempt], None]) -> None:
        self.pending = deque(providers)
        self._means, self._note = means, note
        self._chances: list[Chance] = []
        self._retried: set[str] = set()

    @property
    def soonest(self) -> float:
        """When the next second chance is due; infinity when there is none."""
        return min((chance.at for chance in self._chances), default=float("inf"))

    def give_chance(self, provider: Provider, fault: Fault, now: float) -> None:
        """A provider that failed is asked once more if its fault may be gone by then, after a short pause or the time it
        asked for itself."""
        if not COSTS[fault.kind].again or provider.name in self._retried:
            return
        self._retried.add(provider.name)
        pause = fault.retry_after_s
        pause = self._means.rng.uniform(*RETRY_PAUSE_S) if pause is None else pause
        self._chances.append(Chance(at=now + pause, why=Why.RETRY, provider=provider))

    async def ready(self, prompt: Prompt, now: float) -> Taken | None:
        """The next untried provider that can take this prompt at once."""
        while self.pending:
            provider = self.pending.popleft()
            fitted = provider.fitted(prompt)
            if fitted is None:
                self._pass_over(provider, FaultKind.TOO_LONG)
            elif provider.slots.full:
                self._pass_over(provider, FaultKind.BUSY)
                self._chances.append(Chance(at=now, why=Why.BUSY, provider=provider))
            else:
                admission = await self._enter(provider)
                if admission in _ADMITTED:
                    return Taken(provider, fitted, admission is Admission.AS_PROBE, holds_slot=True)
                self._pass_over(provider, FaultKind.RESTING)
                if admission is Admission.RESTING:
                    self._chances.append(Chance(at=now, why=Why.RESTING, provider=provider))
        return None

    async def chance(self, prompt: Prompt, now: float) -> Taken | None:
        """A provider that gets its second chance now. Of those that rest only one is asked, and not patiently: that is
        enough to notice one that came back before its time."""
        for chance in sorted((c for c in self._chances if c.at <= now), key=lambda c: (c.why, c.at)):
            self._chances.remove(chance)
            if chance.why is Why.RESTING:
                self._chances = [other for other in self._chances if other.why is not Why.RESTING]
            taken = await self._second(chance, prompt)
            if taken is not None:
                return taken
        return None

    async def _second(self, chance: Chance, prompt: Prompt) -> Taken | None:
        provider = chance.provider
        fitted = provider.fitted(prompt)
        if fitted is None or (chance.why is Why.RETRY and not self._means.retries.spend()):
            return None
        admission = await self._means.breakers.admit(provider.breaker, resting=True)
        if admission not in _ADMITTED:
            return None
        return Taken(provider, fitted, admission is Admission.AS_PROBE, hasty=chance.why is Why.RESTING)

    async def _enter(self, provider: Provider) -> Admission:
        """The breaker's answer; where it admits us, a slot is taken as well."""
        await provider.slots.enter()
        admission = Admission.NOT
        try:
            admission = await self._means.breakers.admit(provider.breaker)
        finally:
            if admission not in _ADMITTED:
                provider.slots.leave()
        return admission

    def _pass_over(self, provider: Provider, kind: FaultKind) -> None:
        self._note(Attempt(provider=provider.name, model=provider.settings.model, fault=Fault(kind=kind)))

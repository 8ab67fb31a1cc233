"""The gateway itself: who is asked for whom, and the doors of `everkin.mind.ports.gateway`."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Final

import httpx

from everkin.config.providers import ProvidersSettings
from everkin.errors import NotFound, ProviderError
from everkin.mind.context import Estimate
from everkin.mind.ports.breaker import BreakerLedger
from everkin.mind.ports.gateway import (
    Attempt,
    ChatMessage,
    Event,
    Exhausted,
    Finished,
    Interrupted,
    Prompt,
    ProviderStatus,
)
from everkin.mind.transcript import Role
from everkin.providers.breaker import DEFAULT_POLICY, Admission, Policy
from everkin.providers.bucket import Bucket
from everkin.providers.fault import Failed
from everkin.providers.ledger import Breakers, MemoryLedger
from everkin.providers.lineup import Means
from everkin.providers.provider import Provider, provider_of
from everkin.providers.relay import Relay

NEVER_PROXIED: Final = ("all://127.0.0.1", "all://localhost", "all://[::1]")
_HELLO: Final = Prompt(messages=(ChatMessage(role=Role.USER, content="Say hello."),), parameters={"max_tokens": 16})


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ProviderGateway:
    """Fulfils `Gateway` over HTTP. Make one a process, inside its event loop, and close it.

    async with ProviderGateway(settings, estimate=estimate) as gateway:
        async with aclosing(gateway.stream(prompt)) as events: ...

    `ledger` shares the breakers between processes (None: this one alone). `estimate` counts tokens as GPT models do.
    """

    def __init__(
        self,
        settings: ProvidersSettings,
        *,
        estimate: Estimate,
        ledger: BreakerLedger | None = None,
        now: Callable[[], datetime] = _utc_now,
        rng: Random | None = None,
        policy: Policy = DEFAULT_POLICY,
    ) -> None:
        rng = rng or Random()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=32, keepalive_expiry=30)
        self._client = httpx.AsyncClient(limits=limits, timeout=None, mounts=dict.fromkeys(NEVER_PROXIED))
        self._settings = settings
        self._providers = {each.name: provider_of(each, self._client, now, estimate) for each in settings.providers}
        self._means = Means(
            settings,
            Breakers(ledger or MemoryLedger(), now, rng, policy),
            Bucket(settings.hedge_share),
            Bucket(settings.retry_share),
            rng,
        )

    async def __aenter__(self) -> "ProviderGateway":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def stream(self, prompt: Prompt, *, seconds: float | None = None) -> AsyncGenerator[Event, None]:
        providers = self._order(prompt.service_level, prompt.companion, prompt.provider)
        async with aclosing(self._relay(prompt, providers, seconds).events()) as events:
            async for event in events:
                yield event

    def window(self, *, service_level: str = "", companion: str | None = None) -> int:
        order = self._order(service_level, companion, None)
        return order[0].settings.context_window if order else 0

    async def status(self) -> Sequence[ProviderStatus]:
        return [await self._status(provider) for provider in self._providers.values()]

    async def test(self, provider: str, *, seconds: float = 60.0) -> Attempt:
        asked = self._require(provider)
        attempt = await self._try(asked, seconds)
        await self._report(asked, attempt)
        return attempt

    async def probe(self) -> None:
        """Ask every provider whose rest is over for one word, so that no reader has to find out. Costs a few tokens
        each; meant to be called every few seconds, by one process or by many."""
        await asyncio.gather(*(self._probe(provider) for provider in self._providers.values()))

    async def _probe(self, provider: Provider) -> None:
        if await self._means.breakers.admit(provider.breaker) is not Admission.AS_PROBE:
            return
        attempt = None
        try:
            attempt = await self._try(provider, provider.settings.deadlines.last_first_content)
            await self._report(provider, attempt)
        finally:
            if attempt is None:
                await self._means.breakers.abandoned(provider.breaker)

    async def _try(self, provider: Provider, seconds: float) -> Attempt:
        """One word from one provider, whatever its breaker says, and no second try."""
        means = replace(self._means, breakers=replace(self._means.breakers, shared=MemoryLedger()), retries=Bucket(0.0))
        until = asyncio.get_running_loop().time() + seconds
        async with aclosing(Relay(_HELLO, [provider], means, until=until).events()) as events:
            ends = [event async for event in events if isinstance(event, (Finished, Interrupted, Exhausted))]
        return ends[0].attempts[0]

    async def _report(self, provider: Provider, attempt: Attempt) -> None:
        if attempt.fault is None:
            await self._means.breakers.succeeded(provider.breaker)
        else:
            await self._means.breakers.failed(provider.breaker, attempt.fault)

    async def models(self, provider: str) -> Sequence[str]:
        asked = self._require(provider)
        try:
            async with asyncio.timeout(asked.settings.deadlines.last_between):
                return await asked.upstream.models()
        except (Failed, TimeoutError) as error:
            kind = error.fault.kind if isinstance(error, Failed) else "no_content"
            raise ProviderError(
                f"{provider!r} did not list its models ({kind}).", next="Try `everkin providers test`."
            ) from None

    def _relay(self, prompt: Prompt, providers: Sequence[Provider], seconds: float | None) -> Relay:
        self._means.hedges.earn()
        self._means.retries.earn()
        seconds = self._settings.total if seconds is None else seconds
        return Relay(prompt, providers, self._means, until=asyncio.get_running_loop().time() + seconds)

    def _order(self, service_level: str, companion: str | None, pin: str | None) -> list[Provider]:
        """The pin, then the companion's own, then those of the service level (or all where it names none)."""
        settings = self._settings
        level = settings.levels.get(service_level) or tuple(self._providers)
        names = dict.fromkeys((pin, *settings.companions.get(companion or "", ()), *level))
        return [self._providers[name] for name in names if name in self._providers]

    def _require(self, name: str) -> Provider:
        if name not in self._providers:
            raise NotFound(f"No provider is called {name!r}.", next="`everkin providers list` names them.")
        return self._providers[name]

    async def _status(self, provider: Provider) -> ProviderStatus:
        settings = provider.settings
        breaker = await self._means.breakers.get(provider.breaker)
        return ProviderStatus(
            name=settings.name,
            kind=settings.kind.value,
            model=settings.model,
            host=provider.host,
            context_window=settings.context_window,
            breaker=breaker.state.value,
            failures=breaker.failures,
            resting_until=breaker.until,
            in_flight=provider.slots.busy,
            slots=settings.slots,
        )

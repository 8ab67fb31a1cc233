"""One configured provider at run time: its protocol, its slots and the name of its breaker."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import assert_never
from urllib.parse import urlsplit

import httpx

from everkin.config.providers import ProviderKind, ProviderSettings
from everkin.mind.context import Estimate
from everkin.mind.ports.gateway import Prompt
from everkin.providers.anthropic import AnthropicMessages
from everkin.providers.ollama import OllamaChat
from everkin.providers.openai_chat import OpenAIChat
from everkin.providers.tokens import Counter, family_of
from everkin.providers.upstream import Upstream, Wire


class Slots:
    """The bulkhead of one provider: at most `size` requests at once, the others wait in line."""

    def __init__(self, size: int) -> None:
        self._free = asyncio.Semaphore(size)
        self.busy = 0

    @property
    def full(self) -> bool:
        return self._free.locked()

    async def enter(self) -> None:
        """Take a slot; at once, without giving way to other tasks, unless `full`."""
        await self._free.acquire()
        self.busy += 1

    def leave(self) -> None:
        self.busy -= 1
        self._free.release()


@dataclass(frozen=True, slots=True)
class Provider:
    """What the settings became: an upstream that speaks, and slots to speak in."""

    settings: ProviderSettings
    upstream: Upstream
    slots: Slots
    counter: Counter

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def host(self) -> str:
        return urlsplit(self.settings.base_url).netloc.rpartition("@")[2]

    @property
    def breaker(self) -> str:
        """The breaker's key: provider, model and the first letters of the API key's hash."""
        key = sha256(self.settings.api_key.encode()).hexdigest()[:8]
        return f"{self.settings.name}/{self.settings.model}/{key}"

    def fitted(self, prompt: Prompt) -> Prompt | None:
        """`prompt` cut to this provider's window, with room for the reply (at most half of it) kept free; None when it
        cannot be."""
        asked = prompt.parameters
        reply = asked.get("max_completion_tokens") or asked.get("max_tokens") or self.settings.max_tokens
        window = self.settings.context_window
        tools = self.counter.text(str(asked["tools"])) if asked.get("tools") else 0
        messages = self.counter.fit(prompt.messages, window - min(int(reply), window // 2) - tools)
        if messages is None or messages is prompt.messages:
            return None if messages is None else prompt
        return replace(prompt, messages=messages)


def provider_of(
    settings: ProviderSettings, client: httpx.AsyncClient, now: Callable[[], datetime], estimate: Estimate
) -> Provider:
    counter = Counter(estimate, settings.family or family_of(settings.model))
    return Provider(settings, _upstream(Wire(client, settings, now)), Slots(settings.slots), counter)


def _upstream(wire: Wire) -> Upstream:
    match wire.settings.kind:
        case ProviderKind.OPENAI:
            return OpenAIChat(wire)
        case ProviderKind.ANTHROPIC:
            return AnthropicMessages(wire)
        case ProviderKind.OLLAMA:
            return OllamaChat(wire)
        case other:
            assert_never(other)

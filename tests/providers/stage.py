"""What the stories about providers have in common: quick deadlines, a question, and a reader of streams."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random
from typing import Any

from everkin.config.providers import Deadlines, ProviderKind, ProviderSettings, ProvidersSettings
from everkin.language.tokens import estimate
from everkin.mind.ports.gateway import (
    ChatMessage,
    Event,
    Exhausted,
    FaultKind,
    Finished,
    Interrupted,
    Prompt,
    Replaced,
    Shown,
    TextDelta,
)
from everkin.mind.transcript import Role
from everkin.providers import ProviderGateway
from everkin.testing.faults import FaultyServer

PATIENT = Deadlines(connect=10.0, first_content=20.0, between=20.0, total=60.0)
"""For whoever is to answer: a loaded machine is no fault of theirs."""
QUICK = Deadlines(connect=1.0, first_content=0.3, between=0.3, total=2.0, last_first_content=1.0, last_between=1.0)
"""For whoever hangs."""
QUESTION = ChatMessage(role=Role.USER, content="How is my dog?")
BEACH = (
    "Oh Alice, I remember that beach. Biscuit ran into every wave and would not come home. You called him until the "
    "sun was low. In the end he slept in the car, and you carried him up the stairs."
)
VET = "Last autumn you told me about the vet with cold hands. He has been well since then. Give him a bone from me."


def provider(name: str, server: FaultyServer | str, **settings: Any) -> ProviderSettings:
    """An OpenAI-compatible provider on `server` (or at a URL) unless `settings` say otherwise."""
    url = server if isinstance(server, str) else server.url
    kind = settings.pop("kind", ProviderKind.OPENAI)
    path = "/v1" if kind is ProviderKind.OPENAI else ""
    settings = {"model": "scripted", "deadlines": PATIENT, **settings}
    return ProviderSettings(name=name, kind=kind, base_url=url + path, **settings)


def gateway(*providers: ProviderSettings, **options: Any) -> ProviderGateway:
    made = {name: options.pop(name) for name in ("ledger", "now", "policy") if name in options}
    settings = ProvidersSettings(providers=providers, ollama=None, **options)
    return ProviderGateway(settings, estimate=estimate, rng=Random(7), **made)


def ask(*messages: ChatMessage, shown: Shown = Shown.REPLACEABLE, **prompt: Any) -> Prompt:
    return Prompt(messages=messages or (QUESTION,), shown=shown, **prompt)


@dataclass(frozen=True)
class Read:
    """One stream read to its end; `text` is what a reader has before them."""

    text: str
    events: Sequence[Event]

    @property
    def end(self) -> Finished | Interrupted | Exhausted:
        assert isinstance(self.events[-1], (Finished, Interrupted, Exhausted))
        return self.events[-1]

    @property
    def faults(self) -> list[tuple[str, FaultKind | None]]:
        return [(each.provider, each.fault.kind if each.fault else None) for each in self.end.attempts]

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


async def read(gateway: ProviderGateway, prompt: Prompt | None = None, *, seconds: float = 30.0) -> Read:
    text, seen = "", []
    async with aclosing(gateway.stream(prompt or ask(), seconds=seconds)) as events:
        async for event in events:
            seen.append(event)
            match event:
                case TextDelta(more):
                    text += more
                case Replaced(instead):
                    text = instead
    return Read(text, seen)

"""Titles, tags and other requests that nobody said: answered by the providers as they came, and remembered nowhere."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from everkin.exchange import understudy
from everkin.exchange.occasion import passed_on
from everkin.exchange.reply import Started, TurnEvent
from everkin.mind.memory import Verdict
from everkin.mind.ports.gateway import Exhausted, Finished, Gateway, Prompt, Shown, TextDelta, Usage

UNTITLED: Final = "Conversation"
"""What the understudy calls a conversation when a client wants a title for it."""


async def answered(
    gateway: Gateway,
    messages: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, Any],
    *,
    message_id: str,
    streamed: bool,
) -> AsyncGenerator[TurnEvent, None]:
    """The events of a reply; nothing is recalled for it and nothing kept of it."""
    yield Started(
        message_id=message_id,
        verdict=Verdict.NOTHING,
        confidence=0.0,
        recollections=(),
        resources=None,
        context_tokens=0,
    )
    prompt = Prompt(
        messages=passed_on(messages),
        parameters=parameters,
        shown=Shown.APPEND_ONLY if streamed else Shown.NOWHERE,
    )
    async with aclosing(gateway.stream(prompt)) as events:
        async for event in events:
            if isinstance(event, Exhausted):
                yield TextDelta(UNTITLED)
                yield _untitled(event)
            else:
                yield event


def _untitled(event: Exhausted) -> Finished:
    return Finished(
        text=UNTITLED,
        provider=understudy.NAME,
        model=understudy.NAME,
        finish_reason="stop",
        usage=Usage(prompt_tokens=0, completion_tokens=1, estimated=True),
        attempts=event.attempts,
    )

"""A reply as a caller holds it: to be awaited whole, or followed event by event."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import aclosing
from typing import Any

from everkin.exchange.reply import Reply, Started, TurnEvent
from everkin.mind.ports.gateway import Finished, Interrupted, Replaced, ToolDelta, whole_calls


class Replying:
    """A reply under way: `await` it, or iterate over its events (`Started` first). Use one of the two, once."""

    def __init__(self, events: Callable[[], AsyncGenerator[TurnEvent, None]]) -> None:
        self.events = events()

    def __aiter__(self) -> AsyncIterator[TurnEvent]:
        return self.events

    async def aclose(self) -> None:
        """Stop here; what was said so far is kept."""
        await self.events.aclose()

    def __await__(self) -> Generator[Any, None, Reply]:
        return self._whole().__await__()

    async def _whole(self) -> Reply:
        started: Started | None = None
        tools: list[ToolDelta] = []
        async with aclosing(self.events) as events:
            async for event in events:
                match event:
                    case Started():
                        started = event
                    case ToolDelta():
                        tools.append(event)
                    case Replaced():
                        tools.clear()
                    case Finished() | Interrupted() if started:
                        return Reply.of(started, event, whole_calls(tools))
        raise AssertionError("a turn ends with Finished or Interrupted")

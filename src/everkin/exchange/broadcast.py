"""Replies that go on without their reader: numbered events, kept for a while, replayed to whoever comes (back)."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from everkin.errors import NotFound
from everkin.exchange.keeping import STOPPED_BY_READER
from everkin.exchange.reply import Started, TurnEvent

EVENTS_MAX: Final = 20_000
"""Events of one reply that are kept; a longer one can be joined, but no longer from its start."""
FINISHED_KEPT: Final = 256
"""Replies that can still be replayed after their end, in this process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbered:
    """One event with its place in the reply, from 1 without gaps: what SSE calls its id."""

    number: int
    event: TurnEvent


@dataclass(slots=True)
class Broadcast:
    """One reply under way, or just ended. Readers come and go; the reply is told to its end."""

    id: str
    first: int = 1
    events: list[TurnEvent] = field(default_factory=list, repr=False)
    ended: bool = False
    error: Exception | None = None
    moved: asyncio.Condition = field(default_factory=asyncio.Condition, repr=False)

    async def put(self, event: TurnEvent) -> None:
        async with self.moved:
            self.events.append(event)
            if len(self.events) > EVENTS_MAX:
                del self.events[0]
                self.first += 1
            self.moved.notify_all()

    async def end(self, error: Exception | None) -> None:
        async with self.moved:
            self.ended, self.error = True, error
            self.moved.notify_all()

    async def listen(self, after: int = 0) -> AsyncGenerator[Numbered, None]:
        """Every event behind number `after`, and those to come, until the end. Raises what ended the reply."""
        number = max(after + 1, self.first)
        while True:
            async with self.moved:
                await self.moved.wait_for(lambda number=number: self.ended or number < self.first + len(self.events))  # type: ignore[misc]
                number = max(number, self.first)
                ready = self.events[number - self.first :]
                over = self.ended
            for event in ready:
                yield Numbered(number=number, event=event)
                number += 1
            if over and number >= self.first + len(self.events):
                if self.error:
                    raise self.error
                return


class Studio:
    """The broadcasts of this process. A reply belongs to its bond: nobody else can listen in."""

    def __init__(self) -> None:
        self._broadcasts: OrderedDict[tuple[object, str], Broadcast] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, bond: object, turn: AsyncGenerator[TurnEvent, None]) -> Broadcast:
        """Start telling; returns when its id is known. What fails before that is raised here."""
        first = await anext(turn)
        if not isinstance(first, Started):
            raise AssertionError("a turn starts with Started")
        broadcast = Broadcast(first.message_id)
        await broadcast.put(first)
        self._broadcasts[bond, broadcast.id] = broadcast
        task = asyncio.create_task(self._tell(broadcast, turn), name=broadcast.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._shed()
        return broadcast

    def require(self, bond: object, id: str) -> Broadcast:
        """Raises NotFound for a reply that this process does not (or no longer) tell."""
        broadcast = self._broadcasts.get((bond, id))
        if broadcast is None:
            raise NotFound(
                "This reply is not being told here any more.",
                kept="What was said of it is in the transcript.",
                next="Read it from the timeline.",
            )
        return broadcast

    async def stop(self, bond: object, id: str) -> None:
        """The reader has heard enough: no more is told, what was said is kept as stopped. Raises NotFound."""
        self.require(bond, id)
        telling = [task for task in self._tasks if task.get_name() == id]
        for task in telling:
            task.cancel(STOPPED_BY_READER)
        await asyncio.gather(*telling, return_exceptions=True)

    async def close(self, seconds: float) -> None:
        """Let replies under way come to their end for that long, then stop them; what was said is kept and marked."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _tell(self, broadcast: Broadcast, turn: AsyncGenerator[TurnEvent, None]) -> None:
        error: Exception | None = None
        try:
            async with aclosing(turn):
                async for event in turn:
                    await broadcast.put(event)
        except Exception as raised:  # noqa: BLE001 - the top of a task: handed to every listener
            error = raised
        finally:
            await broadcast.end(error)

    def _shed(self) -> None:
        ended = [key for key, broadcast in self._broadcasts.items() if broadcast.ended]
        for key in ended[: max(0, len(ended) - FINISHED_KEPT)]:
            del self._broadcasts[key]

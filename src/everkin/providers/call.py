"""One attempt in flight: a task that reads one provider, and when we lose patience with it."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import structlog

from everkin.mind.ports.gateway import (
    Attempt,
    Fault,
    FaultKind,
    Prompt,
    ReasoningDelta,
    TextDelta,
    ToolDelta,
    Usage,
)
from everkin.providers.fault import Failed, failed
from everkin.providers.join import Seam
from everkin.providers.provider import Provider
from everkin.providers.upstream import Piece

log = structlog.get_logger()
LINGER_S: Final = 0.5
"""How long usage may come after the finish reason."""
REPLY_CHARS_MAX: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Over:
    """The stream ended: by itself, or with a fault."""

    fault: Fault | None = None


Line = asyncio.Queue[tuple["Call", Piece | Over]]


class Call:
    """`probe`: it holds the breaker's probe. `hasty`: it never gets the patience of a last provider. Times are the
    loop's. Its slot is given back when the task is done, whichever way that happens."""

    def __init__(
        self, provider: Provider, now: float, *, probe: bool, hasty: bool, hedge: bool, seam: Seam | None
    ) -> None:
        self.provider, self.started = provider, now
        self.probe, self.hasty, self.hedge, self.seam = probe, hasty, hedge, seam
        self.patient = False
        self.first_content: float | None = None
        self.last_content = now
        self.spoke = False
        self.reason: str | None = None
        self.usage: Usage | None = None
        self.fault: Fault | None = None
        self.ended: float | None = None
        self._chars = 0
        self._holds_slot = False
        self._task: asyncio.Task[None] | None = None

    def begin(self, prompt: Prompt, line: Line, *, holds_slot: bool) -> None:
        """Ask; pieces and the end go into `line`. Without a slot in hand it waits for one first."""
        self._holds_slot = holds_slot
        self._task = asyncio.create_task(self._pump(prompt, line), name=f"everkin.providers.{self.provider.name}")
        self._task.add_done_callback(self._give_back)

    def hang_up(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def gone(self) -> None:
        """Return when the connection is closed and the slot given back."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    def heard(self, piece: TextDelta | ReasoningDelta | ToolDelta, now: float) -> None:
        """Note content; `Failed` (ENDLESS) when it is more than any reply may hold."""
        self._chars += len(piece.arguments if isinstance(piece, ToolDelta) else piece.text)
        if self._chars > REPLY_CHARS_MAX:
            raise failed(FaultKind.ENDLESS)
        self.spoke = self.spoke or not isinstance(piece, ReasoningDelta)
        if self.first_content is None:
            self.first_content = now
        self.last_content = now

    def due(self) -> float:
        """When its next deadline falls."""
        deadlines = self.provider.settings.deadlines
        if self.reason is not None:
            return self.last_content + LINGER_S
        if self.first_content is None:
            return self.started + (deadlines.last_first_content if self.patient else deadlines.first_content)
        if self.patient:
            return self.last_content + deadlines.last_between
        return min(self.last_content + deadlines.between, self.started + deadlines.total)

    def lateness(self, now: float) -> Fault:
        """The fault of having missed `due`."""
        if self.first_content is None:
            return Fault(kind=FaultKind.NO_CONTENT if self._holds_slot else FaultKind.BUSY)
        stalled = now >= self.last_content + self.provider.settings.deadlines.between
        return Fault(kind=FaultKind.STALLED if stalled else FaultKind.TOO_SLOW)

    def verdict(self, fault: Fault | None) -> Fault | None:
        """None when the answer is proven, else the fault that it ended with. A proven answer stays one, whatever
        became of the connection after it."""
        if self.reason is not None and self.spoke:
            return None
        if self.reason == "content_filter":
            return Fault(kind=FaultKind.FILTERED)
        if fault is not None:
            return fault
        return Fault(kind=FaultKind.TRUNCATED if self.spoke else FaultKind.EMPTY)

    def attempt(self, now: float) -> Attempt:
        first = self.first_content
        return Attempt(
            provider=self.provider.name,
            model=self.provider.settings.model,
            fault=self.fault,
            first_content_ms=None if first is None else 1000 * (first - self.started),
            total_ms=1000 * ((self.ended or now) - self.started),
            hedge=self.hedge,
            continuation=self.seam is not None,
        )

    async def _pump(self, prompt: Prompt, line: Line) -> None:
        over = Over()
        try:
            if not self._holds_slot:
                await self.provider.slots.enter()
                self._holds_slot = True
            async with aclosing(self.provider.upstream.speak(prompt)) as pieces:
                async for piece in pieces:
                    await line.put((self, piece))
        except Failed as failure:
            over = Over(failure.fault)
        except Exception as error:  # noqa: BLE001 (the top of the task: whatever one answer breaks, the next provider is asked)
            log.error("provider_attempt_crashed", provider=self.provider.name, error=type(error).__name__)
            over = Over(Fault(kind=FaultKind.GARBLED))
        await line.put((self, over))

    def _give_back(self, _: object) -> None:
        if self._holds_slot:
            self.provider.slots.leave()

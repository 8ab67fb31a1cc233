"""One prompt carried from provider to provider until an answer is proven, or nobody is left to ask."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from everkin.mind.ports.gateway import (
    Attempt,
    Event,
    Exhausted,
    Fault,
    FaultKind,
    Finished,
    Interrupted,
    Prompt,
    ReasoningDelta,
    Replaced,
    Shown,
    Switched,
    TextDelta,
    ToolDelta,
    Usage,
    Waiting,
)
from everkin.providers.call import Call, Line, Over
from everkin.providers.fault import Failed
from everkin.providers.join import Seam, request
from everkin.providers.lineup import Lineup, Means, Taken
from everkin.providers.mend import Way, way
from everkin.providers.provider import Provider
from everkin.providers.upstream import Ending, Piece

log = structlog.get_logger()
LINE_PIECES_MAX: Final = 1024
"""A reader that falls this far behind makes the provider wait."""
_BLAME: Final = (FaultKind.REJECTED, FaultKind.TOO_LONG)


class Relay:
    """Yields the events of one reply; see `everkin.mind.ports.gateway` for what they promise.

    At most one call is `_current` (its content is being handed out); before that, one or two race for it.
    """

    def __init__(self, prompt: Prompt, providers: Sequence[Provider], means: Means, *, until: float) -> None:
        self._prompt, self._providers, self._means, self._until = prompt, providers, means, until
        self._clock = asyncio.get_running_loop().time
        self._line: Line = asyncio.Queue(LINE_PIECES_MAX)
        self._begun: list[Call | Attempt] = []
        self._lineup = Lineup(providers, means, note=self._begun.append)
        self._calls: list[Call] = []
        self._current: Call | None = None
        self._left: Call | None = None
        self._told: list[str] = []
        self._called_tools = False
        self._void = False
        self._end: Finished | Interrupted | Exhausted | None = None
        now = self._clock()
        self._hedge_at = now + (means.settings.hedge_after or float("inf"))
        self._wait_at = now + means.settings.keep_alive

    async def events(self) -> AsyncGenerator[Event, None]:
        try:
            while self._end is None:
                for event in await self._next():
                    yield event
            yield self._end
        finally:
            await self._hang_up()

    async def _next(self) -> Iterable[Event]:
        if not self._calls:
            return await self._dial()
        heard = await self._hear()
        if heard is None:
            return await self._tick()
        call, item = heard
        if call not in self._calls:
            return ()
        if isinstance(item, Over):
            return await self._over(call, item)
        try:
            return self._say(call, item)
        except Failed as failure:
            return await self._fail(call, failure.fault)

    async def _hear(self) -> tuple[Call, Piece | Over] | None:
        if not self._line.empty() and self._clock() < self._until:
            return self._line.get_nowait()
        wake = min(self._until, self._hedge_at, self._wait_at, *(call.due() for call in self._calls))
        try:
            async with asyncio.timeout_at(wake):
                return await self._line.get()
        except TimeoutError:
            return None

    # Asking

    async def _dial(self) -> Iterable[Event]:
        """Ask the next provider; wait for one that may be asked later; or end."""
        now = self._clock()
        taken = None
        if now < self._until and self._way() is not Way.NONE:
            taken = await self._lineup.ready(self._asked(), now) or await self._lineup.chance(self._asked(), now)
        if taken is not None:
            return self._begin(taken)
        soonest = self._lineup.soonest
        if max(now, soonest) >= self._until or self._way() is Way.NONE:
            self._end = await self._ending()
            return ()
        await asyncio.sleep(min(soonest, self._wait_at) - now)
        return self._keep_alive(self._clock())

    def _begin(self, taken: Taken, *, hedge: bool = False) -> Iterable[Event]:
        way = self._way()
        append_only = self._prompt.shown is Shown.APPEND_ONLY
        seam = Seam(self._text(), append_only=append_only) if way is Way.ON else None
        self._void = way is Way.OVER
        call = Call(taken.provider, self._clock(), probe=taken.probe, hasty=taken.hasty, hedge=hedge, seam=seam)
        self._begun.append(call)
        self._calls.append(call)
        call.begin(taken.prompt, self._line, holds_slot=taken.holds_slot)
        left, self._left = self._left, None
        if left is None or left.fault is None:
            return ()
        to = taken.provider.name
        return (Switched(after=left.provider.name, to=to, fault=left.fault, continuation=seam is not None),)

    def _asked(self) -> Prompt:
        if self._way() is not Way.ON:
            return self._prompt
        return replace(self._prompt, messages=request(self._prompt.messages, self._text()))

    def _way(self) -> Way:
        joined = sum(
            isinstance(call, Call) and call.seam is not None and call.seam.how is not None for call in self._begun
        )
        return way(
            self._text(),
            called_tools=self._called_tools,
            shown=self._prompt.shown,
            continuable=self._prompt.continuable and not self._prompt.parameters.get("response_format"),
            seams_left=self._means.settings.seams - joined,
        )

    # Listening

    def _say(self, call: Call, piece: Piece) -> Iterable[Event]:
        """Hand out one piece; `Failed` when it shows that a continuation is none, or an answer without an end."""
        now = self._clock()
        match piece:
            case Usage():
                call.usage = piece
                return ()
            case Ending(reason):
                call.reason, call.last_content = reason, now
                return ()
            case TextDelta(text) if not call.spoke and not text.strip():
                return ()
        call.heard(piece, now)
        if self._current is not call:
            self._choose(call, now)
        events = self._handed(call, piece)
        if events:
            self._wait_at = now + self._means.settings.keep_alive
        return events

    def _choose(self, call: Call, now: float) -> None:
        self._current = call
        for other in self._calls:
            if other is not call:
                other.ended = now
                other.hang_up()
        self._calls = [call]

    def _handed(self, call: Call, piece: TextDelta | ReasoningDelta | ToolDelta) -> tuple[Event, ...]:
        events: tuple[Event, ...] = (piece,)
        if call.seam is not None and isinstance(piece, TextDelta):
            events = tuple(call.seam.hear(piece.text))
        elif self._void:
            self._void = False
            events = (Replaced(piece.text),) if isinstance(piece, TextDelta) else (Replaced(""), piece)
        for event in events:
            self._note(event)
        return events

    def _note(self, event: Event) -> None:
        match event:
            case TextDelta(text):
                self._told.append(text)
            case Replaced(text):
                self._told, self._called_tools = [text], False
            case ToolDelta():
                self._called_tools = True

    def _text(self) -> str:
        return "".join(self._told)

    # Ends and deadlines

    async def _over(self, call: Call, over: Over) -> Iterable[Event]:
        fault = call.verdict(over.fault)
        if fault is not None:
            return await self._fail(call, fault)
        try:
            events = tuple(call.seam.end()) if call.seam else ()
        except Failed as failure:
            return await self._fail(call, failure.fault)
        for event in events:
            self._note(event)
        call.ended = self._clock()
        self._calls.remove(call)
        await self._means.breakers.succeeded(call.provider.breaker)
        call.probe = False
        self._end = self._finished(call)
        return events

    async def _fail(self, call: Call, fault: Fault) -> Iterable[Event]:
        self._drop(call, fault)
        await self._charge(call, fault)
        return ()

    def _drop(self, call: Call, fault: Fault) -> None:
        now = self._clock()
        self._calls.remove(call)
        self._left, call.fault, call.ended = call, fault, now
        call.hang_up()
        if self._current is call:
            self._current = None
        if not call.patient and not call.hasty:
            self._lineup.give_chance(call.provider, fault, now)

    async def _charge(self, call: Call, fault: Fault) -> None:
        log.warning("provider_failed", provider=call.provider.name, **_facts(fault))
        await self._means.breakers.failed(call.provider.breaker, fault)
        call.probe = False

    async def _tick(self) -> Iterable[Event]:
        """Some time has come: the request's end, a deadline, the hedge, or a keep-alive."""
        now = self._clock()
        if now >= self._until:
            for call in tuple(self._calls):
                await self._fail(call, Fault(kind=FaultKind.OUT_OF_TIME))
            self._end = await self._ending()
            return ()
        for call in tuple(self._calls):
            if now >= call.due():
                return await self._overdue(call, now)
        if now >= self._hedge_at:
            return await self._hedge()
        return self._keep_alive(now)

    async def _overdue(self, call: Call, now: float) -> Iterable[Event]:
        """A deadline binds while another provider stands ready (or runs beside); without one, patience sets in."""
        if call.reason is not None:
            return await self._over(call, Over())
        if call.patient or call.hasty or len(self._calls) > 1:
            return await self._fail(call, call.lateness(now))
        taken = await self._lineup.ready(self._asked(), now) if self._way() is not Way.NONE else None
        if taken is None:
            call.patient = True
            return ()
        fault = call.lateness(now)
        self._drop(call, fault)
        events = self._begin(taken)
        await self._charge(call, fault)
        return events

    async def _hedge(self) -> Iterable[Event]:
        self._hedge_at = float("inf")
        if self._current is not None or not self._lineup.pending or not self._means.hedges.spend():
            return ()
        taken = await self._lineup.ready(self._asked(), self._clock())
        return self._begin(taken, hedge=True) if taken else ()

    def _keep_alive(self, now: float) -> Iterable[Event]:
        if now < self._wait_at:
            return ()
        self._wait_at = now + self._means.settings.keep_alive
        return (Waiting(),)

    async def _hang_up(self) -> None:
        calls = [call for call in self._begun if isinstance(call, Call)]
        for call in calls:
            call.hang_up()
        for call in calls:
            await call.gone()
            if call.probe:
                await self._means.breakers.abandoned(call.provider.breaker)

    # The last event

    def _finished(self, call: Call) -> Finished:
        text = self._text()
        usage = call.usage if call.seam is None else None
        return Finished(
            text=text,
            provider=call.provider.name,
            model=call.provider.settings.model,
            finish_reason=call.reason or "stop",
            usage=usage or self._estimated(text, call.provider),
            attempts=self._attempts(),
            joined=call.seam.how if call.seam else None,
        )

    def _estimated(self, text: str, provider: Provider) -> Usage:
        counter = provider.counter
        prompt_tokens = counter.messages(self._prompt.messages)
        return Usage(prompt_tokens=prompt_tokens, completion_tokens=counter.text(text), estimated=True)

    async def _ending(self) -> Interrupted | Exhausted:
        attempts = self._attempts()
        text = self._text()
        fault = _telling(attempts)
        if fault is not None and (text.strip() or self._called_tools):
            return Interrupted(text=text, fault=fault, attempts=attempts)
        return Exhausted(fault=fault, attempts=attempts, retry_after_s=await self._ready_in())

    def _attempts(self) -> tuple[Attempt, ...]:
        now = self._clock()
        return tuple(begun.attempt(now) if isinstance(begun, Call) else begun for begun in self._begun)

    async def _ready_in(self) -> float | None:
        breakers = self._means.breakers
        until = [(await breakers.get(provider.breaker)).until for provider in self._providers]
        now = breakers.now()
        return min((max(0.0, (at - now).total_seconds()) for at in until if at is not None), default=None)


def _facts(fault: Fault) -> dict[str, object]:
    facts = {
        "fault": fault.kind.value,
        "status": fault.status,
        "code": fault.code,
        "retry_after_s": fault.retry_after_s,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _telling(attempts: Sequence[Attempt]) -> Fault | None:
    """The fault that says most: the request's own if all agree on it, else the last of those who were really asked."""
    faults = [attempt.fault for attempt in attempts if attempt.fault is not None]
    asked = [fault for fault in faults if fault.kind not in (FaultKind.RESTING, FaultKind.BUSY)]
    theirs = [fault for fault in asked if fault.kind not in _BLAME]
    return next(iter(reversed(theirs or asked or faults)), None)

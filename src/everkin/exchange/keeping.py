"""A reply while it is told: what has been said so far, that it is kept whoever leaves, and what becomes of it at its end."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from everkin.absorb import Said
from everkin.exchange import understudy
from everkin.exchange.prompt import prompt_of
from everkin.exchange.reply import Ask, Started
from everkin.exchange.rooms import Rooms, looked_back, standing_facts
from everkin.exchange.scene import Scene, recalled
from everkin.exchange.sessions import Ahead, Visit
from everkin.mind.context import Context
from everkin.mind.identity import MessageKey
from everkin.mind.memory import Verdict
from everkin.mind.ports.emotions import Felt
from everkin.mind.ports.gateway import Event, Exhausted, FaultKind, Finished, Interrupted, Replaced, TextDelta, Usage
from everkin.mind.ports.memories import ReplyRecord
from everkin.mind.ports.owed import Owed
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.transcript import Delivery, Role
from everkin.mind.worth import Purpose

CHECKPOINT_S = 1.0
"""A crash in mid-stream loses at most this much of a reply."""
STOPPED_BY_READER = "stopped by the reader"
"""The message of a cancellation that is somebody's wish, and no accident."""
OWED_AFTER = timedelta(seconds=10)
"""How soon a turn that nobody could answer is tried again."""


class Keeping:
    """A reply while it is streamed: what has been said so far, and that it is kept."""

    def __init__(
        self,
        rooms: Rooms,
        scene: Scene,
        context: Context,
        visit: Visit,
        started: Started,
        ask: Ask,
        at: datetime,
        heard: Sequence[MessageKey],
    ) -> None:
        self._rooms, self._scene, self._context, self._visit = rooms, scene, context, visit
        self._started, self._ask, self._at, self._heard_keys = started, ask, at, heard
        self._asked = heard[-1] if heard and ask.news[-1].content == ask.question else None
        self._prefix = f"{started.resources}\n\n" if started.resources else ""
        self._text = self._prefix
        self._stored = False
        self._left_as = ask.left_as
        self._last_checkpoint = rooms.monotonic()
        self._key = MessageKey(rooms.new_id())
        self._end: Finished | Interrupted | Exhausted | None = None

    async def events(self) -> AsyncGenerator[Event, None]:
        try:
            if self._prefix:
                yield TextDelta(self._prefix)
            prompt = prompt_of(
                self._context,
                companion=self._scene.companion,
                service_level=self._scene.service_level,
                parameters=self._ask.parameters,
                shown=self._ask.shown,
            )
            async with aclosing(self._rooms.gateway.stream(prompt)) as events:
                async for event in events:
                    for shown in self._heard(event):
                        yield shown
                    await self._checkpoint()
        except asyncio.CancelledError as cancelled:
            if cancelled.args == (STOPPED_BY_READER,):
                self._left_as = Delivery.STOPPED
            raise
        finally:
            await _to_its_end(self._keep())

    def _heard(self, event: Event) -> list[Event]:
        """What the reader gets to see of an event; the understudy steps in where nobody spoke."""
        match event:
            case TextDelta(text):
                self._text += text
            case Replaced(text):
                self._text = self._prefix + text
                return [Replaced(self._text)]
            case Exhausted():
                self._end = event
                words = understudy.line(self._visit.recalled, self._scene.persona, self._scene.zone)
                self._text += words
                return [TextDelta(words), self._finished_by_understudy(event)]
            case Finished():
                self._end = event
                return [replace(event, text=self._prefix + event.text)]
            case Interrupted():
                self._end = event
                return [replace(event, text=self._prefix + event.text)]
            case _:
                pass
        return [event]

    def _finished_by_understudy(self, event: Exhausted) -> Finished:
        usage = Usage(
            prompt_tokens=self._context.tokens, completion_tokens=self._rooms.estimate(self._text), estimated=True
        )
        return Finished(
            text=self._text,
            provider=understudy.NAME,
            model=understudy.NAME,
            finish_reason="stop",
            usage=usage,
            attempts=event.attempts,
        )

    async def _checkpoint(self) -> None:
        now = self._rooms.monotonic()
        if self._text and self._end is None and now - self._last_checkpoint >= CHECKPOINT_S:
            self._last_checkpoint = now
            await self._store(Delivery.PENDING)

    async def _keep(self) -> None:
        """The last words, the memories they leave, and the record of how they came to be. Nothing said: nothing kept."""
        delivery = self._delivery()
        if not self._text:
            return
        said = Said(role=Role.ASSISTANT, name=self._scene.persona.name, content=self._text, at=self._at)
        scene = self._scene
        drafts = (
            ()
            if isinstance(self._end, Exhausted)
            else await self._rooms.observer.drafts(scene.user, scene.bond, said, zone=scene.zone)
        )
        felt = self._rooms.feelings.felt([said], [drafts], zone=scene.zone)
        await self._store(delivery, drafts, felt[0])
        await asyncio.gather(
            self._rooms.replies.put(self._scene.user, self._scene.bond, self._record()),
            self._owe(),
            self._touch(delivery),
        )
        if isinstance(self._end, Finished):
            await self._scored(drafts)
        self._leave()

    async def _touch(self, delivery: Delivery) -> None:
        used = [r.memory.id for r in self._context.recollections[:10]]
        if delivery is Delivery.COMPLETE and used and self._context.verdict is Verdict.FOUND:
            await self._rooms.memories.touch(self._scene.user, used, at=self._at)

    def _leave(self) -> None:
        """What the next exchange will need is made ready while nobody waits for it."""
        self._rooms.sessions.leave(
            self._visit,
            self._ask.question,
            "" if isinstance(self._end, Exhausted) else self._text,
            (*self._heard_keys, self._key),
            Ahead(
                whole=partial(recalled, self._rooms.recall, self._scene, self._at),
                retrieve=partial(recalled, self._rooms.recall, self._scene, self._at, purpose=Purpose.AHEAD),
                profile=partial(standing_facts, self._rooms, self._scene, self._at),
                weeks=partial(looked_back, self._rooms, self._scene, self._at),
            ),
            at=self._at,
        )

    async def _scored(self, drafts: Sequence[Draft]) -> None:
        """How far the reply is from the persona's voice; help that was put before it is not the persona's."""
        vector = next((passage.vector for draft in drafts for passage in draft.passages), None)
        await self._rooms.steadiness.spoken(
            self._scene.user,
            self._scene.bond,
            self._scene.persona,
            self._key,
            self._text.removeprefix(self._prefix),
            vector,
            at=self._at,
        )

    async def _owe(self) -> None:
        """A turn that providers could have answered waits for them; one they rejected, or that has none, does not."""
        fault = self._end.fault if isinstance(self._end, Exhausted) else None
        if fault is None or fault.kind in (FaultKind.REJECTED, FaultKind.TOO_LONG) or self._asked is None:
            return
        owed = Owed(
            id=self._rooms.new_id(),
            user=self._scene.user,
            bond=self._scene.bond,
            conversation=self._scene.conversation,
            message=self._asked,
        )
        await self._rooms.owed.put(owed, due_at=self._at + OWED_AFTER)

    def _delivery(self) -> Delivery:
        match self._end:
            case Finished() | Exhausted():
                return Delivery.COMPLETE
            case Interrupted():
                return Delivery.INTERRUPTED
            case None:
                return self._left_as

    async def _store(self, delivery: Delivery, drafts: Sequence[Draft] = (), felt: Felt | None = None) -> None:
        message = NewMessage(
            key=self._key,
            id=self._started.message_id,
            role=Role.ASSISTANT,
            content=self._text,
            name=self._scene.persona.name,
            at=self._at + timedelta(milliseconds=1),
            delivery=delivery,
            drafts=tuple(drafts),
            felt=felt,
        )
        if self._stored:
            await self._rooms.transcripts.finish(self._scene.user, self._scene.bond, message)
        else:
            await self._rooms.transcripts.append(
                self._scene.user, self._scene.bond, self._scene.conversation, [message]
            )
            self._stored = True

    def _record(self) -> ReplyRecord:
        spoken = self._end if isinstance(self._end, Finished) else None
        fault = self._end.fault if isinstance(self._end, (Interrupted, Exhausted)) else None
        return ReplyRecord(
            message=self._key,
            provider=spoken.provider if spoken else understudy.NAME if isinstance(self._end, Exhausted) else "",
            model=spoken.model if spoken else "",
            parameters=_switches(self._ask.parameters),
            persona_version=self._scene.persona.version,
            context_digest=hashlib.sha256(json.dumps(self._context.messages).encode()).digest(),
            verdict=self._context.verdict.value,
            fault=fault.kind.value if fault else None,
            prompt_tokens=spoken.usage.prompt_tokens if spoken else None,
            reply_tokens=spoken.usage.completion_tokens if spoken else None,
            at=self._at,
        )


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await `work` however often the reader is cancelled meanwhile; only then is the cancellation passed on."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


def _switches(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and flags alone: a stop word or a tool's description may be somebody's words."""
    return {name: value for name, value in parameters.items() if isinstance(value, (int, float, bool))}

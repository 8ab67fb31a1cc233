"""One turn: hear, recall, compose, ask the voice, keep the reply, whatever happens on the way."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from everkin.absorb import Absorber, Feelings, Said
from everkin.character.steadiness import Steadiness
from everkin.exchange import understudy
from everkin.exchange.composition import Material, compose
from everkin.exchange.observation import Observer
from everkin.exchange.prompt import bearing, prompt_of, running
from everkin.exchange.scene import Recall, Scene, recalled, where_of
from everkin.exchange.sessions import Ahead, Sessions, Visit, explained
from everkin.mind.context import Context, Estimate
from everkin.mind.fact import STANDING
from everkin.mind.identity import MessageKey, NewId
from everkin.mind.memory import Kind, Memory, Recollection, Verdict
from everkin.mind.minding import minding
from everkin.mind.ports.arcs import Retrospect, Retrospects
from everkin.mind.ports.emotions import Emotions, Felt
from everkin.mind.ports.gateway import (
    Attempt,
    Event,
    Exhausted,
    FaultKind,
    Finished,
    Gateway,
    Interrupted,
    Replaced,
    Shown,
    TextDelta,
    ToolDelta,
    Usage,
)
from everkin.mind.ports.memories import Disclosures, Memories, Replies, ReplyRecord
from everkin.mind.ports.owed import Owed, OwedTurns
from everkin.mind.ports.transcripts import Draft, NewMessage, Transcripts
from everkin.mind.risk import Finding, Level
from everkin.mind.scratchpad import Note, Scratchpad
from everkin.mind.transcript import Delivery, Message, Role, Utterance
from everkin.mind.worth import Purpose

CHECKPOINT_S = 1.0
"""A crash in mid-stream loses at most this much of a reply."""
ABANDONED = timedelta(minutes=15)
"""A reply that is still pending after this belongs to a process that is gone."""
RECENT_MESSAGES = 40
STOPPED_BY_READER = "stopped by the reader"
"""The message of a cancellation that is somebody's wish, and no accident."""
STANDING_FACTS = 64
"""How many standing facts are read for one context; a tenth of its budget holds fewer."""
NEIGHBOURED = 8
"""How many of the best recollections may bring the messages beside them."""
OWED_AFTER = timedelta(seconds=10)
"""How soon a turn that nobody could answer is tried again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The first event of every reply: what was recalled for it, and the help shown before it when somebody is in danger."""

    message_id: str
    verdict: Verdict
    confidence: float
    recollections: tuple[Recollection, ...]
    resources: str | None
    context_tokens: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A reply as it ended. `understudy` says that no model spoke; `delivery` whether it came to its own end."""

    message_id: str
    text: str = field(repr=False)
    provider: str
    model: str
    finish_reason: str
    usage: Usage
    delivery: Delivery
    understudy: bool
    started: Started
    attempts: tuple[Attempt, ...] = ()
    tool_calls: tuple[ToolDelta, ...] = field(default=(), repr=False)
    """What a model wants done with the client's own tools, each in one piece."""

    @classmethod
    def of(cls, started: Started, end: Finished | Interrupted, tools: Sequence[ToolDelta] = ()) -> "Reply":
        """A reply from its first event, its last, and the tool calls between."""
        finished = end if isinstance(end, Finished) else None
        return cls(
            message_id=started.message_id,
            text=end.text,
            provider=finished.provider if finished else "",
            model=finished.model if finished else "",
            finish_reason=finished.finish_reason if finished else "error",
            usage=finished.usage if finished else Usage(prompt_tokens=0, completion_tokens=0, estimated=True),
            delivery=Delivery.COMPLETE if finished else Delivery.INTERRUPTED,
            understudy=finished is not None and finished.provider == understudy.NAME,
            started=started,
            attempts=end.attempts,
            tool_calls=tuple(tools),
        )


TurnEvent = Started | Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Rooms:
    """What a turn works with, handed in by the composition root."""

    transcripts: Transcripts
    memories: Memories
    disclosures: Disclosures
    replies: Replies
    owed: OwedTurns
    recall: Recall
    sessions: Sessions
    observer: Observer
    absorber: Absorber
    feelings: Feelings
    emotions: Emotions
    steadiness: Steadiness
    retrospects: Retrospects
    gateway: Gateway
    estimate: Estimate
    help_text: Callable[[Finding, ZoneInfo], str]
    """The words that point to help, whatever a provider says."""
    new_id: NewId
    monotonic: Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What one turn asks: the words to be answered, which of them are new, and how the answer is wanted.

    `news` is what is kept of it (empty for a swipe: the question stands already). `shown` says what the client can do
    with text it has been sent; `left_as` is what becomes of the reply when its reader leaves.
    """

    question: str = field(repr=False)
    news: Sequence[Utterance] = ()
    client: str = field(default="", repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tokens: int = 4000
    shown: Shown = Shown.REPLACEABLE
    left_as: Delivery = Delivery.INTERRUPTED
    scratchpad: Scratchpad | None = None
    """What the app put down for this exchange alone; closed when it is over."""


class Turns:
    """Runs turns. Holds nothing between them."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def context(
        self,
        scene: Scene,
        question: str,
        *,
        tokens: int,
        at: datetime,
        client: str = "",
        scratch: Sequence[Note] = (),
        explain: bool = False,
    ) -> Context:
        """The context of a question that nobody has said yet; nothing is stored."""
        visit = await self._visit(scene, question, tokens, at, explain=explain)
        return await self._composed(
            scene, question, visit, tokens=tokens, at=at, client=client, scratch=scratch, explain=explain
        )

    async def reply(self, scene: Scene, ask: Ask, *, at: datetime) -> AsyncGenerator[TurnEvent, None]:
        """1. Recall. 2. Keep what was said. 3. Compose. 4. Stream. 5. Keep the reply, even when its reader leaves."""
        with ask.scratchpad or nullcontext():
            async with aclosing(self._reply(scene, ask, at=at)) as events:
                async for event in events:
                    yield event

    async def _reply(self, scene: Scene, ask: Ask, *, at: datetime) -> AsyncGenerator[TurnEvent, None]:
        visit = await self._visit(scene, ask.question, ask.tokens, at)
        observed = await self._rooms.observer.observe(
            scene.user, scene.bond, scene.conversation, ask.news, now=at, zone=scene.zone
        )
        help_text = self._help(observed.findings, scene.zone)
        composed = self._composed(
            scene,
            ask.question,
            visit,
            tokens=ask.tokens,
            at=at,
            client=ask.client,
            scratch=tuple(ask.scratchpad or ()),
            said=True,
        )
        context, _ = await asyncio.gather(composed, self._mend(scene, at))
        started = Started(
            message_id=str(self._rooms.new_id()),
            verdict=context.verdict,
            confidence=context.confidence,
            recollections=context.recollections,
            resources=help_text,
            context_tokens=context.tokens,
        )
        keeping = _Keeping(self._rooms, scene, context, visit, started, ask, at, observed.keys)
        yield started
        async with aclosing(keeping.events()) as events:
            async for event in events:
                yield event

    def _help(self, findings: Sequence[Finding], zone: ZoneInfo) -> str | None:
        grave = [finding for finding in findings if finding.level > Level.CONCERN]
        return self._rooms.help_text(max(grave, key=lambda finding: finding.level), zone) if grave else None

    async def _visit(self, scene: Scene, question: str, tokens: int, at: datetime, *, explain: bool = False) -> Visit:
        """What is recalled, in full or from what the session has at hand."""
        visit = await self._rooms.sessions.visit(
            where_of(scene),
            question,
            partial(recalled, self._rooms.recall, scene, at, explain=explain, fill=tokens),
            at=at,
            limit=max(20, tokens // 20),
        )
        return explained(visit) if explain else visit

    async def _composed(
        self,
        scene: Scene,
        question: str,
        visit: Visit,
        *,
        tokens: int,
        at: datetime,
        client: str,
        scratch: Sequence[Note] = (),
        said: bool = False,
        explain: bool = False,
    ) -> Context:
        recalled = visit.recalled
        ids = [each.memory.id for each in recalled.recollections]
        said_once = [each.memory.id for each in recalled.recollections if each.memory.kind is not Kind.SEMANTIC]
        episodes = said_once if recalled.asked else []  # what stands beside a memory is nothing that came up
        async with asyncio.TaskGroup() as group:
            facts = group.create_task(self._rooms.sessions.profile(visit, partial(_standing, self._rooms, scene, at)))
            later = group.create_task(self._rooms.memories.later(scene.user, ids))
            beside = group.create_task(self._rooms.transcripts.neighbours(scene.user, episodes[:NEIGHBOURED]))
            disclosures = group.create_task(self._rooms.disclosures.open(scene.user))
            standing = group.create_task(self._rooms.emotions.standing(scene.user, scene.bond, at=at))
            weeks = group.create_task(self._weeks(scene, visit, at, facts))
            recent = group.create_task(self._recent(scene, at)) if said else None
        material = Material(
            question=question,
            persona=scene.persona,
            recalled=recalled,
            disclosures=disclosures.result(),
            recent=recent.result() if recent else (),
            facts=facts.result(),
            later=later.result(),
            neighbours=beside.result(),
            client=client,
            scratch=scratch,
            state=" ".join(
                filter(None, [bearing(standing.result(), scene, at), minding(weeks.result(), at, scene.zone)])
            ),
            names={Role.ASSISTANT: scene.persona.name},
            at=at,
            zone=scene.zone,
        )
        return compose(material, tokens=tokens, estimate=self._rooms.estimate, explain=explain)

    async def _recent(self, scene: Scene, at: datetime) -> Sequence[Message]:
        """What was said before the question that is being answered."""
        branch = await self._rooms.transcripts.branch(scene.user, scene.conversation, last=RECENT_MESSAGES)
        before = running(branch, at)
        return before[:-1] if before and before[-1].role is Role.USER else before

    async def _weeks(self, scene: Scene, visit: Visit, at: datetime, facts: asyncio.Task[list[Memory]]) -> Retrospect:
        async def look() -> Retrospect:
            return await _looked_back(self._rooms, scene, at, await facts)

        return await self._rooms.sessions.weeks(visit, look)

    async def _mend(self, scene: Scene, at: datetime) -> None:
        """Replies that a crashed process left pending are marked as interrupted, with what they had said."""
        for message in await self._rooms.transcripts.branch(scene.user, scene.conversation, last=4):
            if message.delivery is Delivery.PENDING and at - message.at > ABANDONED:
                await self._rooms.transcripts.finish(scene.user, scene.bond, _again(message, Delivery.INTERRUPTED))


async def _standing(rooms: Rooms, scene: Scene, at: datetime) -> list[Memory]:
    return await rooms.memories.facts(scene.user, scene.bond, kinds=STANDING, at=at, limit=STANDING_FACTS)


async def _looked_back(rooms: Rooms, scene: Scene, at: datetime, facts: list[Memory]) -> Retrospect:
    return await rooms.retrospects.look_back(scene.user, scene.bond, at=at, zone=scene.zone, facts=facts)


class _Keeping:
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
        drafts = (
            [()]
            if isinstance(self._end, Exhausted)
            else await self._rooms.absorber.drafts([said], zone=self._scene.zone)
        )
        felt = self._rooms.feelings.felt([said], drafts, zone=self._scene.zone)
        await self._store(delivery, drafts[0], felt[0])
        await asyncio.gather(
            self._rooms.replies.put(self._scene.user, self._scene.bond, self._record()),
            self._owe(),
            self._touch(delivery),
        )
        if isinstance(self._end, Finished):
            await self._scored(drafts[0])
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
                profile=partial(_standing, self._rooms, self._scene, self._at),
                weeks=partial(_looked_back, self._rooms, self._scene, self._at),
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


def _again(message: Message, delivery: Delivery) -> NewMessage:
    return NewMessage(
        key=message.key,
        id=message.id,
        role=message.role,
        content=message.content,
        name=message.name,
        at=message.at,
        delivery=delivery,
    )

"""One turn: hear, recall, compose, ask the voice, keep the reply, whatever happens on the way."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, nullcontext
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from everkin.exchange.composition import Material, compose
from everkin.exchange.keeping import Keeping
from everkin.exchange.prompt import bearing, running
from everkin.exchange.reply import Ask, Started, TurnEvent
from everkin.exchange.rooms import Rooms, looked_back, standing_facts
from everkin.exchange.scene import Scene, recalled, where_of
from everkin.exchange.sessions import Visit, explained
from everkin.mind.context import Context
from everkin.mind.memory import Kind, Memory
from everkin.mind.minding import minding
from everkin.mind.ports.arcs import Retrospect
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.risk import Finding, Level
from everkin.mind.scratchpad import Note
from everkin.mind.transcript import Delivery, Message, Role

ABANDONED = timedelta(minutes=15)
"""A reply that is still pending after this belongs to a process that is gone."""
RECENT_MESSAGES = 40
NEIGHBOURED = 8
"""How many of the best recollections may bring the messages beside them."""


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
        scratch: Sequence[Note] = (),
        explain: bool = False,
    ) -> Context:
        """The context of a question that nobody has said yet; nothing is stored."""
        visit = await self._visit(scene, question, tokens, at, explain=explain)
        return await self._composed(
            scene, question, visit, tokens=tokens, at=at, client="", scratch=scratch, explain=explain
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
            degraded=context.degraded,
        )
        keeping = Keeping(self._rooms, scene, context, visit, started, ask, at, observed.keys)
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
            facts = group.create_task(
                self._rooms.sessions.profile(visit, partial(standing_facts, self._rooms, scene, at))
            )
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
            return await looked_back(self._rooms, scene, at, await facts)

        return await self._rooms.sessions.weeks(visit, look)

    async def _mend(self, scene: Scene, at: datetime) -> None:
        """Replies that a crashed process left pending are marked as interrupted, with what they had said."""
        for message in await self._rooms.transcripts.branch(scene.user, scene.conversation, last=4):
            if message.delivery is Delivery.PENDING and at - message.at > ABANDONED:
                await self._rooms.transcripts.finish(scene.user, scene.bond, _again(message, Delivery.INTERRUPTED))


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

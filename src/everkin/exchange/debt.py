"""Owed answers: turns that met no provider are answered when one is back, once, unless the talk has moved on."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from everkin.absorb import Feelings, Said
from everkin.exchange.observation import Observer
from everkin.exchange.prompt import prompt_of
from everkin.exchange.scene import Scene
from everkin.exchange.turn import Turns
from everkin.mind.identity import MessageKey, NewId
from everkin.mind.ports.gateway import Finished, Gateway
from everkin.mind.ports.owed import Owed, OwedTurns
from everkin.mind.ports.transcripts import NewMessage, Transcripts
from everkin.mind.transcript import Message, Role

BATCH: Final = 20
CLAIM: Final = timedelta(minutes=10)
FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Creditor:
    """What answering late takes, handed in by the composition root. `scene` knows who an owed turn is between."""

    owed: OwedTurns
    turns: Turns
    transcripts: Transcripts
    gateway: Gateway
    observer: Observer
    feelings: Feelings
    scene: Callable[[Owed], Awaitable[Scene | None]]
    tokens: int
    new_id: NewId


class Debts:
    """Pays what is owed. Exactly once: the reply and the end of the debt are one commit."""

    def __init__(self, creditor: Creditor) -> None:
        self._its = creditor

    async def pay(self, now: datetime) -> int:
        """Try every turn that is due; how many were answered. Costs one statement when nothing is."""
        answered = 0
        for user, id in await self._its.owed.due(now, limit=BATCH):
            owed = await self._its.owed.claim(user, id, now=now, until=now + CLAIM)
            if owed is not None:
                answered += await self._answer(owed, now)
        return answered

    async def _answer(self, owed: Owed, now: datetime) -> bool:
        scene = await self._its.scene(owed)
        branch = await self._its.transcripts.branch(owed.user, owed.conversation, last=40)
        question = waiting(branch, owed.message)
        if scene is None or question is None:
            await self._its.owed.settle(owed, None)
            return False
        text = await self._spoken(scene, question)
        if text is None:
            await self._its.owed.put_off(owed, due_at=now + wait(owed.attempts))
            return False
        return await self._its.owed.settle(owed, await self._reply(scene, text, now))

    async def _spoken(self, scene: Scene, question: Message) -> str | None:
        context = await self._its.turns.context(
            scene, question.content, tokens=self._its.tokens, at=question.at - timedelta(microseconds=1)
        )
        async with aclosing(
            self._its.gateway.stream(prompt_of(context, companion=scene.companion, service_level=scene.service_level))
        ) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.text
        return None

    async def _reply(self, scene: Scene, text: str, now: datetime) -> NewMessage:
        said = Said(role=Role.ASSISTANT, name=scene.persona.name, content=text, at=now)
        drafts = await self._its.observer.drafts(scene.user, scene.bond, said, zone=scene.zone)
        return NewMessage(
            key=MessageKey(self._its.new_id()),
            id=str(self._its.new_id()),
            role=Role.ASSISTANT,
            content=text,
            name=scene.persona.name,
            at=now,
            drafts=drafts,
            felt=self._its.feelings.felt([said], [drafts], zone=scene.zone)[0],
        )


def waiting(branch: list[Message], key: MessageKey) -> Message | None:
    """The message that still waits; None when it is gone or the person has said something else since."""
    position = next((n for n, message in enumerate(branch) if message.key == key), None)
    if position is None or any(message.role is Role.USER for message in branch[position + 1 :]):
        return None
    return branch[position]


def wait(attempts: int) -> timedelta:
    """Twice as long each time, up to ten minutes."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts, 10)
    return min(doubled, LONGEST_WAIT)

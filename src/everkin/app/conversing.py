"""What the two say to each other: kept, answered, told to whoever listens."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from everkin.app.handover import TOKENS_LEAST, number, utterances, words
from everkin.app.pair import Moment, Pair
from everkin.app.replying import Replying
from everkin.character.registry import Casting
from everkin.exchange import housekeeping
from everkin.exchange.broadcast import Broadcast
from everkin.exchange.observation import Observed, Progress
from everkin.exchange.occasion import Occasion
from everkin.exchange.occasion import read as read_occasion
from everkin.exchange.reply import Ask, TurnEvent
from everkin.exchange.scene import Scene
from everkin.mind.context import Context
from everkin.mind.identity import ConversationId
from everkin.mind.ports.gateway import Shown
from everkin.mind.scratchpad import Scratchpad
from everkin.mind.transcript import Delivery, Utterance


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversing(Pair):
    """The verbs of a conversation."""

    async def observe(
        self,
        messages: Sequence[Mapping[str, Any] | Utterance],
        *,
        conversation: str | None = None,
        device: str | None = None,
        progress: Progress | None = None,
    ) -> Observed:
        """Keep what was said, of any age and in any order; durable when it returns.

        A message is {role, content, id?, name?, at?, parent?, device?}; `device` is where those were typed that name
        none, and what a device kept while it was offline lands at its own time. The same id with the same words changes nothing; with
        other words it is a revision. Raises InvalidInput, naming the place and not the words, before anything is kept.
        """
        said = utterances(messages, self.zone, device=device)
        return await self.house.observer.observe(
            self.user_id,
            self.bond_id,
            await self._conversation(conversation),
            said,
            now=self.house.now(),
            zone=self.zone,
            progress=progress,
        )

    async def context(
        self,
        question: str,
        *,
        tokens: int = 4000,
        at: Moment = None,
        conversation: str | None = None,
        scratchpad: Scratchpad | None = None,
        explain: bool = False,
    ) -> Context:
        """What a model would be given to answer this, never over `tokens`. Stores nothing.

        Take one `Scratchpad` for an exchange with a model of your own, put down what it thinks and what its tools say,
        ask for the context after each step, and close it at the end. Raises InvalidInput.
        """
        words("question", question)
        number("tokens", tokens, least=TOKENS_LEAST)
        moment = self._moment(at)
        scene = await self._scene(conversation, await self._cast(moment), moment)
        return await self.house.turns.context(
            scene,
            question,
            tokens=tokens,
            at=moment,
            scratch=tuple(scratchpad or ()),
            explain=explain,
        )

    def reply(
        self,
        text: str,
        *,
        at: Moment = None,
        conversation: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        tokens: int | None = None,
        id: str | None = None,
        scratchpad: Scratchpad | None = None,
    ) -> "Replying":
        """The whole exchange. Await it for the reply, or iterate over its events; leaving early keeps what was said so far.

        `id` makes a retry safe: the same id and words are kept once. What is on the `scratchpad` is in the context of
        this reply and nowhere else; it is closed with the exchange.
        """
        moment = self._moment(at)

        async def events() -> AsyncGenerator[TurnEvent, None]:
            said = utterances([{"role": "user", "content": text, "id": id, "at": moment}], self.zone)
            ask = Ask(
                question=text,
                news=said,
                parameters=parameters or {},
                tokens=tokens or self.house.tokens,
                scratchpad=scratchpad,
            )
            scene = await self._scene(conversation, await self._taken(moment), moment)
            async with aclosing(self.house.turns.reply(scene, ask, at=moment)) as turn:
                async for event in turn:
                    yield event

        return Replying(events)

    async def begin(
        self,
        text: str,
        *,
        at: Moment = None,
        conversation: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        tokens: int | None = None,
        id: str | None = None,
        scratchpad: Scratchpad | None = None,
    ) -> Broadcast:
        """Like `reply`, but told to its end even when nobody listens: numbered events that any device can join."""
        turn = self.reply(
            text, at=at, conversation=conversation, parameters=parameters, tokens=tokens, id=id, scratchpad=scratchpad
        )
        return await self.house.studio.begin(self.bond_id, turn.events)

    async def stop(self, message_id: str) -> None:
        """End a reply that `begin` started; what was said of it is kept, as stopped. Raises NotFound."""
        await self.house.studio.stop(self.bond_id, message_id)

    def join(self, message_id: str) -> Broadcast:
        """A reply that `begin` started, to listen to from any number on. Raises NotFound."""
        return self.house.studio.require(self.bond_id, message_id)

    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        conversation: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        at: Moment = None,
        streamed: bool = True,
    ) -> "Replying":
        """A request of an OpenAI client, which sends its whole transcript each time; only what is new of it is kept.

        Titles, tags and other housekeeping are answered, and not remembered. Raises InvalidInput at once.
        """
        moment, occasion = self._moment(at), read_occasion(messages)

        async def events() -> AsyncGenerator[TurnEvent, None]:
            turn = (
                self._told(occasion, conversation, parameters or {}, moment, streamed)
                if occasion.is_turn
                else housekeeping.answered(
                    self.house.gateway,
                    messages,
                    parameters or {},
                    message_id=str(self.house.new_id()),
                    streamed=streamed,
                )
            )
            async with aclosing(turn):
                async for event in turn:
                    yield event

        return Replying(events)

    async def _told(
        self, occasion: Occasion, label: str | None, parameters: Mapping[str, Any], at: datetime, streamed: bool
    ) -> AsyncGenerator[TurnEvent, None]:
        """Requests of one bond are heard one after the other, so that one sent twice at once is heard once."""
        async with AsyncExitStack() as stack:
            async with self.house.reconciler.turn(self.bond_id):
                turn = await self._heard(occasion, label, parameters, at, streamed)
                events = await stack.enter_async_context(aclosing(turn))
                started = await anext(events)
            yield started
            async for event in events:
                yield event

    async def _heard(
        self, occasion: Occasion, label: str | None, parameters: Mapping[str, Any], at: datetime, streamed: bool
    ) -> AsyncGenerator[TurnEvent, None]:
        found = await self.house.reconciler.reconcile(self.user_id, self.bond_id, label, occasion.said, now=at)
        if found.left:
            await self.house.store.transcripts.retire(self.user_id, self.bond_id, [m.key for m in found.left])
        scene = replace(await self._scene(None, await self._taken(at), at), conversation=found.conversation)
        ask = Ask(
            question=occasion.said[-1].content,
            news=found.news,
            client=occasion.client,
            parameters=parameters,
            tokens=self.house.tokens,
            shown=Shown.APPEND_ONLY if streamed else Shown.NOWHERE,
            left_as=Delivery.STOPPED,
        )
        return self.house.turns.reply(scene, ask, at=at)

    async def _taken(self, at: datetime) -> Casting:
        """The same, for a reply that is about to be spoken: what changes with it is noted."""
        casting = await self._cast(at)
        await self.house.registry.take(self.user_id, self.bond_id, casting, at=at)
        return casting

    async def _conversation(self, label: str | None) -> ConversationId:
        return await self.house.store.transcripts.conversation(self.user_id, self.bond_id, label)

    async def _scene(self, label: str | None, casting: Casting | None = None, at: Moment = None) -> Scene:
        moment = self._moment(at)
        persona = (casting or await self._cast(moment)).persona
        return Scene(
            user=self.user_id,
            bond=self.bond_id,
            conversation=await self._conversation(label),
            companion=self.companion,
            persona=await self.house.steadiness.adapted(self.user_id, self.bond_id, persona, at=moment),
            zone=self.zone,
            service_level=self.house.settings.service_level,
        )

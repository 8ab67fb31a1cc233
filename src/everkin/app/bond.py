"""A bond as a caller sees it: one user with one companion, and the verbs between them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from everkin.app.handover import TOKENS_LEAST, features, moment, number, utterances, words
from everkin.app.replying import Replying
from everkin.app.state import State, VoiceState
from everkin.character.registry import Casting
from everkin.errors import InvalidInput, NotFound
from everkin.exchange import housekeeping
from everkin.exchange.broadcast import Broadcast
from everkin.exchange.observation import Observed, Progress
from everkin.exchange.occasion import Occasion
from everkin.exchange.occasion import read as read_occasion
from everkin.exchange.reply import Ask, TurnEvent
from everkin.exchange.scene import Scene
from everkin.mind.arc import SESSIONS_READ, Arc
from everkin.mind.context import Context
from everkin.mind.digest import Digest
from everkin.mind.emotion import COMPANION, EVEN, USER, Feeling, read
from everkin.mind.erased import Erased
from everkin.mind.identity import BondId, ConversationId, DisclosureId, EntityId, MemoryId, OvertureId, UserId
from everkin.mind.initiative import Consent, Overture
from everkin.mind.marker import Mention, markers
from everkin.mind.memory import Kind, Memory, Recalled
from everkin.mind.persona import Persona
from everkin.mind.portrait import Portrait
from everkin.mind.ports.arcs import Theme
from everkin.mind.ports.gateway import Shown
from everkin.mind.ports.personas import Spell
from everkin.mind.provenance import why
from everkin.mind.quality import Fault
from everkin.mind.risk import Disclosure, Review, reviewed
from everkin.mind.scratchpad import Scratchpad
from everkin.mind.summary import Sentence
from everkin.mind.transcript import Delivery, Message, Role, Utterance
from everkin.mind.worth import fate

if TYPE_CHECKING:
    from everkin.app.house import House

Moment = datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bond:
    """Made by `Everkin.bond`. `at` on every verb is the moment it happens; None is now, a naive time is the user's own."""

    house: "House"
    user: str
    companion: str
    user_id: UserId
    bond_id: BondId
    persona: Persona
    """The one it spoke in when it was opened; every verb looks anew."""
    zone: ZoneInfo

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

    async def recall(
        self,
        question: str,
        *,
        at: Moment = None,
        limit: int = 10,
        explain: bool = False,
        off: frozenset[str] = frozenset(),
    ) -> Recalled:
        """The memories that answer, best first, and a verdict. `explain` adds every score and every cut; `off` leaves features out.

        `degraded` names what recall went without. Raises InvalidInput; a question without a word finds nothing.
        """
        return await self.house.recaller.recall(
            self.user_id,
            self.bond_id,
            words("question", question),
            at=self._moment(at),
            limit=number("limit", limit),
            zone=self.zone,
            companion=self.persona.name,
            explain=explain,
            off=features(off),
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

    async def state(self, *, at: Moment = None) -> State:
        """How things stand between the two."""
        moment = self._moment(at)
        standing = await self.house.store.emotions.standing(self.user_id, self.bond_id, at=moment)
        persona = (await self._cast(moment)).persona
        found = await self.house.retrospects.look_back(self.user_id, self.bond_id, at=moment, zone=self.zone)
        return State(
            persona=(persona.name, persona.version),
            disclosures=tuple(await self.disclosures()),
            emotion=read(standing.sums, USER, EVEN, moment).axes,
            companion_emotion=read(standing.sums, COMPANION, persona.temperament, moment).axes,
            markers=tuple(markers(standing.mentions, moment)),
            arcs=found.arcs,
            open_threads=found.open_threads,
            anniversaries=found.anniversaries,
            drifted=(await self.house.steadiness.drift(self.user_id, self.bond_id, persona, at=moment)).alarm,
        )

    async def arcs(self, *, at: Moment = None, sessions: int = SESSIONS_READ) -> list[Arc]:
        """What was different with the user for weeks in the last sessions, over or not, in the order in which it was noticed."""
        moment = self._moment(at)
        return await self.house.retrospects.arcs(
            self.user_id, self.bond_id, at=moment, zone=self.zone, sessions=sessions
        )

    async def themes(self, *, at: Moment = None) -> list[Theme]:
        """What the user comes back to: in how many sessions of the last year, the most often first."""
        return [*await self.house.retrospects.themes(self.user_id, self.bond_id, at=self._moment(at))]

    async def summary(self, *, at: Moment = None) -> list[Sentence]:
        """Who the user is and how it has gone, in a few sentences made anew from what stands; each cites its messages.

        Put a sentence right by editing one of its `memories` (`edit`); it goes when what it rests on is erased.
        """
        moment = self._moment(at)
        return await self.house.accounts.summary(self.user_id, self.bond_id, at=moment, zone=self.zone)

    async def consent(self) -> Consent:
        """Whether, when and how often the companion may write first. Off until the user turns it on."""
        return await self.house.store.initiative.consent(self.user_id, self.bond_id)

    async def allow(self, consent: Consent) -> None:
        """What holds from now on. Turned off, whatever has reached nobody yet is never said."""
        await self.house.store.initiative.put_consent(self.user_id, self.bond_id, consent, at=self.house.now())

    async def overtures(self, *, after: OvertureId | None = None, limit: int = 20) -> list[Overture]:
        """What the companion wrote first, in order; what is handed out here for the first time counts as delivered.

        `after` is the id of the last one you have. Asked again from before one, it comes again with the same id.
        """
        return await self.house.overtures.collect(
            self.user_id, self.bond_id, after=after, limit=number("limit", limit), now=self.house.now()
        )

    async def moods(self, *, moments: Sequence[datetime]) -> list[tuple[Feeling, Feeling]]:
        """How the user and the companion felt at each of the moments, which are in order; what was erased was never felt."""
        found = await self.house.store.emotions.history(self.user_id, self.bond_id, moments=moments)
        temper = (await self._cast(max(moments))).persona.temperament
        return [
            (read(sums, USER, EVEN, at), read(sums, COMPANION, temper, at))
            for at, sums in zip(moments, found, strict=True)
        ]

    async def mentions(self, *, until: Moment = None) -> tuple[Mention, ...]:
        """What markers follow from (`mind.marker.markers`), of the 400 days and more that any of them can last."""
        found = await self.house.store.emotions.standing(self.user_id, self.bond_id, at=self._moment(until))
        return found.mentions

    async def versions(self, *, until: Moment = None) -> list[tuple[datetime, str]]:
        """Which versions of the persona have spoken here, each with its first reply, in order."""
        moment = self._moment(until)
        return await self.house.store.replies.versions(self.user_id, self.bond_id, until=moment)

    async def memories(self, *, limit: int = 100, before: Moment = None, kind: Kind | None = None) -> list[Memory]:
        """What is remembered, newest first; `before` pages on."""
        return await self.house.store.memories.timeline(
            self.user_id, self.bond_id, start=None, end=self._clocked(before), limit=number("limit", limit), kind=kind
        )

    async def timeline(self, *, start: Moment = None, end: Moment = None, limit: int = 100) -> list[Memory]:
        """What was said between two moments, newest first."""
        return await self.house.store.memories.timeline(
            self.user_id,
            self.bond_id,
            start=self._clocked(start),
            end=self._clocked(end),
            limit=number("limit", limit),
            kind=Kind.EPISODIC,
        )

    async def weeks(
        self, *, about: str | None = None, start: Moment = None, end: Moment = None, limit: int = 10
    ) -> list[Digest]:
        """Weeks in the few messages that tell most of them, the latest first; `about` a text: those with most of it first.

        Of weeks that are over and had at least twenty messages, once the job `digest` has been there.
        """
        since, until, weeks = self._clocked(start), self._clocked(end), self.house.weeks
        number("limit", limit)
        if about is None:
            return await weeks.between(self.user_id, self.bond_id, start=since, end=until, limit=limit)
        hits = await self.search(about, limit=100)
        return await weeks.about(self.user_id, self.bond_id, hits, start=since, end=until, limit=limit)

    async def search(self, text: str, *, limit: int = 20) -> list[Memory]:
        """Memories that share a word or the meaning with a text, nearest first, without a verdict on what it asks."""
        return await self.house.recaller.search(
            self.user_id,
            self.bond_id,
            words("text", text),
            at=self.house.now(),
            limit=number("limit", limit),
            zone=self.zone,
            companion=self.persona.name,
        )

    async def memory(self, id: MemoryId) -> Memory | None:
        """One memory of this bond, or None when there is none of that id (any more)."""
        memory = (await self.house.store.memories.get(self.user_id, [id])).get(id)
        return memory if memory and memory.bond == self.bond_id else None

    async def edit(self, id: MemoryId, text: str) -> Memory:
        """Put a memory right; returns the one that stands in its place. Raises NotFound, InvalidInput.

        What was said becomes a revision of its message: the old words stay in the tree, and facts are read anew. Of a
        fact, `text` is the right value, alone or in its whole line; the corrected fact is pinned and supersedes the old.
        """
        memory = await self._require(id)
        edited = await self.house.corrector.edit(
            self.user_id, self.bond_id, memory, text, now=self.house.now(), zone=self.zone
        )
        await self.house.changed(self.user_id)
        return edited

    async def sources(self, id: MemoryId) -> list[Message]:
        """Why do you know this? The messages it came from, word for word. Raises NotFound."""
        await self._require(id)
        return await self.house.store.memories.sources(self.user_id, id)

    async def why(self, id: MemoryId) -> str:
        """Why do you know this? In words, with the message it came from. Raises NotFound."""
        memory = await self._require(id)
        later = await self.house.store.memories.later(self.user_id, [id])
        return why(
            memory,
            await self.house.store.memories.sources(self.user_id, id),
            later=later.get(id, ""),
            names={Role.USER: self.user, Role.ASSISTANT: self.persona.name},
            zone=self.zone,
        )

    async def fate(self, id: MemoryId, *, at: Moment = None) -> tuple[str, ...]:
        """Why is this still here, or why did it fade? Its tier, its worth and the reasons, in words. Raises NotFound."""
        return fate(await self._require(id), self._moment(at))

    async def fading(self, *, limit: int = 100) -> list[Memory]:
        """What policy has forgotten, and what it will forget unless it comes up again; the latest first. `restore` undoes it."""
        return await self.house.store.memories.fading(self.user_id, self.bond_id, limit=number("limit", limit))

    async def restore(self, id: MemoryId) -> None:
        """Undo that policy forgot a memory, or is about to. Raises NotFound for one that is neither."""
        await self._require(id)
        await self.house.store.tiers.unforget(self.user_id, id, at=self.house.now())

    async def part(self, id: MemoryId) -> None:
        """Undo that a memory was merged into one that says the same. Raises NotFound for one that repeats no other."""
        await self._require(id)
        await self.house.store.repeats.part(self.user_id, id)

    async def pin(self, id: MemoryId, pinned: bool = True) -> None:
        """A pinned memory never fades. Raises NotFound."""
        await self._require(id)
        await self.house.store.memories.pin(self.user_id, id, pinned=pinned)

    async def erase(self, id: MemoryId) -> Erased:
        """Erase a memory, the messages it came from and all that was learnt from them; their keys go too. Raises NotFound."""
        await self._require(id)
        erased = await self.house.store.erasure.erase_memory(self.user_id, id)
        await self.house.forget(self.user_id)
        await self.house.store.matters.drop(self.user_id, [self.bond_id])
        return erased

    async def people(self) -> list[Portrait]:
        """My people: everybody and every pet the user spoke of here, the last spoken of first; who, since when, how often."""
        return await self.house.circles.everybody(self.user_id, self.bond_id)

    async def person(self, id: EntityId) -> Portrait:
        """One of them with all that is known, current and past, and the messages it came from. Raises NotFound."""
        return await self.house.circles.page(self.user_id, self.bond_id, id, now=self.house.now())

    async def call_person(self, id: EntityId, *, name: str | None = None, relation: str | None = None) -> Portrait:
        """Put right what somebody is called or is to the user; None leaves it. Raises NotFound, InvalidInput."""
        await self.house.circles.call(self.user_id, self.bond_id, id, name=name, relation=relation)
        return await self.person(id)

    async def merge_people(self, id: EntityId, other: EntityId) -> Portrait:
        """Two that are one. Loses nothing: `unmerge_people` takes it back. Raises NotFound, InvalidInput."""
        await self.house.circles.merge(self.user_id, self.bond_id, id, other)
        return await self.person(id)

    async def unmerge_people(self, id: EntityId, alias: EntityId) -> list[Portrait]:
        """One that is two: an alias on the page of `id` is somebody else. The pages of both. Raises NotFound, InvalidInput."""
        rest = await self.house.circles.unmerge(self.user_id, self.bond_id, id, alias)
        return [await self.person(rest), await self.person(alias)]

    async def erase_person(self, id: EntityId) -> Erased:
        """Erase every message that names somebody and all that was learnt from those, for good. Raises NotFound."""
        return await self.house.circles.erase(self.user_id, self.bond_id, id)

    async def _require(self, id: MemoryId) -> Memory:
        """A memory of this bond: what another companion was told is not to be opened, changed or erased through this one."""
        memory = await self.memory(id)
        if memory is None:
            raise NotFound("There is no such memory.", next="List the memories to see which there are.")
        return memory

    async def flags(self, *, limit: int = 100) -> list[tuple[MemoryId, Fault, datetime]]:
        """What daily samples found wrong with memories of this user's, newest first."""
        return await self.house.store.samples.flags(self.user_id, limit=number("limit", limit))

    async def disclosures(self, *, settled: bool = False) -> list[Disclosure]:
        """Those of the user that no person has reviewed yet; `settled` adds the others. Newest first."""
        kept = self.house.store.disclosures
        return await (kept.all(self.user_id) if settled else kept.open(self.user_id))

    async def disclosed(self, id: DisclosureId) -> Message:
        """What was said, word for word, for the person who reviews it. Raises NotFound."""
        disclosure = await self._disclosure(id)
        return (await self.house.store.transcripts.messages(self.user_id, [disclosure.message]))[0]

    async def review(self, id: DisclosureId, review: Review) -> Disclosure:
        """A person's decision; what is confirmed or dismissed stands in no context any more, and is never forgotten.

        Whoever offers this sees to it that the companion's user alone cannot decide. Raises NotFound, InvalidInput.
        """
        disclosure = await self._disclosure(id)
        decided = reviewed(disclosure, review, at=self.house.now())
        if not await self.house.store.disclosures.move(self.user_id, disclosure, to=decided.state, at=self.house.now()):
            raise InvalidInput(
                "Somebody has reviewed this disclosure meanwhile.",
                kept="Their decision stands.",
                next="Read its state again.",
            )
        return decided

    async def _disclosure(self, id: DisclosureId) -> Disclosure:
        for disclosure in await self.disclosures(settled=True):
            if disclosure.id == id:
                return disclosure
        raise NotFound("There is no such disclosure.", next="List the disclosures to see which there are.")

    async def personas(self) -> list[Spell]:
        """What changed, and when: every version of the persona that this bond has spoken in, oldest first."""
        return await self.house.store.personas.spells(self.user_id, self.bond_id)

    async def _cast(self, at: datetime) -> Casting:
        """Which persona speaks at `at`. Raises NotFound when the bond was erased meanwhile."""
        casting = await self.house.registry.casting(self.user_id, self.bond_id, at=at)
        if casting is None:
            raise NotFound("There is no such bond.", next="It may have been erased.")
        return casting

    async def _taken(self, at: datetime) -> Casting:
        """The same, for a reply that is about to be spoken: what changes with it is noted."""
        casting = await self._cast(at)
        await self.house.registry.take(self.user_id, self.bond_id, casting, at=at)
        return casting

    async def voice(self, *, at: Moment = None) -> VoiceState:
        """How the persona has come to speak with this user, and whether its voice has been drifting."""
        moment = self._moment(at)
        persona = (await self._cast(moment)).persona
        steadiness = self.house.steadiness
        drift = await steadiness.drift(self.user_id, self.bond_id, persona, at=moment)
        return VoiceState(
            version=persona.version,
            core=persona.core,
            dials=await steadiness.positions(self.user_id, self.bond_id, persona, at=moment),
            drift=drift.level,
            replies=drift.replies,
            alarm=drift.alarm,
        )

    async def strangeness(self, text: str) -> float | None:
        """How far a text is from the persona's voice: 0 its own .. 1 somebody else's; None with too few exemplars."""
        return await self.house.steadiness.strangeness((await self._cast(self.house.now())).persona, text)

    async def reset_adaptation(self) -> None:
        """Speak with this user as the persona was written, and learn anew from here."""
        await self.house.store.voices.reset(self.user_id, self.bond_id, at=self.house.now())

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

    def _moment(self, at: Moment) -> datetime:
        if at is None:
            return self.house.now()
        return moment("at", at, self.zone)

    def _clocked(self, at: Moment) -> datetime | None:
        return None if at is None else moment("a bound", at, self.zone)

"""A bond as a caller sees it: one user with one companion, and the verbs between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from everkin.app.conversing import Conversing
from everkin.app.handover import number
from everkin.app.pair import Moment
from everkin.app.remembering import Remembering
from everkin.app.state import State, VoiceState
from everkin.errors import InvalidInput, NotFound
from everkin.mind.arc import SESSIONS_READ, Arc
from everkin.mind.emotion import COMPANION, EVEN, USER, Feeling, read
from everkin.mind.erased import Erased
from everkin.mind.identity import DisclosureId, EntityId, OvertureId
from everkin.mind.initiative import Consent, Overture
from everkin.mind.marker import Mention, markers
from everkin.mind.portrait import Portrait
from everkin.mind.ports.arcs import Theme
from everkin.mind.ports.personas import Spell
from everkin.mind.risk import Disclosure, Review, reviewed
from everkin.mind.summary import Sentence
from everkin.mind.transcript import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Bond(Conversing, Remembering):
    """Made by `Everkin.bond`. `at` on every verb is the moment it happens; None is now, a naive time is the user's own."""

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

    async def personas(self) -> list[Spell]:
        """What changed, and when: every version of the persona that this bond has spoken in, oldest first."""
        return await self.house.store.personas.spells(self.user_id, self.bond_id)

    async def versions(self, *, until: Moment = None) -> list[tuple[datetime, str]]:
        """Which versions of the persona have spoken here, each with its first reply, in order."""
        moment = self._moment(until)
        return await self.house.store.replies.versions(self.user_id, self.bond_id, until=moment)

    async def strangeness(self, text: str) -> float | None:
        """How far a text is from the persona's voice: 0 its own .. 1 somebody else's; None with too few exemplars."""
        return await self.house.steadiness.strangeness((await self._cast(self.house.now())).persona, text)

    async def reset_adaptation(self) -> None:
        """Speak with this user as the persona was written, and learn anew from here."""
        await self.house.store.voices.reset(self.user_id, self.bond_id, at=self.house.now())

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

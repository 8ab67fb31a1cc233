"""What is remembered between the two: recalled, listed, explained, put right, erased."""

from dataclasses import dataclass
from datetime import datetime

from everkin.app.handover import features, number, words
from everkin.app.pair import Moment, Pair
from everkin.errors import NotFound
from everkin.mind.digest import Digest
from everkin.mind.erased import Erased
from everkin.mind.identity import MemoryId
from everkin.mind.life import LIFE_EVENTS_READ, LifeEvent, life_events
from everkin.mind.memory import Kind, Memory, Recalled
from everkin.mind.milestone import TOLD_BY
from everkin.mind.provenance import why
from everkin.mind.quality import Fault
from everkin.mind.topics import Topic
from everkin.mind.transcript import Message, Role
from everkin.mind.worth import fate


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembering(Pair):
    """The verbs of memories. Those of another bond are not to be reached through this one."""

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

    async def life_events(self, *, start: Moment = None, end: Moment = None, limit: int = 100) -> list[LifeEvent]:
        """Births, deaths, weddings, moves: the days that the user's life and their people's lives are told by, in order.

        Each with the messages it is known from; `why` of its memory says more. Of many, the last `limit`. English alone.
        """
        since, until = self._clocked(start), self._clocked(end)
        number("limit", limit)
        told = await self.house.store.memories.told(self.user_id, self.bond_id, kinds=TOLD_BY, limit=LIFE_EVENTS_READ)
        events = [
            event
            for event in life_events(told)
            if (since is None or event.when >= since) and (until is None or event.when < until)
        ]
        return events[-limit:]

    async def topics(self, *, limit: int = 12) -> list[Topic]:
        """What the two talk about, the most first: each with a few words, how much and from when to when, and what is typical.

        Worked out when asked, from what is at hand (not from what is cold), in about 40 µs a message; nothing of it is kept.
        Of too little talk there are none.
        """
        return await self.house.subjects.topics(self.user_id, self.bond_id, limit=number("limit", limit))

    async def topic(self, id: MemoryId, *, limit: int = 100) -> Topic:
        """The topic that a memory belongs to, with the last of its messages, newest first. Raises NotFound."""
        return await self.house.subjects.of(self.user_id, self.bond_id, id, limit=number("limit", limit))

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

    async def flags(self, *, limit: int = 100) -> list[tuple[MemoryId, Fault, datetime]]:
        """What daily samples found wrong with memories of this user's, newest first."""
        return await self.house.store.samples.flags(self.user_id, limit=number("limit", limit))

    async def _require(self, id: MemoryId) -> Memory:
        """A memory of this bond: what another companion was told is not to be opened, changed or erased through this one."""
        memory = await self.memory(id)
        if memory is None:
            raise NotFound("There is no such memory.", next="List the memories to see which there are.")
        return memory

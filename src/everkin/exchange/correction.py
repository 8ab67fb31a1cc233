"""Putting a memory right: what was said becomes a revision of its message, a fact is superseded by the corrected one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from everkin.absorb import Absorber
from everkin.absorb.absorber import SPEAKERS
from everkin.errors import InvalidInput, NotFound
from everkin.exchange.observation import Observer
from everkin.mind.fact import Fact, corrected
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.memory import Memory
from everkin.mind.ports.memories import Memories
from everkin.mind.ports.transcripts import Draft, Transcripts
from everkin.mind.transcript import Utterance


class Corrector:
    """Edits memories of one bond at a time; the old words stay in the tree."""

    def __init__(self, transcripts: Transcripts, memories: Memories, absorber: Absorber, observer: Observer) -> None:
        self._transcripts, self._memories = transcripts, memories
        self._absorber, self._observer = absorber, observer

    async def edit(
        self, user: UserId, bond: BondId, memory: Memory, text: str, *, now: datetime, zone: ZoneInfo
    ) -> Memory:
        """The memory that stands in its place. Raises InvalidInput for no words or a memory that something superseded."""
        if not text.strip():
            raise InvalidInput("There are no words.", kept="Nothing was changed.", next="To remove it, erase it.")
        if memory.superseded_by is not None:
            raise InvalidInput(
                "Something newer has taken its place.", kept="Nothing was changed.", next="Edit the newer one."
            )
        edited = (
            await self._said(user, bond, memory, text, now, zone)
            if memory.fact is None
            else await self._known(user, bond, memory, memory.fact, text)
        )
        found = (await self._memories.get(user, [edited])).get(edited)
        if found is None:
            raise NotFound("There is no such memory.", next="It may have been erased a moment ago.")
        return found

    async def _said(
        self, user: UserId, bond: BondId, memory: Memory, text: str, now: datetime, zone: ZoneInfo
    ) -> MemoryId:
        message = (await self._memories.sources(user, memory.id))[0]
        said = Utterance(
            role=message.role, content=text, id=message.id, name=message.name, at=message.at, device=message.device
        )
        observed = await self._observer.observe(user, bond, message.conversation, [said], now=now, zone=zone)
        if not observed.keys:
            return memory.id
        (edited,) = await self._memories.episodes(user, observed.keys)
        if memory.pinned:
            await self._memories.pin(user, edited, pinned=True)
        return edited

    async def _known(self, user: UserId, bond: BondId, memory: Memory, fact: Fact, text: str) -> MemoryId:
        names: Mapping[str, str] = {SPEAKERS[memory.role]: memory.name} if memory.name else {}
        right = corrected(fact, text, names)
        if (right.value, right.polarity) == (fact.value, fact.polarity):
            return memory.id
        *others, last = await self._memories.sources(user, memory.id)
        draft = replace(await self._draft(right, names), supersedes=(memory.id,), pinned=True)
        if not await self._transcripts.learn(user, bond, last.key, [draft], also=[other.key for other in others]):
            raise InvalidInput("What it came from was revised.", kept="Nothing was changed.", next="List the memories.")
        return draft.id

    async def _draft(self, fact: Fact, names: Mapping[str, str]) -> Draft:
        (draft,) = await self._absorber.fact_drafts([fact], names=names)
        return draft

"""The optional reader: a language model looks for facts in sessions that are over, out of band; its word is never enough.

What it says counts only where it is of a closed kind and its value stands in the very message it names. It never touches
words, and never ends a fact that was heard or corrected: where it contradicts one, it is not believed.
"""

import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from everkin.absorb.absorber import SPEAKERS, Absorber
from everkin.mind.entity import EntityRef, Speaker
from everkin.mind.fact import Fact, Origin, Predicate, stand, touching
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.ports.enrichment import Enrichment
from everkin.mind.ports.gateway import ChatMessage, Finished, Gateway, Prompt
from everkin.mind.ports.memories import Memories
from everkin.mind.ports.transcripts import Draft, Transcripts
from everkin.mind.transcript import SESSION_GAP, Message, Role, sessions

BONDS_A_RUN: Final = 20
MESSAGES_A_REQUEST: Final = 40
CHARACTERS_A_REQUEST: Final = 12_000
FACTS_A_REPLY: Final = 32
REPLY_TOKENS: Final = 1500
SECONDS_A_REQUEST: Final = 120.0

INSTRUCTION: Final = (
    "Read the numbered messages and list the lasting facts that their speakers state about themselves or their own people "
    'and pets. Answer with one JSON object {"facts": [...]} and nothing else. Each fact is {"message": number, '
    '"predicate": one of ' + ", ".join(Predicate) + ', "value": a short span copied word for word from that message, '
    '"kinship": such as "sister" when the fact is about the speaker\'s relative, else null, "name": the name of whoever it '
    "is about when that is not the speaker, else null}. Kinship and name must stand in the message as well. Leave out "
    "questions, guesses, jokes, quotations, plans that are not certain, and whatever you are not sure of."
)

_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class _Told(BaseModel):
    """One fact as a model tells it; anything else in it, or of another type, and it is not taken."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    message: Annotated[int, Field(strict=True, ge=0)]
    predicate: Predicate
    value: _Short
    kinship: _Short | None = None
    name: _Short | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """What the enricher reads and writes, handed in by the composition root."""

    enrichment: Enrichment
    transcripts: Transcripts
    memories: Memories
    absorber: Absorber
    gateway: Gateway


class Enricher:
    """Reads on where it stopped. Run twice or cut off in the middle, it leaves what one whole run would have left."""

    def __init__(self, shelf: Shelf) -> None:
        self._its = shelf

    async def run(self, now: datetime) -> int:
        """One session of each bond that waits, at most `BONDS_A_RUN`; how many facts were added.

        Stops at the first request that nobody answers, and goes on there the next time.
        """
        added = 0
        for user, bond in await self._its.enrichment.due(limit=BONDS_A_RUN):
            facts = await self._read(user, bond, now)
            if facts is None:
                break
            added += facts
        return added

    async def _read(self, user: UserId, bond: BondId, now: datetime) -> int | None:
        """None when no provider answered. An answer that cannot be read teaches nothing, and is not asked for again."""
        messages, mark = await self._its.enrichment.unread(user, bond, limit=MESSAGES_A_REQUEST)
        batch = first_session(messages, now)
        if messages and not batch:
            return 0
        added = 0
        if spoken := [message for message in batch if message.current and message.role in SPEAKERS]:
            reply = await self._asked(spoken)
            if reply is None:
                return None
            for message, facts in grounded(reply, spoken):
                added += await self._learn(user, bond, message, facts)
        is_all = len(batch) == len(messages)
        await self._its.enrichment.advance(user, bond, to=mark if is_all else batch[-1].ordinal + 1)
        return added

    async def _asked(self, messages: Sequence[Message]) -> str | None:
        lines = [f"[{n}] {message.name or message.role.value}: {message.content}" for n, message in enumerate(messages)]
        prompt = Prompt(
            messages=[
                ChatMessage(role=Role.SYSTEM, content=INSTRUCTION),
                ChatMessage(role=Role.USER, content="\n".join(lines)),
            ],
            parameters={"temperature": 0, "max_tokens": REPLY_TOKENS, "response_format": {"type": "json_object"}},
            continuable=False,
        )
        async with aclosing(self._its.gateway.stream(prompt, seconds=SECONDS_A_REQUEST)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.text
        return None

    async def _learn(self, user: UserId, bond: BondId, message: Message, facts: Sequence[Fact]) -> int:
        about = {(kind, fact.subject) for fact in facts for kind in touching(fact.predicate)}
        standing = dict(await self._its.memories.known_facts(user, bond, about))
        names: dict[str, str] = {SPEAKERS[message.role]: message.name} if message.name else {}
        drafts = await self._its.absorber.fact_drafts(facts, names=names)
        believed = [placed for draft in drafts if (placed := _placed(draft, standing)) is not None]
        if believed and await self._its.transcripts.learn(user, bond, message.key, believed):
            return len(believed)
        return 0


def first_session(messages: Sequence[Message], now: datetime) -> list[Message]:
    """The messages of the first session among these, up to the limits of one request; none while it may still go on."""
    if not messages:
        return []
    numbers = sessions([message.at for message in messages])
    first = [message for message, number in zip(messages, numbers, strict=True) if number == 0]
    if len(first) == len(messages) < MESSAGES_A_REQUEST and now - first[-1].at <= SESSION_GAP:
        return []
    characters, fitting = 0, 0
    for message in first:
        characters += len(message.content)
        if fitting and characters > CHARACTERS_A_REQUEST:
            break
        fitting += 1
    return first[:fitting]


def grounded(reply: str, messages: Sequence[Message]) -> list[tuple[Message, list[Fact]]]:
    """The facts of a reply that pass: well formed, of a known kind, and standing in the message they name."""
    facts: dict[int, list[Fact]] = {}
    for told in _parsed(reply):
        if told.message < len(messages) and _stands(told, messages[told.message].content):
            facts.setdefault(told.message, []).append(_fact(told, messages[told.message]))
    return [(messages[number], found) for number, found in sorted(facts.items())]


def _parsed(reply: str) -> list[_Told]:
    try:
        document: Any = json.loads(reply)
    except (ValueError, RecursionError):
        return []
    told = document.get("facts") if isinstance(document, dict) else None
    found = []
    for item in told[:FACTS_A_REPLY] if isinstance(told, list) else ():
        try:
            found.append(_Told.model_validate(item))
        except ValidationError:
            continue
    return found


def _stands(told: _Told, content: str) -> bool:
    said = content.casefold()
    return all(part.casefold() in said for part in (told.value, told.kinship, told.name) if part)


def _fact(told: _Told, message: Message) -> Fact:
    begin = max(0, message.content.casefold().find(told.value.casefold()))
    owner: Speaker = SPEAKERS[message.role]
    return Fact(
        subject=EntityRef(owner=owner, kinship=told.kinship and told.kinship.casefold(), name=told.name),
        predicate=told.predicate,
        value=told.value,
        recorded=message.at,
        begin=begin,
        end=begin + len(told.value),
        origin=Origin.MODEL,
    )


def _placed(draft: Draft, standing: dict[MemoryId, Fact]) -> Draft | None:
    """The draft among what stands (which moves on with it); None for what is known or contradicts what was heard."""
    assert draft.fact is not None
    place = stand(draft.fact, standing)
    if place.renews or any(standing[id].origin is not Origin.MODEL for id in place.ends):
        return None
    for ended in place.ends:
        del standing[ended]
    if place.ended_by is None:
        standing[draft.id] = draft.fact
    return replace(draft, supersedes=place.ends, superseded_by=place.ended_by)

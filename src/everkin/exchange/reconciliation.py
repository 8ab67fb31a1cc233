"""A transcript that a client sends again, held against the stored one: which conversation it is, and what of it is new."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

from everkin.exchange.occasion import Line
from everkin.mind.continuation import COMPARED_MAX, Continuation, continuation, plausible
from everkin.mind.identity import BondId, ConversationId, NewId, UserId
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.transcript import SESSION_GAP, Message, Utterance

CANDIDATES: Final = 8
"""Of the bond's conversations, the last so many may be the one that an unnamed request continues."""
COMPARED_MIN: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """`news` is to be observed, revisions among it; `left` are stored messages that the client has left (a swipe, an edit)."""

    conversation: ConversationId
    news: tuple[Utterance, ...]
    left: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Match:
    conversation: ConversationId
    stored: tuple[Message, ...]
    found: Continuation


class Reconciler:
    """Finds what a request continues. Reads a bounded number of messages, whatever the age of the bond."""

    def __init__(self, transcripts: Transcripts, *, new_id: NewId) -> None:
        self._transcripts, self._new_id = transcripts, new_id
        self._turns: WeakValueDictionary[BondId, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, bond: BondId) -> AsyncIterator[None]:
        """One request of a bond at a time, in this process: to be left once it is known what was said."""
        async with self._turns.setdefault(bond, asyncio.Lock()):
            yield

    async def reconcile(
        self, user: UserId, bond: BondId, label: str | None, said: Sequence[Line], *, now: datetime
    ) -> Reconciled:
        """With a label that conversation; without one the stored conversation that shares the most, or a new one."""
        if label:
            conversation = await self._transcripts.conversation(user, bond, label)
            match = _trusted(await self._matched(user, conversation, said), said, now)
            return _reconciled(match, said, now)
        found = await self._found(user, bond, said, now)
        if found is None:
            conversation = await self._transcripts.conversation(user, bond, f"chat-{self._new_id()}")
            return Reconciled(conversation=conversation, news=_tail(said, range(len(said)), now), left=())
        return _reconciled(found, said, now)

    async def _found(self, user: UserId, bond: BondId, said: Sequence[Line], now: datetime) -> _Match | None:
        best: _Match | None = None
        for conversation in await self._transcripts.recent_conversations(user, bond, limit=CANDIDATES):
            match = await self._matched(user, conversation, said)
            if _continues(match, said, now) and (best is None or match.found.shared > best.found.shared):
                best = match
            if best is not None and best.found.shared >= len(said) - 1:
                break
        return best

    async def _matched(self, user: UserId, conversation: ConversationId, said: Sequence[Line]) -> _Match:
        last = max(COMPARED_MIN, 2 * min(len(said), COMPARED_MAX))
        stored = await self._transcripts.branch(user, conversation, last=last)
        found = continuation(
            [(message.role, message.content) for message in stored],
            [(line.role, line.content) for line in said],
            whole=len(stored) < last,
        )
        return _Match(conversation=conversation, stored=tuple(stored), found=found)


def _continues(match: _Match, said: Sequence[Line], now: datetime) -> bool:
    """Two shared messages are no chance. One is, unless it was all that had been said and that a moment ago (a retry)."""
    if not plausible(match.found):
        return False
    just_begun = len(match.stored) <= 2 and _lately(match, now)
    return match.found.shared >= 2 or (len(said) == 1 and just_begun)


def _trusted(match: _Match, said: Sequence[Line], now: datetime) -> _Match:
    """In a named conversation, what is no continuation is simply said next: nothing that is remembered is left for it.

    So is a lone message that was said before, unless it is the last one, asked again a moment later.
    """
    if plausible(match.found) and (len(said) > 1 or _lately(match, now)):
        return match
    told = [sent for _, sent in (*match.found.revised, *match.found.inserted)] + list(match.found.new)
    new = sorted(told) if len(said) > 1 else [0]
    return replace(match, found=Continuation(new=tuple(new)))


def _lately(match: _Match, now: datetime) -> bool:
    return bool(match.stored) and now - match.stored[-1].at < SESSION_GAP


def _reconciled(match: _Match, said: Sequence[Line], now: datetime) -> Reconciled:
    found, stored = match.found, match.stored
    revised = [
        Utterance(
            role=said[sent].role, content=said[sent].content, name=said[sent].name, id=stored[at].id, at=stored[at].at
        )
        for at, sent in found.revised
    ]
    put_in = [_put_in(stored, before, said[sent], place) for place, (before, sent) in enumerate(found.inserted)]
    return Reconciled(
        conversation=match.conversation,
        news=(*revised, *put_in, *_tail(said, found.new, now)),
        left=tuple(stored[at] for at in found.left),
    )


def _put_in(stored: Sequence[Message], before: int, line: Line, place: int) -> Utterance:
    """A message between two stored ones: said just after the one before it, or well before the first."""
    beside = stored[before].at if before >= 0 else stored[0].at - timedelta(seconds=1)
    at = beside + timedelta(microseconds=place + 1)
    parent = stored[before].id if before >= 0 else None
    return Utterance(role=line.role, content=line.content, name=line.name, at=at, parent=parent)


def _tail(said: Sequence[Line], positions: Sequence[int], now: datetime) -> tuple[Utterance, ...]:
    """What is new has no time of its own: it was said just before now, a millisecond apart."""
    first = now - timedelta(milliseconds=len(positions) - 1)
    return tuple(
        Utterance(
            role=said[at].role, content=said[at].content, name=said[at].name, at=first + timedelta(milliseconds=place)
        )
        for place, at in enumerate(positions)
    )

"""A transcript that a client sends again, held against the stored one: which conversation it is, and what of it is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from everkin.exchange.occasion import Line
from everkin.mind.identity import BondId, ConversationId, NewId, UserId
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.transcript import SESSION_GAP, Message, Utterance, known_prefix

CANDIDATES: Final = 8
"""Of the bond's conversations, the last so many may be the one that an unnamed request continues."""
COMPARED_MIN: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """`news` is to be observed; `left` are stored messages on a branch that the client has left (a swipe, an edit)."""

    conversation: ConversationId
    news: tuple[Utterance, ...]
    left: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Match:
    conversation: ConversationId
    stored: tuple[Message, ...]
    kept: int
    new_from: int


class Reconciler:
    """Finds what a request continues. Reads a bounded number of messages, whatever the age of the bond."""

    def __init__(self, transcripts: Transcripts, *, new_id: NewId) -> None:
        self._transcripts, self._new_id = transcripts, new_id

    async def reconcile(
        self, user: UserId, bond: BondId, label: str | None, said: Sequence[Line], *, now: datetime
    ) -> Reconciled:
        """With a label that conversation; without one the stored conversation that shares the longest stretch, or a new one."""
        match = await (self._named(user, bond, label, said) if label else self._found(user, bond, said, now))
        if match is None:
            conversation = await self._transcripts.conversation(user, bond, f"chat-{self._new_id()}")
            return Reconciled(conversation=conversation, news=_news(said, now), left=())
        return Reconciled(
            conversation=match.conversation,
            news=_news(said[match.new_from :], now),
            left=match.stored[match.kept :],
        )

    async def _named(self, user: UserId, bond: BondId, label: str, said: Sequence[Line]) -> _Match:
        return await self._matched(user, await self._transcripts.conversation(user, bond, label), said)

    async def _found(self, user: UserId, bond: BondId, said: Sequence[Line], now: datetime) -> _Match | None:
        best: _Match | None = None
        for conversation in await self._transcripts.recent_conversations(user, bond, limit=CANDIDATES):
            match = await self._matched(user, conversation, said)
            if _continues(match, said, now) and (best is None or match.new_from > best.new_from):
                best = match
            if best is not None and best.new_from >= len(said) - 1:
                break
        return best

    async def _matched(self, user: UserId, conversation: ConversationId, said: Sequence[Line]) -> _Match:
        stored = await self._transcripts.branch(user, conversation, last=max(COMPARED_MIN, 2 * len(said)))
        kept, new_from = known_prefix(
            [(message.role, message.content) for message in stored], [(line.role, line.content) for line in said]
        )
        return _Match(conversation=conversation, stored=tuple(stored), kept=kept, new_from=new_from)


def _continues(match: _Match, said: Sequence[Line], now: datetime) -> bool:
    """Two shared messages are no chance. One is, unless it was all that had been said and that a moment ago (a retry)."""
    if match.new_from >= 2:
        return True
    just_begun = len(match.stored) <= 2 and bool(match.stored) and now - match.stored[-1].at < SESSION_GAP
    return match.new_from == 1 and len(said) == 1 and just_begun


def _news(said: Sequence[Line], now: datetime) -> tuple[Utterance, ...]:
    """What is new has no time of its own: it was said just before now, a millisecond apart."""
    first = now - timedelta(milliseconds=len(said) - 1)
    return tuple(
        Utterance(role=line.role, content=line.content, name=line.name, at=first + timedelta(milliseconds=position))
        for position, line in enumerate(said)
    )

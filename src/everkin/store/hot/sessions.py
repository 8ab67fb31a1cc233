"""Running sessions in Redis, so that the next turn may be served by any process: sealed, and with their freshest alone."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from everkin.errors import KeyDestroyed, SealBroken
from everkin.mind.identity import BondId, ConversationId, MessageKey, UserId
from everkin.mind.memory import Recollection, Verdict
from everkin.mind.ports.stands import Stand
from everkin.mind.session import Session
from everkin.mind.topic import Heard, Topic
from everkin.mind.working_memory import AtHand, Vector, WorkingMemory
from everkin.store.hot.shelf import RedisShelf, Slot
from everkin.store.vault import Vault

MARK: Final = b"everkin-session-1\n"
LAID_MAX: Final = 200
"""Of what is at hand those brought up last, about 1.3 KB each; a context holds fewer."""
_HALF: Final = np.dtype("<f2")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Head:
    """A session but for its vectors; `widths` has the length of each, those of the topic first, 0 where there is none."""

    stand: Stand
    spoken_at: datetime
    own: list[MessageKey]
    verdict: Verdict
    confidence: float
    topic: list[tuple[list[str], bool]] = field(repr=False)
    at_hand: list[tuple[Recollection, list[str], float]] = field(repr=False)
    widths: list[int] = field(repr=False)


_HEAD: Final = TypeAdapter(_Head)


class RedisSessions:
    """Fulfils `mind.ports.laid.Laid`."""

    def __init__(self, shelf: RedisShelf, vault: Vault) -> None:
        self._shelf, self._vault = shelf, vault

    async def get(self, user: UserId, bond: BondId, conversation: ConversationId) -> tuple[Session, Stand] | None:
        slot = _slot(user, bond, conversation)
        sealed = await self._shelf.get(slot)
        if sealed is None:
            return None
        keys = await self._vault.user(user)
        try:
            return await asyncio.to_thread(lambda: unpack(keys.open_hot(slot.aad, sealed)))
        except SealBroken:
            return None

    async def put(
        self, user: UserId, bond: BondId, conversation: ConversationId, session: Session, stand: Stand
    ) -> None:
        slot = _slot(user, bond, conversation)
        try:
            keys = await self._vault.user(user)
        except KeyDestroyed:  # they left meanwhile
            return
        await self._shelf.put(slot, await asyncio.to_thread(lambda: keys.seal_hot(slot.aad, pack(session, stand))))


def pack(session: Session, stand: Stand) -> bytes:
    """A head as JSON, then the vectors in half precision. 0.35 MB for a session with much at hand, 1.5 ms; 3 ms to read."""
    working = session.working
    fresh = list(islice(reversed(working.held.items()), LAID_MAX))[::-1]
    vectors = [heard.vector for heard in session.topic.last] + [each.vector for _, each in fresh]
    head = _HEAD.dump_json(
        _Head(
            stand=stand,
            spoken_at=session.spoken_at,
            own=sorted(session.own),
            verdict=working.verdict,
            confidence=working.confidence,
            topic=[(sorted(heard.terms), heard.asks) for heard in session.topic.last],
            at_hand=[(each.recollection, sorted(each.terms), working.fresh[id]) for id, each in fresh],
            widths=[0 if vector is None else len(vector) for vector in vectors],
        )
    )
    parts = [vector.astype(_HALF).tobytes() for vector in vectors if vector is not None]
    return b"".join([MARK, len(head).to_bytes(4, "little"), head, *parts])


def unpack(packed: bytes) -> tuple[Session, Stand] | None:
    """None for what another version of Everkin packed in another way."""
    if not packed.startswith(MARK):
        return None
    start = len(MARK) + 4
    end = start + int.from_bytes(packed[len(MARK) : start], "little")
    try:
        head = _HEAD.validate_json(packed[start:end])
    except ValidationError:
        return None
    vectors = _vectors(packed[end:], head.widths)
    ahead, said = len(head.topic), zip(head.topic, vectors, strict=False)
    topic = Topic(
        last=tuple(
            Heard(vector=vector, terms=frozenset(terms), asks=asks)
            for (terms, asks), vector in said
            if vector is not None
        )
    )
    held = OrderedDict(
        (recollection.memory.id, AtHand(recollection=recollection, terms=frozenset(terms), vector=vector))
        for (recollection, terms, _), vector in zip(head.at_hand, vectors[ahead:], strict=True)
    )
    working = WorkingMemory(
        held=held,
        fresh={recollection.memory.id: value for recollection, _, value in head.at_hand},
        verdict=head.verdict,
        confidence=head.confidence,
    )
    session = Session(topic=topic, working=working, spoken_at=head.spoken_at, own=frozenset(head.own))
    return session, head.stand


def _vectors(packed: bytes, widths: list[int]) -> list[Vector | None]:
    numbers, found, at = np.frombuffer(packed, _HALF), [], 0
    for width in widths:
        found.append(numbers[at : at + width].astype(np.float32) if width else None)
        at += width
    return found


def _slot(user: UserId, bond: BondId, conversation: ConversationId) -> Slot:
    return Slot(user=user, bond=bond, kind=f"session:{conversation}")

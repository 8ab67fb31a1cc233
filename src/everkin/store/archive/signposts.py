"""Signposts in RAM: where somebody's cold blocks are, which ids lie in each, and which of them a question points to."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from everkin.mind.identity import BlockId, BondId, ConversationId, UserId
from everkin.store.database import Connection, Row, rows
from everkin.store.queries import queries

USERS: Final = 64
"""Whose signposts are held in RAM, at about a kilobyte a block."""
BITS_BYTES: Final = 3
"""24 bits of an id or a term: at 1,000 blocks one id in a hundred is looked for in a block that lacks it."""
_MASK: Final = (1 << 8 * BITS_BYTES) - 1
_HIGH: Final = 256
_FELT: Final = np.dtype("<f2")


def id_bits(id: UUID | bytes) -> int:
    """24 bits of an id, which are random in a UUIDv7 and in a keyed hash alike."""
    return int.from_bytes((id.bytes if isinstance(id, UUID) else id)[-BITS_BYTES:], "little")


def term_bits(term: int) -> int:
    """24 bits of a keyed term."""
    return term & _MASK


def bits(values: Collection[int]) -> bytes:
    """As stored: ascending, each once, in 17 bits (Elias and Fano): the lower 16 as they are, and the place of each that
    its upper 8 move on by its rank as a bit of a mask. Never of a length that three divides, as they were before."""
    distinct = np.unique(np.array(list(values), "<u4"))
    mask = np.zeros(len(distinct) + _HIGH, bool)
    mask[(distinct >> 16) + np.arange(len(distinct), dtype=np.uint32)] = True
    packed: bytes = (distinct & 0xFFFF).astype("<u2").tobytes() + np.packbits(mask).tobytes()
    return packed + bytes(len(packed) % 3 == 0)


def _unpacked(packed: bytes) -> NDArray[np.uint32]:
    if len(packed) % 3:
        count = (8 * len(packed) - _HIGH) // 17
        low = np.frombuffer(packed, "<u2", count).astype(np.uint32)
        places = np.flatnonzero(np.unpackbits(np.frombuffer(packed, np.uint8, offset=2 * count)))
        return (low + ((places - np.arange(count)) << 16)).astype(np.uint32)
    wide = np.zeros((len(packed) // BITS_BYTES, 4), np.uint8)
    wide[:, :BITS_BYTES] = np.frombuffer(packed, np.uint8).reshape(-1, BITS_BYTES)
    return wide.view("<u4").ravel()


def directions(centroid: NDArray[np.float32]) -> bytes:
    """A centroid of length 1 as stored: int8 a direction."""
    steps: NDArray[np.int8] = np.rint(centroid / max(float(np.abs(centroid).max(initial=0)), 1e-9) * 127).astype(
        np.int8
    )
    return steps.tobytes()


def felt_bytes(sums: NDArray[np.float64]) -> bytes:
    return sums.astype(_FELT).tobytes()


@dataclass(frozen=True, kw_only=True, slots=True)
class Signpost:
    """One cold block: where it lies, what it spans, and what its feelings add up to at `last_at` (40 numbers)."""

    segment: UUID
    bond: BondId
    conversation: ConversationId
    block: BlockId
    first_at: datetime
    last_at: datetime
    messages: int
    marked: bool
    felt: NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Signposts:
    """All of one user's, the latest first, as of the moment that `stamp` counts."""

    stamp: int
    epoch: int = 0
    """The user's, when this was last compared with the database."""
    posts: Sequence[Signpost] = ()
    centroids: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32), repr=False)
    terms: "Places" = field(default_factory=lambda: Places([]), repr=False)
    members: "Places" = field(default_factory=lambda: Places([]), repr=False)

    def holding(self, ids: Collection[UUID | bytes]) -> list[Signpost]:
        """The blocks that may hold any of these messages, memories or hashed ids."""
        return [self.posts[place] for place in sorted({p for id in ids for p in self.members.of(id_bits(id))})]

    def of(self, *, bond: BondId | None = None, conversation: ConversationId | None = None) -> Iterator[Signpost]:
        """Those of a bond or a conversation, the latest first."""
        for post in self.posts:
            if bond in (None, post.bond) and conversation in (None, post.conversation):
                yield post

    def nearest(
        self,
        bond: BondId,
        terms: Sequence[int],
        vector: NDArray[np.float32] | None,
        limit: int,
        *,
        people: Sequence[NDArray[Any]] = (),
    ) -> list[Signpost]:
        """Half by the terms they share with a question, rare ones counting more (IDF over blocks), half by their centroid.

        `people` are the memories that speak of each whom the question means: to speak of them is to share a term.
        """
        mine = np.array([post.bond == bond for post in self.posts], bool)
        if mine.sum() <= limit:
            return [post for post in self.posts if post.bond == bond]
        shared = np.zeros(len(self.posts))
        shares = [self.terms.of(term_bits(term)) for term in terms]
        shares += [self.members.of_any(said) for said in people]
        for places in shares:
            if len(places):
                shared[places] += np.log(1 + len(self.posts) / len(places))
        orders = [np.argsort(-np.where(mine, shared, -1), kind="stable")]
        if vector is not None and self.centroids.shape[1] == len(vector):
            orders.append(np.argsort(-np.where(mine, self.centroids @ vector, -2), kind="stable"))
        mixed = (int(place) for places in zip(*orders, strict=True) for place in places)
        return [self.posts[place] for place in list(dict.fromkeys(mixed))[:limit] if mine[place]]


class Places:
    """Which of many sets hold a value of 24 bits; `sets` are such values as stored."""

    def __init__(self, sets: Sequence[bytes]) -> None:
        parts = [_unpacked(packed) for packed in sets]
        values = np.concatenate(parts) if parts else np.empty(0, np.uint32)
        owners = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])
        order = np.argsort(values, kind="stable")
        self._values, self._owners = values[order], owners[order]

    def of(self, value: int) -> NDArray[np.int32]:
        first, end = np.searchsorted(self._values, np.array([value, value + 1], np.uint32))
        return self._owners[first:end]

    def of_any(self, ids: NDArray[Any]) -> NDArray[np.int32]:
        """The sets that hold any of some ids, 16 bytes each; 1 µs an id."""
        tails = np.ascontiguousarray(ids).view(np.uint8).reshape(-1, 16)[:, -BITS_BYTES:].astype(np.uint32)
        values = tails @ np.array([1 << 8 * place for place in range(BITS_BYTES)], np.uint32)
        first, end = (np.searchsorted(self._values, values, side) for side in ("left", "right"))
        found = [self._owners[first[each] : end[each]] for each in np.flatnonzero(end > first)]
        return np.unique(np.concatenate(found)) if found else self._owners[:0]


class Catalogue:
    """Signposts by user, read again when a block of theirs has moved."""

    def __init__(self) -> None:
        self._sql = queries("archive")
        self._held: OrderedDict[UserId, Signposts] = OrderedDict()

    def stand(self, user: UserId) -> tuple[LiteralString, Row]:
        """The statement whose answer `held` takes."""
        return self._sql["stand"], {"user": user}

    def held(self, user: UserId, stand: Sequence[Row]) -> Signposts | None:
        """Those in RAM, if they are as of this moment."""
        stamp, epoch = (stand[0]["cold"], stand[0]["epoch"]) if stand else (0, 0)
        held = self._held.get(user)
        if held is None or held.stamp != stamp:
            return None
        self._held.move_to_end(user)
        return replace(held, epoch=epoch)

    async def of(self, connection: Connection, user: UserId) -> Signposts:
        """As of this transaction's last statement. One indexed row where nothing has moved since the last time."""
        stand = await rows(connection, *self.stand(user))
        held = self.held(user, stand)
        if held is None:
            stamp, epoch = (stand[0]["cold"], stand[0]["epoch"]) if stand else (0, 0)
            found = await rows(connection, self._sql["signposts"], {"user": user}) if stamp else []
            held = self._held[user] = replace(_signposts(stamp, found), epoch=epoch)
        while len(self._held) > USERS:
            self._held.popitem(last=False)
        return held

    def stamp(self, user: UserId) -> int | None:
        """As of when this user's signposts are held; None when they are not."""
        held = self._held.get(user)
        return None if held is None else held.stamp

    def forget_user(self, user: UserId) -> None:
        self._held.pop(user, None)


def _signposts(stamp: int, found: Sequence[Row]) -> Signposts:
    if not found:
        return Signposts(stamp=stamp)
    steps = np.array([np.frombuffer(row["centroid"], np.int8) for row in found], np.float32)
    return Signposts(
        stamp=stamp,
        posts=[_signpost(row) for row in found],
        centroids=steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1),
        terms=Places([row["terms"] for row in found]),
        members=Places([row["members"] for row in found]),
    )


def _signpost(row: dict[str, Any]) -> Signpost:
    return Signpost(
        segment=row["segment_id"],
        bond=BondId(row["bond_id"]),
        conversation=ConversationId(row["conversation_id"]),
        block=BlockId(row["block_id"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        messages=row["messages"],
        marked=row["marked"],
        felt=np.frombuffer(row["felt"], _FELT).astype(np.float64),
    )

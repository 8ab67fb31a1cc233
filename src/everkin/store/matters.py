"""What can be searched of a bond: read from PostgreSQL per question (warm), or held in RAM and kept up to date (hot).

Both build the same `Gathered`: warm packs columns, dot products and postings into byte strings inside PostgreSQL, hot
keeps those columns and the vectors and moves them on by the rows that were appended since.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, LiteralString
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from everkin.errors import SealBroken
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import Evidence, Flag, Matter, Posting
from everkin.mind.meant import Meant
from everkin.mind.ports.memories import AsOf, Gathered, Probe
from everkin.mind.ports.vectors import Spread
from everkin.mind.transcript import SESSION_GAP
from everkin.store.database import Connection, Database, Row, answers, one
from everkin.store.hot import Frozen, RedisShelf, Slot
from everkin.store.queries import queries
from everkin.store.speaking import Said, Speaking, rows_of
from everkin.store.stamp import require_owner
from everkin.store.vault import Vault

ROWS_PER_CHUNK: Final = 1024
LAID_AGAIN_ROWS: Final = 256
"""A shared snapshot is replaced when it lags by so many rows; who takes it reads the rest from PostgreSQL."""
SNAPSHOT: Final = "snapshot"
COLUMNS: Final = np.dtype(
    [("row", ">i4"), ("ordinal", ">i4"), ("at", ">f8"), ("renewed", ">f8"), ("speaker", ">i2"), ("length", ">i4"),
     ("flags", ">i4"), ("salience", ">f4"), ("successor", ">i4"), ("memory", "V16")]
)  # fmt: skip
_STRETCH: Final = ("columns", "vectors", "postings_from", "successors")
_ENTRY_BYTES: Final = 120
"""What a term costs in RAM besides its entries."""
_ENTRY: Final = np.dtype([("row", "<i4"), ("count", "u1")])
_DOT: Final = np.dtype([("row", ">i4"), ("dot", ">f4")])


def pack_entries(entries: Sequence[tuple[int, int]]) -> bytes:
    """Postings as stored: little-endian int32 row and uint8 count; counts above 255 are cut to it."""
    return np.array([(row, min(count, 255)) for row, count in entries], _ENTRY).tobytes()


def unpack_entries(packed: bytes) -> NDArray[Any]:
    """The entries as a structured array with the fields `row` and `count`."""
    return np.frombuffer(packed, _ENTRY)


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of the store put into time order, with what maps a stored row number to its place there (-1: not live)."""

    columns: NDArray[Any]
    order: NDArray[np.intp]
    place: NDArray[np.int32]
    matter: Matter
    ids: NDArray[Any]

    @classmethod
    def of(cls, columns: NDArray[Any], begun: NDArray[np.intp] | None = None) -> "Layout":
        """`begun` is the order of the first of the columns, where it is known: mostly the rest comes after them in time."""
        order = _ordered(columns, np.empty(0, np.intp) if begun is None else begun)
        ordered = columns[order]
        place = np.full(int(columns["row"].max(initial=-1)) + 1, -1, np.int32)
        place[ordered["row"]] = np.arange(len(ordered), dtype=np.int32)
        return cls(columns, order, place, _matter(ordered, place), ordered["memory"].copy())

    def posting(self, packed: NDArray[Any]) -> Posting:
        """Where a term stands in time order; rows that are no longer live are left out."""
        known = packed[packed["row"] < len(self.place)]
        places = self.place[known["row"]]
        live = places >= 0
        places, counts = places[live], known["count"][live]
        if len(places) > 1 and (np.diff(places) < 0).any():
            sorting = np.argsort(places)
            places, counts = places[sorting], counts[sorting]
        return Posting(rows=places, count=counts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a question hits in a layout: `dense` is float32[k, N] and postings are places, both in time order."""

    layout: Layout
    dense: NDArray[np.float32]
    postings: Mapping[str, Posting]
    as_of: AsOf
    stems: tuple[str, ...] = field(default=(), repr=False)
    """What was asked for, whether it is here or not."""
    people: Mapping[Meant, Said] = field(default_factory=dict)
    """The memories that speak of whom was asked for, wherever they lie."""

    def gathered(self) -> Gathered:
        people = {one: rows_of(self.layout.ids, said) for one, said in self.people.items()}
        return Gathered(
            matter=self.layout.matter,
            evidence=Evidence(dense=self.dense, postings=self.postings, people=people),
            ids=self.layout.ids,
            as_of=self.as_of,
        )


def _ordered(columns: NDArray[Any], begun: NDArray[np.intp]) -> NDArray[np.intp]:
    keys = columns["row"], columns["ordinal"], columns["at"]
    rest = np.lexsort([key[len(begun) :] for key in keys]) + len(begun)
    if len(begun) and len(rest) and columns["at"][begun[-1]] >= columns["at"][rest[0]]:
        return np.lexsort(keys)
    return np.concatenate([begun, rest])


def _matter(ordered: NDArray[Any], place: NDArray[np.int32]) -> Matter:
    at = ordered["at"].astype(np.float64)
    successor = ordered["successor"].astype(np.int32)
    known = (successor >= 0) & (successor < len(place))
    successor = np.where(known, place[np.where(known, successor, 0)] if len(place) else -1, -1).astype(np.int32)
    flags, message = _numbered(ordered["flags"], ordered["ordinal"])
    return Matter(
        memory=ordered["row"].astype(np.int64),
        message=message,
        session=_counted(at, lambda gaps: gaps > SESSION_GAP.total_seconds()),
        at=at,
        renewed=ordered["renewed"].astype(np.float64),
        speaker=ordered["speaker"].astype(np.int8),
        length=ordered["length"].astype(np.int32),
        flags=flags.astype(np.uint16),
        salience=ordered["salience"].astype(np.float32),
        successor=successor,
    )


def _numbered(flags: NDArray[Any], ordinals: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Flags and message numbers. A fact whose message is not here (cold, or forgotten) stands as a message of its own."""
    message = _counted(ordinals, lambda gaps: gaps != 0)
    fact = (flags & Flag.FACT) > 0
    own = np.bincount(message[~fact], minlength=int(message.max(initial=-1)) + 1) > 0
    alone = fact & ~own[message]
    if not alone.any():
        return flags, message
    steps = (np.diff(ordinals, prepend=ordinals[:1]) != 0) | alone
    steps[:1] = False
    return np.where(alone, flags & ~Flag.FACT, flags), np.cumsum(steps).astype(np.int32)


def _counted(column: NDArray[Any], steps: Callable[[NDArray[Any]], NDArray[np.bool_]]) -> NDArray[np.int32]:
    """Numbers that count up from 0 at each step between neighbours: ids [7, 7, 9] -> [0, 0, 1]."""
    counted = np.zeros(len(column), np.int32)
    np.cumsum(steps(np.diff(column)), out=counted[1:])
    return counted


class WarmMatters:
    """Straight from PostgreSQL: an exact scan of one bond's rows, and the postings of the question's terms."""

    def __init__(self, database: Database, vault: Vault, *, embedder: int | None = None) -> None:
        self._database, self._vault, self._embedder = database, vault, embedder
        self._speaking = Speaking(database, vault)
        self._sql = queries("matters")

    async def gather(self, user: UserId, bond: BondId, probe: Probe) -> Gathered:
        return (await self.find(user, bond, probe)).gathered()

    async def find(self, user: UserId, bond: BondId, probe: Probe) -> Found:
        found, people = await asyncio.gather(
            self._find(user, bond, probe), self._speaking.of(user, bond, probe.people, probe.at)
        )
        return replace(found, people=people)

    async def _find(self, user: UserId, bond: BondId, probe: Probe) -> Found:
        keys = await self._vault.user(user)
        terms = {keys.hash_term(stem): stem for stem in probe.stems}
        vectors = [] if probe.vectors is None else list(keys.turn(probe.vectors))
        where: Row = {"user": user, "bond": bond, "first": 0}
        stand = await self._database.read(user, self._sql["stand"], where)
        require_owner(stand[0] if stand else None, self._embedder)
        packed, found, *dots = await asyncio.gather(
            self._database.read(user, self._sql["columns"], where),
            self._database.read(user, self._sql["postings_of"], {**where, "terms": list(terms)}),
            *(self._database.read_apart(user, self._sql["dots"], {**where, "vector": HalfVector(v)}) for v in vectors),
        )
        layout = Layout.of(np.frombuffer(packed[0]["packed"] or b"", COLUMNS))
        postings = {terms[row["term"]]: layout.posting(unpack_entries(row["entries"])) for row in found}
        dense = np.zeros((len(vectors), len(layout.matter)), np.float32)
        for position, answer in enumerate(dots):
            hits = np.frombuffer(answer[0]["packed"] or b"", _DOT)
            hits = hits[hits["row"] < len(layout.place)]
            dense[position, layout.place[hits["row"]]] = hits["dot"]
        epoch, revision = (stand[0]["epoch"], stand[0]["revision"]) if stand else (0, -1)
        as_of = AsOf(epoch=epoch, revision=revision)
        return Found(layout=layout, dense=dense, postings=postings, as_of=as_of, stems=probe.stems)


class _Snapshot:
    """One bond in RAM: its layout, its vectors in the order of stored rows, and all its postings."""

    def __init__(self) -> None:
        self.epoch, self.next_row, self.revision = 0, 0, -1
        self.layout = Layout.of(np.empty(0, COLUMNS))
        self.vectors = Grown(np.empty((0, 0), np.float32))
        self.postings: dict[int, NDArray[Any]] = {}
        self._postings_bytes = 0
        self.laid = (-1, -1)
        """Revision and next row of what lies on the shelf."""

    @property
    def nbytes(self) -> int:
        """About what it holds in RAM."""
        return int(self.vectors.nbytes + self.layout.columns.nbytes * 3 + self._postings_bytes)

    @classmethod
    def thawed(cls, frozen: Frozen) -> "_Snapshot":
        """As it was when it was laid on a shelf; to be advanced before it answers."""
        snapshot = cls()
        snapshot.epoch, snapshot.revision, snapshot.next_row = frozen.epoch, frozen.revision, frozen.next_row
        snapshot.layout, snapshot.vectors = Layout.of(frozen.columns), Grown(frozen.vectors)
        snapshot.postings = frozen.postings
        snapshot._postings_bytes = sum(entries.nbytes + _ENTRY_BYTES for entries in frozen.postings.values())
        snapshot.laid = (frozen.revision, frozen.next_row)
        return snapshot

    def frozen(self) -> Frozen:
        """What can be packed in a thread while this one moves on."""
        return Frozen(
            epoch=self.epoch,
            revision=self.revision,
            next_row=self.next_row,
            columns=self.layout.columns,
            vectors=self.vectors.array,
            postings=dict(self.postings),
        )

    @property
    def moved(self) -> bool:
        """Whether what lies on the shelf is worth being replaced."""
        revision, next_row = self.laid
        return self.next_row > 0 and (self.revision != revision or self.next_row - next_row >= LAID_AGAIN_ROWS)

    async def advanced(self, connection: Connection, sql: dict[str, LiteralString], where: Row) -> "_Snapshot":
        """The snapshot as of now: this one, moved on, or a new one where more happened than appending."""
        stand = await one(connection, sql["stand"], where)
        if stand is None:
            return _Snapshot()
        if stand["epoch"] == self.epoch:
            return self
        goes_on = stand["revision"] == self.revision and stand["epoch"] > self.epoch
        snapshot = self if goes_on else _Snapshot()
        stretch: Row = {"first": snapshot.next_row, "chunk": snapshot.next_row // ROWS_PER_CHUNK}
        packed, vectors, postings, successors = await answers(
            connection, *((sql[name], {**where, **stretch}) for name in _STRETCH)
        )
        added = np.frombuffer(packed[0]["packed"] or b"", COLUMNS)
        added = np.sort(added[added["row"] < stand["next_row"]], order="row")  # what came in since is read next time
        snapshot._append(added, successors)
        snapshot._append_vectors(added["row"], vectors[0]["packed"] or b"")
        snapshot._append_postings(postings, stretch["first"], stand["next_row"])
        snapshot.epoch, snapshot.next_row, snapshot.revision = stand["epoch"], stand["next_row"], stand["revision"]
        return snapshot

    def _append(self, added: NDArray[Any], successors: list[Row]) -> None:
        columns = np.concatenate([self.layout.columns, added])
        for row in successors:
            columns["successor"][columns["row"] == row["row"]] = row["successor"]
        self.layout = Layout.of(columns, self.layout.order)

    def _append_vectors(self, stored_rows: NDArray[Any], packed: bytes) -> None:
        """A row without a vector has one of zeros."""
        width = int.from_bytes(packed[4:6], "big") if packed else self.vectors.array.shape[1]
        read = np.frombuffer(packed, np.dtype([("row", ">i4"), ("head", "V4"), ("numbers", ">f2", (width,))]))
        grown = np.zeros((len(stored_rows), width), np.float32)
        kept = np.isin(read["row"], stored_rows)
        grown[np.searchsorted(stored_rows, read["row"][kept])] = read["numbers"][kept]
        self.vectors.extend(grown)

    def _append_postings(self, found: list[Row], first: int, upto: int) -> None:
        for row in found:
            entries = unpack_entries(row["entries"])
            fresh = entries[(entries["row"] >= first) & (entries["row"] < upto)]
            old = self.postings.get(row["term"])
            if len(fresh):
                self.postings[row["term"]] = fresh if old is None else np.concatenate([old, fresh])
                self._postings_bytes += fresh.nbytes + (_ENTRY_BYTES if old is None else 0)

    def find(self, terms: Mapping[int, str], vectors: NDArray[np.float32] | None) -> Found:
        postings = {
            stem: self.layout.posting(self.postings[term]) for term, stem in terms.items() if term in self.postings
        }
        k = 0 if vectors is None else len(vectors)
        dense = np.zeros((k, len(self.layout.matter)), np.float32)
        if vectors is not None and self.vectors.array.shape[1] == vectors.shape[1]:
            dense = (vectors @ self.vectors.array.T)[:, self.layout.order]
        as_of = AsOf(epoch=self.epoch, revision=self.revision)
        return Found(layout=self.layout, dense=dense, postings=postings, as_of=as_of, stems=tuple(terms.values()))


class Grown:
    """An array that rows are added to, with room to spare, so that adding a few does not copy all."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._room, self._used = array, len(array)

    @property
    def array(self) -> NDArray[Any]:
        return self._room[: self._used]

    @property
    def nbytes(self) -> int:
        return int(self._room.nbytes)

    def extend(self, rows: NDArray[Any]) -> None:
        needed = self._used + len(rows)
        if needed > len(self._room) or rows.shape[1:] != self._room.shape[1:]:
            wider = np.zeros((max(needed, needed + needed // 8), *rows.shape[1:]), rows.dtype)
            if self._room.shape[1:] == rows.shape[1:]:
                wider[: self._used] = self.array
            self._room = wider
        self._room[self._used : needed] = rows
        self._used = needed


class HotMatters:
    """Snapshots of the bonds that are active, in this process, under one limit of bytes; the rest is asked of `warm`.

    A bond's first question is answered by PostgreSQL while its snapshot is being read; every later one compares the
    user's epoch (one row) and moves the snapshot on before it answers, so no cache answers with what is gone.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        limit_bytes: int = 256 << 20,
        shelf: RedisShelf | None = None,
        embedder: int | None = None,
    ) -> None:
        self._database, self._vault, self._limit, self._shelf = database, vault, limit_bytes, shelf
        self._laying: dict[BondId, asyncio.Task[None]] = {}
        self._speaking = Speaking(database, vault)
        self.warm = WarmMatters(database, vault, embedder=embedder)
        self._embedder = embedder
        self._sql = queries("matters")
        self._snapshots: OrderedDict[BondId, _Snapshot] = OrderedDict()
        self._locks: dict[BondId, asyncio.Lock] = {}
        self._loading: dict[BondId, asyncio.Task[None]] = {}

    async def gather(self, user: UserId, bond: BondId, probe: Probe) -> Gathered:
        return (await self.find(user, bond, probe)).gathered()

    async def find(self, user: UserId, bond: BondId, probe: Probe) -> Found:
        if bond not in self._snapshots:
            self._load_soon(user, bond)
            return await self.warm.find(user, bond, probe)
        keys = await self._vault.user(user)
        terms = {keys.hash_term(stem): stem for stem in probe.stems}
        vectors = None if probe.vectors is None else keys.turn(probe.vectors)
        snapshot, people = await asyncio.gather(
            self._current(user, bond), self._speaking.of(user, bond, probe.people, probe.at)
        )
        return replace(snapshot.find(terms, vectors), people=people)

    async def prefetch(self, user: UserId, bond: BondId) -> None:
        """Hold the bond in RAM from now on."""
        await self._advanced(user, bond)

    async def spread(self, user: UserId, bond: BondId) -> Spread:
        """Fulfils `mind.ports.vectors.Spreads`."""
        snapshot = await self._advanced(user, bond)
        layout = snapshot.layout
        return Spread(matter=layout.matter, ids=layout.ids, vectors=snapshot.vectors.array[layout.order])

    async def turn(self, user: UserId, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """Vectors as those of this user's memories are held."""
        return (await self._vault.user(user)).turn(vectors)

    def held(self, bond: BondId, memories: Sequence[MemoryId]) -> dict[MemoryId, NDArray[Any]]:
        """The vectors of these memories, in half precision, as far as the bond is in RAM: of a long one its first passage's."""
        snapshot = self._snapshots.get(bond)
        if snapshot is None or not len(snapshot.vectors.array):
            return {}
        wanted = np.array([id.bytes for id in memories], "V16")
        rows = np.flatnonzero(np.isin(snapshot.layout.columns["memory"], wanted))
        ids = [MemoryId(UUID(bytes=snapshot.layout.columns["memory"][row].tobytes())) for row in rows]
        return {
            id: snapshot.vectors.array[row].astype(np.float16) for id, row in reversed([*zip(ids, rows, strict=True)])
        }

    def forget_user(self, bonds: Sequence[BondId]) -> None:
        """Drop what is held of these bonds at once."""
        for bond in bonds:
            self._snapshots.pop(bond, None)

    async def drop(self, user: UserId, bonds: Sequence[BondId]) -> None:
        """Drop what is held of these bonds, here and on the shelf: something of theirs was erased."""
        self.forget_user(bonds)
        for bond in bonds:
            if laying := self._laying.pop(bond, None):
                laying.cancel()
            if self._shelf:
                await self._shelf.drop(user, bond)

    async def laid(self) -> None:
        """Wait until what was to be laid on the shelf lies there."""
        await asyncio.gather(*self._laying.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop what is still being read."""
        tasks = [*self._loading.values(), *self._laying.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _load_soon(self, user: UserId, bond: BondId) -> None:
        if bond not in self._loading:
            task = asyncio.create_task(self.prefetch(user, bond))
            self._loading[bond] = task
            task.add_done_callback(lambda done: self._loaded(bond, done))

    def _loaded(self, bond: BondId, task: asyncio.Task[None]) -> None:
        self._loading.pop(bond, None)
        if not task.cancelled():
            task.exception()  # the next question asks PostgreSQL again and meets the same error in the open

    async def _current(self, user: UserId, bond: BondId) -> _Snapshot:
        stand = await self._database.read(user, self._sql["stand"], {"user": user, "bond": bond})
        require_owner(stand[0] if stand else None, self._embedder)
        held = self._snapshots.get(bond)
        if held is None or not stand or stand[0]["epoch"] != held.epoch:
            return await self._advanced(user, bond)
        self._snapshots.move_to_end(bond)
        return held

    async def _advanced(self, user: UserId, bond: BondId) -> _Snapshot:
        async with self._locks.setdefault(bond, asyncio.Lock()):
            held = self._snapshots.get(bond) or await self._thawed(user, bond) or _Snapshot()
            async with self._database.as_user(user) as connection:
                snapshot = await held.advanced(connection, self._sql, {"user": user, "bond": bond, "first": 0})
            self._snapshots[bond] = snapshot
            self._snapshots.move_to_end(bond)
            self._shed()
            if self._shelf and snapshot.moved:
                self._lay_soon(user, bond, snapshot)
            return snapshot

    async def _thawed(self, user: UserId, bond: BondId) -> _Snapshot | None:
        """What another process laid on the shelf; None where there is none, or none that opens."""
        slot = Slot(user=user, bond=bond, kind=SNAPSHOT)
        sealed = await self._shelf.get(slot) if self._shelf else None
        if sealed is None:
            return None
        keys = await self._vault.user(user)
        try:
            packed = await asyncio.to_thread(keys.open_hot, slot.aad, sealed)
        except SealBroken:
            return None
        frozen = Frozen.unpack(packed, COLUMNS)
        return _Snapshot.thawed(frozen) if frozen else None

    def _lay_soon(self, user: UserId, bond: BondId, snapshot: _Snapshot) -> None:
        if bond not in self._laying:
            snapshot.laid = (snapshot.revision, snapshot.next_row)
            task = asyncio.create_task(self._lay(user, bond, snapshot.frozen()))
            self._laying[bond] = task
            task.add_done_callback(lambda done: self._lain(bond, done))

    async def _lay(self, user: UserId, bond: BondId, frozen: Frozen) -> None:
        assert self._shelf is not None
        slot, keys = Slot(user=user, bond=bond, kind=SNAPSHOT), await self._vault.user(user)
        await self._shelf.put(slot, await asyncio.to_thread(lambda: keys.seal_hot(slot.aad, frozen.pack(COLUMNS))))

    def _lain(self, bond: BondId, task: asyncio.Task[None]) -> None:
        if self._laying.get(bond) is task:
            del self._laying[bond]
        if not task.cancelled():
            task.exception()  # whoever was erased meanwhile has no key

    def _shed(self) -> None:
        held = sum(snapshot.nbytes for snapshot in self._snapshots.values())
        while held > self._limit and len(self._snapshots) > 1:
            bond, dropped = self._snapshots.popitem(last=False)
            held -= dropped.nbytes
            self._locks.pop(bond, None)

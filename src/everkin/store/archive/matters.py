"""What a question is answered from when it is asked: the warm tier, and with it the cold blocks it points to."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from everkin.errors import EverkinError
from everkin.mind.identity import BondId, UserId
from everkin.mind.matter import Ints, Posting
from everkin.mind.ports.memories import Gathered, Probe
from everkin.store.archive.archive import Archive, Indexed, terms_by_passage
from everkin.store.archive.block import Block
from everkin.store.archive.reading import ColdRows
from everkin.store.archive.signposts import Signpost, Signposts
from everkin.store.database import Database
from everkin.store.matters import COLUMNS, Found, HotMatters, Layout
from everkin.store.speaking import Said
from everkin.store.vault import Vault

NEAREST: Final = 24
"""How many blocks a question reads at most."""
VIEWS: Final = 512
"""How many blocks are held in RAM as search reads them, at about 80 KB each."""
PATIENCE_S: Final = 1.0
"""How long a question waits for blocks that are not in RAM; later ones serve the next question."""
UNREACHED: Final = "archive"
"""Said of a recall that could not read all of the cold that it wanted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """Which places of a block hold each index term, and how often, in three arrays.

    A tuple a term would be millions of objects for the garbage collector to walk, a tenth of a second each time it does.
    """

    number: Mapping[str, int] = field(repr=False)
    starts: Ints = field(repr=False)
    places: Ints = field(repr=False)
    counts: Ints = field(repr=False)

    @classmethod
    def of(cls, terms: Sequence[Mapping[str, int]]) -> "Hits":
        """How often each term stands at each place, from 0 on."""
        number: dict[str, int] = {}
        for each in terms:
            for stem in each:
                number.setdefault(stem, len(number))
        which = np.array([number[stem] for each in terms for stem in each], np.int32)
        order = np.argsort(which, kind="stable")
        counts = np.array([min(count, 255) for each in terms for count in each.values()], np.uint8)
        places = np.repeat(np.arange(len(terms), dtype=np.int32), [len(each) for each in terms])
        starts = np.searchsorted(which[order], np.arange(len(number) + 1)).astype(np.int32)
        return cls(number=number, starts=starts, places=places[order], counts=counts[order])

    def get(self, stem: str) -> tuple[Ints, Ints] | None:
        """The places in ascending order, and the counts; None where no place has it."""
        number = self.number.get(stem)
        if number is None:
            return None
        span = slice(self.starts[number], self.starts[number + 1])
        return self.places[span], self.counts[span]


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A block as search reads it; the places of `hits` are those in `columns`."""

    columns: NDArray[Any] = field(repr=False)
    vectors: NDArray[np.float32] = field(repr=False)
    hits: Hits = field(repr=False)


class AskedMatters:
    """Fulfils `mind.ports.memories.Matters` over all tiers. A bond with nothing in the cold pays one indexed read."""

    def __init__(
        self,
        warm: HotMatters,
        archive: Archive,
        database: Database,
        vault: Vault,
        *,
        indexed: Indexed,
        nearest: int = NEAREST,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._warm, self._archive, self._vault = warm, archive, vault
        self._cold = ColdRows(archive, database)
        self._indexed, self._nearest, self._patience_s = indexed, nearest, patience_s
        self._views: OrderedDict[UUID, View] = OrderedDict()
        self._coming: dict[UUID, asyncio.Task[View | None]] = {}

    async def gather(self, user: UserId, bond: BondId, probe: Probe) -> Gathered:
        """Read again when a memory changed tiers between the two reads, so that none is seen twice or not at all."""
        while True:
            found, (_, posts) = await asyncio.gather(
                self._warm.find(user, bond, probe), self._cold.with_all(user)
            )  # one row more, in the round trip of the warm tier's first
            if posts.epoch != found.as_of.epoch:
                continue
            views = await self._read(user, await self._near(user, bond, probe, posts, [*found.people.values()]))
            whole = [view for view in views if view is not None]
            gathered = (joined(found, whole, await self._turned(user, probe)) if whole else found).gathered()
            return gathered if len(whole) == len(views) else replace(gathered, degraded=(UNREACHED,))

    def cool(self) -> None:
        """Drop what is held in RAM; it is read again when it is asked for."""
        self._views.clear()
        self._archive.segments.cool()

    async def close(self) -> None:
        """Stop what is still being read."""
        for task in self._coming.values():
            task.cancel()
        await asyncio.gather(*self._coming.values(), return_exceptions=True)

    async def _near(
        self, user: UserId, bond: BondId, probe: Probe, posts: Signposts, people: Sequence[Said]
    ) -> list[Signpost]:
        if not posts.posts:
            return []
        keys, vectors, lens = (
            await self._vault.user(user),
            await self._turned(user, probe),
            await self._archive.segments.lens(user),
        )
        terms = [keys.hash_term(stem) for stem in probe.stems]
        vector = None if vectors is None else vectors[0] if lens is None else lens @ vectors[0]
        return posts.nearest(bond, terms, vector, self._nearest, people=people)

    async def _turned(self, user: UserId, probe: Probe) -> NDArray[np.float32] | None:
        return None if probe.vectors is None else (await self._vault.user(user)).turn(probe.vectors)

    async def _read(self, user: UserId, posts: Sequence[Signpost]) -> list[View | None]:
        """Their views, None for those that are lost or do not come in time."""
        wanted = [post for post in posts if post.segment not in self._views]
        for post in wanted:
            if post.segment not in self._coming:
                self._coming[post.segment] = asyncio.create_task(self._view(user, post))
        coming = [self._coming[post.segment] for post in wanted]
        if coming:
            await asyncio.wait(coming, timeout=self._patience_s)
        return [self._seen(post.segment) for post in posts]

    def _seen(self, segment: UUID) -> View | None:
        if segment in self._views:
            self._views.move_to_end(segment)
        return self._views.get(segment)

    async def _view(self, user: UserId, post: Signpost) -> View | None:
        try:
            block = await self._archive.block(user, post)
            view = None if block is None else await asyncio.to_thread(view_of, block, self._indexed)
        except EverkinError:  # told in the log where it happened; or they were erased meanwhile
            view = None
        finally:
            self._coming.pop(post.segment, None)
        if view is not None:
            self._views[post.segment] = view
            while len(self._views) > VIEWS:
                self._views.popitem(last=False)
        return view


def view_of(block: Block, indexed: Indexed) -> View:
    """What is out of search by policy or on a branch that was left is out of this too."""
    kept = zip(*block.columns("passages", *_READ), strict=True)
    rows = [(place, row) for place, (live, *row) in enumerate(kept) if live]
    columns = np.array([_column(*row) for _, row in rows], COLUMNS)
    live = [place for place, _ in rows]
    terms = terms_by_passage(block, indexed)
    hits = Hits.of([terms.get(place, {}) for place in live])
    return View(columns=columns, vectors=block.vectors[live], hits=hits)


_READ: Final = (
    "live", "row", "ordinal", "at", "renewed_at", "speaker", "length", "flags", "salience", "successor", "memory_id"
)  # fmt: skip


def _column(row: int, ordinal: int, at: datetime, renewed: datetime, *rest: Any) -> tuple[Any, ...]:
    *numbers, memory = rest
    return (row, ordinal, at.timestamp(), renewed.timestamp(), *numbers, memory.bytes)


def joined(found: Found, views: Sequence[View], vectors: NDArray[np.float32] | None) -> Found:
    """One layout of warm and cold rows, and the evidence of both on it."""
    old = found.layout
    layout = Layout.of(np.concatenate([old.columns, *(view.columns for view in views)]))
    place = np.empty(len(layout.order), np.int32)
    place[layout.order] = np.arange(len(layout.order), dtype=np.int32)
    moved = place[old.order]
    parts = {stem: [(moved[posting.rows], posting.count)] for stem, posting in found.postings.items()}
    by_column = np.zeros((len(found.dense), len(layout.order)), np.float32)
    by_column[:, old.order] = found.dense
    first = len(old.columns)
    for view in views:
        end = first + len(view.columns)
        if vectors is not None:
            by_column[:, first:end] = vectors @ view.vectors.T
        for stem in found.stems:
            if hit := view.hits.get(stem):
                rows, counts = hit
                parts.setdefault(stem, []).append((place[first + rows], counts))
        first = end
    postings = {stem: _posting(each) for stem, each in parts.items()}
    return replace(found, layout=layout, dense=by_column[:, layout.order], postings=postings)


def _posting(parts: Sequence[tuple[Ints, Ints]]) -> Posting:
    rows, counts = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(rows)
    return Posting(rows=rows[order], count=counts[order])

"""What a question is answered from when it is asked: the warm tier, and with it the cold segments it points to."""

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from everkin.mind.identity import BondId, UserId
from everkin.mind.matter import Ints, Posting
from everkin.mind.ports.memories import Gathered, Probe
from everkin.store.archive.archive import Archive
from everkin.store.archive.segment import Segment
from everkin.store.matters import Found, HotMatters, Layout
from everkin.store.vault import Vault


class AskedMatters:
    """Fulfils `mind.ports.memories.Matters` over all tiers. A bond with nothing in the cold pays one indexed read."""

    def __init__(self, warm: HotMatters, archive: Archive, vault: Vault) -> None:
        self._warm, self._archive, self._vault = warm, archive, vault

    async def gather(self, user: UserId, bond: BondId, probe: Probe) -> Gathered:
        """Read again when a memory changed tiers between the two reads, so that none is seen twice or not at all."""
        keys = await self._vault.user(user)
        terms = {keys.hash_term(stem): stem for stem in probe.stems}
        vectors = None if probe.vectors is None else keys.turn(probe.vectors)
        while True:
            found, (epoch, segments) = await asyncio.gather(
                self._warm.find(user, bond, probe), self._archive.near(user, bond, list(terms), vectors)
            )
            if epoch == found.epoch:
                return joined(found, segments, terms, vectors).gathered()


def joined(
    found: Found, segments: Sequence[Segment], terms: dict[int, str], vectors: NDArray[np.float32] | None
) -> Found:
    """One layout of warm and cold rows, and the evidence of both on it."""
    if not segments:
        return found
    old = found.layout
    layout = Layout.of(np.concatenate([old.columns, *(segment.columns for segment in segments)]))
    place = np.empty(len(layout.order), np.int32)
    place[layout.order] = np.arange(len(layout.order), dtype=np.int32)
    moved = place[old.order]
    parts = {stem: [(moved[posting.rows], posting.count)] for stem, posting in found.postings.items()}
    by_column = np.zeros((len(found.dense), len(layout.order)), np.float32)
    by_column[:, old.order] = found.dense
    first = len(old.columns)
    for segment in segments:
        end = first + len(segment.columns)
        if vectors is not None:
            by_column[:, first:end] = vectors @ segment.vectors.T
        for term, stem in terms.items():
            hits = segment.hits[segment.hits["term"] == term]
            if len(hits):
                parts.setdefault(stem, []).append((place[first + hits["place"].astype(np.int32)], hits["count"]))
        first = end
    postings = {stem: _posting(each) for stem, each in parts.items()}
    return Found(layout=layout, dense=by_column[:, layout.order], postings=postings, epoch=found.epoch)


def _posting(parts: Sequence[tuple[Ints, Ints]]) -> Posting:
    rows, counts = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(rows)
    return Posting(rows=rows[order], count=counts[order])

"""A segment: the searchable rows of one block's cold memories, as bytes and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from everkin.store.matters import COLUMNS, unpack_entries

VERSION: Final = b"EVS1"
HIT: Final = np.dtype([("term", "<i8"), ("place", "<u2"), ("count", "u1")])
_STEPS: Final = np.float32(127)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Rows as search reads them. `vectors` are float32[N, d], turned by the user's key; `hits` are terms at places 0..N-1."""

    columns: NDArray[Any]
    embedder: NDArray[np.int16]
    vectors: NDArray[np.float32]
    hits: NDArray[Any]

    @property
    def nbytes(self) -> int:
        """About what it holds in RAM."""
        return int(self.columns.nbytes + self.vectors.nbytes + self.hits.nbytes)

    @property
    def centroid(self) -> NDArray[np.float32]:
        """The mean direction of its vectors, of length 1."""
        mean = self.vectors.mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)

    def pack(self) -> bytes:
        """Vectors as int8 with one scale a row (error under 0.4 % of the longest component), all of it under zstd."""
        scale = np.abs(self.vectors).max(axis=1, initial=1e-9).astype(np.float32)
        steps = np.rint(self.vectors / scale[:, None] * _STEPS).astype(np.int8)
        buffer = BytesIO()
        for array in (self.columns, self.embedder, scale, steps, self.hits):
            np.save(buffer, array, allow_pickle=False)
        return VERSION + zstandard.ZstdCompressor(level=19).compress(buffer.getvalue())

    @classmethod
    def unpack(cls, packed: bytes) -> "Segment":
        """What `pack` was given. Raises ValueError for another version."""
        if not packed.startswith(VERSION):
            raise ValueError("a segment of a version that this Everkin does not know")
        buffer = BytesIO(zstandard.ZstdDecompressor().decompress(packed[len(VERSION) :]))
        columns, embedder, scale, steps, hits = (np.load(buffer, allow_pickle=False) for _ in range(5))
        vectors = steps.astype(np.float32) * (scale / _STEPS)[:, None]
        return cls(columns=columns, embedder=embedder, vectors=vectors, hits=hits)


def entries_of(postings: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """The entries of rows of the table `postings`, one after another, and which of those rows each is from."""
    parts = [unpack_entries(posting["entries"]) for posting in postings]
    which = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return which, np.concatenate(parts) if parts else unpack_entries(b"")


def segment_of(rows: Sequence[Mapping[str, Any]], postings: Sequence[Mapping[str, Any]]) -> Segment:
    """Rows of the table `passages`, and those of `postings` that may hold them."""
    columns = np.array(
        [
            (r["row"], r["ordinal"], r["at"].timestamp(), r["renewed_at"].timestamp(), r["speaker"], r["length"],
             r["flags"], r["salience"], -1, r["memory_id"].bytes)
            for r in rows
        ],
        COLUMNS,
    )  # fmt: skip
    place = {int(row): n for n, row in enumerate(columns["row"])}
    which, entries = entries_of(postings)
    mine = np.isin(entries["row"], columns["row"])
    hits = [
        (postings[number]["term"], place[int(entry["row"])], entry["count"])
        for number, entry in zip(which[mine], entries[mine], strict=True)
    ]
    return Segment(
        columns=columns,
        embedder=np.array([r["embedder"] for r in rows], np.int16),
        vectors=np.array([r["embedding"].to_numpy() for r in rows], np.float32),
        hits=np.array(sorted(hits), HIT),
    )

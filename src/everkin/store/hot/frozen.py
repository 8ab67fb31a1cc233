"""A snapshot of a bond as bytes, to be sealed and laid on a shelf."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MARK: Final = b"everkin-hot-1\n"
ENTRY: Final = np.dtype([("row", "<i4"), ("count", "u1")])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frozen:
    """`columns` are stored rows in their order, `vectors` (n, d) theirs, `postings` by keyed term; as of that stand."""

    epoch: int
    revision: int
    next_row: int
    columns: NDArray[Any] = field(repr=False)
    vectors: NDArray[Any] = field(repr=False)
    postings: dict[int, NDArray[Any]] = field(repr=False)

    def pack(self, columns: np.dtype[Any]) -> bytes:
        """`columns` is how they are laid out. Half-precision vectors, as they are stored: nothing is lost. About 0.9 KB a row."""
        terms = np.fromiter(self.postings.keys(), "<i8", len(self.postings))
        lengths = np.fromiter((len(entries) for entries in self.postings.values()), "<i4", len(self.postings))
        entries = np.concatenate([*self.postings.values()]) if self.postings else np.empty(0, ENTRY)
        head = json.dumps(
            {
                "stand": [self.epoch, self.revision, self.next_row],
                "rows": len(self.columns),
                "width": self.vectors.shape[1],
                "terms": len(terms),
                "entries": len(entries),
            }
        ).encode()
        parts = (self.columns.astype(columns), self.vectors.astype("<f2"), terms, lengths, entries.astype(ENTRY))
        return b"".join([MARK, len(head).to_bytes(4, "little"), head, *(part.tobytes() for part in parts)])

    @classmethod
    def unpack(cls, packed: bytes, columns: np.dtype[Any]) -> "Frozen | None":
        """None for what another version of Everkin packed in another way."""
        if not packed.startswith(MARK):
            return None
        start = len(MARK) + 4
        size = int.from_bytes(packed[len(MARK) : start], "little")
        head, place = json.loads(packed[start : start + size]), _Place(packed, start + size)
        told, width = head["rows"], head["width"]
        held = place.read(columns, told)
        vectors = place.read(np.dtype("<f2"), told * width).reshape(told, width).astype(np.float32)
        terms, lengths = place.read(np.dtype("<i8"), head["terms"]), place.read(np.dtype("<i4"), head["terms"])
        entries = np.split(place.read(ENTRY, head["entries"]), np.cumsum(lengths)[:-1]) if len(terms) else []
        epoch, revision, next_row = head["stand"]
        return cls(
            epoch=epoch,
            revision=revision,
            next_row=next_row,
            columns=held,
            vectors=vectors,
            postings=dict(zip(terms.tolist(), entries, strict=True)),
        )


class _Place:
    """Reading on, array by array."""

    def __init__(self, packed: bytes, start: int) -> None:
        self._packed, self._at = packed, start

    def read(self, kind: np.dtype[Any], count: int) -> NDArray[Any]:
        found = np.frombuffer(self._packed, kind, count, self._at)
        self._at += found.nbytes
        return found

"""Vectors made small for the cold: fewer dimensions where a basis is known, four bits each, one length a row. Pure."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LEVELS: Final = 7
"""Four bits: whole steps from -7 to 7."""
_HEAD: Final = np.dtype("<f2")
_ALONE: Final = 1 << 18
"""Products that OpenBLAS does not share between threads, at most."""


@cache
def basis(dimensions: int) -> NDArray[np.float32] | None:
    """The directions in which ordinary talk lies, float32[k, dimensions], for the shipped embedder; None for another.

    Orthonormal rows, uncentred principal axes; see `weights/README.md` for the texts they are of.
    """
    held = files("everkin.store.archive").joinpath("weights", "axes-1.npy")
    with held.open("rb") as file:
        axes: NDArray[np.float32] = np.load(file, allow_pickle=False).astype(np.float32)
    return axes if axes.shape[1] == dimensions else None


def narrowed(vectors: NDArray[Any], lens: NDArray[np.float32] | None) -> bytes:
    """Rows of float32[n, d] as half a byte a direction and two bytes for their length there.

    `lens` is a basis as one user's vectors have it, or None to keep every dimension (d is even then).
    """
    seen = vectors.astype(np.float32) if lens is None else vectors.astype(np.float32) @ lens.T
    scale = np.abs(seen).max(axis=1, initial=1e-6).astype(_HEAD)
    steps = np.rint(np.clip(seen / scale.astype(np.float32)[:, None], -1, 1) * _LEVELS).astype(np.int8) + _LEVELS
    codes = (steps[:, 0::2] << 4 | steps[:, 1::2]).astype(np.uint8)
    return bytes(scale.tobytes() + codes.tobytes())


def widened(packed: bytes, rows: int, lens: NDArray[np.float32] | None, dimensions: int) -> NDArray[np.float32]:
    """Those vectors again, of length 1: float32[rows, dimensions]. Narrowing them once more changes next to nothing."""
    width = (dimensions if lens is None else len(lens)) // 2
    scale = np.frombuffer(packed, _HEAD, rows).astype(np.float32)
    codes = np.frombuffer(packed, np.uint8, rows * width, rows * _HEAD.itemsize).reshape(rows, width)
    steps = np.stack([codes >> 4, codes & 15], axis=2).reshape(rows, 2 * width).astype(np.float32) - _LEVELS
    seen: NDArray[np.float32] = np.asarray(steps * (scale[:, None] / _LEVELS), np.float32)
    seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6)
    return seen if lens is None else _turned_back(seen, lens)


def _turned_back(seen: NDArray[np.float32], lens: NDArray[np.float32]) -> NDArray[np.float32]:
    """`seen @ lens`, in steps that BLAS does on one thread: waiting for a second one took 50 ms where the other core was busy."""
    step = max(1, _ALONE // lens.size)
    turned = np.empty((len(seen), lens.shape[1]), np.float32)
    for first in range(0, len(seen), step):
        turned[first : first + step] = seen[first : first + step] @ lens
    return turned

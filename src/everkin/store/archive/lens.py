"""Vectors made small for the cold: fewer dimensions where a basis is known, four bits each, one length a row. Pure."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LEVELS: Final = 7
"""Four bits: whole steps from -7 to 7."""
_HEAD: Final = np.dtype("<f2")


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
    seen = steps * (scale[:, None] / _LEVELS)
    seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6)
    return np.asarray(seen if lens is None else seen @ lens, np.float32)

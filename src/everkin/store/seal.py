"""Sealing: words under AES-256-GCM, vectors turned by a key, index terms hashed under one; no file or clock in here.

What each of these hides, and what it does not, is said in `docs/sealing.md`; `tests/store/test_seal_attacks.py` tries it.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from everkin.errors import EmbedderMismatch, SealBroken

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION: Final = b"\x01"
OVERHEAD_BYTES: Final = len(VERSION) + NONCE_BYTES + TAG_BYTES


class Secret:
    """Base of what holds key material: its repr says nothing, and it can be neither pickled nor copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} holds keys and does not leave its process.")


def new_key() -> bytes:
    """256 bits from the operating system."""
    return os.urandom(KEY_BYTES)


def derive(key: bytes, label: str) -> bytes:
    """A key for one purpose from another, by HKDF-SHA256 (RFC 5869); other labels give unrelated keys."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"everkin/" + label.encode()).derive(key)


def seal(key: bytes, plain: bytes, *, aad: bytes) -> bytes:
    """Version, 96-bit random nonce, ciphertext and tag: `OVERHEAD_BYTES` more than `plain`, whose length stays visible.

    `aad` says where the text belongs (its user and row), so that it opens nowhere else. Random nonces are safe for 2^32
    seals a key; a block key sees hundreds.
    """
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, VERSION + aad)


def open_sealed(key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """What was sealed; `SealBroken` if one bit of it, its place or the key is another."""
    if not sealed.startswith(VERSION) or len(sealed) < OVERHEAD_BYTES:
        raise SealBroken(
            "A sealed text is cut short, or was sealed in a way that this Everkin does not know.",
            kept="It was left as it is.",
            next="If a newer Everkin wrote it, upgrade; else restore the row from a backup.",
            size_bytes=len(sealed),
        )
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, VERSION + aad)
    except InvalidTag:
        raise SealBroken(
            "A sealed text does not open: it was altered or moved, or this is not its key.",
            kept="It was left as it is.",
            next="Restore it from a backup; if nothing opens, the keyring is not this cell's.",
            size_bytes=len(sealed),
        ) from None


class TermHasher(Secret):
    """Keyed hashes of one user's stems and names (BLAKE2b, RFC 7693): equal ones meet, those of two users do not."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, term: str) -> int:
        """Signed 64 bits, as PostgreSQL's bigint; about a microsecond. Any two of a million meet by chance once in 37 million."""
        return int.from_bytes(self.digest(term, size=8), "little", signed=True)

    def digest(self, text: str, *, size: int = 16) -> bytes:
        """`size` bytes, for what must not collide."""
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=size).digest()


BLOCK: Final = 128
ROUNDS: Final = 4


def _hadamard(size: int) -> NDArray[np.float32]:
    """Sylvester's, scaled to be orthogonal; `size` is a power of two."""
    pair, grown = np.array([[1, 1], [1, -1]], np.float32), np.ones((1, 1), np.float32)
    while len(grown) < size:
        grown = np.kron(pair, grown)
    return grown / np.float32(np.sqrt(size))


HADAMARD: Final = {size: _hadamard(size) for size in (1, 2, 4, 8, 16, 32, 64, BLOCK)}


def _bands(dimensions: int) -> Iterator[tuple[int, slice]]:
    """As many blocks of 128 as fit, then what is left in powers of two: an orthogonal step for any dimension, unpadded."""
    start, size = 0, BLOCK
    while start < dimensions:
        stop = dimensions - (dimensions - start) % size
        if stop > start:
            yield size, slice(start, stop)
        start, size = stop, size // 2


class Rotation(Secret):
    """A secret orthogonal transform of embeddings: cosines stay, and a vector turned under another key matches at chance.

    Four rounds of keyed permutation, keyed signs and Hadamard blocks. 12 bytes of state a dimension (4.5 KB at 384).
    It is defence in depth, not encryption: who holds about as many pairs (plain, turned) as there are dimensions can
    solve for it.
    """

    __slots__ = ("_bands", "_dimensions", "_places", "_signs")

    def __init__(self, key: bytes, dimensions: int) -> None:
        stream = hashlib.shake_256(key + b"everkin/rotation/%d" % dimensions)
        ranks = 8 * ROUNDS * dimensions
        drawn = stream.digest(ranks + ROUNDS * dimensions)
        order = np.frombuffer(drawn, "<u8", ROUNDS * dimensions).reshape(ROUNDS, dimensions)
        self._places = np.argsort(order, axis=1, kind="stable").astype(np.int16)
        coins = np.frombuffer(drawn, np.uint8, offset=ranks).reshape(ROUNDS, dimensions)
        self._signs = 1 - 2 * (coins & 1).astype(np.int8)
        self._dimensions, self._bands = dimensions, tuple(_bands(dimensions))

    def apply(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """One vector (d,) or many (n, d), turned, in float32; cosines are kept to 1e-6 (to 1e-3 once halved in precision)."""
        if vectors.shape[-1] != self._dimensions:
            raise EmbedderMismatch(
                f"A vector of {vectors.shape[-1]} numbers was to be turned as one of {self._dimensions}.",
                kept="Nothing was stored.",
                next="Use the embedder that this store was filled with, or migrate to the new one.",
            )
        turned = vectors.reshape(-1, self._dimensions).astype(np.float32)
        for places, signs in zip(self._places, self._signs, strict=True):
            turned = self._mixed(turned[:, places] * signs)
        return turned.reshape(vectors.shape)

    def _mixed(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        mixed = np.empty_like(vectors)
        for size, band in self._bands:
            part = vectors[:, band]
            mixed[:, band] = (part.reshape(-1, size) @ HADAMARD[size]).reshape(part.shape)
        return mixed

    @property
    def nbytes(self) -> int:
        """State held for one user."""
        return self._places.nbytes + self._signs.nbytes

"""The seal: authenticated encryption of words, a keyed turn of vectors, keyed hashes of terms. Pure functions of keys."""

import hashlib
import os
from typing import Any, Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from everkin.errors import SealBroken

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
OVERHEAD_BYTES: Final = len(_VERSION) + _NONCE_BYTES + 16
"""What sealing adds to a text: version, nonce, tag."""


def new_key() -> bytes:
    """256 random bits from the operating system."""
    return os.urandom(KEY_BYTES)


def derive(key: bytes, label: str) -> bytes:
    """A key for one purpose from another (HKDF-SHA256, RFC 5869); other labels give unrelated keys."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"everkin/" + label.encode()).derive(key)


def seal(key: bytes, plain: bytes, *, aad: bytes) -> bytes:
    """AES-256-GCM (NIST SP 800-38D) under a random 96-bit nonce. `aad` binds it to its place; it is not stored.

    A key seals some hundreds of texts in its life, far below the 2^32 that a random nonce allows.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, aad)


def open_sealed(key: bytes, sealed: bytes, *, aad: bytes) -> bytes:
    """The plain bytes. Raises SealBroken when one bit, the key or the place is another."""
    if sealed[:1] != _VERSION or len(sealed) < OVERHEAD_BYTES:
        raise SealBroken("A sealed text is not in a form this release knows.", kept="It was left as it is.")
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, aad)
    except InvalidTag:
        raise SealBroken(
            "A sealed text does not open: it was altered, or it belongs to another key or place.",
            kept="It was left as it is.",
            next="Restore it from a backup, with the keyring of the same time.",
        ) from None


class TermHasher:
    """Keyed hashes of index terms (BLAKE2b, RFC 7693): equal terms of one user meet, of two users they do not."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, term: str) -> int:
        """A signed 64-bit number; about a microsecond."""
        return int.from_bytes(self.digest(term, size=8), "little", signed=True)

    def digest(self, text: str, *, size: int = 16) -> bytes:
        """`size` bytes, for what must not collide."""
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size, key=self._key).digest()


class Rotation:
    """An orthogonal transform of vectors drawn from a key: four rounds of permutation, signs and a block Hadamard.

    Keeps every inner product (to 1e-6 in single precision), so cosines can be compared without turning back. Vectors
    are padded with zeros to a multiple of 128. It makes stored vectors impractical to use without the key; who holds
    enough pairs of plain and turned vectors of one user can solve for it. State: 5 KB at 384 dimensions.
    """

    ROUNDS: Final = 4
    BLOCK: Final = 128

    def __init__(self, key: bytes, dimensions: int) -> None:
        self.dimensions = dimensions
        self.width = -(-dimensions // self.BLOCK) * self.BLOCK
        drawn = hashlib.shake_256(key).digest(self.ROUNDS * self.width * 9)
        split = self.ROUNDS * self.width * 8
        order = np.frombuffer(drawn[:split], "<u8").reshape(self.ROUNDS, self.width)
        self._orders = np.argsort(order, axis=1, kind="stable").astype(np.uint16)
        signs = np.frombuffer(drawn[split:], np.uint8).reshape(self.ROUNDS, self.width)
        self._signs = np.where(signs & 1, 1, -1).astype(np.int8)

    @property
    def nbytes(self) -> int:
        """What it holds in memory."""
        return int(self._orders.nbytes + self._signs.nbytes)

    def apply(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """(n, dimensions) or (dimensions,) to the same with `width` columns."""
        rows = np.atleast_2d(np.asarray(vectors, np.float32))
        turned = np.zeros((len(rows), self.width), np.float32)
        turned[:, : self.dimensions] = rows
        for order, signs in zip(self._orders, self._signs, strict=True):
            mixed = (turned[:, order] * signs).reshape(-1, self.BLOCK)
            turned = np.reshape(mixed @ _HADAMARD, turned.shape)
        return turned[0] if np.ndim(vectors) == 1 else turned


def _hadamard(size: int) -> NDArray[np.float32]:
    """Sylvester's construction, scaled to be orthogonal."""
    matrix = np.ones((1, 1), np.float32)
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    scaled: NDArray[np.float32] = (matrix / np.sqrt(size)).astype(np.float32)
    return scaled


_HADAMARD: Final = _hadamard(Rotation.BLOCK)

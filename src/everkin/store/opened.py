"""Words that were opened a moment ago, kept in the clear in this process's memory under a limit of bytes, and nowhere else."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from everkin.mind.identity import BlockId, UserId
from everkin.store.seal import NONCE_BYTES, VERSION, Secret
from everkin.store.words import Words

LIMIT_BYTES = 32 << 20
_OVERHEAD_BYTES = 700
"""What an entry costs beside its text, about."""


@dataclass(frozen=True, slots=True)
class _Held:
    user: UserId
    block: BlockId
    row: UUID
    words: Words = field(repr=False)
    size: int


class OpenedWords(Secret):
    """By the nonce of their seal, which no two seals share: words that were sealed anew are not found under the old one.

    Whoever asks has the sealed row in hand, so what was erased is not answered from here; that it does not linger
    either is what `drop` is for. Safe from any thread.
    """

    __slots__ = ("_bytes", "_held", "_limit", "_lock")

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit, self._bytes, self._lock = limit_bytes, 0, threading.Lock()
        self._held: OrderedDict[bytes, _Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, user: UserId, row: UUID, sealed: bytes) -> Words | None:
        """The words of this row as it is sealed now, if they are still held. Not to be changed."""
        held = self._held.get(_nonce(sealed))
        return held.words if held is not None and held.row == row and held.user == user else None

    def put(self, user: UserId, block: BlockId, row: UUID, sealed: bytes, words: Words) -> None:
        """Hold them, and let go of the oldest."""
        with self._lock:
            held = _Held(user, block, row, words, len(sealed) + _OVERHEAD_BYTES)
            former = self._held.pop(_nonce(sealed), None)
            self._bytes += held.size - (former.size if former else 0)
            self._held[_nonce(sealed)] = held
            while self._bytes > self._limit:
                self._bytes -= self._held.popitem(last=False)[1].size

    def drop(self, user: UserId, block: UUID | None = None) -> None:
        """Let go of a block's words, or of all of a user's. Looks at everything that is held."""
        with self._lock:
            gone = [key for key, held in self._held.items() if held.user == user and block in (None, held.block)]
            for key in gone:
                self._bytes -= self._held.pop(key).size


def _nonce(sealed: bytes) -> bytes:
    return sealed[len(VERSION) : len(VERSION) + NONCE_BYTES]

"""Memories that were opened a moment ago, in the clear in this process's memory under a limit of bytes, and nowhere else."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.memory import Memory
from everkin.mind.ports.memories import AsOf
from everkin.store.seal import Secret

LIMIT_BYTES: Final = 32 << 20
_OVERHEAD_BYTES: Final = 1200
"""What an entry costs beside its text, about."""
LASTS_S: Final = 900.0
"""How often a memory was used, and what it is worth, are no older than this."""


@dataclass(frozen=True, slots=True)
class _Held:
    user: UserId
    bond: BondId
    as_of: AsOf
    since: float
    memory: Memory = field(repr=False)
    size: int


class HeldMemories(Secret):
    """By id, each with what its bond stood at when it was read.

    What was said is the same while the bond's revision stands: appending changes nothing of it. What is known (a fact)
    stands with the user's epoch, which moves with everything they write. Whoever asks has read both a moment ago. Safe
    from any thread.
    """

    __slots__ = ("_bytes", "_held", "_limit", "_lock", "_monotonic")

    def __init__(self, *, monotonic: Callable[[], float], limit_bytes: int = LIMIT_BYTES) -> None:
        self._monotonic, self._limit, self._bytes = monotonic, limit_bytes, 0
        self._held: OrderedDict[MemoryId, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, user: UserId, bond: BondId, ids: Iterable[MemoryId], as_of: AsOf) -> dict[MemoryId, Memory]:
        """Those that are held and still so."""
        found, oldest = {}, self._monotonic() - LASTS_S
        for id in ids:
            held = self._held.get(id)
            if held is not None and held.user == user and held.since >= oldest and _still(held, bond, as_of):
                found[id] = held.memory
        return found

    def put(self, user: UserId, bond: BondId, opened: Iterable[Memory], as_of: AsOf) -> None:
        """Hold them, and let go of the oldest."""
        now = self._monotonic()
        with self._lock:
            for memory in opened:
                self._drop(memory.id)
                held = _Held(user, bond, as_of, now, memory, _OVERHEAD_BYTES + 2 * len(memory.text))
                self._held[memory.id] = held
                self._bytes += held.size
            while self._bytes > self._limit:
                self._drop(next(iter(self._held)))

    def drop(self, ids: Collection[MemoryId]) -> None:
        with self._lock:
            for id in ids:
                self._drop(id)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._bytes = 0

    def forget(self, user: UserId) -> None:
        """Something of theirs was erased: let go of all of it. Looks at everything that is held."""
        with self._lock:
            for id in [id for id, held in self._held.items() if held.user == user]:
                self._drop(id)

    def _drop(self, id: MemoryId) -> None:
        held = self._held.pop(id, None)
        self._bytes -= held.size if held else 0


def _still(held: _Held, bond: BondId, as_of: AsOf) -> bool:
    if held.as_of.epoch == as_of.epoch:
        return True
    said = held.memory.fact is None and held.memory.bond == bond == held.bond
    return said and held.as_of.revision == as_of.revision

"""The erasure ledger: whose keys were, are being, or shall be destroyed; ids and times, never a word of a user.

It only grows. An entry is written before its key is touched, and followed by a `DONE` afterwards, so that an erasure
which a crash or an absent mirror interrupted is finished later, and a database that was restored from an old backup can
be told what to erase again.
"""

import os
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from everkin.mind.identity import UserId
from everkin.store.keyring import durable, slots
from everkin.store.keyring.shelf import Shelf

NAME: Final = "erasures.log"
BODY: Final = struct.Struct(">c16s16s16sqq")
SLOT_BYTES: Final = BODY.size + slots.CHECK_BYTES
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class Kind(StrEnum):
    """What an entry says; the first letters are part of the format."""

    USER = "user"
    BLOCK = "block"
    DONE = "done"


KINDS: Final = {kind[0].encode(): kind for kind in Kind}


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """A user or a session block was erased `at`; its key goes `due`, later than `at` while backups are still kept.

    `memory` is what the block was renewed for. A `DONE` entry says that the key of `id` is gone, in the mirror as well.
    """

    kind: Kind
    user: UserId
    id: UUID
    at: datetime
    due: datetime
    memory: UUID | None = None


class Ledger:
    """The ledger of one keyring, as of the last `refresh`. Safe to use from several threads and processes."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._path = shelf, shelf.folder / NAME
        self._name = os.fspath(self._path)
        self._lock, self._end = threading.Lock(), 0
        self.entries: list[Erasure] = []
        self.pending: dict[UUID, Erasure] = {}
        """What has yet to be destroyed, now or when it is due."""
        self.destroyed: set[UUID] = set()
        """Users and blocks whose keys are not to be used any more."""

    def refresh(self) -> list[Erasure]:
        """What was added since the last time, by whichever process. One `stat` (a microsecond) when nothing was."""
        if os.stat(self._name).st_size < self._end + SLOT_BYTES:
            return []
        with self._lock, durable.locked(self._path, shared=True) as descriptor:
            packed = durable.read(descriptor, self._end)
            added = [_unpacked(body) for _, body in slots.unpack(packed, 0, SLOT_BYTES)]
            for entry in added:
                self._learn(entry)
            self._end += slots.whole(len(packed), 0, SLOT_BYTES)
        return added

    def _learn(self, entry: Erasure) -> None:
        self.entries.append(entry)
        if entry.kind is Kind.DONE:
            self.pending.pop(entry.id, None)
            self.destroyed.add(entry.id)
        elif entry.id not in self.destroyed:
            self.pending[entry.id] = entry
            if entry.due <= entry.at:
                self.destroyed.add(entry.id)

    def append(self, entries: Iterable[Erasure]) -> None:
        """On disk when this returns."""
        packed = b"".join(slots.pack(_packed(entry)) for entry in entries)
        with durable.locked(self._path) as descriptor:
            self._shelf.write(self._path, descriptor, slots.whole(durable.size(descriptor), 0, SLOT_BYTES), packed)


def _packed(entry: Erasure) -> bytes:
    memory = entry.memory.bytes if entry.memory else bytes(16)
    at, due = ((moment - EPOCH) // MICROSECOND for moment in (entry.at, entry.due))
    return BODY.pack(entry.kind[0].encode(), entry.user.bytes, entry.id.bytes, memory, at, due)


def _unpacked(body: bytes) -> Erasure:
    kind, user, id, memory, at, due = BODY.unpack(body)
    return Erasure(
        kind=KINDS[kind],
        user=UserId(UUID(bytes=user)),
        id=UUID(bytes=id),
        memory=UUID(bytes=memory) if any(memory) else None,
        at=EPOCH + at * MICROSECOND,
        due=EPOCH + due * MICROSECOND,
    )

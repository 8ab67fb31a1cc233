"""One user's keys in one file: the user's key wrapped under the master key, then a slot for each session block's key.

Layout: `EVK1`, length (u16) and bytes of the wrapped user key, CRC-32; then slots: block id, block key sealed under a key
derived from the user's, CRC-32. A file is appended to; a key is taken out by wiping its slot. A wipe that a crash tears
leaves a slot that no longer checks, which is as good. Nothing here is cached, and every method may run in any thread.
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from everkin.errors import NotFound, SealBroken
from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import durable, slots
from everkin.store.keyring.master import MasterKey
from everkin.store.keyring.shelf import Shelf
from everkin.store.seal import KEY_BYTES, OVERHEAD_BYTES, Secret, derive, new_key, open_sealed, seal

MAGIC: Final = b"EVK1"
HEAD: Final = struct.Struct(">4sH")
ID_BYTES: Final = 16
SLOT_BYTES: Final = ID_BYTES + KEY_BYTES + OVERHEAD_BYTES + slots.CHECK_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Blocks' keys, still sealed, from some place in a file up to `end`."""

    blocks: dict[UUID, bytes] = field(repr=False)
    end: int


class UserKeys(Secret):
    """One user's key, and the block keys read so far, each opened when it is first asked for (about 4 µs)."""

    __slots__ = ("_cell", "_opened", "_sealed", "_user", "end", "key", "wrap")

    def __init__(self, cell: UUID, user: UserId, key: bytes, stretch: Stretch) -> None:
        self._cell, self._user, self.key, self.wrap = cell, user, key, derive(key, "text-wrap")
        self._opened: dict[UUID, bytes] = {}
        self._sealed, self.end = stretch.blocks, stretch.end

    def __len__(self) -> int:
        return len(self._sealed)

    def __contains__(self, block: UUID) -> bool:
        return block in self._sealed

    def learn(self, stretch: Stretch) -> None:
        """Sound in any order, and from any thread: a slot never changes but to be wiped."""
        self._sealed.update(stretch.blocks)
        self.end = max(self.end, stretch.end)

    def drop(self, block: UUID) -> None:
        self._sealed.pop(block, None)
        self._opened.pop(block, None)

    def block(self, block: UUID) -> bytes | None:
        """None for one that is not known here."""
        key, sealed = self._opened.get(block), self._sealed.get(block)
        if key is None and sealed is not None:
            key = self._opened[block] = open_sealed(self.wrap, sealed, aad=_block_place(self._cell, self._user, block))
        return key


class UserFiles:
    """The key files of all users of one cell: `users/<last two digits>/<user id>`, so that no folder grows too long."""

    def __init__(self, shelf: Shelf, cell: UUID, master: MasterKey) -> None:
        self._shelf, self._cell, self._master = shelf, cell, master

    def path(self, user: UserId) -> Path:
        return self._shelf.folder / "users" / user.hex[-2:] / str(user)

    def create(self, user: UserId) -> None:
        """A file with a new random key, unless the user has one; on disk when this returns."""
        path = self.path(user)
        durable.make_folder(path.parent)
        with durable.locked(path.parent):
            if not path.exists():
                wrapped = self._master.wrap(new_key(), aad=_user_place(self._cell, user))
                self._shelf.replace(path, slots.pack(HEAD.pack(MAGIC, len(wrapped)) + wrapped))

    def load(self, user: UserId) -> UserKeys:
        with self._locked(user, shared=True) as descriptor:
            content = durable.read(descriptor)
        end = _head_end(content)
        wrapped = content[HEAD.size : end - slots.CHECK_BYTES]
        key = self._master.unwrap(wrapped, aad=_user_place(self._cell, user))
        return UserKeys(self._cell, user, key, _stretch(content, end, 0))

    def read_on(self, user: UserId, known: UserKeys) -> Stretch:
        """What others have added since."""
        with self._locked(user, shared=True) as descriptor:
            return _stretch(durable.read(descriptor, known.end), 0, known.end)

    def add(self, user: UserId, known: UserKeys, blocks: Sequence[BlockId]) -> Stretch:
        """New random keys for the blocks that have none, in one write, on disk when this returns."""
        with self._locked(user) as descriptor:
            read = _stretch(durable.read(descriptor, known.end), 0, known.end)
            wanted = [block for block in dict.fromkeys(blocks) if block not in read.blocks and block not in known]
            fresh = {block: seal(known.wrap, new_key(), aad=_block_place(self._cell, user, block)) for block in wanted}
            packed = b"".join(slots.pack(block.bytes + sealed) for block, sealed in fresh.items())
            if packed:
                self._shelf.write(self.path(user), descriptor, read.end, packed)
        return Stretch(blocks=read.blocks | fresh, end=read.end + len(packed))

    def wipe(self, user: UserId, blocks: Collection[UUID]) -> bool:
        """Overwrite the slots of these blocks where they lie; whether they are gone from the mirror too."""
        try:
            with self._locked(user) as descriptor:
                return self._shelf.edit(self.path(user), descriptor, lambda file: _wipe(file, blocks))
        except NotFound:  # the whole file was scrubbed
            return True

    def scrub(self, user: UserId) -> bool:
        """Overwrite and unlink the file; whether it is gone from the mirror too."""
        return self._shelf.scrub(self.path(user))

    @contextmanager
    def _locked(self, user: UserId, *, shared: bool = False) -> Iterator[int]:
        try:
            with durable.locked(self.path(user), shared=shared) as descriptor:
                yield descriptor
        except FileNotFoundError:
            raise NotFound(
                "The keyring has no key of this user, and none was erased.",
                kept="What is stored of this user is whole, and dark.",
                next="If there was a key, bring the keyring's folder back, or restore it from its mirror.",
                user=str(user),
            ) from None


def _wipe(descriptor: int, blocks: Collection[UUID]) -> None:
    content = durable.read(descriptor)
    for place, body in slots.unpack(content, _head_end(content), SLOT_BYTES):
        if _id(body) in blocks:
            durable.write(descriptor, place, bytes(SLOT_BYTES))


def _head_end(content: bytes) -> int:
    if len(content) > HEAD.size:
        magic, length = HEAD.unpack_from(content)
        end = int(HEAD.size + length + slots.CHECK_BYTES)
        if magic == MAGIC and content[:end] == slots.pack(content[: end - slots.CHECK_BYTES]):
            return end
    raise SealBroken(
        "A user's key file is damaged at its head.",
        kept="It was left as it is; no other user is touched by this.",
        next="Restore the keyring from its mirror.",
        size_bytes=len(content),
    )


def _stretch(packed: bytes, start: int, offset: int) -> Stretch:
    """The slots of a piece of a file that begins at `offset`, from `start` in it. Wiped and damaged ones are left out."""
    blocks = {_id(body): body[ID_BYTES:] for _, body in slots.unpack(packed, start, SLOT_BYTES)}
    return Stretch(blocks=blocks, end=offset + slots.whole(len(packed), start, SLOT_BYTES))


def _id(body: bytes) -> UUID:
    return UUID(bytes=body[:ID_BYTES])


def _user_place(cell: UUID, user: UserId) -> bytes:
    return b"everkin/user" + cell.bytes + user.bytes


def _block_place(cell: UUID, user: UserId, block: UUID) -> bytes:
    return b"everkin/block" + cell.bytes + user.bytes + block.bytes

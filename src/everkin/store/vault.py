"""The seal and the keyring as the store uses them: one user's keys at hand, off the event loop where a disk is touched."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from everkin.mind.identity import BlockId, NewId, UserId
from everkin.store.keyring import Keyring
from everkin.store.opened import OpenedWords
from everkin.store.seal import Rotation, TermHasher, derive, open_sealed, seal
from everkin.store.words import Words, unpack

_CACHED_USERS: Final = 4096
_SPARE_BLOCKS: Final = 8
"""Made at a time. What a process leaves unused is a key of nothing: 80 bytes in a file."""


class UserKeys:
    """What one user's key gives: the turn of their vectors, hashes of their terms and ids, the seal of their profile."""

    def __init__(self, user: UserId, key: bytes, dimensions: int) -> None:
        self._aad = user.bytes
        self._rotation = Rotation(derive(key, "vectors"), dimensions)
        self._terms = TermHasher(derive(key, "terms"))
        self._names = TermHasher(derive(key, "names"))
        self._profile = derive(key, "profile")
        self._mix = derive(key, "lens")
        self._lens: NDArray[np.float32] | None = None
        self._hot = derive(key, "hot")

    def turn(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """Vectors as they are stored and compared."""
        return self._rotation.apply(vectors)

    def lens(self, axes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Axes (k, d) as turned vectors have them, mixed among themselves: a vector's numbers along them are this user's own.

        The rows stay orthonormal. Made once a user, in 5 ms; held at 4 bytes a number.
        """
        if self._lens is None:
            mixed = Rotation(self._mix, len(axes)).apply(self._rotation.apply(axes).T)
            self._lens = np.ascontiguousarray(mixed.T)
        return self._lens

    def hash_term(self, term: str) -> int:
        return self._terms.hash(term)

    def hash_name(self, name: str) -> bytes:
        """Sixteen bytes for ids and labels, where two that differ must not meet."""
        return self._names.digest(name)

    def seal_profile(self, plain: bytes) -> bytes:
        return seal(self._profile, plain, aad=self._aad)

    def open_profile(self, sealed: bytes) -> bytes:
        return open_sealed(self._profile, sealed, aad=self._aad)

    def seal_hot(self, place: bytes, plain: bytes) -> bytes:
        """For a shelf outside the database, bound to its place there."""
        return seal(self._hot, plain, aad=place)

    def open_hot(self, place: bytes, sealed: bytes) -> bytes:
        return open_sealed(self._hot, sealed, aad=place)


class Vault:
    """Keys by user. What is in memory costs nothing; a miss is one small file read in a thread."""

    def __init__(self, keyring: Keyring, *, dimensions: int, now: Callable[[], datetime], retention: timedelta) -> None:
        self._keyring, self.dimensions, self._now, self._retention = keyring, dimensions, now, retention
        self._users: OrderedDict[UserId, UserKeys] = OrderedDict()
        self._spare: OrderedDict[UserId, list[BlockId]] = OrderedDict()
        self._opened = OpenedWords()
        self.heard: list[Callable[[UserId], None]] = []
        """Told whose keys were destroyed, by this process or another: whoever holds words of theirs lets go of them."""
        keyring.heard = self._heard
        self._cell_names = TermHasher(derive(keyring.cell_key, "names"))

    def _heard(self, user: UserId, block: UUID | None) -> None:
        self._opened.drop(user, block)
        for forget in self.heard:
            forget(user)

    def name_hash(self, name: str) -> bytes:
        """What the directory lists a person by."""
        return self._cell_names.digest(name)

    async def create_user(self, user: UserId) -> UserKeys:
        await asyncio.to_thread(self._keyring.create_user, user)
        return await self.user(user)

    async def user(self, user: UserId) -> UserKeys:
        """Raises KeyDestroyed for one who was erased, by this process or another."""
        self._keyring.refuse_erased(user)
        keys = self._users.get(user)
        if keys is None:
            key = await asyncio.to_thread(self._keyring.user_key, user)
            keys = self._users[user] = UserKeys(user, key, self.dimensions)
            while len(self._users) > _CACHED_USERS:
                self._users.popitem(last=False)
        return keys

    async def spare_blocks(self, user: UserId, new_id: NewId) -> NewId:
        """Ids for blocks whose keys are on disk already, as far as they go: a key costs an fsync, and a dozen cost one."""
        spare = self._spare.setdefault(user, [])
        self._spare.move_to_end(user)
        while len(self._spare) > _CACHED_USERS:
            self._spare.popitem(last=False)
        if not spare:
            made = [BlockId(new_id()) for _ in range(_SPARE_BLOCKS)]
            await self.new_blocks(user, made)
            spare += made
        return lambda: spare.pop() if spare else new_id()

    async def new_blocks(self, user: UserId, blocks: Sequence[BlockId]) -> None:
        """Keys for those of these that have none."""
        if blocks and self._keyring.cached(user, blocks) is None:
            await asyncio.to_thread(self._keyring.new_blocks, user, blocks)

    async def block_keys(self, user: UserId, blocks: Collection[BlockId]) -> dict[BlockId, bytes]:
        """Keys of the blocks that still have one."""
        if not blocks:
            return {}
        cached = self._keyring.cached(user, blocks)
        return cached if cached is not None else await asyncio.to_thread(self._keyring.block_keys, user, blocks)

    def seal(self, key: bytes, user: UserId, row: UUID, plain: bytes) -> bytes:
        return seal(key, plain, aad=user.bytes + row.bytes)

    def open(self, key: bytes, user: UserId, row: UUID, sealed: bytes) -> bytes:
        return open_sealed(key, bytes(sealed), aad=user.bytes + row.bytes)

    def words(self, key: bytes, user: UserId, block: BlockId, row: UUID, sealed: bytes) -> Words:
        """The words of a row; those that were opened a moment ago are at hand. Not to be changed."""
        words = self._opened.get(user, row, sealed)
        if words is None:
            words = unpack(self.open(key, user, row, sealed))
            self._opened.put(user, block, row, sealed, words)
        return words

    async def destroy_user(self, user: UserId) -> None:
        self._users.pop(user, None)
        self._spare.pop(user, None)
        await asyncio.to_thread(self._keyring.destroy_user, user, now=self._now())

    async def destroy_blocks(self, user: UserId, blocks: Sequence[BlockId], *, memory: UUID) -> bool:
        """True when the keys are kept until backups have run out."""
        now = self._now()
        due = now + self._retention
        await asyncio.to_thread(self._keyring.destroy_blocks, user, blocks, now=now, due=due, memory=memory)
        return due > now

"""Sealed blocks in object storage, in one place or two, and those read lately in RAM."""

import asyncio
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
import obstore
import structlog
import zstandard
from numpy.typing import NDArray
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore

from everkin.errors import SealBroken, StoreUnavailable
from everkin.mind.identity import BlockId, UserId
from everkin.store.archive.block import Block, pack, unpack
from everkin.store.archive.lens import basis
from everkin.store.vault import Vault

logger = structlog.get_logger()

CACHE_BYTES: Final = 64 << 20
PATIENCE: Final = timedelta(seconds=10)
"""How long one read or write of one object may take; then the other copy is asked."""
_ABSENT: Final = (FileNotFoundError, NotFoundError)
_SPOILT: Final = (SealBroken, ValueError, struct.error, zstandard.ZstdError)
_FAILED: Final = (BaseError, OSError, TimeoutError)
T = TypeVar("T")


class Segments:
    """One cell's blocks by user and id. Every block is written to all stores, and read from the first that has it whole."""

    def __init__(self, stores: Sequence[ObjectStore], vault: Vault, *, patience: timedelta = PATIENCE) -> None:
        self._stores, self._vault, self.patience = stores, vault, patience
        self._cache: OrderedDict[UUID, Block] = OrderedDict()
        self._held = 0

    async def put(self, user: UserId, block: BlockId, id: UUID, content: Block) -> int:
        """Sealed under the block's key, in every store; how many bytes it takes in one. Raises StoreUnavailable."""
        key = (await self._vault.block_keys(user, [block]))[block]
        lens = await self.lens(user)
        packed = await asyncio.to_thread(pack, content, lens)
        sealed = self._vault.seal(key, user, id, packed)
        for store in self._stores:
            try:
                await self._timed(obstore.put_async(store, _path(user, id), sealed))
            except _FAILED as error:
                raise _unavailable(error) from None
        return len(sealed)

    async def get(self, user: UserId, block: BlockId, id: UUID) -> Block | None:
        """None for one that is lost or damaged in every store, which is told in the log, or whose key was destroyed.

        One that is whole in a later store alone is put back into those before it. Raises StoreUnavailable when nobody
        can tell.
        """
        if id in self._cache:
            self._cache.move_to_end(id)
            return self._cache[id]
        key = (await self._vault.block_keys(user, [block])).get(block)
        if key is None:
            return None
        lens, failed, spoilt = await self.lens(user), None, []
        for store in self._stores:
            try:
                sealed = bytes(await self._timed(_read(store, _path(user, id))))
                content = unpack(self._vault.open(key, user, id, sealed), lens, self._vault.dimensions)
            except (*_ABSENT, *_SPOILT) as error:
                logger.error(
                    "segment_unreadable", segment=str(id), error=type(error).__name__, copies=len(self._stores)
                )
                spoilt.append(store)
            except _FAILED as error:
                logger.warning("archive_unreachable", error=type(error).__name__)
                failed = error
            else:
                await self._mend(spoilt, _path(user, id), sealed)
                return self._keep(id, content)
        if failed is not None:
            raise _unavailable(failed)
        return None

    def cool(self) -> None:
        """Drop what is held in RAM."""
        self._cache.clear()
        self._held = 0

    async def delete(self, user: UserId, ids: Sequence[UUID]) -> None:
        """What cannot be deleted now is an orphan, which `listed` shows later."""
        for id in ids:
            self._drop(id)
        await self._delete([_path(user, id) for id in ids])

    async def delete_user(self, user: UserId) -> None:
        """All that lies here of somebody who was erased; it is dark already."""
        self.cool()
        await self._delete([path for path, _, _ in await self._listed(user)])

    async def listed(self, user: UserId) -> list[tuple[UUID, datetime]]:
        """Everything that lies here of one user, with its time. Raises StoreUnavailable."""
        return [(id, at) for _, id, at in await self._listed(user)]

    async def _listed(self, user: UserId) -> list[tuple[str, UUID, datetime]]:
        found = []
        for store in self._stores:
            try:
                listed = aiter(obstore.list(store, prefix=str(user)))
                while chunk := await self._timed(anext(listed, None)):
                    found += [(m["path"], UUID(m["path"].rsplit("/")[-1]), m["last_modified"]) for m in chunk]
            except _FAILED as error:
                raise _unavailable(error) from None
        return found

    async def _delete(self, paths: Sequence[str]) -> None:
        for store in self._stores:
            for path in paths:
                with suppress(*_ABSENT):
                    try:
                        await self._timed(obstore.delete_async(store, path))
                    except _FAILED as error:
                        logger.warning("archive_unreachable", error=type(error).__name__)

    async def _mend(self, spoilt: Sequence[ObjectStore], path: str, sealed: bytes) -> None:
        for store in spoilt:
            with suppress(*_FAILED):
                await self._timed(obstore.put_async(store, path, sealed))
                logger.info("segment_mended")

    async def _timed(self, act: Awaitable[T]) -> T:
        return await asyncio.wait_for(act, self.patience.total_seconds())

    async def lens(self, user: UserId) -> NDArray[np.float32] | None:
        """The directions in which this user's vectors are kept; None: all of them."""
        axes = basis(self._vault.dimensions)
        return None if axes is None else (await self._vault.user(user)).lens(axes)

    def _keep(self, id: UUID, block: Block) -> Block:
        self._drop(id)
        self._cache[id] = block
        self._held += block.nbytes
        while self._held > CACHE_BYTES and len(self._cache) > 1:
            self._drop(next(iter(self._cache)))
        return block

    def _drop(self, id: UUID) -> None:
        held = self._cache.pop(id, None)
        self._held -= held.nbytes if held is not None else 0


async def _read(store: ObjectStore, path: str) -> bytes:
    return bytes(await (await obstore.get_async(store, path)).bytes_async())


def _path(user: UserId, id: UUID) -> str:
    return f"{user}/{id}"


def _unavailable(error: BaseException) -> StoreUnavailable:
    return StoreUnavailable(
        "The archive cannot be reached.",
        kept="Everything that was acknowledged is kept.",
        next="Try again; look at the archive's address and at its credentials if it lasts.",
        error=type(error).__name__,
    )

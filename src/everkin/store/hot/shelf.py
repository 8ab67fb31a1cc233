"""A shelf in Redis, for any number of processes. Redis sees sealed bytes, ids and lengths, and may lose them at any time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from everkin.errors import ConfigError
from everkin.mind.identity import BondId, UserId

T = TypeVar("T")

KEPT: Final = timedelta(hours=1)
"""What nobody took from a shelf for so long is gone from it."""
DEADLINE_S: Final = 1.0
"""No turn waits longer for Redis than this, and after one that did, none waits at all for a while."""
AWAY_S: Final = 5.0
_FULL: Final = "full"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """Whose it is and what: the address of one sealed thing, and the place its seal is bound to."""

    user: UserId
    bond: BondId
    kind: str

    @property
    def aad(self) -> bytes:
        return b"hot/" + self.user.bytes + self.bond.bytes + self.kind.encode()


class RedisShelf:
    """Sealed bytes by slot. No method raises for a Redis that is away, empty or full: it has nothing, or keeps nothing.

    One that does not answer is left alone for five seconds.

    Wants a Redis without persistence and with `maxmemory-policy allkeys-lru`; where it is full and evicts nothing,
    nothing new is kept.
    """

    def __init__(self, url: str, *, cell: UUID, monotonic: Callable[[], float]) -> None:
        self._cell, self._monotonic = cell, monotonic
        self._away_until = 0.0
        self._state = "ready"
        try:
            self._redis = Redis.from_url(
                url,
                socket_timeout=DEADLINE_S,
                socket_connect_timeout=DEADLINE_S,
                retry=Retry(NoBackoff(), 0),
                max_connections=16,
            )
        except ValueError:
            raise ConfigError(
                "The address of Redis is not one.", next="Set EVERKIN_REDIS to something like redis://localhost:6379/0."
            ) from None

    @property
    def state(self) -> str:
        """`ready`, or what is wrong, in a word."""
        return self._state

    async def ping(self) -> str:
        """Asks, even within those five seconds."""
        self._away_until = 0.0
        if await self._asked(self._redis.ping()) and self._state != _FULL:
            self._state = "ready"
        return self._state

    async def get(self, slot: Slot) -> bytes | None:
        found = await self._asked(self._redis.getex(self._key(slot), ex=KEPT))
        return found if isinstance(found, bytes) else None

    async def put(self, slot: Slot, sealed: bytes) -> bool:
        """Whether it is kept."""
        return bool(await self._asked(self._put(slot, sealed)))

    async def drop(self, user: UserId, bond: BondId | None = None) -> None:
        """All that lies here of a user, or of one bond of theirs."""
        await self._asked(self._drop(user, bond))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _put(self, slot: Slot, sealed: bytes) -> bool:
        async with self._redis.pipeline(transaction=True) as steps:
            steps.set(self._key(slot), sealed, ex=KEPT)
            steps.sadd(self._index(slot.user), self._key(slot))
            steps.expire(self._index(slot.user), KEPT * 2)
            await steps.execute()
        self._state = "ready"
        return True

    async def _drop(self, user: UserId, bond: BondId | None) -> None:
        keys = [key for key in await self._redis.smembers(self._index(user)) if isinstance(key, bytes)]
        doomed = [key for key in keys if bond is None or str(bond).encode() in key]
        if doomed:
            await self._redis.unlink(*doomed)

    def _key(self, slot: Slot) -> str:
        return f"everkin:{self._cell}:{slot.user}:{slot.bond}:{slot.kind}"

    def _index(self, user: UserId) -> str:
        return f"everkin:{self._cell}:{user}:slots"

    async def _asked(self, asking: Awaitable[T]) -> T | None:
        """The answer, or None for any reason; the state says which."""
        if self._monotonic() < self._away_until:
            if asyncio.iscoroutine(asking):
                asking.close()
            return None
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await asking
        except OutOfMemoryError:
            self._state = _FULL
        except ResponseError:
            self._state = "refuses"
        except (RedisError, OSError, TimeoutError):
            self._state, self._away_until = "away", self._monotonic() + AWAY_S
        return None

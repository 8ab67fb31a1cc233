"""Asking through the cache: fresh answers at once, others by one fetch however many ask, and ahead of time where told to."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from everkin.errors import EverkinError
from everkin.mind.cache import Cache, Lifetime, QueryKey, Tally

T = TypeVar("T")

Fetch = Callable[[], Awaitable[T]]


class Queries:
    """A cache with somebody to fetch for it. An error is handed to all who wait, and never held."""

    def __init__(self, cache: Cache, *, monotonic: Callable[[], float]) -> None:
        self._cache, self._monotonic = cache, monotonic
        self._flights: dict[tuple[QueryKey, Hashable], asyncio.Task[Any]] = {}

    @property
    def valid(self) -> int:
        return self._cache.valid

    @property
    def tally(self) -> Tally:
        return self._cache.tally

    async def ask(self, key: QueryKey, version: Hashable, lifetime: Lifetime, fetch: Fetch[T]) -> T:
        """The answer as of `version`; an asker who is cancelled does not take the fetch from the others."""
        entry = self._cache.get(key, version, now=self._monotonic())
        if entry is not None:
            value: T = entry.value
            return value
        return await self._fetched(key, version, lifetime, fetch)

    async def prefetch(self, key: QueryKey, version: Hashable, lifetime: Lifetime, fetch: Fetch[Any]) -> None:
        """Have it ready for whoever asks next. Fails in silence: the one who asks meets the error in the open."""
        entry = self._cache.peek(key)
        if entry is not None and entry.fresh(version, self._monotonic()):
            return
        try:
            await self._fetched(key, version, lifetime, fetch)
        except EverkinError:
            return

    def fresh(self, key: QueryKey, version: Hashable) -> Any | None:
        """What is held and fresh, or None; nothing is counted."""
        entry = self._cache.peek(key)
        return entry.value if entry is not None and entry.fresh(version, self._monotonic()) else None

    def peek(self, key: QueryKey, version: Hashable) -> Any | None:
        """What is held and fresh, or None; counts as a hit or a miss."""
        entry = self._cache.get(key, version, now=self._monotonic())
        return None if entry is None else entry.value

    def held(self, key: QueryKey) -> tuple[Any, Any] | None:
        """What is held, fresh or not, and of which version; nothing is counted."""
        entry = self._cache.peek(key)
        return None if entry is None or entry.invalid else (entry.value, entry.version)

    def put(self, key: QueryKey, value: T, version: Hashable, lifetime: Lifetime) -> T:
        return self._cache.put(key, value, version, lifetime, now=self._monotonic())

    def invalidate(self, prefix: QueryKey) -> int:
        """Hints come here: what lies below is fetched anew when next asked for."""
        return self._cache.invalidate(prefix)

    def remove(self, prefix: QueryKey) -> int:
        """Drop what lies below, and what is being fetched for it: its askers get it, the cache does not."""
        for flight in [flight for flight in self._flights if flight[0][: len(prefix)] == prefix]:
            del self._flights[flight]
        return self._cache.remove(prefix)

    def collect(self) -> int:
        return self._cache.collect(now=self._monotonic())

    async def close(self) -> None:
        """Stop what is being fetched."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _fetched(self, key: QueryKey, version: Hashable, lifetime: Lifetime, fetch: Fetch[T]) -> T:
        """A fetch for an older version is not joined: it may bring what is gone."""
        flight = key, version
        task = self._flights.get(flight)
        if task is None:
            task = self._flights[flight] = asyncio.ensure_future(fetch())
            task.add_done_callback(lambda done: self._landed(flight, lifetime, done))
        else:
            self._cache.joined()
        value: T = await asyncio.shield(task)
        entry = self._cache.peek(key)
        held: T = entry.value if entry is not None and entry.version == version else value
        return held

    def _landed(self, flight: tuple[QueryKey, Hashable], lifetime: Lifetime, task: asyncio.Task[Any]) -> None:
        wanted = self._flights.get(flight) is task
        if wanted:
            del self._flights[flight]
        if not task.cancelled() and task.exception() is None and wanted:
            key, version = flight
            self._cache.put(key, task.result(), version, lifetime, now=self._monotonic())

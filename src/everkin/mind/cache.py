"""A cache of answers that knows when they are old, in the manner of TanStack Query; whoever fetches lives elsewhere."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

T = TypeVar("T")

QueryKey = tuple[Hashable, ...]
"""What is asked, from the general to the particular: ("session", user, bond). A prefix of it names all below it."""

ENTRY_BYTES: Final = 500
"""What an entry costs beside its value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lifetime:
    """How long an answer is good: fresh for `stale`, then to be fetched again; dropped when nobody asked for `gc`."""

    stale: timedelta = timedelta(0)
    gc: timedelta = timedelta(minutes=5)


@dataclass(slots=True)
class Entry:
    """An answer as it is held. `version` is what the truth stood at when it was fetched."""

    value: Any
    version: Hashable
    lifetime: Lifetime
    fetched: float
    asked: float
    nbytes: int
    invalid: bool = False

    def fresh(self, version: Hashable, now: float) -> bool:
        """Whether it may be given out: nothing moved meanwhile, nobody declared it invalid, and it is not too old.

        A clock that was turned back makes it stale, never immortal.
        """
        age = now - self.fetched
        return not self.invalid and version == self.version and 0 <= age <= self.lifetime.stale.total_seconds()


@dataclass(slots=True)
class Tally:
    """How the cache has done, in counts since it was made."""

    hits: int = 0
    misses: int = 0
    joined: int = 0
    """Asked while another was already fetching the same: one fetch served both."""
    kept: int = 0
    """Fetched anew and found equal: the old object stayed."""
    shed: int = 0
    """Dropped for want of room or of use."""


class Cache:
    """Entries by key under one limit of bytes, the longest unasked dropped first. Touches neither clock nor store.

    `now` is monotonic seconds, and has to come from the one clock. Every operation is O(1) but `invalidate`, `remove`
    and `collect`, which look at each entry.
    """

    def __init__(self, *, limit_bytes: int, weigh: Callable[[Any], int]) -> None:
        self._limit, self._weigh = limit_bytes, weigh
        self._entries: OrderedDict[QueryKey, Entry] = OrderedDict()
        self._tally = Tally()
        self.nbytes = 0

    @property
    def tally(self) -> Tally:
        return replace(self._tally)

    @property
    def valid(self) -> int:
        """How many entries nobody has declared invalid."""
        return sum(not entry.invalid for entry in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: QueryKey, version: Hashable, *, now: float) -> Entry | None:
        """The entry if it is fresh; counts a hit or a miss. What is stale stays, to be compared with what replaces it."""
        entry = self._entries.get(key)
        if entry is None or not entry.fresh(version, now):
            self._tally.misses += 1
            return None
        self._tally.hits += 1
        entry.asked = now
        self._entries.move_to_end(key)
        return entry

    def peek(self, key: QueryKey) -> Entry | None:
        """The entry, fresh or not; nothing is counted."""
        return self._entries.get(key)

    def put(self, key: QueryKey, value: T, version: Hashable, lifetime: Lifetime, *, now: float) -> T:
        """Hold `value`, and return what is held: where it equals the old one, wholly or in parts, the old objects.

        A value too large for the limit is returned and not held.
        """
        old = self._entries.get(key)
        if old is not None:
            value = shared(old.value, value)
            self._tally.kept += value is old.value
        nbytes = ENTRY_BYTES + self._weigh(value)
        self._drop(key)
        if nbytes <= self._limit:
            self._entries[key] = Entry(value, version, lifetime, now, now, nbytes)
            self.nbytes += nbytes
            self._shed()
        return value

    def joined(self) -> None:
        """Count somebody who waited for a fetch that was under way."""
        self._tally.joined += 1

    def invalidate(self, prefix: QueryKey) -> int:
        """What lies under this prefix is stale from now on; how many. It is still there to be shared with."""
        below = self._below(prefix)
        for key in below:
            self._entries[key].invalid = True
        return len(below)

    def remove(self, prefix: QueryKey) -> int:
        """Drop what lies under this prefix at once: for what was erased. How many."""
        below = self._below(prefix)
        for key in below:
            self._drop(key)
        return len(below)

    def collect(self, *, now: float) -> int:
        """Drop what nobody asked for within its `gc`; how many."""
        idle = [key for key, entry in self._entries.items() if now - entry.asked > entry.lifetime.gc.total_seconds()]
        for key in idle:
            self._drop(key)
        self._tally.shed += len(idle)
        return len(idle)

    def _below(self, prefix: QueryKey) -> list[QueryKey]:
        return [key for key in self._entries if key[: len(prefix)] == prefix]

    def _drop(self, key: QueryKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.nbytes -= entry.nbytes

    def _shed(self) -> None:
        while self.nbytes > self._limit:
            self._drop(next(iter(self._entries)))
            self._tally.shed += 1


def shared(old: Any, new: T) -> T:
    """`new`, with every part of it that equals its counterpart in `old` replaced by that: `old` itself where all does.

    Looks into tuples, lists, dicts and frozen dataclasses that compare by value; one that compares by identity is taken
    as it is. What compares equal has to be the same thing: no arrays in what compares. Costs a comparison a level.
    """
    value: T = _shared(old, new)
    return value


def _shared(old: Any, new: Any) -> Any:
    if old is new or type(old) is not type(new):
        return new
    if old == new:
        return old
    if type(new) in (tuple, list):
        return type(new)([*map(_shared, old, new), *new[len(old) :]])
    if isinstance(new, dict):
        return {key: _shared(old[key], value) if key in old else value for key, value in new.items()}
    if is_dataclass(new) and not isinstance(new, type) and type(new).__eq__ is not object.__eq__:
        told = [each.name for each in fields(new) if each.init]
        return replace(new, **{name: _shared(getattr(old, name), getattr(new, name)) for name in told})
    return new

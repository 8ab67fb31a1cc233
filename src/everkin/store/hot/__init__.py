"""The hot tier outside this process: sealed snapshots of active bonds, in Redis; what is held in RAM is `store.matters`'."""

from everkin.store.hot.frozen import Frozen
from everkin.store.hot.shelf import RedisShelf, Slot

__all__ = ["Frozen", "RedisShelf", "Slot"]

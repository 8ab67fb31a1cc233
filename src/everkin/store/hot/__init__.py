"""The hot tier outside this process: sealed snapshots of active bonds and running sessions, in Redis; RAM is others'."""

from everkin.store.hot.frozen import Frozen
from everkin.store.hot.sessions import RedisSessions
from everkin.store.hot.shelf import RedisShelf, Slot

__all__ = ["Frozen", "RedisSessions", "RedisShelf", "Slot"]

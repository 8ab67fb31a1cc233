"""Running sessions, wired together: what they may take in RAM, and what they are compared with."""

import time
from typing import Any, Final

from everkin.exchange.queries import Queries
from everkin.exchange.sessions import Means, Sessions
from everkin.mind.cache import Cache
from everkin.mind.ports.arcs import Retrospect
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.session import Session
from everkin.store.store import Store

LIMIT_BYTES: Final = 64 << 20
"""For sessions and profiles together; a session with much at hand takes half a megabyte to one."""


def sessions_of(store: Store, embedder: Embedder, lexicon: Lexicon) -> Sessions:
    """The sessions of this process."""
    cache = Cache(limit_bytes=LIMIT_BYTES, weigh=_weight)
    return Sessions(
        Means(
            queries=Queries(cache, monotonic=time.monotonic),
            stands=store.stands,
            turned=store.matters,
            embedder=embedder,
            lexicon=lexicon,
            laid=store.laid,
        )
    )


def _weight(held: Any) -> int:
    """About what a session, a list of facts, or a look back takes in RAM."""
    match held:
        case Session():
            return held.nbytes
        case Retrospect():
            return 600 * (len(held.arcs) + len(held.open_threads) + len(held.anniversaries) + len(held.disclosures))
        case _:
            return sum(600 + 2 * len(memory.text) for memory in held)

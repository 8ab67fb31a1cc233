"""What was superseded stands below what superseded it, and says so. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from everkin.mind.identity import MemoryId
from everkin.mind.matter import Bools, Flag, Ints, Matter
from everkin.mind.memory import Recollection

SUPERSEDED: Final = "superseded by what came later"
NO_LONGER_SO: Final = "something it says was superseded by what came later"
TOOK_PLACE: Final = "took the place of what was asked for"


def no_longer_so(matter: Matter, rows: Ints) -> Bools:
    """Of which rows the message says something that no longer holds; the facts themselves say it by `superseded_by`."""
    old = matter.successor >= 0
    said = np.isin(matter.message[rows], matter.message[old])
    return np.asarray(said & ~old[rows] & ((matter.flags[rows] & Flag.FACT) == 0))


def settled(recollections: Sequence[Recollection], missing: Mapping[MemoryId, Recollection]) -> list[Recollection]:
    """What superseded a memory takes its place, and its score, where it was ranked below it; both say so.

    `missing` are those that took a memory's place and were not ranked among these. Scores still fall from first to last.
    """
    waiting = {each.memory.id: each for each in recollections}
    order: list[Recollection] = []
    placed: set[MemoryId] = set()
    for each in recollections:
        for next_ in reversed(_chain(each, waiting, missing)):
            if next_.memory.id not in placed:
                placed.add(next_.memory.id)
                order.append(next_ if next_.score == each.score else replace(next_, score=each.score))
    return order


def _chain(
    first: Recollection, ranked: Mapping[MemoryId, Recollection], missing: Mapping[MemoryId, Recollection]
) -> list[Recollection]:
    """A recollection, what superseded it, what superseded that, and so on; each marked."""
    chain = [first]
    seen = {first.memory.id}
    while (id := chain[-1].memory.superseded_by) is not None and id not in seen:
        later = ranked.get(id) or missing.get(id)
        if later is None:
            break
        seen.add(id)
        chain[-1] = _marked(chain[-1], SUPERSEDED)
        chain.append(later if id in ranked else _marked(later, TOOK_PLACE))
    return chain


def _marked(recollection: Recollection, mark: str) -> Recollection:
    return replace(recollection, why=tuple(dict.fromkeys((mark, *recollection.why))))

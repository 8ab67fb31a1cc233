"""What was superseded stands below what superseded it, and says so. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from everkin.mind.identity import MemoryId
from everkin.mind.memory import Recollection

SUPERSEDED: Final = "superseded by what came later"
TOOK_PLACE: Final = "took the place of what was asked for"


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

"""What was superseded stands below what superseded it, and says so. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from everkin.mind.identity import MemoryId
from everkin.mind.matter import Bools, Flag, Floats, Ints, Matter
from everkin.mind.memory import Memory, Recollection

SUPERSEDED: Final = "superseded by what came later"
NO_LONGER_SO: Final = "something it says was superseded by what came later"
TOOK_PLACE: Final = "took the place of what was asked for"
NEARLY: Final = 0.7
"""The share of an old message's score from which on what took its place is taken to be what is asked."""
NOBODY: Final[Mapping[MemoryId, MemoryId]] = MappingProxyType({})


def no_longer_so(matter: Matter, rows: Ints) -> Bools:
    """Of which rows the message says something that no longer holds; the facts themselves say it by `superseded_by`."""
    old = matter.successor >= 0
    said = np.isin(matter.message[rows], matter.message[old])
    return np.asarray(said & ~old[rows] & ((matter.flags[rows] & Flag.FACT) == 0))


def heirs(matter: Matter, rows: Ints, scores: Floats) -> dict[int, int]:
    """Where a message tells what no longer holds, and that is what is asked: its place, and that of the message that tells
    what holds now. Both of `rows`; it is asked for where the fact itself scores nearly as high as the old message.
    """
    facts = (matter.flags[rows] & Flag.FACT) > 0
    said = {int(matter.message[row]): place for place, row in enumerate(rows) if not facts[place]}
    known = {int(row): place for place, row in enumerate(rows) if facts[place]}
    old = np.flatnonzero(matter.successor >= 0)
    found: dict[int, int] = {}
    for row in old[np.isin(matter.message[old], np.array(list(said), np.int64))]:
        now = _newest(matter, int(row))
        place, fact, heir = said[int(matter.message[row])], known.get(now), said.get(int(matter.message[now]))
        if fact is None or heir is None or heir == place:
            continue
        if scores[fact] >= NEARLY * scores[place]:
            found[place] = max(heir, found.get(place, heir), key=lambda each: float(scores[each]))
    return found


def _newest(matter: Matter, row: int) -> int:
    """What holds at the end of a fact's line; damaged data may have gone round in a circle."""
    seen = {row}
    while (later := int(matter.successor[row])) >= 0 and later not in seen:
        row = later
        seen.add(row)
    return row


def settled(
    recollections: Sequence[Recollection],
    missing: Mapping[MemoryId, Recollection],
    heirs: Mapping[MemoryId, MemoryId] = NOBODY,
) -> list[Recollection]:
    """What superseded a memory takes its place, and its score, where it was ranked below it; both say so.

    `missing` are those that took a memory's place and were not ranked among these; `heirs` the messages that tell what
    holds now in place of what others tell. Scores still fall from first to last.
    """
    waiting = {each.memory.id: each for each in recollections}
    order: list[Recollection] = []
    placed: set[MemoryId] = set()
    for each in recollections:
        for next_ in reversed(_chain(each, waiting, missing, heirs)):
            if next_.memory.id not in placed:
                placed.add(next_.memory.id)
                order.append(next_ if next_.score == each.score else replace(next_, score=each.score))
    return order


def _chain(
    first: Recollection,
    ranked: Mapping[MemoryId, Recollection],
    missing: Mapping[MemoryId, Recollection],
    heirs: Mapping[MemoryId, MemoryId],
) -> list[Recollection]:
    """A recollection, what superseded it, what superseded that, and so on; each marked."""
    chain = [first]
    seen = {first.memory.id}
    while (id := _later(chain[-1].memory, heirs)) is not None and id not in seen:
        later = ranked.get(id) or missing.get(id)
        if later is None:
            break
        seen.add(id)
        chain[-1] = _marked(chain[-1], SUPERSEDED if chain[-1].memory.superseded_by else NO_LONGER_SO)
        chain.append(later if id in ranked else _marked(later, TOOK_PLACE))
    return chain


def _later(memory: Memory, heirs: Mapping[MemoryId, MemoryId]) -> MemoryId | None:
    return memory.superseded_by or heirs.get(memory.id)


def _marked(recollection: Recollection, mark: str) -> Recollection:
    return replace(recollection, why=tuple(dict.fromkeys((mark, *recollection.why))))

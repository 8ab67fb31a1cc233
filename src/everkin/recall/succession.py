"""What was superseded stands below what superseded it, and says so; unless the time is asked about when it held. Pure."""

import math
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
HELD_THEN: Final = "held at the time that is asked about"
NEARLY: Final = 0.78
"""The share of an old message's score from which on what took its place is taken to be what is asked."""
NOBODY: Final[Mapping[MemoryId, MemoryId]] = MappingProxyType({})

Spans = Sequence[tuple[float, float]]
"""Intervals in epoch seconds."""


def no_longer_so(matter: Matter, rows: Ints) -> Bools:
    """Of which rows the message says something that no longer holds; the facts themselves say it by `superseded_by`."""
    said = np.array([message in matter.outdated for message in matter.message[rows].tolist()], np.bool_)
    return np.asarray(said & (matter.successor[rows] < 0) & ((matter.flags[rows] & Flag.FACT) == 0))


def heirs(matter: Matter, rows: Ints, scores: Floats) -> dict[int, int]:
    """Where a message tells what no longer holds, and that is what is asked: its place, and that of the message that tells
    what holds now. Both of `rows`; it is asked for where the fact itself scores nearly as high as the old message.
    """
    facts = (matter.flags[rows] & Flag.FACT) > 0
    said = {int(matter.message[row]): place for place, row in enumerate(rows) if not facts[place]}
    known = {int(row): place for place, row in enumerate(rows) if facts[place]}
    found: dict[int, int] = {}
    for row in sorted(row for message in said for row in matter.outdated.get(message, ())):
        now = _newest(matter, row)
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


def as_of(recollections: Sequence[Recollection], spans: Spans) -> list[Recollection]:
    """The same where no time is asked about; else of each chain the one that held longest in `spans` takes the first of its places.

    "Where did I live in 2021?" is answered by the home of 2021, though another took its place since. It goes by valid time:
    what a fact says of when it began, else when it was said; the first of a chain may have begun long before. Scores stay in place.
    """
    order = list(recollections)
    for places in _chains(order) if spans else ():
        chain = [order[place] for place in places]
        held = _held(sorted(chain, key=lambda each: _began(each) or each.memory.at.timestamp()), spans)
        if held is not None:
            rest = [each for each in chain if each is not held]
            for place, score, each in zip(
                places, [c.score for c in chain], [_marked(held, HELD_THEN), *rest], strict=True
            ):
                order[place] = replace(each, score=score)
    return order


def _chains(order: Sequence[Recollection]) -> list[list[int]]:
    """The places of what superseded one another, of each chain of two or more."""
    later = {each.memory.id: each.memory.superseded_by for each in order}
    chains: dict[MemoryId, list[int]] = {}
    for place, each in enumerate(order):
        last, seen = each.memory.id, {each.memory.id}
        while (next_ := later.get(last)) is not None and next_ in later and next_ not in seen:
            seen.add(last := next_)
        chains.setdefault(last, []).append(place)
    return [places for places in chains.values() if len(places) > 1]


def _held(chain: Sequence[Recollection], spans: Spans) -> Recollection | None:
    """Which of a chain, oldest first, held longest in `spans`; None where that is the last, or none."""
    starts = [_began(each) or each.memory.at.timestamp() for each in chain]
    if _began(chain[0]) is None:
        starts[0] = -math.inf
    ends = [*starts[1:], math.inf]
    shares = [
        sum(max(0.0, min(end, until) - max(start, since)) for since, until in spans)
        for start, end in zip(starts, ends, strict=True)
    ]
    best = max(range(len(chain)), key=lambda place: (shares[place], place))
    return chain[best] if shares[best] > 0 and best < len(chain) - 1 else None


def _began(recollection: Recollection) -> float | None:
    fact = recollection.memory.fact
    return fact.valid_from.timestamp() if fact and fact.valid_from else None


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

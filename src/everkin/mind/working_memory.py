"""Working memory: what a session has at hand, so that a topic that goes on needs no retrieval. Pure."""

import math
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.identity import MemoryId
from everkin.mind.memory import Recalled, Recollection, Verdict
from everkin.mind.topic import Heard

AT_HAND_MAX: Final = 600
"""Memories at hand in one session, about 1.5 KB each; those that were brought up longest ago make room."""
DENSE_SHARE: Final = 0.6
BRIEF: Final = 6
"""A memory of fewer terms has no more to tell than one of so many."""
FRESH_SHARE: Final = 0.2
"""What it counts beside those two how high a memory was brought up; it fades by `FADING` with each later bringing up."""
FADING: Final = 0.7
HALF_RANK: Final = 30
GOES_ON: Final = "the topic goes on; nothing was looked up anew"
_WHY: Final = (GOES_ON,)

Vector = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AtHand:
    """A recollection with what it takes to rank it again. `vector` is as the store turned it; None: words alone."""

    recollection: Recollection = field(repr=False)
    terms: frozenset[str] = field(repr=False)
    vector: Vector | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkingMemory:
    """What was brought up in a session, by memory, in the order of its last being brought up; and how sure recall was."""

    held: "OrderedDict[MemoryId, AtHand]" = field(default_factory=OrderedDict, repr=False)
    fresh: Mapping[MemoryId, float] = field(default_factory=dict, repr=False)
    """How high each was brought up lately, 0 to 1."""
    verdict: Verdict = Verdict.WEAK
    confidence: float = 0.0

    def with_(self, brought: Sequence[AtHand], recalled: Recalled | None = None) -> "WorkingMemory":
        """With these brought up (best first); `recalled` when somebody asked, None for what was fetched ahead."""
        held = OrderedDict(self.held)
        fresh = {id: FADING * value for id, value in self.fresh.items()}
        for place, each in reversed([*enumerate(brought)]):
            id = each.recollection.memory.id
            held[id] = each
            held.move_to_end(id)
            fresh[id] = max(fresh.get(id, 0.0), 1 / (1 + place / HALF_RANK))
        while len(held) > AT_HAND_MAX:
            del fresh[held.popitem(last=False)[0]]
        if recalled is None:
            return replace(self, held=held, fresh=fresh)
        return WorkingMemory(held=held, fresh=fresh, verdict=recalled.verdict, confidence=recalled.confidence)

    def recalled(self, message: Heard, turned: Vector | None, *, limit: int) -> Recalled:
        """What is at hand for a message, best first, at most `limit`. `turned` is its vector as the store would turn it.

        Nothing was asked, so nothing is judged: what recall found for the topic stays found, all else is `weak`.
        Half a millisecond when full.
        """
        scores = self._scores(message.terms, turned)
        best = np.argsort(-scores, kind="stable")[:limit]
        items = self._items
        return Recalled(
            verdict=Verdict.FOUND if self.verdict is Verdict.FOUND else Verdict.WEAK,
            confidence=self.confidence,
            recollections=tuple(_again(items[place].recollection, float(scores[place])) for place in best),
            why=_WHY,
            asked=False,
        )

    def ready(self) -> "WorkingMemory":
        """Itself, with all that a turn would have to work out."""
        self._scores((), self._vectors[0] if len(self._vectors) else None)
        return self

    def complete(self, memory: MemoryId) -> bool:
        """Whether it is at hand with all it takes to rank it."""
        return memory in self.held and self.held[memory].vector is not None

    @cached_property
    def nbytes(self) -> int:
        """About what it holds in RAM."""
        return sum(_weight(each) for each in self.held.values())

    @cached_property
    def _items(self) -> list[AtHand]:
        return list(self.held.values())

    @cached_property
    def _postings(self) -> dict[str, NDArray[np.intp]]:
        places: dict[str, list[int]] = {}
        for place, each in enumerate(self._items):
            for term in each.terms:
                places.setdefault(term, []).append(place)
        return {term: np.array(found, np.intp) for term, found in places.items()}

    @cached_property
    def _vectors(self) -> Vector:
        width = next((len(each.vector) for each in self._items if each.vector is not None), 0)
        blank = np.zeros(width, np.float32)
        rows = [blank if each.vector is None else each.vector for each in self._items]
        return np.stack(rows).astype(np.float32) if rows else np.empty((0, 0), np.float32)

    @cached_property
    def _freshness(self) -> Vector:
        return FRESH_SHARE * np.array([self.fresh[each.recollection.memory.id] for each in self._items], np.float32)

    @cached_property
    def _brevity(self) -> Vector:
        return np.sqrt(np.array([max(BRIEF, len(each.terms)) for each in self._items], np.float32))

    def _scores(self, terms: Collection[str], turned: Vector | None) -> Vector:
        """The dense and the lexical score, each scaled to 0 .. 1, weighed together; and how fresh each is."""
        count = len(self._items)
        words, postings = np.zeros(count, np.float32), self._postings
        for term in terms:
            found = postings.get(term)
            if found is not None:
                words[found] += math.log1p(count / len(found))
        words = _scaled(words / self._brevity) if count else words
        if turned is None or self._vectors.shape[1:] != turned.shape:
            return words + self._freshness
        return DENSE_SHARE * _scaled(self._vectors @ turned) + (1 - DENSE_SHARE) * words + self._freshness


def _again(recollection: Recollection, score: float) -> Recollection:
    return Recollection(
        memory=recollection.memory,
        score=round(score, 4),
        confidence=recollection.confidence,
        why=_WHY,
        excerpt=recollection.excerpt,
    )


def _weight(each: AtHand) -> int:
    memory = each.recollection.memory
    words = 2 * len(memory.text) + sum(len(term) + 60 for term in each.terms)
    return 600 + words + (0 if each.vector is None else each.vector.nbytes)


def _scaled(values: Vector) -> Vector:
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    return (values - low) / (high - low) if high > low else np.zeros_like(values)

"""A week in the few messages that tell most of it, word for word and without a model. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory

LEAST: Final = 20
"""A week of fewer messages is read as quickly as told."""
SHARE: Final = 8
MOST: Final = 12
"""One in eight is told, and never more than twelve."""
A_DAY: Final = 3
"""So many of one day, so that no evening stands for the week."""
BRIEF: Final = 6
"""A message of fewer terms is weighed as if it had so many: a word alone is not a summary."""
BY_COMPANION: Final = 0.6
ASKS: Final = 0.5
"""What an answer of the companion's, and a question of anybody's, counts beside something told by the user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One message of a week as choosing sees it. `importance` is 0 to 1; `terms` are its index terms, each once."""

    memory: MemoryId
    day: date
    terms: frozenset[str] = field(repr=False)
    importance: float = 0.0
    by_user: bool = True
    asks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """A week of `messages` messages, from `start` up to, not including, `end`, both midnights of the user's own zone.

    `memories` are what tells most of it, the most telling first; each leads to its messages.
    """

    start: datetime
    end: datetime
    messages: int
    memories: tuple[Memory, ...] = field(repr=False)

    @property
    def days(self) -> dict[date, list[Memory]]:
        """The same by day, each in the order it was said."""
        zone = self.start.tzinfo
        days: dict[date, list[Memory]] = {}
        for memory in sorted(self.memories, key=lambda memory: memory.at):
            days.setdefault(memory.at.astimezone(zone).date(), []).append(memory)
        return days


def telling(week: Sequence[Told]) -> list[MemoryId]:
    """The messages that tell most of a week, the most telling first; none of a week too short to need them.

    SumBasic (Nenkova and Vanderwende 2005): what a message tells is how common its words are in the week, and words that
    were told count less for the next one. Weighed with how much it matters, who said it, and whether it asks. The same
    week gives the same messages in whatever order it is handed over. Linear in messages for each that is chosen; about
    10 ms for a week of 400.
    """
    if len(week) < LEAST:
        return []
    left = sorted((each for each in week if each.terms), key=lambda each: each.memory)
    said = Counter(term for each in left for term in each.terms)
    common = {term: count / len(left) for term, count in said.items() if count > 1}
    chosen: list[Told] = []
    while left and len(chosen) < min(MOST, len(week) // SHARE):
        best = max(left, key=lambda each: _worth(each, common))
        chosen.append(best)
        full = sum(each.day == best.day for each in chosen) >= A_DAY
        left = [each for each in left if each is not best and not (full and each.day == best.day)]
        common |= {term: common[term] ** 2 for term in best.terms if term in common}
    return [each.memory for each in chosen]


def _worth(told: Told, common: dict[str, float]) -> float:
    spoken = math.fsum(sorted(common.get(term, 0.0) for term in told.terms)) / max(BRIEF, len(told.terms))
    weight = (0.5 + told.importance) * (1 if told.by_user else BY_COMPANION) * (ASKS if told.asks else 1)
    return spoken * weight

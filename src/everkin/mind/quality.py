"""How good a memory is: whether its words bear it out, whether it says anything, and whether it says it once. Pure."""

import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from everkin.mind.fact import Origin, supersedes
from everkin.mind.memory import Kind, Memory, Recalled, Verdict
from everkin.mind.transcript import Message

GROUNDED: Final = 0.5
"""The share of a fact's terms that the messages it came from have to say."""
LETTERS: Final = 0.3
"""The share of letters and digits below which a text says nothing that can be read."""
CHARACTERS_MAX: Final = 20_000

Stems = Callable[[str], Sequence[str]]
Alike = Callable[[str, str], bool]
"""Whether two texts say the same thing."""


class Fault(IntEnum):
    """What is wrong with a memory. The numbers are stored: add, never renumber."""

    UNGROUNDED = 0
    """No message it came from says it."""
    DUPLICATE = 1
    """Another memory of the same bond says the same, and says it better or first."""
    CONTRADICTED = 2
    """Another fact that stands has ended it, and it stands nevertheless."""
    UNREADABLE = 3
    """There is nothing in it to read, or far too much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One memory, looked at. `grounded` is a share, 0 to 1."""

    grounded: float
    duplicate: bool
    contradicted: bool
    used: bool
    readable: bool

    @property
    def faults(self) -> tuple[Fault, ...]:
        found = (
            (Fault.UNGROUNDED, self.grounded < GROUNDED),
            (Fault.DUPLICATE, self.duplicate),
            (Fault.CONTRADICTED, self.contradicted),
            (Fault.UNREADABLE, not self.readable),
        )
        return tuple(fault for fault, wrong in found if wrong)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What came of asking for a memory in its own words."""

    came_back: bool
    found: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """One day's sample, in shares of 0 to 1 and counts: numbers of the whole cell, nobody's in particular."""

    day: date
    sampled: int
    grounded: float = 0.0
    duplicate: float = 0.0
    contradicted: float = 0.0
    used: float = 0.0
    readable: float = 0.0
    came_back: float = 0.0
    found: float = 0.0
    flagged: int = 0
    pruned: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """The policy: how many a day, and whether what is wrong is only flagged or also taken out of search."""

    a_day: int = 60
    prunes: bool = False


def score(memory: Memory, *, sources: Sequence[Message], others: Sequence[Memory], stems: Stems, alike: Alike) -> Score:
    """`others` are what recall finds for its words, itself apart. No word is changed by this."""
    return Score(
        grounded=grounded(memory, sources, stems),
        duplicate=any(_twin(memory, other, alike) for other in others),
        contradicted=any(_ended_by(memory, other) for other in others),
        used=memory.uses > 0,
        readable=readable(memory.text),
    )


def asked(memory: Memory, recalled: Recalled) -> Asked:
    """Of ten, whether it was among them, and whether recall was sure."""
    ids = [each.memory.id for each in recalled.recollections]
    return Asked(came_back=memory.id in ids, found=recalled.verdict is Verdict.FOUND)


def grounded(memory: Memory, sources: Sequence[Message], stems: Stems) -> float:
    """The share of what it says that its sources say: of a fact its value's terms, of an episode its words.

    What a person put right stands on their word. A denial without a value ("no pets any more") has nothing to share.
    """
    if memory.fact is not None and memory.fact.origin is Origin.CORRECTED:
        return 1.0
    if not sources:
        return 0.0
    told = set(stems(memory.fact.value if memory.fact else memory.text))
    said = {term for message in sources for term in stems(message.content)}
    return len(told & said) / len(told) if told else 1.0


def readable(text: str) -> bool:
    """Whether enough of it is letters or digits, in any script, and it is no giant."""
    body = [character for character in text if not character.isspace()]
    plain = sum(unicodedata.category(character)[0] in "LNS" for character in body)
    return 0 < len(body) <= CHARACTERS_MAX and plain >= LETTERS * len(body)


def may_prune(memory: Memory, faults: Collection[Fault]) -> bool:
    """Only what was derived, and neither pinned, corrected nor a matter of safety; what was said is never taken away."""
    spared = memory.pinned or memory.safety or (memory.fact is not None and memory.fact.origin is Origin.CORRECTED)
    return bool(faults) and memory.kind is Kind.SEMANTIC and not spared


def day_of(day: date, scores: Sequence[Score], asks: Sequence[Asked], *, flagged: int, pruned: int) -> Day:
    """The means of a sample."""

    def share(values: Sequence[float]) -> float:
        return round(sum(values) / len(values), 4) if values else 0.0

    return Day(
        day=day,
        sampled=len(scores),
        grounded=share([each.grounded for each in scores]),
        duplicate=share([each.duplicate for each in scores]),
        contradicted=share([each.contradicted for each in scores]),
        used=share([each.used for each in scores]),
        readable=share([each.readable for each in scores]),
        came_back=share([each.came_back for each in asks]),
        found=share([each.found for each in asks]),
        flagged=flagged,
        pruned=pruned,
    )


def _twin(memory: Memory, other: Memory, alike: Alike) -> bool:
    """The later of two of one kind that say the same, in one bond; a message said twice is two messages."""
    if memory.kind is not Kind.SEMANTIC or other.kind is not memory.kind or other.bond != memory.bond:
        return False
    if memory.superseded_by is not None or other.superseded_by is not None:
        return False
    if memory.fact and other.fact and memory.fact.predicate is not other.fact.predicate:
        return False
    return (other.recorded_at, other.id) < (memory.recorded_at, memory.id) and alike(memory.text, other.text)


def _ended_by(memory: Memory, other: Memory) -> bool:
    if memory.fact is None or other.fact is None or memory.superseded_by is not None or memory.bond != other.bond:
        return False
    return other.superseded_by is None and memory.valid_to is None and supersedes(other.fact, memory.fact)

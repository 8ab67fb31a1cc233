"""A memory, and what recall makes of it: recollections with a verdict."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from everkin.mind.confidence import Verdict
from everkin.mind.fact import Fact
from everkin.mind.identity import BondId, MemoryId
from everkin.mind.tier import Tier
from everkin.mind.transcript import Role

__all__ = ["Kind", "Memory", "Recalled", "Recollection", "Verdict"]


class Kind(IntEnum):
    """What sort of thing is known. The numbers are stored: add, never renumber."""

    EPISODIC = 0
    SEMANTIC = 1
    PROCEDURAL = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """One thing worth knowing. `text` is opened only where it is shown; `message_ids` are the caller's own ids."""

    id: MemoryId
    kind: Kind
    text: str = field(repr=False)
    message_ids: tuple[str, ...]
    role: Role
    name: str | None = field(repr=False)
    at: datetime
    recorded_at: datetime
    fact: Fact | None = None
    """What a semantic memory says, taken apart; None for what was said."""
    bond: BondId | None = None
    shared: bool = False
    """Whether the user's other companions may know it too."""
    importance: float = 0.0
    pinned: bool = False
    safety: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    superseded_by: MemoryId | None = None
    uses: int = 0
    last_used_at: datetime | None = None
    first_used_at: datetime | None = None
    mentions: int = 1
    """Sessions in which a person spoke of it."""
    mentioned_at: tuple[datetime, ...] = ()
    """The last few of those, newest first; empty: its birth alone."""
    tier: Tier = Tier.WARM
    fading_since: datetime | None = None
    repeats: MemoryId | None = None
    """The memory that says all that this one says, and stands for both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recollection:
    """A memory as recalled. `score` orders recollections of one recall and means nothing across two; `confidence` is in [0, 1]."""

    memory: Memory
    score: float
    confidence: float
    why: tuple[str, ...]
    excerpt: str | None = field(default=None, repr=False)
    """The passage that matched, where the memory is longer than one."""
    features: dict[str, float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recalled:
    """The answer to one question: best first. `confidence` is the calibrated probability that the first ten hold the answer.

    With the verdict `nothing` the recollections are still listed, nearest first, for who wants to look; none of them is
    to be told as an answer.
    """

    verdict: Verdict
    confidence: float
    recollections: tuple[Recollection, ...]
    parts: int = 1
    """How many questions it was, asked in one."""
    why: tuple[str, ...] = ()
    asked: bool = True
    """False where nothing was asked: then only what is salient, or what the session had at hand, is among them, unjudged."""
    degraded: tuple[str, ...] = ()
    """What did not take part, by name: `vectors` when the embedder is down."""
    explanation: dict[str, Any] | None = None

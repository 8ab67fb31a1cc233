"""What a memory is worth now, from what is known of it: why it is still here, why it faded, and whether it may come up unasked."""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from everkin.mind.memory import Memory
from everkin.mind.salience import Kind, References, Salience, Trace, salience, strength
from everkin.mind.tier import Tier


class Purpose(Enum):
    """What something is recalled for."""

    ANSWER = auto()
    """Somebody asks the memory itself: all that is found is told."""
    CONTEXT = auto()
    """A context is filled for what somebody says. Where that asks for nothing, only what is salient comes up; where it asks
    in vain, what is not salient comes up only if it has to do with it."""
    AHEAD = auto()
    """Before anybody said anything: only what is salient."""


UNASKED_MIN: Final = 0.25
"""Worth from which a memory may come up when nobody asked for it: said once a year ago, that takes an importance of 0.83."""
FRESH: Final = timedelta(days=60)
"""What was spoken of within this may come up whatever it is worth."""


def worth(memory: Memory, now: datetime) -> Salience:
    """Its salience by the one model, at `now`; it falls with time and rises with each mention and use."""
    return salience(trace_of(memory), kind=kind_of(memory), importance=memory.importance, now=now, pinned=memory.pinned)


def trace_of(memory: Memory) -> Trace:
    """When it was spoken of, and used."""
    latest = memory.mentioned_at or (memory.at,)
    mentions = References(count=max(memory.mentions, len(latest)), first=memory.at, latest=latest)
    used = memory.last_used_at
    uses = (
        References(count=memory.uses, first=memory.first_used_at or used, latest=(used,))
        if used and memory.uses
        else None
    )
    return Trace(mentions=mentions, uses=uses)


def kind_of(memory: Memory) -> Kind:
    """What forgetting takes it for."""
    if memory.safety:
        return Kind.SAFETY
    return memory.fact.predicate.kind if memory.fact else Kind.SMALL_TALK


def comes_up(memory: Memory, now: datetime) -> bool:
    """Whether it may be brought up though nobody asked for it."""
    spoken = memory.mentioned_at[0] if memory.mentioned_at else memory.at
    return (
        now - spoken <= FRESH
        or strength(trace_of(memory), kind=kind_of(memory), importance=memory.importance, now=now, pinned=memory.pinned)
        >= UNASKED_MIN
    )


def fate(memory: Memory, now: datetime) -> tuple[str, ...]:
    """Why it is still here, or why it faded: the tier it is in, in words, then the reasons, the strongest first."""
    found = worth(memory, now)
    where = _WHERE[memory.tier]
    if memory.fading_since is not None and memory.tier is not Tier.FORGOTTEN:
        where = f"fading since {memory.fading_since:%Y-%m-%d}: it will leave search unless it comes up again or somebody undoes it"
    return (where, f"worth {found.value:.2f} of 1", *found.why)


_WHERE: Final = {
    Tier.HOT: "hot: among the fifth that is worth most",
    Tier.WARM: "warm: at hand for every question",
    Tier.COLD: "cold: kept word for word in the archive, and found when it is asked for",
    Tier.FORGOTTEN: "forgotten by policy: out of search; it can be brought back",
}

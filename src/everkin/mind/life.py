"""The events of a life, in order and each once, from the facts that tell of them. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from everkin.mind.entity import USER
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory
from everkin.mind.milestone import Milestone, milestone_of

LIFE_EVENTS_READ: Final = 2000
"""Of a longer life the last so many tellings are looked through."""
ONE_EVENT: Final = timedelta(days=270)
"""Two tellings of the same kind of day about the same people within this are one; nobody marries twice as fast."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LifeEvent:
    """One event of a life. It lay between `start` and `end` as far as that was said; `told_at` is when it was first told.

    `who` is whose it was in the user's own words ("sister Anna"), empty for the user's. `memory` and `message_ids` say what it
    is known from; of one that was told several times the first telling, and the messages of all.
    """

    milestone: Milestone
    who: str = field(default="", repr=False)
    text: str = field(repr=False)
    """What was said of it, from the verb on; of a death, who died."""
    start: datetime | None = None
    end: datetime | None = None
    told_at: datetime
    memory: MemoryId
    message_ids: tuple[str, ...] = ()

    @property
    def when(self) -> datetime:
        """Where it stands in the order of a life: as far as is known when it was, else when it was told."""
        return self.start or (min(self.end, self.told_at) if self.end else self.told_at)


def life_events(memories: Iterable[Memory]) -> list[LifeEvent]:
    """The events of the user's life and their people's that some memories tell, in the order in which they happened, each once."""
    known: defaultdict[tuple[Milestone, str], list[LifeEvent]] = defaultdict(list)
    for event in sorted(filter(None, map(_event, memories)), key=lambda event: (event.told_at, event.memory)):
        alike = known[event.milestone, event.who]
        first = next((place for place, each in enumerate(alike) if _is_one(each, event)), None)
        if first is None:
            alike.append(event)
        else:
            alike[first] = _told_again(alike[first], event)
    events = (event for alike in known.values() for event in alike)
    return sorted(events, key=lambda event: (event.when, event.told_at, event.memory))


def _event(memory: Memory) -> LifeEvent | None:
    fact = memory.fact
    kind = milestone_of(fact) if fact else None
    if fact is None or kind is None or fact.subject.owner != USER:
        return None
    return LifeEvent(
        milestone=kind,
        who=" ".join(part for part in (fact.subject.kinship, fact.subject.name) if part),
        text=fact.value,
        start=fact.valid_from,
        end=fact.valid_to if fact.valid_from else None,
        told_at=memory.at,
        memory=memory.id,
        message_ids=memory.message_ids,
    )


def _is_one(known: LifeEvent, event: LifeEvent) -> bool:
    """Whether two tellings of one kind of day, of one person, are of the same day."""
    alike = bool(_words(known.text) & _words(event.text))
    if known.milestone is Milestone.DEATH:
        return alike
    undated = known.start is None or event.start is None
    return abs(known.when - event.when) <= ONE_EVENT and (alike or undated or known.milestone in _ONCE)


_ONCE: Final = frozenset(
    {Milestone.ENGAGEMENT, Milestone.WEDDING, Milestone.PREGNANCY, Milestone.RETIREMENT, Milestone.BIRTH}
)
"""What does not happen to one person twice within `ONE_EVENT`."""


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W_]{3,}", text)} - _SAY_LITTLE


_SAY_LITTLE: Final = frozenset(
    re.findall(r"\w+", "got had the and with from into our his her their been was moved adopted new")
)


def _told_again(first: LifeEvent, again: LifeEvent) -> LifeEvent:
    """The first telling, with the messages of both, and with the date where only the other said one."""
    dated = again if first.start is None and again.start is not None else first
    ids = tuple(dict.fromkeys((*first.message_ids, *again.message_ids)))
    return replace(first, start=dated.start, end=dated.end, message_ids=ids)

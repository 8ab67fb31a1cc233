"""A question that counts from something that happened is given its time, read off the facts of the bond."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from everkin.mind.happening import Happening, Side, day_of, happening, holding, span_of
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import Flag
from everkin.mind.ports.memories import Gathered, Memories
from everkin.mind.question import Question
from everkin.mind.timespan import TimeKind, TimeSpan

FACTS_MAX = 32
"""How many facts that hold the words of a question are opened at most, the latest."""


def counts_from(text: str, asked: Question, stems: Callable[[str], Sequence[str]]) -> Happening | None:
    """What a question counts from; a time that it says by the calendar goes first."""
    return None if asked.spans or asked.parts or not asked.asks else happening(text, stems)


async def dated(
    asked: Question,
    meant: Happening,
    memories: Memories,
    gathered: Gathered,
    where: tuple[UserId, BondId],
    *,
    times: Callable[[str, datetime, ZoneInfo], Sequence[TimeSpan]],
    at: datetime,
    zone: ZoneInfo,
) -> Question:
    """The question with that time among its spans; as it was where no fact tells when it happened. One read.

    The words that name it are no longer looked for, unless it is itself asked about ("at the wedding", "when I moved").
    """
    facts = gathered.matter.flags & Flag.FACT
    postings = {term: posting.rows.tolist() for term, posting in gathered.evidence.postings.items()}
    rows = [row for row in holding(meant, postings) if facts[row]]
    ids = list(dict.fromkeys(MemoryId(id) for id in gathered.memories(sorted(rows)[-FACTS_MAX:])))
    opened = await memories.opened(*where, ids, gathered.as_of) if ids else {}

    def yearly(words: str) -> tuple[datetime, datetime] | None:
        return next(((one.start, one.end) for one in times(words, at, zone) if one.kind is TimeKind.DAY), None)

    day = day_of(meant, [each.fact for each in opened.values() if each.fact], at=at, zone=zone, yearly=yearly)
    if day is None:
        return asked
    first = datetime.fromtimestamp(float(np.min(gathered.matter.at)), UTC)
    begin, end = span_of(meant, day, first=first, at=at)
    named = asked if meant.side is Side.DURING else _without(asked, meant)
    return replace(named, spans=((begin.timestamp(), end.timestamp()),))


def _without(asked: Question, meant: Happening) -> Question:
    """Without its terms for what happened, unless it has no others."""
    kept = [place for place, term in enumerate(asked.terms) if term not in meant.own]
    if not kept:
        return asked
    moved = {place: n for n, place in enumerate(kept)}
    return replace(
        asked,
        terms=tuple(asked.terms[place] for place in kept),
        related=tuple(replace(each, of=moved[each.of]) for each in asked.related if each.of in moved),
    )

"""Times that are counted from something that happened: "before the move", "since I got married", "the day Rex died". English. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

from everkin.mind.fact import Fact, Predicate

DATED: Final = (Predicate.EVENT, Predicate.LIFE_EVENT, Predicate.BEREAVEMENT, Predicate.HEALTH, Predicate.BIRTHDAY)
"""Facts that have a day."""
SHORTLY: Final = timedelta(days=21)
"""How long "just before" and "soon after" reach."""
TERMS_MAX: Final = 6
"""A longer phrase is no name of something that happened."""


class Side(Enum):
    """Where, beside what happened, the time lies that is meant."""

    BEFORE = auto()
    AFTER = auto()
    DURING = auto()
    THEN = auto()
    """The day itself: "the day Rex died"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """What a question counts from: for each word that matters the index terms that may stand for it in a fact.

    `own` are the question's own terms for it, `near` whether only the time close to it is meant, `of_user` whether it is the
    user's own ("my birthday").
    """

    side: Side
    wanted: tuple[frozenset[str], ...] = field(repr=False)
    own: frozenset[str] = field(repr=False)
    near: bool = False
    of_user: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """Everything whose postings tell what is meant, each once and in order."""
        return tuple(sorted(set().union(*self.wanted)))


def happening(text: str, stems: Callable[[str], Sequence[str]]) -> Happening | None:
    """What the text counts from, or None where it names nothing that can have happened. A few microseconds."""
    match = _BOUND.search(text)
    if match is None:
        return None
    said = [stem for stem in dict.fromkeys(stems(match["what"])) if stem not in _SAYS_LITTLE]
    if not 0 < len(said) <= TERMS_MAX:
        return None
    words = match["side"].lower().split()
    side = _SIDES.get(words[-1], Side.THEN if "the" in words else Side.DURING)
    return Happening(
        side=side,
        wanted=tuple(_ALSO.get(stem, frozenset({stem})) for stem in said),
        own=frozenset(said),
        near=match["near"] is not None,
        of_user=match["what"].lower().startswith("my "),
    )


def day_of(
    meant: Happening,
    facts: Iterable[Fact],
    *,
    at: datetime,
    zone: ZoneInfo,
    yearly: Callable[[str], tuple[datetime, datetime] | None],
) -> tuple[datetime, datetime] | None:
    """The days, from local midnight to midnight, of what is meant: the last one up to `at`, else the next; None where none fits.

    `facts` are those that hold all the terms; `yearly` reads the day of a birthday from its words.
    """
    days = [day for fact in facts if (day := _days(fact, meant, zone, yearly)) is not None]
    past = [day for day in days if day[0] <= at]
    return max(past) if past else min(days, default=None)


def span_of(
    meant: Happening, day: tuple[datetime, datetime], *, first: datetime, at: datetime
) -> tuple[datetime, datetime]:
    """The time that is meant, never empty; `first` is when the talk began."""
    begin, end = day
    match meant.side:
        case Side.BEFORE:
            since = begin - SHORTLY if meant.near else min(first, begin - SHORTLY)
            return since, begin
        case Side.AFTER:
            until = end + SHORTLY if meant.near else max(at, end + SHORTLY)
            return end, until
        case Side.DURING | Side.THEN:
            return day


def holding(meant: Happening, postings: Mapping[str, Collection[int]]) -> set[int]:
    """The rows that hold a term for every word that matters."""
    rows = [set().union(*(postings.get(term, ()) for term in terms)) for terms in meant.wanted]
    return set.intersection(*rows) if rows else set()


def _days(
    fact: Fact, meant: Happening, zone: ZoneInfo, yearly: Callable[[str], tuple[datetime, datetime] | None]
) -> tuple[datetime, datetime] | None:
    if fact.predicate not in DATED or not fact.polarity:
        return None
    if meant.of_user and (fact.subject.name or fact.subject.kinship):
        return None
    if fact.predicate is Predicate.BIRTHDAY:
        return yearly(fact.value)
    end = fact.valid_to or fact.valid_from or fact.recorded
    begin = fact.valid_from or end - timedelta(hours=12)
    return _midnight(begin, zone), _midnight(max(end, begin + timedelta(seconds=1)) - timedelta(seconds=1), zone, on=1)


def _midnight(at: datetime, zone: ZoneInfo, *, on: int = 0) -> datetime:
    local = at.astimezone(zone)
    return (
        (local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=on))
        .replace(tzinfo=zone)
        .astimezone(UTC)
    )


_SIDES: Final = {
    "before": Side.BEFORE,
    "until": Side.BEFORE,
    "till": Side.BEFORE,
    "after": Side.AFTER,
    "since": Side.AFTER,
}
_BOUND: Final = re.compile(
    r"\b(?:(?P<near>just|right|shortly|soon|immediately) )?"
    r"(?P<side>before|after|since|until|till|on|during|at|when"
    r"|(?:on )?the (?:day|night|morning|evening|week|weekend)(?: (?:that|when|of))?)"
    r"\s+(?P<what>(?:(?:the|my|our|his|her|their|i|we|he|she|they) |(?-i:[A-Z])\w+|\w+ing\b)"
    r"(?:(?! (?:and|or) (?:what|where|when|who|how|why|did|do|was|were|is)\b)[^?.!,;\n])*)",
    re.I,
)
_SAYS_LITTLE: Final = frozenset(
    re.findall(
        r"\w+",
        "day time trip journey holiday vacat visit start began begin got get go went gone had have big old new back last first",
    )
)
"""Stems that tell one thing that happened from another no better than the day does."""
_DEATH: Final = frozenset({"bereav"})
_ALSO: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("die", "dead", "death", "funer", "pass", "lost", "lose"), _DEATH),
    **dict.fromkeys(("wed", "marri", "marriag"), frozenset({"wed", "marri", "marriag"})),
    **dict.fromkeys(
        ("divorc", "separ", "split", "breakup"), frozenset({"divorc", "separ", "split", "broke", "breakup"})
    ),
    **dict.fromkeys(("oper", "surgeri"), frozenset({"oper", "surgeri"})),
    **dict.fromkeys(("promot", "raise"), frozenset({"promot"})),
}
"""What stands in a fact for a word of a question."""

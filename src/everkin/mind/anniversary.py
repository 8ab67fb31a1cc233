"""Days that come round each year: birthdays, deaths, the day two first talked. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from everkin.mind.fact import Predicate
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory


class Occasion(StrEnum):
    BIRTHDAY = "birthday"
    DEATH = "death"
    FIRST_TALK = "first talk"


DayOf = Callable[[str], date | None]
"""The day of the year in the value of a birthday ("4 May", "May 4th 1990"), or None."""
SHARP: Final = timedelta(days=2)
"""A loss that is dated no more closely than this has no day to be remembered on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anniversary:
    """One that comes on `day`. `who` is in the fact's own words; `memory` is what it is known from (None: the first talk)."""

    occasion: Occasion
    day: date
    years: int | None = None
    who: str = field(default="", repr=False)
    memory: MemoryId | None = None
    message_ids: tuple[str, ...] = ()


def anniversaries(
    facts: Iterable[Memory],
    first_talk: datetime | None,
    *,
    day_of: DayOf,
    at: datetime,
    zone: ZoneInfo,
    within: timedelta,
) -> list[Anniversary]:
    """Those from today on the user's calendar until `within` has passed, the next first. 29 February counts as the 28th in other years."""
    today = at.astimezone(zone).date()
    known = [*(found for memory in facts if (found := _of(memory, day_of, zone)))]
    if first_talk is not None:
        known.append((Anniversary(occasion=Occasion.FIRST_TALK, day=first_talk.astimezone(zone).date()), True))
    coming = (_next(anniversary, dated, today) for anniversary, dated in known)
    return sorted(
        (one for one in coming if one.day <= today + within and one.years != 0),
        key=lambda one: (one.day, one.occasion, one.who),
    )


def _of(memory: Memory, day_of: DayOf, zone: ZoneInfo) -> tuple[Anniversary, bool] | None:
    """With whether the year is known."""
    fact = memory.fact
    if fact is None or not fact.polarity:
        return None
    subject = fact.subject
    named = " ".join(part for part in (subject.kinship, subject.name) if part)
    if fact.predicate is Predicate.BIRTHDAY and (day := day_of(fact.value)):
        said = Anniversary(
            occasion=Occasion.BIRTHDAY, day=day, who=named, memory=memory.id, message_ids=memory.message_ids
        )
        return said, False
    begun, ended = fact.valid_from, fact.valid_to
    if fact.predicate is Predicate.BEREAVEMENT and begun and ended and ended - begun <= SHARP:
        lost = Anniversary(
            occasion=Occasion.DEATH,
            day=begun.astimezone(zone).date(),
            who=fact.value,
            memory=memory.id,
            message_ids=memory.message_ids,
        )
        return lost, True
    return None


def _next(anniversary: Anniversary, dated: bool, today: date) -> Anniversary:
    day = _in_year(anniversary.day, today.year)
    if day < today:
        day = _in_year(anniversary.day, today.year + 1)
    return Anniversary(
        occasion=anniversary.occasion,
        day=day,
        years=day.year - anniversary.day.year if dated else None,
        who=anniversary.who,
        memory=anniversary.memory,
        message_ids=anniversary.message_ids,
    )


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def worded(anniversary: Anniversary) -> str:
    """In a few words, as a companion is told of it."""
    day = f"{anniversary.day:%A} {anniversary.day.day} {anniversary.day:%B}"
    match anniversary.occasion:
        case Occasion.BIRTHDAY:
            return f"{day} is {f'the birthday of their {anniversary.who}' if anniversary.who else 'their birthday'}."
        case Occasion.DEATH:
            return f"On {day} it will be {_years(anniversary.years)} since they lost {anniversary.who}."
        case Occasion.FIRST_TALK:
            return f"On {day} it will be {_years(anniversary.years)} since you two first talked."


def _years(years: int | None) -> str:
    return "a year" if years == 1 else f"{years} years"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins on the user's clock, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

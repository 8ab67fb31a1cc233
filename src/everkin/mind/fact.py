"""A fact: one thing that holds of somebody for a while, as their own words said it; superseded, never overwritten."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from everkin.mind.entity import EntityRef
from everkin.mind.salience import Kind


class Predicate(StrEnum):
    """What can be known of somebody: a closed list, so that two sentences about one thing meet."""

    NAME = "name"
    AGE = "age"
    BIRTHDAY = "birthday"
    HOME = "home"
    ORIGIN = "origin"
    LANGUAGE = "language"
    WORK = "work"
    STUDY = "study"
    KIN = "kin"
    PARTNER = "partner"
    FRIEND = "friend"
    PET = "pet"
    HEALTH = "health"
    DIAGNOSIS = "diagnosis"
    ALLERGY = "allergy"
    MEDICATION = "medication"
    DIET = "diet"
    LIKES = "likes"
    DISLIKES = "dislikes"
    HOBBY = "hobby"
    BELIEF = "belief"
    GOAL = "goal"
    PLAN = "plan"
    EVENT = "event"
    BEREAVEMENT = "bereavement"
    POSSESSION = "possession"

    @property
    def functional(self) -> bool:
        """True where somebody has one value at a time, so that a new value ends the old one."""
        return self in _FUNCTIONAL

    @property
    def kind(self) -> Kind:
        """The kind whose salience floor a fact of this predicate has."""
        return _KINDS[self]


_FUNCTIONAL: Final = frozenset(
    {
        Predicate.NAME,
        Predicate.AGE,
        Predicate.BIRTHDAY,
        Predicate.HOME,
        Predicate.ORIGIN,
        Predicate.WORK,
        Predicate.STUDY,
        Predicate.PARTNER,
        Predicate.DIET,
    }
)

_KINDS: Final = {
    Predicate.NAME: Kind.IDENTITY,
    Predicate.AGE: Kind.IDENTITY,
    Predicate.BIRTHDAY: Kind.IDENTITY,
    Predicate.HOME: Kind.IDENTITY,
    Predicate.ORIGIN: Kind.IDENTITY,
    Predicate.LANGUAGE: Kind.IDENTITY,
    Predicate.WORK: Kind.IDENTITY,
    Predicate.STUDY: Kind.IDENTITY,
    Predicate.KIN: Kind.KIN,
    Predicate.PARTNER: Kind.KIN,
    Predicate.FRIEND: Kind.KIN,
    Predicate.PET: Kind.PET,
    Predicate.HEALTH: Kind.EVENT,
    Predicate.DIAGNOSIS: Kind.DIAGNOSIS,
    Predicate.ALLERGY: Kind.DIAGNOSIS,
    Predicate.MEDICATION: Kind.DIAGNOSIS,
    Predicate.DIET: Kind.PREFERENCE,
    Predicate.LIKES: Kind.PREFERENCE,
    Predicate.DISLIKES: Kind.PREFERENCE,
    Predicate.HOBBY: Kind.PREFERENCE,
    Predicate.BELIEF: Kind.PREFERENCE,
    Predicate.GOAL: Kind.PREFERENCE,
    Predicate.PLAN: Kind.EVENT,
    Predicate.EVENT: Kind.EVENT,
    Predicate.BEREAVEMENT: Kind.BEREAVEMENT,
    Predicate.POSSESSION: Kind.EVENT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSpan:
    """A time expression in a text: characters `begin` to `end` of it, and the interval it means, both ends aware.

    `since` is where the interval starts and `until` where it ends, so "last spring" is about three months long.
    """

    begin: int
    end: int
    since: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """`subject` `predicate` `value`, or not so (`polarity` False), as characters `begin` to `end` of a message say it.

    `value` is a short span of the text; it is empty only where `polarity` is False and nothing of the kind holds any
    more ("I quit": work, empty). `hedge` is 0 for a plain statement and up to 1 for a mere guess. It held from
    `valid_from` to `valid_to` (None: not said, or still holding) and was said at `recorded`.
    """

    subject: EntityRef
    predicate: Predicate
    value: str
    polarity: bool = True
    hedge: float = 0.0
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    recorded: datetime
    begin: int
    end: int

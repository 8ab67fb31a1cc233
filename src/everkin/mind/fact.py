"""A fact: one thing that holds of somebody for a while, as their own words said it; superseded, never overwritten."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from everkin.mind.entity import EntityRef
from everkin.mind.identity import MemoryId
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
    LIFE_EVENT = "life_event"
    """A day that a life is told by (`mind.life.Milestone`): a birth, a wedding, a move."""
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
    {Predicate.AGE, Predicate.BIRTHDAY, Predicate.HOME, Predicate.PARTNER, Predicate.WORK, Predicate.STUDY}
)
_BY_CHANGE: Final = frozenset({Predicate.WORK, Predicate.STUDY})
"""Only a change ends an old value here: "I'm a nurse" and "I work at the harbour" are both true of one job."""
_HAPPENED: Final = frozenset(
    {Predicate.EVENT, Predicate.LIFE_EVENT, Predicate.PLAN, Predicate.BEREAVEMENT, Predicate.HEALTH}
)
_ENDED_BY_DEATH: Final = frozenset({Predicate.PET, Predicate.PARTNER})
_OPPOSED: Final = frozenset({Predicate.LIKES, Predicate.DISLIKES})
_LATELY: Final = timedelta(days=14)
_GUESS: Final = 0.3
"""A hedge above this is a guess, and a guess does not end what was said more surely."""

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
    Predicate.LIFE_EVENT: Kind.LIFE_EVENT,
    Predicate.BEREAVEMENT: Kind.BEREAVEMENT,
    Predicate.POSSESSION: Kind.EVENT,
}


class Origin(StrEnum):
    """Who says that a fact is one. The words are stored: add, never rename."""

    HEARD = "heard"
    """Read from the speaker's words by rule."""
    CORRECTED = "corrected"
    """A person put it right."""
    MODEL = "model"
    """A language model read it from the speaker's words, and its value stands in them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """`subject` `predicate` `value`, or not so (`polarity` False), as characters `begin` to `end` of a message say it.

    `value` is a short span of the text (of a pronoun, whom it means); it is empty only where `polarity` is False and
    nothing of the kind holds any more ("I quit": work, empty). `hedge` is 0 for a plain statement and up to 1 for a
    mere guess. It held from `valid_from` to `valid_to` (None: not said, or still holding) and was said at `recorded`.
    """

    subject: EntityRef
    predicate: Predicate
    value: str = field(repr=False)
    polarity: bool = True
    hedge: float = 0.0
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    recorded: datetime
    begin: int
    end: int
    origin: Origin = Origin.HEARD

    @property
    def since(self) -> datetime:
        """When it began to hold, as far as is known: valid time first, else when it was said."""
        return self.valid_from or self.recorded


def supersedes(new: Fact, old: Fact) -> bool:
    """Whether `old` no longer holds once `new` is known; both are kept. Their subjects must be resolved already.

    The later by valid time wins, then the later said. A new value ends the old one of a functional predicate, a denial
    or an end ends what it names (all, where it names nothing), a death ends a pet or a partner, and a dislike a liking.
    """
    if new.subject != old.subject or _is_over(old, new) or not _later(new, old):
        return False
    if new.hedge > max(_GUESS, old.hedge):
        return False
    if {new.predicate, old.predicate} == _OPPOSED:
        return new.polarity and old.polarity and _same(new.value, old.value)
    if new.predicate is Predicate.BEREAVEMENT and old.predicate in _ENDED_BY_DEATH:
        return old.polarity and _overlap(new.value, old.value)
    return new.predicate is old.predicate and new.predicate not in _HAPPENED and _replaces(new, old)


def _replaces(new: Fact, old: Fact) -> bool:
    """Whether one fact of a predicate ends another, their times apart."""
    if not new.polarity or new.valid_to is not None:
        return old.polarity and (not new.value or _overlap(new.value, old.value))
    if not old.polarity:
        return not old.value or _overlap(new.value, old.value)
    if _favourite(new.value) and _favourite(new.value) == _favourite(old.value):
        return not _same(new.value, old.value)
    if not new.predicate.functional or _words(new.value) <= _words(old.value):
        return False
    if new.predicate is Predicate.HOME:
        return _is_named(new.value) >= _is_named(old.value) and (
            new.valid_from is not None or _is_named(old.value) == _is_named(new.value)
        )
    return new.predicate not in _BY_CHANGE or new.valid_from is not None


def _is_over(old: Fact, new: Fact) -> bool:
    return old.valid_to is not None and old.valid_to <= (new.valid_to or new.since)


def _later(new: Fact, old: Fact) -> bool:
    if _just_changed(new, old) or _just_changed(old, new):
        return new.recorded > old.recorded
    return (new.valid_to or new.since, new.recorded) > (old.since, old.recorded)


def _just_changed(new: Fact, old: Fact) -> bool:
    """Whether a change was told after a plain statement and is dated a little before it: "I moved last week", said by who
    spoke of the old home some days ago. What changed that lately was still said as it used to be.
    """
    if new.valid_from is None or new.valid_to is not None or old.valid_from is not None or old.valid_to is not None:
        return False
    return new.recorded > old.recorded and timedelta(0) < old.recorded - new.valid_from <= _LATELY


def _same(left: str, right: str) -> bool:
    return _words(left) == _words(right)


def _overlap(left: str, right: str) -> bool:
    """Whether one value says what the other does, and perhaps more: "Rex" and "dog named Rex"."""
    ours, theirs = _words(left), _words(right)
    return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


def _words(value: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", value.casefold())) - _FILLERS


def _favourite(value: str) -> str:
    """What "favourite colour is green" is a favourite of, or nothing."""
    match = re.match(r"favou?rite (.+?) (?:is|are|has)\b", value.casefold())
    return match[1] if match else ""


def _is_named(place: str) -> bool:
    return place != place.lower()


_FILLERS: Final = frozenset({"the", "a", "an", "my", "our", "named", "called", "to", "old", "late"})


def told(fact: Fact, names: Mapping[str, str] | None = None) -> str:
    """A fact in one line of plain words, as a context or a person reads it; `names` are what each speaker is called.

    "Ann's sister Mia: pet, Biscuit (since March 2026)".
    """
    names = names or {}
    owner = names.get(fact.subject.owner, fact.subject.owner)
    related = " ".join(part for part in (fact.subject.kinship, fact.subject.name) if part)
    who = f"{owner}'s {related}" if fact.subject.kinship else fact.subject.name or owner
    value = fact.value if fact.polarity else f"not {fact.value}" if fact.value else "no longer"
    return f"{who}: {fact.predicate.value}, {value}{_when(fact)}{' (unsure)' if fact.hedge > _GUESS else ''}"


def corrected(fact: Fact, text: str, names: Mapping[str, str] | None = None) -> Fact:
    """The fact as a person puts it right: `text` is the new value, alone or in the whole line that `told` gives."""
    start = told(replace(fact, value="\0", polarity=True), names).partition("\0")[0]
    value = re.sub(
        r" \((?:since|until|in) \w+ \d{4}\)$", "", text.strip().removesuffix(" (unsure)").removeprefix(start)
    )
    denied = value.startswith("not ")
    value = value.removeprefix("not ").strip()
    return replace(fact, value=value, polarity=not denied, hedge=0.0, begin=0, end=len(value), origin=Origin.CORRECTED)


def _when(fact: Fact) -> str:
    if fact.valid_to is None:
        return f" (since {fact.valid_from:%B %Y})" if fact.valid_from is not None else ""
    last = fact.valid_to - timedelta(microseconds=1)  # a day's span ends where the next begins
    if fact.predicate in _HAPPENED:
        return f" (in {fact.valid_from or last:%B %Y})"
    return f" (until {last:%B %Y})"


STANDING: Final = (
    Predicate.ALLERGY,
    Predicate.DIAGNOSIS,
    Predicate.MEDICATION,
    Predicate.BEREAVEMENT,
    Predicate.NAME,
    Predicate.PARTNER,
    Predicate.KIN,
    Predicate.PET,
    Predicate.HOME,
    Predicate.WORK,
    Predicate.BIRTHDAY,
    Predicate.AGE,
    Predicate.STUDY,
    Predicate.DIET,
)
"""Kinds that whoever talks with somebody ought to have in mind whatever is asked; what could hurt to forget comes first."""


def names_subject(text: str, fact: Fact) -> bool:
    """Whether a text names somebody or something a fact is about: its subject, or the one its value names."""
    said = {word.removesuffix("'s").casefold() for word in re.findall(r"[^\W_]+(?:'s)?", text)}
    subject = fact.subject
    named = _words(f"{subject.name or ''} {subject.kinship or ''}") | (
        _words(fact.value) if fact.predicate in _WITH_SOMEBODY else frozenset()
    )
    return not said.isdisjoint({word for word in named if len(word) > 1})


_WITH_SOMEBODY: Final = frozenset({Predicate.KIN, Predicate.PARTNER, Predicate.FRIEND, Predicate.PET})
AMONG_PEOPLE: Final = (Predicate.KIN, Predicate.PARTNER, Predicate.FRIEND, Predicate.PET, Predicate.BEREAVEMENT)
"""The kinds of facts whose value is somebody else."""


def is_of(fact: Fact, ref: EntityRef) -> bool:
    """Whether the value of a fact is somebody: "sister Anna" is "my sister Anna" and Anna, "dog Rex" is Rex."""
    value = _words(fact.value)
    if ref.name:
        return _words(ref.name) <= value and (ref.kinship is None or fact.subject.owner == ref.owner)
    return fact.subject == EntityRef(owner=ref.owner) and fact.value.casefold() == ref.kinship


def touching(predicate: Predicate) -> frozenset[Predicate]:
    """The predicates whose standing facts a new fact may end or be ended by."""
    if predicate in _OPPOSED:
        return frozenset(_OPPOSED)
    if predicate is Predicate.BEREAVEMENT or predicate in _ENDED_BY_DEATH:
        return frozenset({predicate, Predicate.BEREAVEMENT, *_ENDED_BY_DEATH})
    return frozenset({predicate})


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What a new fact does to those that stand: it says one again, ends some, or comes late and is ended itself."""

    renews: MemoryId | None = None
    ends: tuple[MemoryId, ...] = ()
    ended_by: MemoryId | None = None


def stand(new: Fact, standing: Mapping[MemoryId, Fact]) -> Standing:
    """Where a new fact stands among those known on its subject; nothing is overwritten whatever it says."""
    for id, old in standing.items():
        if _says_again(new, old):
            return Standing(renews=id)
    ends = tuple(id for id, old in standing.items() if supersedes(new, old))
    ended_by = None if ends else next((id for id, old in standing.items() if supersedes(old, new)), None)
    return Standing(ends=ends, ended_by=ended_by)


def _says_again(new: Fact, old: Fact) -> bool:
    same = (new.subject, new.predicate, new.polarity, new.valid_to) == (
        old.subject,
        old.predicate,
        old.polarity,
        old.valid_to,
    )
    return same and _same(new.value, old.value) and new.predicate not in _HAPPENED

"""Who and what memories are about: mentions, the entities they name, and merges that can be undone."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, NewType

Speaker = NewType("Speaker", str)
"""Who says "I": `USER`, `COMPANION`, or the name of somebody else in an imported group chat."""

USER: Final = Speaker("user")
COMPANION: Final = Speaker("companion")

Alike = Callable[[str, str], bool]
"""Whether two first names can be one person's ("Becky", "Rebecca")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityRef:
    """Somebody or something as a speaker refers to it: the speaker themself, "my sister", "Anna", "my sister Anna".

    With neither `kinship` nor `name` it is `owner` in person. `kinship` is a path in normal form, nearest first
    ("sister", "sister's husband"), seen from `owner`. `name` is as it was written; a name alone is everybody's.
    """

    owner: Speaker
    kinship: str | None = None
    name: str | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """One string for one way to refer, for a table: "user", "user/sister", "user/sister/anna", "/anna"."""
        owner = "" if self.name and not self.kinship else self.owner
        parts = (owner, self.kinship, self.name and self.name.casefold())
        return "/".join(part for part in parts if part is not None)


class Form(StrEnum):
    """How a mention refers."""

    SELF = "self"
    """ "I'm Tom", "call me Tom": the name is the speaker's own."""
    ADDRESS = "address"
    """ "Thanks, Tom": the name is that of whoever is spoken to."""
    ENDEARMENT = "endearment"
    """ "Good night, honey": what one calls another, and is nobody's name."""
    NAME = "name"
    KINSHIP = "kinship"
    PRONOUN = "pronoun"
    ALIAS = "alias"
    """ "Rebecca, or Becky for short": `also` is the other name."""
    BESIDE = "beside"
    """ "Rob and Robert": `also` is somebody else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Characters `begin` to `end` of a text that refer to somebody or something."""

    ref: EntityRef
    form: Form
    begin: int
    end: int
    also: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """The mentions of one message. `before` and `after` are the other speakers nearest to it, in a chat of two the other."""

    speaker: Speaker
    mentions: Sequence[Mention]
    at: datetime
    before: Speaker | None
    after: Speaker | None
    asks: bool = False
    """Whether the message ends in a question: the next to speak is then most likely the one spoken to."""


class Reason(StrEnum):
    """Why two ways to refer are taken for one entity."""

    SAID = "said"
    """Somebody said so: "call me Tom", "Rebecca, or Becky for short"."""
    NAMED = "named"
    """ "my sister Anna", then "Anna", and no other Anna; or "my sister", and no other sister."""
    FULL_NAME = "full_name"
    NICKNAME = "nickname"
    ADDRESSED = "addressed"
    """The name was called and they answered, often enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Two keys that are one entity, since when and why; taking it back parts them again and loses nothing."""

    keys: frozenset[str] = field(repr=False)
    reason: Reason
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One way to refer, and how often and when last it was used."""

    ref: EntityRef
    count: int
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """Somebody or something: `keys` are all ways to refer to it that were merged, the most used first."""

    keys: tuple[str, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    kinships: tuple[tuple[Speaker, str], ...]
    speaker: Speaker | None
    count: int
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Everybody a bond has spoken of: a value that each message makes anew. Its size grows with the names, not the talk.

    Nothing is ever merged without a `Reason`, and `part` takes any merge back for good.
    """

    known: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    merges: tuple[Merge, ...] = field(default=(), repr=False)
    parted: frozenset[frozenset[str]] = field(default=frozenset(), repr=False)
    odds: Mapping[str, Mapping[Speaker, float]] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """Of each name that was called: the log likelihood of all evidence, if it is a speaker's, or nobody's here."""
    endearments: frozenset[tuple[Speaker, str]] = field(default=frozenset(), repr=False)
    recent: tuple[EntityRef, ...] = field(default=(), repr=False)
    """Who was spoken of last, newest first: what "she" can mean."""

    def hear(self, turn: Turn, alike: Alike) -> "Registry":
        """The registry after one more message."""
        return _Hearing(self, turn, alike).heard()

    def part(self, left: str, right: str) -> "Registry":
        """Two keys are not one entity, whatever was thought: what merges them, by any path, is undone and never made again."""
        beyond = self._reached(right, without=left)
        wrong = {merge.keys for merge in self.merges if left in merge.keys and merge.keys & beyond}
        merges = tuple(merge for merge in self.merges if merge.keys not in wrong)
        return replace(self, merges=merges, parted=self.parted | wrong | {frozenset((left, right))})

    def _reached(self, key: str, *, without: str) -> set[str]:
        """The keys merged with `key`, over any number of steps that do not pass `without`."""
        found, fresh = {key}, {key}
        while fresh:
            fresh = {k for merge in self.merges if merge.keys & fresh for k in merge.keys} - found - {without}
            found |= fresh
        return found

    def resolve(self, ref: EntityRef) -> Entity | None:
        """The entity a reference means now; of several with one name the last spoken of, and None if that is unclear."""
        if not ref.name or ref.kinship:
            return self._of.get(ref.key)
        named = self._named(ref.name)
        if len(named) == 1:
            return named[0]
        return next((entity for spoken in self.recent for entity in named if spoken.key in entity.keys), None)

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """All entities, the last spoken of first."""
        return tuple(sorted({id(e): e for e in self._of.values()}.values(), key=lambda e: e.last, reverse=True))

    def _named(self, name: str) -> list[Entity]:
        low = name.casefold()
        return [entity for entity in self.entities if low in (own.casefold() for own in entity.names)]

    @cached_property
    def _of(self) -> dict[str, Entity]:
        """The entity of each key: what is merged, over any number of steps, is one."""
        leader = {key: key for key in self.known}

        def top(key: str) -> str:
            while leader[key] != key:
                key = leader[key]
            return key

        for merge in self.merges:
            left, right = sorted(map(top, merge.keys))
            leader[right] = left
        groups: dict[str, list[str]] = {}
        for key in self.known:
            groups.setdefault(top(key), []).append(key)
        return {key: entity for group in groups.values() for entity in (self._entity(group),) for key in group}

    def _entity(self, keys: list[str]) -> Entity:
        used = sorted(keys, key=lambda key: (-self.known[key].count, key))
        refs = [self.known[key].ref for key in used]
        return Entity(
            keys=tuple(used),
            names=tuple(dict.fromkeys(ref.name for ref in refs if ref.name)),
            kinships=tuple((ref.owner, ref.kinship) for ref in refs if ref.kinship),
            speaker=next((ref.owner for ref in refs if not ref.name and not ref.kinship), None),
            count=sum(self.known[key].count for key in keys),
            last=max(self.known[key].last for key in keys),
        )


class _Hearing:
    """One message being taken in."""

    def __init__(self, registry: Registry, turn: Turn, alike: Alike) -> None:
        self._turn, self._alike = turn, alike
        self._known, self._odds = dict(registry.known), dict(registry.odds)
        self._merges = {merge.keys: merge for merge in registry.merges}
        self._parted, self._endearments = set(registry.parted), set(registry.endearments)
        self._recent = registry.recent

    def heard(self) -> Registry:
        self._note(EntityRef(owner=self._turn.speaker))
        for mention in self._turn.mentions:
            self._mention(mention)
        self._settle({m.ref.name for m in self._turn.mentions if m.ref.name and m.form in _EVIDENCE})
        return Registry(
            known=MappingProxyType(self._known),
            merges=tuple(self._merges.values()),
            parted=frozenset(self._parted),
            odds=MappingProxyType(self._odds),
            endearments=frozenset(self._endearments),
            recent=self._spoken_of(),
        )

    def _mention(self, mention: Mention) -> None:
        if mention.form is Form.ENDEARMENT:
            self._call(mention)
            return
        self._note(mention.ref)
        if mention.form in _EVIDENCE and mention.ref.name:
            self._weigh(mention.ref.name, mention.form)
        if mention.form is Form.SELF:
            self._merge(EntityRef(owner=self._turn.speaker).key, mention.ref.key, Reason.SAID)
        if mention.also:
            other = EntityRef(owner=mention.ref.owner, name=mention.also)
            self._note(other)
            if mention.form is Form.BESIDE:
                self._part(mention.ref.key, other.key)
            else:
                self._merge(mention.ref.key, other.key, Reason.SAID)

    def _note(self, ref: EntityRef) -> None:
        """One more use of a way to refer; at the first, what it is tied to."""
        before = self._known.get(ref.key)
        count = before.count if before else 0
        last = max(before.last, self._turn.at) if before else self._turn.at
        self._known[ref.key] = Known(ref=before.ref if before else ref, count=count + 1, last=last)
        if before is None:
            for key, reason in self._ties(ref):
                self._merge(ref.key, key, reason)

    def _ties(self, ref: EntityRef) -> Iterable[tuple[str, Reason]]:
        """What a new way to refer means, where only one thing can be meant."""
        others = [known.ref for key, known in self._known.items() if key != ref.key]
        for reason, tied in (
            (Reason.NAMED, _same_name),
            (Reason.NAMED, _same_kin),
            (Reason.FULL_NAME, _full_name),
        ):
            found = [other for other in others if tied(ref, other)]
            if len(found) == 1 and not self._rival(ref, found[0], tied):
                yield found[0].key, reason
        found = [other for other in others if _nickname(ref, other, self._alike)]
        if len(found) == 1:
            yield found[0].key, Reason.NICKNAME

    def _rival(self, ref: EntityRef, found: EntityRef, tied: Callable[[EntityRef, EntityRef], bool]) -> bool:
        """Whether what was found could as well be somebody else already known."""
        return any(tied(found, known.ref) for key, known in self._known.items() if key not in (ref.key, found.key))

    def _merge(self, left: str, right: str, reason: Reason) -> None:
        keys = frozenset((left, right))
        if len(keys) == 2 and keys not in self._parted:
            self._merges.setdefault(keys, Merge(keys=keys, reason=reason, at=self._turn.at))

    def _part(self, left: str, right: str) -> None:
        keys = frozenset((left, right))
        self._parted.add(keys)
        self._merges.pop(keys, None)

    def _call(self, mention: Mention) -> None:
        """What one calls another belongs to who is certainly spoken to, and to nobody else."""
        turn = self._turn
        to = turn.after if turn.asks or turn.before == turn.after else None
        if to and mention.ref.name:
            self._endearments.add((to, mention.ref.name.casefold()))

    def _weigh(self, name: str, form: Form) -> None:
        """What this use of a name says of whose it is."""
        evidence = _likelihood(form, self._turn)
        low = name.casefold()
        odds = self._odds.pop(low, _PRIOR)
        self._odds[low] = MappingProxyType(
            {
                who: odds.get(who, odds[ANYBODY]) + math.log(evidence.get(who, evidence[ANYBODY]))
                for who in {*odds, *evidence}
            }
        )
        while len(self._odds) > _NAMES_MAX:
            self._odds.pop(next(iter(self._odds)))

    def _settle(self, names: set[str]) -> None:
        """Whose the names just used are; a speaker has one name and its short forms, the likeliest."""
        for name in sorted(names):
            keys = self._one_name(EntityRef(owner=self._turn.speaker, name=name).key)
            for keyed in [
                merge for merge in self._merges.values() if merge.reason is Reason.ADDRESSED and merge.keys & keys
            ]:
                del self._merges[keyed.keys]
            who, sure = self._whose(keys)
            if sure >= PRESENT_MIN and who not in (NOBODY, ANYBODY) and self._outdoes(who, sure):
                own = EntityRef(owner=who)
                self._known.setdefault(own.key, Known(ref=own, count=0, last=self._turn.at))
                self._merge(own.key, min(keys), Reason.ADDRESSED)

    def _outdoes(self, who: Speaker, sure: float) -> bool:
        """Whether a name is more surely theirs than the one they had, which is then given up."""
        held = [m for m in self._merges.values() if m.reason is Reason.ADDRESSED and who in m.keys]
        if any(self._whose(self._one_name(*(merge.keys - {who})))[1] >= sure for merge in held):
            return False
        for merge in held:
            del self._merges[merge.keys]
        return True

    def _one_name(self, key: str) -> frozenset[str]:
        """The keys that are forms of one name."""
        found, fresh = {key}, {key}
        while fresh:
            tied = {
                k
                for merge in self._merges.values()
                if merge.reason in _OF_NAMES and merge.keys & fresh
                for k in merge.keys
                if k.startswith("/")
            }
            fresh = tied - found
            found |= fresh
        return frozenset(found)

    def _whose(self, keys: frozenset[str]) -> tuple[Speaker, float]:
        """The likeliest bearer of a name, all its forms taken together, and how likely."""
        heard = [self._odds[name] for key in keys if (name := key.removeprefix("/")) in self._odds]
        total = {
            who: sum(odds.get(who, odds[ANYBODY]) for odds in heard)
            - (len(heard) - 1) * _PRIOR.get(who, _PRIOR[ANYBODY])
            for who in {who for odds in heard for who in odds}
        }
        if not total:
            return NOBODY, 0.0
        best = max(total, key=lambda who: (total[who], who))
        return best, 1 / sum(
            math.exp(odds - total[best]) for who, odds in total.items() if who != ANYBODY or who == best
        )

    def _spoken_of(self) -> tuple[EntityRef, ...]:
        """The references of this message before those of the last ones."""
        now = [m.ref for m in reversed(self._turn.mentions) if m.form in (Form.NAME, Form.KINSHIP, Form.PRONOUN)]
        return tuple(dict.fromkeys((*now, *self._recent)))[:_RECENT]


def _likelihood(form: Form, turn: Turn) -> dict[Speaker, float]:
    """How likely a name is used so, if it is that speaker's, nobody's here, or anybody else's; set by hand, round."""
    match form:
        case Form.SELF:
            return {turn.speaker: 0.9, NOBODY: 0.07, ANYBODY: 0.03}
        case Form.NAME:
            return {turn.speaker: 0.02, NOBODY: 0.6, ANYBODY: 0.3}
        case _ if turn.before == turn.after:
            to = turn.after or NOBODY
            return {turn.speaker: 0.02, NOBODY: 0.1, ANYBODY: 0.06} | ({to: 0.85} if to else {})
        case _:
            after, before = (0.7, 0.15) if turn.asks else (0.48, 0.38)
            near = {turn.after or NOBODY: after, turn.before or NOBODY: before}
            return {turn.speaker: 0.02, ANYBODY: 0.06} | near | {NOBODY: 0.1}


def _same_name(left: EntityRef, right: EntityRef) -> bool:
    """ "my sister Anna" and "Anna", or "my boyfriend Tom" and "my husband Tom"."""
    if not left.name or not right.name or left.name.casefold() != right.name.casefold():
        return False
    if left.kinship and right.kinship:
        return left.owner == right.owner and {left.kinship, right.kinship} <= _PARTNERS
    return bool(left.kinship or right.kinship)


def _same_kin(left: EntityRef, right: EntityRef) -> bool:
    """ "my sister" and "my sister Anna"."""
    related = left.kinship is not None and (left.owner, left.kinship) == (right.owner, right.kinship)
    return related and (left.name is None) != (right.name is None)


def _full_name(left: EntityRef, right: EntityRef) -> bool:
    """ "Anna" and "Anna Berg", or "Dr. Berg" and "Anna Berg"."""
    if not left.name or not right.name or (left.kinship and right.kinship):
        return False
    short, full = sorted((_plain(left.name), _plain(right.name)), key=len)
    titled = _titled(left.name) or _titled(right.name)
    return len(short) == 1 < len(full) and short[0] == (full[-1] if titled else full[0])


def _nickname(left: EntityRef, right: EntityRef, alike: Alike) -> bool:
    if not left.name or not right.name or left.kinship or right.kinship or _titled(left.name) or _titled(right.name):
        return False
    ours, theirs = _plain(left.name), _plain(right.name)
    return ours[0] != theirs[0] and (len(ours) == 1 or len(theirs) == 1) and alike(ours[0], theirs[0])


def _plain(name: str) -> list[str]:
    """The words of a name, without its titles."""
    words = [word.strip(".").casefold() for word in name.split()]
    return [word for word in words if word not in _TITLES] or words


def _titled(name: str) -> bool:
    return name.split()[0].strip(".").casefold() in _TITLES


NOBODY: Final = Speaker("")
"""Among the odds of a name: somebody who is not here."""
ANYBODY: Final = Speaker("*")
"""Among the odds of a name: each speaker of whom nothing was heard yet."""
PRESENT_MIN: Final = 0.7
"""A called name is a speaker's when it is theirs with this probability."""

_PRIOR: Final[Mapping[Speaker, float]] = MappingProxyType({NOBODY: math.log(0.25), ANYBODY: math.log(0.25)})
"""Before any evidence, with about three people in a chat."""
_NAMES_MAX: Final = 512
"""Names whose odds are kept, the last called."""
_RECENT: Final = 8
_EVIDENCE: Final = (Form.SELF, Form.ADDRESS, Form.NAME)
_OF_NAMES: Final = (Reason.FULL_NAME, Reason.NICKNAME, Reason.SAID)
_PARTNERS: Final = frozenset({"husband", "wife", "boyfriend", "girlfriend", "fiancé", "fiancée", "partner"})
_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "doctor", "miss", "prof", "professor", "aunt", "auntie", "uncle", "sir", "madam"}
)

"""The registry of a bond: what was heard of whom, and who is therefore one; the same whatever order it was heard in."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from everkin.mind.entity import Entity, EntityRef, Form, Known, Mention, Merge, Reason, Speaker, Turn

Pair = frozenset[str]
Odds = Mapping[Speaker, float]

Kindred = Callable[[Collection[str]], Iterable[tuple[str, str]]]
"""Among first names, the pairs that can be one person's, the short one first: ("becky", "rebecca")."""


def no_kindred(names: Collection[str]) -> Iterable[tuple[str, str]]:
    """No name is short for another: what a caller without a table of nicknames passes."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Everybody a bond has spoken of, as sums of evidence; who is one with whom follows from those alone.

    Its size grows with the names, not the talk. Nothing is ever merged without a `Reason`, and `part` takes any merge
    back for good. Working out the entities costs about 10 µs a key, once for each value.
    """

    known: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    said: frozenset[Pair] = field(default=frozenset(), repr=False)
    """Keys that somebody said are one: "call me Tom", "Becky for short"."""
    beside: frozenset[Pair] = field(default=frozenset(), repr=False)
    """Keys named in one breath as two: "Rob and Robert"."""
    joined: frozenset[Pair] = field(default=frozenset(), repr=False)
    """Keys that a person made one."""
    parted: frozenset[Pair] = field(default=frozenset(), repr=False)
    """Keys that a person made two."""
    odds: Mapping[str, Odds] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """Of each name (lower case): the log likelihoods of its uses, if it is a speaker's, `NOBODY`'s here, or `ANYBODY`'s."""
    endearments: frozenset[tuple[Speaker, str]] = field(default=frozenset(), repr=False)
    recent: tuple[EntityRef, ...] = field(default=(), repr=False)
    """Who was spoken of last, newest first: what "she" can mean."""
    kindred: Kindred = no_kindred

    def hear(self, turn: Turn) -> "Registry":
        """The registry after one more message."""
        mentions = [mention for mention in turn.mentions if mention.form is not Form.ENDEARMENT]
        own = Mention(ref=EntityRef(owner=turn.speaker), form=Form.SELF, begin=0, end=0)
        return replace(
            self,
            known=MappingProxyType(_counted(self.known, [own, *mentions], turn)),
            said=self.said | set(_said(turn)),
            beside=self.beside | {pair for mention in mentions if (pair := _also(mention, Form.BESIDE))},
            odds=MappingProxyType(_weighed(self.odds, mentions, turn)),
            endearments=self.endearments | set(_called(turn)),
            recent=_spoken_of(turn, self.recent),
        )

    def join(self, left: str, right: str) -> "Registry":
        """Two keys are one entity, whatever else speaks against it."""
        ours, theirs = self._keys(left), self._keys(right)
        across = {pair for pair in self.parted if pair & ours and pair & theirs}
        return replace(self, joined=self.joined | {frozenset((left, right))}, parted=self.parted - across)

    def part(self, left: str, right: str) -> "Registry":
        """Two keys are not one entity: what merges them, by any path, is undone and never made again by itself."""
        pair = frozenset((left, right))
        return replace(self, joined=self.joined - {pair}, parted=self.parted | {pair})

    def resolve(self, ref: EntityRef) -> Entity | None:
        """The entity a reference means; of several with one name the last spoken of, and None where there is none."""
        if not ref.name or ref.kinship:
            return self.of.get(ref.key)
        low = ref.name.casefold()
        named = [entity for entity in self.entities if low in (own.casefold() for own in entity.names)]
        return max(named, key=lambda entity: (entity.last, bool(entity.kinships)), default=None)

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """All entities, the last spoken of first."""
        return tuple(
            sorted({e.keys: e for e in self.of.values()}.values(), key=lambda e: (e.last, e.keys), reverse=True)
        )

    @cached_property
    def merges(self) -> tuple[Merge, ...]:
        """What was merged, and why, the surest first."""
        return tuple(self._settled[1])

    @cached_property
    def of(self) -> Mapping[str, Entity]:
        """The entity of each key."""
        groups = {id(group): group for group in self._settled[0].values() if not group.isdisjoint(self.known)}
        return {key: entity for group in groups.values() for entity in (self._entity(group),) for key in group}

    @cached_property
    def _settled(self) -> tuple[Mapping[str, set[str]], list[Merge]]:
        return _Settling(self).settled()

    def _keys(self, key: str) -> set[str]:
        return self._settled[0].get(key, {key})

    def _entity(self, keys: Collection[str]) -> Entity:
        known = {key: self.known[key] for key in keys if key in self.known}
        start = min(each.first for each in known.values())
        first = sorted(keys, key=lambda key: (known[key].first if key in known else start, key))
        used = [known[key].ref for key in sorted(known, key=lambda key: (-known[key].count, key))]
        named = {ref.name.casefold(): ref.name for ref in reversed(used) if ref.name}
        return Entity(
            keys=tuple(first),
            names=tuple(dict.fromkeys(named[ref.name.casefold()] for ref in used if ref.name)),
            kinships=tuple(dict.fromkeys((ref.owner, ref.kinship) for ref in used if ref.kinship)),
            speaker=next((Speaker(key) for key in sorted(keys) if "/" not in key), None),
            count=sum(each.count for each in known.values()),
            first=start,
            last=max(each.last for each in known.values()),
        )


def likelihoods(form: Form, speaker: Speaker, before: Speaker | None, after: Speaker | None, *, signs: int = 0) -> Odds:
    """How the use of a name adds to the log odds of whose it is: a speaker's, nobody's here, or anybody else's.

    `signs` is how many of three speak for the next to speak, rather than the last, being the one who is called: the
    speaker turns to somebody or asks, the next one is in the conversation already, and begins as one answers. The
    probabilities are set by hand, round.
    """
    match form:
        case Form.SELF:
            chances = {speaker: 0.9, NOBODY: 0.07, ANYBODY: 0.03}
        case Form.NAME:
            chances = {speaker: 0.02, NOBODY: 0.6, ANYBODY: 0.3}
        case _ if before == after:
            chances = {speaker: 0.02, NOBODY: 0.1, ANYBODY: 0.06} | ({after: 0.85} if after else {})
        case _ if before and after:
            onward, back = _CALLED[signs]
            chances = {speaker: 0.02, NOBODY: 0.1, ANYBODY: 0.06, after: onward, before: back}
        case _:
            near = 0.82 if signs == 2 or before else 0.6
            chances = {speaker: 0.02, NOBODY: 0.1, ANYBODY: 0.06, after or before or NOBODY: near}
    return {who: math.log(chance) for who, chance in chances.items()}


_CALLED: Final = ((0.15, 0.65), (0.3, 0.55), (0.55, 0.3), (0.85, 0.05))


def added(odds: Odds, evidence: Odds, times: int = 1) -> Odds:
    """Log odds after more evidence. The order does not matter: who was not heard of yet had everybody else's odds."""
    return {
        who: odds.get(who, odds[ANYBODY]) + times * evidence.get(who, evidence[ANYBODY]) for who in {*odds, *evidence}
    }


def _counted(known: Mapping[str, Known], mentions: Iterable[Mention], turn: Turn) -> dict[str, Known]:
    """Each way to refer, used once more in this message."""
    counted = dict(known)
    refs = {ref.key: ref for mention in mentions for ref in referred(mention)}
    for key, ref in refs.items():
        old = counted.get(key)
        counted[key] = Known(
            ref=old.ref if old else ref,
            count=old.count + 1 if old else 1,
            first=min(old.first, turn.at) if old else turn.at,
            last=max(old.last, turn.at) if old else turn.at,
        )
    return counted


def referred(mention: Mention) -> Iterator[EntityRef]:
    """Who a mention names: one, or two where it says that two names are one or two."""
    yield mention.ref
    if mention.also:
        yield EntityRef(owner=mention.ref.owner, name=mention.also)


def _also(mention: Mention, form: Form) -> Pair | None:
    if mention.form is not form or not mention.also:
        return None
    return frozenset(ref.key for ref in referred(mention))


def _said(turn: Turn) -> Iterator[Pair]:
    """What a message says outright."""
    for mention in turn.mentions:
        if mention.form is Form.SELF and mention.ref.name:
            yield frozenset((turn.speaker, mention.ref.key))
        if pair := _also(mention, Form.ALIAS):
            yield pair


def _weighed(odds: Mapping[str, Odds], mentions: Iterable[Mention], turn: Turn) -> dict[str, Odds]:
    """Whose the names are, after their uses in this message."""
    weighed = dict(odds)
    telling: dict[str, Mention] = {}
    for mention in mentions:
        if mention.form in EVIDENCE and mention.ref.name and not mention.ref.kinship:
            low = mention.ref.name.casefold()
            telling[low] = min(mention, telling.get(low, mention), key=lambda each: EVIDENCE.index(each.form))
    for low, mention in telling.items():
        weighed[low] = MappingProxyType(added(weighed.get(low, PRIOR), _evidence(mention, turn)))
    return weighed


def _evidence(mention: Mention, turn: Turn) -> Odds:
    signs = sum((turn.asks or mention.opens, turn.joined, turn.answered))
    return likelihoods(mention.form, turn.speaker, turn.before, turn.after, signs=signs)


def _called(turn: Turn) -> Iterator[tuple[Speaker, str]]:
    """What one calls another belongs to who is most certainly spoken to, and to nobody else."""
    for mention in turn.mentions:
        if mention.form is Form.ENDEARMENT and mention.ref.name:
            sure, who = _likeliest(_evidence(mention, turn))
            if sure >= SPOKEN_TO_MIN:
                yield who, mention.ref.name.casefold()


def _spoken_of(turn: Turn, recent: tuple[EntityRef, ...]) -> tuple[EntityRef, ...]:
    """The references of this message before those of the last ones."""
    now = [m.ref for m in reversed(turn.mentions) if m.form in (Form.NAME, Form.KINSHIP, Form.PRONOUN)]
    return tuple(dict.fromkeys((*now, *recent)))[:_RECENT]


class _Settling:
    """Who is one with whom, worked out from the evidence, the surest first."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._refs = {key: known.ref for key, known in sorted(registry.known.items())}
        self._group: dict[str, set[str]] = {key: {key} for key in self._refs}
        self._merges: list[Merge] = []
        self._apart: dict[str, set[str]] = defaultdict(set)
        for left, right in map(sorted, (*registry.parted, *(registry.beside - registry.joined))):
            self._apart[left].add(right)
            self._apart[right].add(left)

    def settled(self) -> tuple[Mapping[str, set[str]], list[Merge]]:
        self._said(Reason.HAND, self._registry.joined)
        self._said(Reason.SAID, self._registry.said)
        self._named()
        self._full_names()
        self._nicknames()
        self._addressed()
        return self._group, self._merges

    def _merge(self, left: str, right: str, reason: Reason) -> None:
        ours, theirs = self._group[left], self._group[right]
        if ours is theirs or any(not self._apart[key].isdisjoint(theirs) for key in ours if key in self._apart):
            return
        self._merges.append(Merge(keys=frozenset((left, right)), reason=reason))
        ours |= theirs
        for key in theirs:
            self._group[key] = ours

    def _said(self, reason: Reason, pairs: Iterable[Pair]) -> None:
        for left, right in sorted(map(sorted, pairs)):
            for key in (left, right):
                if "/" not in key:
                    self._group.setdefault(key, {key})
            if left in self._group and right in self._group:
                self._merge(left, right, reason)

    def _only(self, keys: Iterable[str]) -> str | None:
        """One of some keys, if all of them are one entity."""
        found = list(keys)
        return found[0] if found and all(self._group[key] is self._group[found[0]] for key in found) else None

    def _named(self) -> None:
        """ "my boyfriend Tom" and "my husband Tom"; "my sister" and "my sister Anna"; "my sister Anna" and "Anna"."""
        of_name, of_kin = defaultdict[str, list[str]](list), defaultdict[tuple[Speaker, str], list[str]](list)
        for key, ref in self._refs.items():
            if ref.name and ref.kinship:
                of_name[ref.name.casefold()].append(key)
                of_kin[ref.owner, ref.kinship].append(key)
        for related in of_name.values():
            partners = [key for key in related if self._refs[key].kinship in PARTNERS]
            for left, right in pairwise(partners):
                if self._refs[left].owner == self._refs[right].owner:
                    self._merge(left, right, Reason.NAMED)
        for key, ref in self._refs.items():
            only = self._only(of_kin[ref.owner, ref.kinship or ""])
            if only and not ref.name and ref.kinship not in SEVERAL:
                self._merge(key, only, Reason.NAMED)
        for name, related in of_name.items():
            if f"/{name}" in self._refs and (only := self._only(related)):
                self._merge(f"/{name}", only, Reason.NAMED)

    def _full_names(self) -> None:
        """ "Anna" and "Anna Berg", or "Dr. Berg" and "Anna Berg", while one can be meant and has no other such name."""
        by_first, by_last = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        short = dict[str, tuple[str, bool]]()
        written = dict[tuple[str, ...], str]()
        for key, ref in self._refs.items():
            words, title = plain(ref.name or ""), titled(ref.name or "")
            if len(words) == 1:
                short[key] = words[0], title
            elif words:
                by_last[words[-1]].append(key)
                if not title:
                    by_first[words[0]].append(key)
            if title and not ref.kinship:
                self._merge(key, written.setdefault((_title(ref.name or ""), *words), key), Reason.FULL_NAME)
        claims = defaultdict[tuple[str, bool], list[str]](list)
        for key, (word, with_title) in short.items():
            found = [
                full
                for full in (by_last if with_title else by_first)[word]
                if not (self._refs[key].kinship and self._refs[full].kinship) and not self._at_odds(key, full)
            ]
            if only := self._only(found):
                claims[only, with_title].append(key)
        for (full, _), keys in claims.items():
            if only := self._only(keys):
                self._merge(full, only, Reason.FULL_NAME)

    def _nicknames(self) -> None:
        """ "Becky" and "Rebecca", or "my boss Rebecca", where Becky can be short for nobody else."""
        of_first = defaultdict[str, list[str]](list)
        for key, ref in self._refs.items():
            if ref.name and not titled(ref.name):
                of_first[plain(ref.name)[0]].append(key)
        longer = defaultdict[str, list[str]](list)
        for short, long in sorted(self._registry.kindred(of_first)):
            longer[short].append(long)
        for short, longs in longer.items():
            full = [key for long in longs for key in of_first[long]]
            for key in of_first[short]:
                fitting = [other for other in full if self._can_be_short(key, other)]
                if only := self._only(fitting):
                    self._merge(key, only, Reason.NICKNAME)

    def _can_be_short(self, key: str, full: str) -> bool:
        if (self._is_full(key) and self._is_full(full)) or (self._refs[key].kinship and self._refs[full].kinship):
            return False
        return not self._at_odds(key, full)

    def _at_odds(self, left: str, right: str) -> bool:
        """Whether a relation is known of both, and none of them of both: a sister Anna, and a colleague Anna Lund."""
        ours, theirs = (
            {(ref.owner, ref.kinship) for key in self._group[one] if (ref := self._refs.get(key)) and ref.kinship}
            for one in (left, right)
        )
        return bool(ours and theirs) and ours.isdisjoint(theirs)

    def _is_full(self, key: str) -> bool:
        return len(plain(self._refs[key].name or "")) > 1

    def _addressed(self) -> None:
        """Whose the called names are, the surest first: a speaker has one name and its forms, and no other."""
        names = {name for name in self._registry.odds if f"/{name}" in self._refs}
        groups = {id(self._group[f"/{name}"]): f"/{name}" for name in sorted(names, reverse=True)}
        odds = {key: self._odds(self._group[key]) for key in sorted(groups.values())}
        likeliest = {key: found for key in odds if (found := _likeliest(odds[key]))[0]}
        taken: set[Speaker] = set()
        while likeliest:
            (sure, who), key = max((found, key) for key, found in likeliest.items())
            if sure < PRESENT_MIN:
                return
            self._group.setdefault(who, {who})
            self._merge(who, key, Reason.ADDRESSED)
            taken.add(who)
            del likeliest[key]
            likeliest = {key: _likeliest(odds[key], taken) for key in likeliest}

    def _odds(self, keys: Collection[str]) -> Odds:
        """Whose a name is, all its forms taken together."""
        odds = self._registry.odds
        heard = [odds[name] for key in sorted(keys) if key.startswith("/") and (name := key[1:]) in odds]
        return {
            who: sum(each.get(who, each[ANYBODY]) for each in heard) - (len(heard) - 1) * PRIOR.get(who, PRIOR[ANYBODY])
            for who in {who for each in heard for who in each}
        }


def _likeliest(odds: Odds, taken: Collection[Speaker] = ()) -> tuple[float, Speaker]:
    """How likely a name is whose, of the speakers that have none yet; 0 where it is most likely nobody's here."""
    free = {who: odds[who] for who in odds if who not in taken}
    best = max(free, key=lambda who: (free[who], who))
    if best in (NOBODY, ANYBODY):
        return 0.0, best
    return 1 / sum(math.exp(each - free[best]) for each in free.values()), best


def sharing(own: Iterable[Pair], kindred: Kindred) -> frozenset[str]:
    """The speakers whose messages stand under names of different people, and those names.

    In a group chat several characters speak in the companion's place: none of their names is its own.
    """
    firsts = defaultdict[str, dict[str, str]](dict)
    for pair in own:
        for speaker in (key for key in pair if "/" not in key):
            firsts[speaker] |= {key: plain(key[1:])[0] for key in pair if key != speaker}
    shared = {speaker: names for speaker, names in firsts.items() if not _one_person(set(names.values()), kindred)}
    return frozenset({*shared, *(key for names in shared.values() for key in names)})


def _one_person(firsts: set[str], kindred: Kindred) -> bool:
    """Whether first names are all alike, directly or over others."""
    if len(firsts) < 2:
        return True
    reached, pairs = {min(firsts)}, list(kindred(firsts))
    for _ in firsts:
        reached |= {name for pair in pairs if not reached.isdisjoint(pair) for name in pair}
    return reached == firsts


def plain(name: str) -> list[str]:
    """The words of a name in lower case, without its titles."""
    words = [word.strip(".").casefold() for word in name.split()]
    return [word for word in words if word not in _TITLES] or words


def titled(name: str) -> bool:
    """Whether a name carries a title ("Dr. Berg")."""
    return bool(name) and name.split()[0].strip(".").casefold() in _TITLES


def _title(name: str) -> str:
    """The title of a name, written out: that of "Dr. Berg" is "doctor"."""
    title = name.split()[0].strip(".").casefold()
    return _WRITTEN_OUT.get(title, title)


NOBODY: Final = Speaker("")
"""Among the odds of a name: somebody who is not here."""
ANYBODY: Final = Speaker("*")
"""Among the odds of a name: each speaker of whom nothing was heard yet."""
PRESENT_MIN: Final = 0.8
"""A called name is a speaker's when it is theirs with this probability."""
SPOKEN_TO_MIN: Final = 0.7
"""An endearment is for whom it was said to with this probability."""
PRIOR: Final[Odds] = MappingProxyType({NOBODY: math.log(0.25), ANYBODY: math.log(0.25)})
"""Before any evidence, with about three people in a chat."""
EVIDENCE: Final = (Form.SELF, Form.ADDRESS, Form.NAME)
"""The forms that say whose a name is."""

_RECENT: Final = 8
PARTNERS: Final = frozenset({"husband", "wife", "boyfriend", "girlfriend", "fiancé", "fiancée", "partner"})
SEVERAL: Final = frozenset(
    {
        "friend", "roommate", "neighbour", "colleague", "teacher", "coach", "doctor", "siblings", "children", "twins",
        "cousin", "aunt", "uncle", "niece", "nephew", "grandchildren",
    }
)  # fmt: skip
"""Relations of which one has several as a rule: "my friend" is not the one friend whose name is known."""
_WRITTEN_OUT: Final = {"dr": "doctor", "prof": "professor", "auntie": "aunt"}
_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "doctor", "miss", "prof", "professor", "aunt", "auntie", "uncle", "sir", "madam"}
)

"""A portrait: somebody in a bond as a person reads of them; who they are, what they are called, and what is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from everkin.mind.entity import COMPANION, USER, Entity, EntityRef, Reason, Speaker
from everkin.mind.fact import AMONG_PEOPLE, Fact, Predicate, is_of
from everkin.mind.identity import EntityId, MemoryId
from everkin.mind.memory import Memory
from everkin.mind.ports.people import Roster

_UNSURE: Final = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class Alias:
    """One way in which somebody is spoken of. `whose` says from whom a relation is seen; `why` it is taken for them."""

    id: EntityId
    name: str | None = field(repr=False)
    relation: str | None
    whose: Speaker | None
    mentions: int
    first_at: datetime
    last_at: datetime
    why: Reason | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """A fact about somebody, with the caller's ids of the messages that say it. `current` is False for what no longer holds."""

    id: MemoryId
    predicate: Predicate
    value: str = field(repr=False)
    text: str = field(repr=False)
    polarity: bool
    unsure: bool
    since: datetime | None
    until: datetime | None
    said_at: datetime
    message_ids: tuple[str, ...] = field(repr=False)
    current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Portrait:
    """Somebody. `name` and `relation` ("sister") are a person's own words where they wrote any, else as heard most.

    `mentions` counts messages; pronouns do not count. `traits` are only on the page of one.
    """

    id: EntityId
    name: str | None = field(repr=False)
    relation: str | None
    whose: Speaker | None
    aliases: tuple[Alias, ...] = field(repr=False)
    first_at: datetime
    last_at: datetime
    mentions: int
    traits: tuple[Trait, ...] = field(default=(), repr=False)

    @property
    def ids(self) -> tuple[EntityId, ...]:
        """Those of all its aliases, its own first."""
        return tuple(dict.fromkeys((self.id, *(alias.id for alias in self.aliases))))


def portraits(roster: Roster, spoken: Mapping[EntityId, int] | None = None) -> list[Portrait]:
    """Everybody but the two who talk, whom the user spoke of or is related to; the last spoken of first.

    `spoken` are the messages in which each is named, by any of their ids.
    """
    return [
        _portrait(entity, roster, spoken or {}) for entity in roster.registry.entities if _is_somebody(entity, roster)
    ]


def portrait_of(roster: Roster, id: EntityId, spoken: Mapping[EntityId, int] | None = None) -> Portrait | None:
    """The one who has this id, or an alias with it."""
    return next((each for each in portraits(roster, spoken) if id in each.ids), None)


def refs_of(roster: Roster, portrait: Portrait) -> list[EntityRef]:
    """All ways to refer to them."""
    keys = {id: key for key, id in roster.ids.items()}
    return [roster.registry.known[keys[id]].ref for id in portrait.ids]


def with_traits(portrait: Portrait, refs: Sequence[EntityRef], memories: Iterable[Memory], now: datetime) -> Portrait:
    """With what is known of them, oldest first: facts whose subject they are, or whose value names them."""
    keys = {ref.key for ref in refs}
    traits = [
        _trait(memory, now)
        for memory in memories
        if memory.fact
        and (
            memory.fact.subject.key in keys
            or (memory.fact.predicate in AMONG_PEOPLE and any(is_of(memory.fact, ref) for ref in refs))
        )
    ]
    return replace(portrait, traits=tuple(sorted(traits, key=lambda trait: (trait.said_at, trait.id))))


def _is_somebody(entity: Entity, roster: Roster) -> bool:
    """The companion's own people, and names that the companion alone drops, are not the user's."""
    if entity.speaker is not None:
        return False
    return any(roster.by_user.get(key) for key in entity.keys) or any(owner == USER for owner, _ in entity.kinships)


def _portrait(entity: Entity, roster: Roster, spoken: Mapping[EntityId, int]) -> Portrait:
    known = roster.registry.known
    keys = [key for key in entity.keys if key in roster.ids]
    called = [roster.called[key] for key in keys if key in roster.called]
    kin = sorted(entity.kinships, key=lambda owned: owned[0] == COMPANION)
    whose, relation = kin[0] if kin else (None, None)
    name = max(entity.names, key=lambda name: len(name.split()), default=None)
    return Portrait(
        id=roster.ids[keys[0]],
        name=next((each.name for each in called if each.name), name),
        relation=next((each.relation for each in called if each.relation), relation),
        whose=whose,
        aliases=tuple(_alias(key, roster, entity) for key in keys),
        first_at=min(known[key].first for key in keys),
        last_at=max(known[key].last for key in keys),
        mentions=sum(spoken.get(roster.ids[key], 0) for key in keys),
    )


def _alias(key: str, roster: Roster, entity: Entity) -> Alias:
    known = roster.registry.known[key]
    reasons = [merge.reason for merge in roster.registry.merges if key in merge.keys]
    return Alias(
        id=roster.ids[key],
        name=known.ref.name,
        relation=known.ref.kinship,
        whose=known.ref.owner if known.ref.kinship else None,
        mentions=known.count,
        first_at=known.first,
        last_at=known.last,
        why=reasons[0] if reasons and len(entity.keys) > 1 else None,
    )


def _trait(memory: Memory, now: datetime) -> Trait:
    fact = memory.fact
    assert fact is not None
    return Trait(
        id=memory.id,
        predicate=fact.predicate,
        value=fact.value,
        text=memory.text,
        polarity=fact.polarity,
        unsure=fact.hedge > _UNSURE,
        since=memory.valid_from,
        until=memory.valid_to,
        said_at=memory.at,
        message_ids=memory.message_ids,
        current=memory.superseded_by is None and (_lasts(fact) or memory.valid_to is None or memory.valid_to > now),
    )


def _lasts(fact: Fact) -> bool:
    """A death is over in a day, and holds for good."""
    return fact.predicate is Predicate.BEREAVEMENT

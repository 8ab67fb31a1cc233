"""Where the people of a bond are kept: who was spoken of, under which names, and in which memories."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from everkin.mind.entity import EntityRef
from everkin.mind.identity import BondId, EntityId, MemoryId, UserId
from everkin.mind.registry import Registry


@dataclass(frozen=True, kw_only=True, slots=True)
class Acquaintance:
    """What helps to read a message: which of its words are names of this bond (lower case), and who "she" can be."""

    names: frozenset[str] = field(default=frozenset(), repr=False)
    recent: tuple[EntityRef, ...] = field(default=(), repr=False)
    """Who was spoken of just before, newest first."""
    last: int = 0
    """How many of them the last such message spoke of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """What a person wrote over the name or the relation of somebody on their page."""

    name: str | None = field(default=None, repr=False)
    relation: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The registry of a bond, with the id of each key, who is called otherwise by hand, and whom the user speaks of."""

    registry: Registry
    ids: Mapping[str, EntityId] = field(repr=False)
    called: Mapping[str, Called] = field(repr=False)
    by_user: Mapping[str, int] = field(repr=False)
    """Messages of the user's own that use the key."""


class People(Protocol):
    """People, pets and whoever else a bond has spoken of; every method sees one user's rows alone."""

    async def acquainted(self, user: UserId, bond: BondId, words: Collection[str], *, at: datetime) -> Acquaintance:
        """Which of these words (lower case) are names here, and who was spoken of in the session around `at`."""
        ...

    async def roster(self, user: UserId, bond: BondId) -> Roster:
        """Everybody, at most the last `PEOPLE_MAX` ways to refer; costs about 20 µs each."""
        ...

    async def spoken(self, user: UserId, bond: BondId) -> Mapping[EntityId, int]:
        """In how many messages each is named or told by relation; merged ones under the one they are. 0.5 µs a mention."""
        ...

    async def naming(self, user: UserId, entities: Collection[EntityId]) -> list[MemoryId]:
        """All memories of messages in which one of these is named or told by relation; pronouns do not count."""
        ...

    async def facts_about(
        self, user: UserId, bond: BondId, refs: Collection[EntityRef], *, limit: int
    ) -> list[MemoryId]:
        """The facts, current and past, whose subject is one of these, and those that name somebody near to their owners."""
        ...

    async def call(self, user: UserId, bond: BondId, entity: EntityId, called: Called) -> None:
        """Write a name and a relation over what was heard. Raises NotFound."""
        ...

    async def join(self, user: UserId, bond: BondId, left: Sequence[EntityId], right: Sequence[EntityId]) -> None:
        """The first of each are one from now on; what was said by hand against it is taken back."""
        ...

    async def part(self, user: UserId, bond: BondId, alias: EntityId, rest: Sequence[EntityId]) -> None:
        """An alias is none of the rest from now on, and no evidence makes it one of them again."""
        ...

"""My people: who somebody's people are, put right by hand: renamed, made one or two, and erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from everkin.errors import InvalidInput, NotFound
from everkin.mind.erased import Erased
from everkin.mind.identity import BondId, EntityId, UserId
from everkin.mind.portrait import Portrait, portrait_of, portraits, refs_of, with_traits
from everkin.mind.ports.memories import Erasable, Memories
from everkin.mind.ports.people import Called, People, Roster

TRAITS_MAX = 500
"""Facts on one page: more than a life of talk gives of one person."""
NAME_MAX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Circles:
    """The people of one bond at a time."""

    people: People
    memories: Memories
    erasable: Erasable

    async def everybody(self, user: UserId, bond: BondId) -> list[Portrait]:
        """The last spoken of first, without what is known of them."""
        return portraits(await self.people.roster(user, bond), await self.people.spoken(user, bond))

    async def page(self, user: UserId, bond: BondId, id: EntityId, *, now: datetime) -> Portrait:
        """One of them with all that is known; `id` may be that of any alias. Raises NotFound."""
        roster = await self.people.roster(user, bond)
        portrait = _require(roster, id, await self.people.spoken(user, bond))
        refs = refs_of(roster, portrait)
        found = await self.people.facts_about(user, bond, refs, limit=TRAITS_MAX)
        memories = await self.memories.get(user, found)
        return with_traits(portrait, refs, memories.values(), now)

    async def call(self, user: UserId, bond: BondId, id: EntityId, *, name: str | None, relation: str | None) -> None:
        """Write their name, their relation, or both over what was heard; None leaves it. Raises NotFound, InvalidInput."""
        for text in (name, relation):
            if text is not None and not 0 < len(text.strip()) <= NAME_MAX:
                raise InvalidInput(
                    f"A name or a relation is a text of 1 to {NAME_MAX} characters.",
                    kept="Nothing was changed.",
                    next="Give one.",
                )
        roster = await self.people.roster(user, bond)
        portrait = _require(roster, id)
        keys = {id: key for key, id in roster.ids.items()}
        old = [roster.called[keys[each]] for each in portrait.ids if keys[each] in roster.called]
        called = Called(
            name=name.strip() if name else next((each.name for each in old if each.name), None),
            relation=relation.strip() if relation else next((each.relation for each in old if each.relation), None),
        )
        await self.people.call(user, bond, portrait.id, called)

    async def merge(self, user: UserId, bond: BondId, id: EntityId, other: EntityId) -> None:
        """The two are one from now on. Raises NotFound, and InvalidInput where they are one already."""
        roster = await self.people.roster(user, bond)
        left, right = _require(roster, id), _require(roster, other)
        if left.id == right.id:
            raise InvalidInput("They are one already.", kept="Nothing was changed.", next="List the people.")
        await self.people.join(user, bond, left.ids, right.ids)

    async def unmerge(self, user: UserId, bond: BondId, id: EntityId, alias: EntityId) -> EntityId:
        """An alias is somebody else from now on, whatever was thought; an id of who remains. Raises NotFound, InvalidInput."""
        portrait = _require(await self.people.roster(user, bond), id)
        if alias not in portrait.ids:
            raise NotFound("They have no alias of that id.", next="Their page lists their aliases.")
        if len(portrait.aliases) == 1:
            raise InvalidInput("There is only this one.", kept="Nothing was changed.", next="Their page lists aliases.")
        rest = [each for each in portrait.ids if each != alias]
        await self.people.part(user, bond, alias, rest)
        return rest[0]

    async def erase(self, user: UserId, bond: BondId, id: EntityId) -> Erased:
        """Erase every message that names them, and all that was learnt from those. Raises NotFound.

        Costs about 15 ms a message.
        """
        portrait = _require(await self.people.roster(user, bond), id)
        total = Erased(messages=0, memories=0)
        for memory in await self.people.naming(user, portrait.ids):
            try:
                total += await self.erasable.erase_memory(user, memory)
            except NotFound:
                continue  # it went with another
        return total


def _require(roster: Roster, id: EntityId, spoken: Mapping[EntityId, int] | None = None) -> Portrait:
    portrait = portrait_of(roster, id, spoken)
    if portrait is None:
        raise NotFound("There is nobody of that id.", next="List the people to see who there is.")
    return portrait

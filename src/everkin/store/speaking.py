"""What speaks of the people that a question means: looked up by keyed hashes, in the round trip of whatever else is read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.entity import COMPANION, USER
from everkin.mind.identity import BlockId, BondId, EntityId, UserId
from everkin.mind.matter import Ints
from everkin.mind.meant import Meant, resolved
from everkin.mind.transcript import SESSION_GAP
from everkin.store.database import Database, Row
from everkin.store.people import EntityIds, alias_hash, ref_of
from everkin.store.queries import queries
from everkin.store.vault import Vault

HITS_MAX: Final = 256
"""Ways to refer that one question is held against."""
SAID_MAX: Final = 2000
"""Of somebody who is spoken of more often the last so many memories are preferred: it says little of them by then."""
_LATELY: Final = 3
"""Among so many who were spoken of last "she" is looked for."""

Said = NDArray[Any]
"""Ids of memories, 16 bytes each."""


class Speaking:
    """Reads the registry of people, never writes it. Where a question has no word that may be a name it reads nothing."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault
        self._sql = queries("people")

    async def of(self, user: UserId, bond: BondId, people: Sequence[Meant], at: datetime | None) -> dict[Meant, Said]:
        """The memories that speak of each of those who are known here: under any name, by relation, as "she".

        One statement: 0.15 ms where no word is a name here, and about 1 µs more a memory of somebody's.
        """
        if not people:
            return {}
        keys = await self._vault.user(user)
        ids = EntityIds(keys, bond)
        asks = at is not None and any(one.pronoun for one in people)
        where: Row = {
            "user": user,
            "bond": bond,
            "aliases": sorted({alias_hash(keys, word) for one in people for word in one.found_by}),
            "speakers": [ids[USER], ids[COMPANION]],
            "hits": HITS_MAX,
            "limit": SAID_MAX,
            "lately": _LATELY if asks else 0,
            "at": at,
            "since": at - SESSION_GAP if at else None,
        }
        found = await self._database.read(user, self._sql["speaking_of"], where)
        if not found:
            return {}
        said = {row["who"]: np.frombuffer(row["said"], "V16") for row in found if row["said"]}
        who = await self._who(user, people, found)
        known = {one: [said[each] for each in each_of if each in said] for one, each_of in who.items()}
        return {one: np.concatenate(each) for one, each in known.items() if each}

    async def _who(
        self, user: UserId, people: Sequence[Meant], found: Sequence[Row]
    ) -> dict[Meant, frozenset[EntityId]]:
        keys = await self._vault.block_keys(user, {BlockId(row["block_id"]) for row in found})
        known = [
            (ref_of(self._vault.words(keys[block], user, block, row["entity_id"], row["sealed"])), row)
            for row in found
            if (block := BlockId(row["block_id"])) in keys
        ]
        return resolved(
            people,
            [(ref, EntityId(row["who"])) for ref, row in known],
            lately=[(ref, EntityId(row["who"])) for ref, row in known if row["lately"]],
        )


def rows_of(ids: Said, said: Said) -> Ints:
    """Where in `ids` any of `said` stands, ascending. By the last eight bytes, which are random in a UUIDv7. 30 ns an id."""
    wanted, here = np.sort(_tails(said)), _tails(ids)
    place = np.minimum(np.searchsorted(wanted, here), max(len(wanted) - 1, 0))
    return np.flatnonzero(wanted[place] == here) if len(wanted) else np.empty(0, np.intp)


def _tails(ids: Said) -> NDArray[np.uint64]:
    return np.ascontiguousarray(ids).view("<u8").reshape(-1, 2)[:, 1]

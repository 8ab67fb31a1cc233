"""The vectors of a cell in PostgreSQL, on their way to another embedder."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, LiteralString

import numpy as np
from pgvector import HalfVector

from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import Flag
from everkin.mind.ports.transcripts import Passage
from everkin.mind.ports.vectors import Stale
from everkin.store.archive import Archive
from everkin.store.database import Connection, Database, Row, one, rows, run
from everkin.store.matters import ROWS_PER_CHUNK, pack_entries
from everkin.store.memories import PostgresMemories
from everkin.store.queries import queries
from everkin.store.stamp import require_owner
from everkin.store.vault import UserKeys, Vault

Renewed = tuple[Stale, Sequence[Passage]]


class PostgresVectors:
    """Fulfils `mind.ports.vectors.Vectors`. `embedder` is the number of the new stamp."""

    def __init__(
        self,
        database: Database,
        cell: Database,
        vault: Vault,
        archive: Archive,
        memories: PostgresMemories,
        *,
        stamp: str,
        embedder: int,
    ) -> None:
        self._database, self._cell, self._vault = database, cell, vault
        self._archive, self._memories = archive, memories
        self._stamp, self._embedder = stamp, embedder
        self._sql = queries("vectors")

    async def users(self) -> Sequence[UserId]:
        async with self._database.statement() as connection:
            return [UserId(row["user_id"]) for row in await rows(connection, self._sql["users"])]

    async def count(self, user: UserId) -> int:
        found = await self._database.read(user, self._sql["count"], self._of(user))
        return int(found[0]["stale"])

    async def stale(self, user: UserId, *, limit: int) -> list[Stale]:
        async with self._database.as_user(user) as connection:
            taken = await self._archive.bring_all_in(connection, user)
        await self._archive.discard(user, taken)
        return await self._opened(user, self._sql["stale"], limit)

    async def waiting(self, *, limit: int) -> list[UserId]:
        async with self._cell.statement() as connection:
            return [UserId(row["user_id"]) for row in await rows(connection, self._sql["waiting"], {"limit": limit})]

    async def unread(self, user: UserId, *, limit: int) -> list[Stale]:
        return await self._opened(user, self._sql["unread"], limit)

    async def _opened(self, user: UserId, query: LiteralString, limit: int) -> list[Stale]:
        found = await self._database.read(user, query, {**self._of(user), "limit": limit})
        opened = await self._memories.get(user, [MemoryId(row["memory_id"]) for row in found])
        return [
            Stale(
                memory=MemoryId(row["memory_id"]),
                bond=BondId(row["bond_id"]),
                rows=tuple(row["rows"]),
                text=opened[row["memory_id"]].text if row["memory_id"] in opened else None,
            )
            for row in found
        ]

    async def renew(self, user: UserId, renewed: Sequence[Renewed]) -> None:
        keys = await self._vault.user(user)
        by_bond: dict[BondId, list[Renewed]] = defaultdict(list)
        for each in renewed:
            by_bond[each[0].bond].append(each)
        async with self._database.as_user(user) as connection:
            require_owner(await one(connection, self._sql["owner"]), self._embedder)
            next_rows = {
                row["bond_id"]: row["next_row"]
                for row in await rows(connection, self._sql["lock_bonds"], self._of(user))
            }
            for bond, its in by_bond.items():
                where: Row = {**self._of(user), "bond": bond}
                await self._put(connection, where, keys, [each for each in its if len(each[0].rows) == len(each[1])])
                await self._darken(connection, where, [stale for stale, passages in its if not passages])
                next_row = next_rows[bond]
                for stale, passages in its:
                    if passages and len(stale.rows) != len(passages):
                        next_row = await self._recut(connection, where, keys, stale, passages, next_row)
                await run(connection, self._sql["take_rows"], {**where, "added": next_row - next_rows[bond]})
                await run(connection, queries("erasure")["revise_bond"], where)
            await run(connection, queries("erasure")["move_epoch"], self._of(user))

    async def finish(self) -> None:
        async with self._database.statement() as connection:
            await run(connection, self._sql["finish"], {"stamp": self._stamp})

    async def _put(self, connection: Connection, where: Row, keys: UserKeys, renewed: Sequence[Renewed]) -> None:
        if passages := [passage for _, cut in renewed for passage in cut]:
            values: Row = {
                "row": [row for stale, _ in renewed for row in stale.rows],
                "embedding": _turned(keys, passages),
            }
            await run(connection, self._sql["put_vectors"], {**where, **values})

    async def _darken(self, connection: Connection, where: Row, dark: Sequence[Stale]) -> None:
        gone = [row for stale in dark for row in stale.rows]
        if gone:
            await run(connection, self._sql["darken"], {**where, "rows": gone})

    async def _recut(
        self,
        connection: Connection,
        where: Row,
        keys: UserKeys,
        stale: Stale,
        passages: Sequence[Passage],
        next_row: int,
    ) -> int:
        """Rows of its own for each new passage, the old ones out of the index; the next free row."""
        numbers = range(next_row, next_row + len(passages))
        new: Row = {
            "row": list(numbers),
            "length": [len(passage.terms) for passage in passages],
            "flags": [int(passage.flags) for passage in passages],
            "embedding": _turned(keys, passages),
            "first": stale.rows[0],
            "fact": int(Flag.FACT),
        }
        old: Row = {**where, "rows": list(stale.rows)}
        await run(connection, self._sql["add_rows"], {**where, **new})
        await self._archive.unindex(connection, where, stale.rows)
        await run(connection, self._sql["drop_rows"], old)
        await run(connection, queries("transcripts")["put_postings"], {**where, **_postings(keys, passages, numbers)})
        return numbers.stop

    def _of(self, user: UserId) -> Row:
        return {"user": user, "embedder": self._embedder}


def _turned(keys: UserKeys, passages: Sequence[Passage]) -> list[HalfVector]:
    return [HalfVector(vector) for vector in keys.turn(np.array([passage.vector for passage in passages]))]


def _postings(keys: UserKeys, passages: Sequence[Passage], numbers: Sequence[int]) -> dict[str, list[Any]]:
    entries: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for passage, row in zip(passages, numbers, strict=True):
        for term, count in Counter(passage.terms).items():
            entries[keys.hash_term(term), row // ROWS_PER_CHUNK].append((row, count))
    ordered = sorted(entries)
    return {
        "term": [term for term, _ in ordered],
        "chunk": [chunk for _, chunk in ordered],
        "entries": [pack_entries(entries[key]) for key in ordered],
    }

"""Alice imports her whole life: the next question costs what it asks for, before and after PostgreSQL has counted the tables."""

from datetime import UTC, datetime

import pytest

from everkin import Bond, Everkin
from everkin.store.queries import queries
from support.house import Opener

MANY = 600
START = datetime(2026, 1, 1, tzinfo=UTC)


async def imported(kin: Everkin) -> Bond:
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.observe([{"role": "user", "content": f"I picked apple {n} today.", "at": START} for n in range(MANY)])
    return alice


async def plan(kin: Everkin, bond: Bond, query: str) -> list[str]:
    ids = [memory.id for memory in await bond.memories(limit=20)]
    told = await kin.store.database.read(
        bond.user_id, f"EXPLAIN {queries('memories')[query]}", {"user": bond.user_id, "ids": ids}
    )
    return [line for row in told for line in row.values()]


@pytest.mark.parametrize(("query", "keys"), [("get", "memories_pkey"), ("messages_of", "messages_pkey")])
async def test_memories_are_looked_up_by_their_keys_in_tables_nobody_has_counted(
    kin: Everkin, query: str, keys: str
) -> None:
    alice = await imported(kin)
    lines = await plan(kin, alice, query)
    assert any(f"using {keys}" in line for line in lines)
    assert not any("memories_in_time" in line or "messages_in_time" in line for line in lines)


async def test_what_was_filled_and_never_counted_is_counted_at_the_next_start(opener: Opener) -> None:
    counted = "SELECT reltuples::int AS rows FROM pg_class WHERE oid = 'messages'::regclass"
    async with opener() as kin:
        alice = await imported(kin)
    async with opener() as kin:
        (row,) = await kin.store.database.read(alice.user_id, counted, {})
    assert row["rows"] > 0

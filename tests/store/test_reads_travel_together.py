"""Alice and Bob ask at the same moment: reads that share a round trip share nothing else."""

import asyncio
from uuid import uuid4

import pytest

from everkin import Bond, Everkin
from everkin.errors import StoreError
from everkin.mind.identity import UserId

MESSAGES = (
    "SELECT count(*) AS n, current_setting('everkin.user_id') AS who FROM messages WHERE user_id = %(user)s OR true"
)
WRONG = "SELECT 1 / %(zero)s AS never"


async def lived(kin: Everkin, user: str, messages: int) -> Bond:
    bond = await kin.bond(user=user, companion="lucy")
    await bond.observe([{"role": "user", "content": f"The {n}. apple is from {user}."} for n in range(messages)])
    return bond


async def test_each_sees_their_own_rows_however_many_ask_at_once(kin: Everkin) -> None:
    alice, bob = await lived(kin, "alice", 3), await lived(kin, "bob", 5)
    database = kin.store.database
    asked = [(each.user_id, {"user": each.user_id}) for each in (alice, bob) * 40]
    found = await asyncio.gather(*(database.read(user, MESSAGES, values) for user, values in asked))
    expected = {str(alice.user_id): 3, str(bob.user_id): 5}
    assert [(row["who"], row["n"]) for (row,) in found] == [(str(user), expected[str(user)]) for user, _ in asked]


async def test_a_connection_forgets_whose_rows_it_read(kin: Everkin) -> None:
    alice = await lived(kin, "alice", 1)
    await kin.store.database.read(alice.user_id, MESSAGES, {"user": alice.user_id})
    with pytest.raises(StoreError):
        async with kin.store.database.transaction() as connection:
            await connection.execute("SELECT * FROM messages")


async def test_one_mistake_is_its_makers_alone(kin: Everkin) -> None:
    alice = await lived(kin, "alice", 2)
    read = kin.store.database.read
    wrong = [read(alice.user_id, WRONG, {"zero": 0}) for _ in range(2)]
    right = [read(alice.user_id, MESSAGES, {"user": alice.user_id}) for _ in range(3)]
    found = await asyncio.gather(wrong[0], *right, wrong[1], return_exceptions=True)
    assert [type(each) for each in found] == [StoreError, list, list, list, StoreError]


async def test_whoever_leaves_takes_nobody_along(kin: Everkin) -> None:
    alice = await lived(kin, "alice", 2)
    read = kin.store.database.read
    leaving, staying = (asyncio.ensure_future(read(alice.user_id, MESSAGES, {"user": alice.user_id})) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying)[0]["n"] == 2
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_who_is_unknown_reads_nothing(kin: Everkin) -> None:
    await lived(kin, "alice", 2)
    (row,) = await kin.store.database.read(UserId(uuid4()), MESSAGES, {"user": uuid4()})
    assert row["n"] == 0

"""The hot tier held in each process, and shared through Redis: one suite for both, and what only Redis can do wrong."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from everkin import Bond, Everkin
from everkin.mind.ports.memories import Probe
from everkin.store.hot import Slot
from everkin.store.matters import SNAPSHOT
from store.test_matters_agree import PROBE_STEMS, assert_same, both, said
from support.house import Opener
from support.redis import RedisServer, redis_server

__all__ = ["redis_server"]

Houses = Callable[[], Any]


@pytest.fixture(params=["in process", "redis"])
async def house(request: pytest.FixtureRequest, opener: Opener) -> AsyncIterator[Houses]:
    """Opens the same cell as another process would, each time it is called."""
    told = {"redis": request.getfixturevalue("redis_server").url} if request.param == "redis" else {}
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(opener(**told))


async def alice_of(kin: Everkin) -> Bond:
    return await kin.bond(user="alice", companion="lucy")


async def settled(kin: Everkin, bond: Bond) -> Any:
    """Hot and warm, compared; what was to be shared lies in Redis."""
    hot, warm = await both(kin, bond)
    assert_same(hot, warm)
    await kin.store.matters.laid()
    return hot


class TestBothForms:
    """What every form of the hot tier holds to."""

    async def test_they_answer_as_postgresql_does_while_a_bond_grows(self, house: Houses) -> None:
        kin = await house()
        bond = await alice_of(kin)
        for first, count in ((0, 40), (40, 1), (41, 300)):
            await bond.observe(said(first, count))
            assert len((await settled(kin, bond)).matter) == first + count

    async def test_another_process_answers_the_same(self, house: Houses) -> None:
        """Alice's phone is served elsewhere, before and after she says more there."""
        here, there = await house(), await house()
        bond = await alice_of(here)
        await bond.observe(said(0, 300))
        await settled(here, bond)
        assert len((await settled(there, await alice_of(there))).matter) == 300

        await (await alice_of(there)).observe(said(300, 5))
        assert len((await settled(here, bond)).matter) == 305

    async def test_what_is_revised_or_erased_is_gone_from_every_process(self, house: Houses) -> None:
        """Also from one that held it, and from one that opens later and finds what the first left behind."""
        here, there = await house(), await house()
        bond = await alice_of(here)
        await bond.observe(said(0, 30))
        await settled(here, bond)
        await settled(there, await alice_of(there))

        await (await alice_of(there)).observe([{**said(3, 1)[0], "content": "the violin was copper all along"}])
        await (await alice_of(there)).erase((await bond.memories())[4].id)
        later = await house()

        for kin in (here, there, later):
            assert len((await settled(kin, await alice_of(kin))).matter) == 29

    async def test_alice_and_bob_are_kept_apart(self, house: Houses) -> None:
        here, there = await house(), await house()
        for kin, name, count in ((here, "alice", 20), (here, "bob", 3)):
            bond = await kin.bond(user=name, companion="lucy")
            await bond.observe(said(0, count))
            await settled(kin, bond)
        assert len((await settled(there, await there.bond(user="bob", companion="lucy"))).matter) == 3

    async def test_an_erased_user_leaves_nothing_hot(self, house: Houses) -> None:
        here = await house()
        bond = await alice_of(here)
        await bond.observe(said(0, 20))
        await settled(here, bond)
        await here.erase(user="alice")
        again = await alice_of(here)
        assert len((await settled(here, again)).matter) == 0


async def filled(kin: Everkin, count: int = 30) -> Bond:
    bond = await alice_of(kin)
    await bond.observe(said(0, count))
    await settled(kin, bond)
    return bond


async def test_another_process_takes_it_from_redis(opener: Opener, redis_server: RedisServer) -> None:
    """And not from PostgreSQL: what it held before its first question to the database is what was laid there."""
    async with opener(redis=redis_server.url) as here, opener(redis=redis_server.url) as there:
        bond = await filled(here)
        thawed = await there.store.matters._thawed(bond.user_id, bond.bond_id)
        assert thawed is not None
        assert len(thawed.layout.matter) == 30
        assert len(redis_server.client.keys("everkin:*:snapshot")) == 1


async def test_redis_holds_no_word_and_no_plain_vector(opener: Opener, redis_server: RedisServer) -> None:
    """Sealed under Alice's key and bound to its place: moved to Bob's, cut or altered it is as if it were not there."""
    async with opener(redis=redis_server.url) as kin:
        bond = await filled(kin)
        (key,) = redis_server.client.keys("everkin:*:snapshot")
        sealed = redis_server.client.get(key)
        assert b"violin" not in sealed
        assert kin.store.shelf is not None
        bob = await kin.bond(user="bob", companion="lucy")
        await kin.store.shelf.put(Slot(user=bob.user_id, bond=bob.bond_id, kind=SNAPSHOT), sealed)
        for spoilt in (sealed[:100], sealed[:-1] + bytes([sealed[-1] ^ 1]), os.urandom(200), b""):
            redis_server.client.set(key, spoilt)
            assert await kin.store.matters._thawed(bond.user_id, bond.bond_id) is None
        assert await kin.store.matters._thawed(bob.user_id, bob.bond_id) is None
        assert len((await settled(kin, bob)).matter) == 0


async def test_an_erasure_takes_it_from_redis(opener: Opener, redis_server: RedisServer) -> None:
    async with opener(redis=redis_server.url) as kin:
        bond = await filled(kin)
        await bond.erase((await bond.memories())[0].id)
        assert redis_server.client.keys("everkin:*:snapshot") == []
        await settled(kin, bond)
        await kin.erase(user="alice")
        assert redis_server.client.keys("everkin:*:snapshot") == []


async def recalls(kin: Everkin, bond: Bond) -> int:
    recalled = await bond.recall("Where is the copper violin?")
    return len(recalled.recollections)


async def test_redis_gone_in_mid_session(opener: Opener, redis_server: RedisServer) -> None:
    """Recall goes on from PostgreSQL, health says so, and nothing waits; when it is back, it is used again."""
    async with opener(redis=redis_server.url) as kin, opener(redis=redis_server.url) as late:
        bond = await filled(kin)
        assert (await kin.health()).parts["hot tier"] == "redis: ready"
        redis_server.stop()

        assert await recalls(kin, bond) == 10
        assert await recalls(late, await alice_of(late)) == 10
        await bond.observe(said(30, 300))
        assert len((await settled(kin, bond)).matter) == 330
        health = await kin.health()
        assert (health.ready, health.parts["hot tier"]) == (True, "redis: away")

        redis_server.start()
        assert (await kin.health()).parts["hot tier"] == "redis: ready"
        await bond.observe(said(330, 300))
        await settled(kin, bond)
        assert len(redis_server.client.keys("everkin:*:snapshot")) == 1


async def test_redis_away_at_the_start(opener: Opener, redis_server: RedisServer) -> None:
    """A server that opens without it is a server."""
    redis_server.stop()
    async with opener(redis=redis_server.url) as kin:
        assert await recalls(kin, await filled(kin)) == 10
        assert (await kin.health()).parts["hot tier"] == "redis: away"


async def test_redis_restarted_empty(opener: Opener, redis_server: RedisServer) -> None:
    """Nothing is missing; what is hot lies there again when it moved on."""
    async with opener(redis=redis_server.url) as kin:
        bond = await filled(kin)
        redis_server.stop()
        redis_server.start()
        assert await recalls(kin, bond) == 10
        await bond.observe([{**said(3, 1)[0], "content": "the violin was copper all along"}])
        await settled(kin, bond)
        assert len(redis_server.client.keys("everkin:*:snapshot")) == 1


async def test_redis_full(opener: Opener, redis_server: RedisServer) -> None:
    """It refuses what is new: health says so, every turn is answered, and once there is room it is used again."""
    used = redis_server.client.info("memory")["used_memory"]
    redis_server.client.config_set("maxmemory", used + 100_000)
    async with opener(redis=redis_server.url) as kin:
        bond = await filled(kin, 600)
        assert await recalls(kin, bond) == 10
        assert (await kin.health()).parts["hot tier"] == "redis: full"

        redis_server.client.config_set("maxmemory", 0)
        await bond.observe(said(600, 300))
        await settled(kin, bond)
        assert (await kin.health()).parts["hot tier"] == "redis: ready"


async def test_a_snapshot_from_after_a_restore_is_not_believed(opener: Opener, redis_server: RedisServer) -> None:
    """A backup was put back: what lies in Redis is of a later epoch than the database, and is left alone."""
    async with opener(redis=redis_server.url) as kin, opener(redis=redis_server.url) as restored:
        bond = await filled(kin)
        async with kin.store.database.as_user(bond.user_id) as connection:
            await connection.execute("UPDATE users SET epoch = epoch - 1 WHERE user_id = %s", (bond.user_id,))
        probe = Probe(vectors=await restored.embed(["the violin"]), stems=PROBE_STEMS)
        matters = restored.store.matters
        thawed = await matters._thawed(bond.user_id, bond.bond_id)
        await matters.prefetch(bond.user_id, bond.bond_id)
        assert thawed is not None
        assert (await matters.gather(bond.user_id, bond.bond_id, probe)).as_of.epoch == thawed.epoch - 1

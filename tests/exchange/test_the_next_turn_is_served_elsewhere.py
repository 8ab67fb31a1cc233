"""Alice's turns are served by whichever process is free; where there is a Redis her session goes on from one to the other."""

import os
from datetime import timedelta
from typing import Any

import pytest

from everkin import Everkin
from everkin.mind.session import Step
from everkin.store.hot.sessions import LAID_MAX, pack, unpack
from support.house import Clock, Opener
from support.redis import RedisServer, redis_server

__all__ = ["redis_server"]

GARDEN = [
    "I planted tomatoes in the garden beside the old wall",
    "The tomatoes by the wall are growing well this week",
    "I gave the tomatoes in the garden more water",
    "The garden wall keeps the tomatoes warm at night",
]


async def alice_of(kin: Everkin) -> Any:
    return await kin.bond(user="alice", companion="lucy")


async def say(kin: Everkin, clock: Clock, text: str) -> Any:
    clock.pass_by(minutes=1)
    reply = await (await alice_of(kin)).reply(text)
    await kin.sessions.settle()
    return reply


async def known(kin: Everkin) -> Any:
    """Something to have at hand, said a month ago."""
    alice = await alice_of(kin)
    ago = kin.now() - timedelta(days=30)
    told = ["My grandmother grew tomatoes in her garden beside a wall", "We had rain", "We had snow"]
    await alice.observe(
        [{"role": "user", "content": text, "at": ago + timedelta(hours=n)} for n, text in enumerate(told)]
    )
    return alice


def begun(*kins: Everkin) -> int:
    return sum(kin.sessions.counts.steps[Step.BEGUN] for kin in kins)


async def test_a_session_goes_on_in_another_process(opener: Opener, clock: Clock, redis_server: RedisServer) -> None:
    """Turn by turn from one to the other: one retrieval at its beginning, and the same memories at hand ever after."""
    async with opener(redis=redis_server.url) as here, opener(redis=redis_server.url) as there:
        await known(here)
        first = await say(here, clock, GARDEN[0])
        later = [await say(kin, clock, text) for kin, text in zip((there, here, there), GARDEN[1:], strict=True)]

        assert begun(here, there) == 1
        assert here.sessions.counts.hits + there.sessions.counts.hits == 3
        wanted = first.started.recollections[0].memory.id
        assert all(wanted in [each.memory.id for each in reply.started.recollections] for reply in later)


async def test_without_redis_each_process_has_its_own(opener: Opener, clock: Clock) -> None:
    """What the other one heard ends it, and every turn that changes sides looks things up."""
    async with opener() as here, opener() as there:
        await known(here)
        for kin, text in zip((here, there, here, there), GARDEN, strict=True):
            await say(kin, clock, text)
        assert begun(here, there) == 4


@pytest.mark.parametrize("how", ["erased", "revised", "heard"])
async def test_what_became_another_is_never_taken_from_there(
    opener: Opener, clock: Clock, redis_server: RedisServer, how: str
) -> None:
    async with opener(redis=redis_server.url) as here, opener(redis=redis_server.url) as there:
        alice = await known(here)
        await say(here, clock, GARDEN[0])
        memory = (await alice.memories())[-1]
        if how == "erased":
            await alice.erase(memory.id)
        elif how == "revised":
            await alice.edit(memory.id, "My grandmother grew roses")
        else:
            await alice.observe([{"role": "user", "content": "The wall has fallen down"}])
        told = await say(there, clock, GARDEN[1])
        assert begun(there) == 1
        if how != "heard":
            assert memory.text not in [each.memory.text for each in told.started.recollections]


async def test_redis_holds_no_word_of_it_and_an_erasure_takes_it_away(
    opener: Opener, clock: Clock, redis_server: RedisServer
) -> None:
    async with opener(redis=redis_server.url) as kin:
        alice = await known(kin)
        await say(kin, clock, GARDEN[0])
        (key,) = redis_server.client.keys("everkin:*:session:*")
        assert b"tomatoes" not in redis_server.client.get(key)
        await alice.erase((await alice.memories())[-1].id)
        assert redis_server.client.keys("everkin:*:session:*") == []


async def test_what_is_altered_there_is_as_if_it_were_not(
    opener: Opener, clock: Clock, redis_server: RedisServer
) -> None:
    async with opener(redis=redis_server.url) as here, opener(redis=redis_server.url) as there:
        await known(here)
        await say(here, clock, GARDEN[0])
        (key,) = redis_server.client.keys("everkin:*:session:*")
        sealed = redis_server.client.get(key)
        for spoilt in (sealed[:100], sealed[:-1] + bytes([sealed[-1] ^ 1]), os.urandom(200), b""):
            redis_server.client.set(key, spoilt)
            assert await there.store.laid.get(*await place(there)) is None
        await say(there, clock, GARDEN[1])
        assert begun(there) == 1


async def place(kin: Everkin) -> tuple[Any, Any, Any]:
    alice = await alice_of(kin)
    return alice.user_id, alice.bond_id, await kin.store.transcripts.conversation(alice.user_id, alice.bond_id, None)


@pytest.mark.parametrize("trouble", ["gone", "empty", "full"])
async def test_redis_in_trouble_in_mid_session_costs_a_retrieval_and_no_turn(
    opener: Opener, clock: Clock, redis_server: RedisServer, trouble: str
) -> None:
    """Gone, restarted empty, or full: the process that has the session goes on, the other begins one."""
    async with opener(redis=redis_server.url) as here, opener(redis=redis_server.url) as there:
        await known(here)
        await say(here, clock, GARDEN[0])
        if trouble == "full":
            redis_server.client.flushall()
            redis_server.client.config_set("maxmemory", 1)
        else:
            redis_server.stop()
        if trouble == "empty":
            redis_server.start()
        assert (await say(here, clock, GARDEN[1])).text
        assert here.sessions.counts.hits == 1
        assert (await say(there, clock, GARDEN[2])).text
        assert begun(here, there) == (2 if trouble in ("gone", "full") else 1)


async def test_what_is_laid_is_what_was_at_hand(opener: Opener, clock: Clock, redis_server: RedisServer) -> None:
    """Word for word, with its times; the vectors to half precision; of much at hand the freshest."""
    async with opener(redis=redis_server.url) as kin:
        alice = await known(kin)
        ago = clock() - timedelta(days=20)
        said = [
            {"role": "user", "content": f"My sister Anna likes tomato number {n}", "at": ago + timedelta(hours=n)}
            for n in range(LAID_MAX + 50)
        ]
        await alice.observe(said)
        await say(kin, clock, GARDEN[0])
        laid = await kin.store.laid.get(*await place(kin))
        assert laid is not None
        session, stand = laid
        again, same = unpack(pack(session, stand)) or (None, None)
        assert same == stand
        assert again is not None
        assert list(again.working.held) == list(session.working.held)
        assert [each.recollection for each in again.working.held.values()] == [
            each.recollection for each in session.working.held.values()
        ]
        assert (again.own, again.spoken_at) == (session.own, session.spoken_at)
        assert len(session.working.held) <= LAID_MAX

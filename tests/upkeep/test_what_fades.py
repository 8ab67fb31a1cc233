"""The decay pass: Alice's lunch cools, her dog's name and her cry for help do not, and nothing is forgotten by default."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from everkin import Bond, Everkin
from everkin.errors import NotFound
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory
from everkin.mind.salience import Kind, References, Trace, salience
from everkin.mind.tier import Moved, Policy, Tier
from everkin.store.tiers import PostgresTiers
from everkin.upkeep import Decay
from support.house import NOON, Clock

STRICT = Policy(hot_share=0.1, warm_share=0.2, warm_min=0)
SAID = (
    "We had noodle soup for lunch.",
    "My dog is called Rex.",
    "The bus was late again.",
    "I want to kill myself.",
    "It rained on the way home.",
    "I am planning a trip to Iceland.",
    "The printer jammed twice.",
    "I bought green socks.",
    "The coffee was cold.",
    "Somebody whistled in the lift.",
)


async def lived(kin: Everkin, user: str = "alice") -> Bond:
    bond = await kin.bond(user=user, companion="lucy")
    await bond.observe(
        [{"id": str(n), "role": "user", "content": text, "at": NOON + timedelta(days=n)} for n, text in enumerate(SAID)]
    )
    return bond


async def passed(kin: Everkin, clock: Clock, policy: Policy = STRICT) -> Moved:
    return await Decay(kin.store.tiers, policy, sleep=at_once).decay(clock())


async def at_once(seconds: float) -> None:
    return None


def tiers(database: str) -> dict[MemoryId, Tier]:
    with psycopg.connect(database) as owner:
        return {id: Tier(tier) for id, tier in owner.execute("SELECT memory_id, tier FROM memory_uses")}


async def texts(bond: Bond, database: str, tier: Tier) -> set[str]:
    placed = tiers(database)
    return {memory.text for memory in await bond.memories() if placed.get(memory.id, Tier.WARM) is tier}


async def test_small_talk_cools_and_what_matters_stays(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    clock.pass_by(days=400)
    moved = await passed(kin, clock)
    cold = await texts(bond, database, Tier.COLD)
    facts = [memory for memory in await bond.memories() if memory.fact]
    floored = {memory.text for memory in facts if memory.fact and memory.fact.predicate.kind.floor == 1}
    assert moved.weighed == len(await bond.memories())
    assert {"We had noodle soup for lunch.", "The bus was late again.", "It rained on the way home."} <= cold
    assert floored
    assert not cold & (floored | {"I want to kill myself."})


async def test_the_newborn_the_pinned_and_the_open_thread_stay_warm(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    lunch = next(memory for memory in await bond.memories() if memory.text == SAID[0])
    assert (await passed(kin, clock)).cooled == 0
    await bond.pin(lunch.id)
    clock.pass_by(days=400)
    await passed(kin, clock)
    cold = [memory for memory in await bond.memories() if tiers(database).get(memory.id) is Tier.COLD]
    assert cold
    assert lunch.id not in {memory.id for memory in cold}
    assert not [memory for memory in cold if memory.fact and memory.fact.predicate.value == "plan"]


async def test_a_pass_does_nothing_twice(kin: Everkin, clock: Clock) -> None:
    await lived(kin)
    clock.pass_by(days=400)
    first = await passed(kin, clock)
    assert first.cooled > 0
    assert await passed(kin, clock) == Moved()
    clock.pass_by(days=1)
    again = await passed(kin, clock)
    assert (again.weighed, again.heated, again.warmed, again.cooled) == (first.weighed, 0, 0, 0)


async def test_cut_off_between_two_people_it_goes_on_with_the_second(kin: Everkin, clock: Clock) -> None:
    for name in ("alice", "bob"):
        await lived(kin, name)
    clock.pass_by(days=400)
    decay = Decay(OneByOne(kin.store.tiers), STRICT, sleep=cut_off)
    with pytest.raises(Unplugged):
        await decay.decay(clock())
    rest = await passed(kin, clock)
    assert rest.users == 1


class Unplugged(Exception):
    """The laptop was closed."""


async def cut_off(seconds: float) -> None:
    raise Unplugged


class OneByOne:
    """Batches of one user each."""

    def __init__(self, tiers: PostgresTiers) -> None:
        self._tiers = tiers

    async def weigh_some(self, policy: Policy, *, now: datetime) -> Moved | None:
        return await self._tiers.weigh_some(policy, now=now, batch_rows=1)


async def test_the_database_weighs_as_the_mind_does(kin: Everkin, clock: Clock, database: str) -> None:
    """One model in two places: whatever was mentioned and used when, both give the same number."""
    bond = await lived(kin)
    rng = random.Random(5)
    clock.pass_by(days=300)
    expected = {}
    with psycopg.connect(database) as owner:
        for memory in await bond.memories():
            trace = random_trace(rng, memory)
            kind = Kind.SAFETY if memory.safety else memory.fact.predicate.kind if memory.fact else Kind.SMALL_TALK
            expected[memory.id] = salience(trace, kind=kind, importance=memory.importance, now=clock()).value
            put_trace(owner, bond, memory, trace)
    weighed = await kin.store.tiers.weigh(bond.user_id, policy=STRICT, now=clock())
    assert {id: value for id, (value, _) in weighed.items()} == pytest.approx(expected, abs=1e-6)
    assert len({round(value, 6) for value in expected.values()}) > 5


def random_trace(rng: random.Random, memory: Memory) -> Trace:
    times = sorted((memory.at + timedelta(days=rng.uniform(0, 200)) for _ in range(rng.randint(1, 4))), reverse=True)
    mentions = References(count=len(times) + rng.choice([0, 3]), first=memory.at, latest=tuple(times))
    used = memory.at + timedelta(days=rng.uniform(0, 100))
    count = rng.randint(0, 5)
    uses = References(count=count, first=memory.at if count > 1 else used, latest=(used,)) if count else None
    return Trace(mentions=mentions, uses=uses)


def put_trace(owner: psycopg.Connection, bond: Bond, memory: Memory, trace: Trace) -> None:
    uses = (trace.uses.count, trace.uses.first, trace.uses.latest[0]) if trace.uses else (0, None, None)
    owner.execute(
        "INSERT INTO memory_uses (user_id, memory_id, mentions, mentioned_at, uses, first_used_at, last_used_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [bond.user_id, memory.id, trace.mentions.count, list(trace.mentions.latest), *uses],
    )


async def test_what_is_said_again_is_counted_once_a_session(kin: Everkin, database: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    for number, hours in enumerate((0, 0.1, 200, 400, 600, 800)):
        at = NOON + timedelta(hours=hours)
        await bond.observe([{"id": str(number), "role": "user", "content": "My dog is called Rex.", "at": at}])
    with psycopg.connect(database) as owner:
        counted = owner.execute("SELECT mentions, mentioned_at FROM memory_uses ORDER BY mentions DESC").fetchall()
    assert counted[0] == (5, [NOON + timedelta(hours=hours) for hours in (800, 600, 400, 200)])


async def test_nothing_is_forgotten_unless_somebody_asks_for_it(kin: Everkin, clock: Clock, database: str) -> None:
    await lived(kin)
    for _ in range(4):
        clock.pass_by(days=4000)
        await passed(kin, clock)
    assert Tier.FORGOTTEN not in tiers(database).values()


async def test_forgetting_waits_out_its_grace_and_can_be_undone(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    policy = replace(STRICT, forgets=True, forget_below=0.1)
    clock.pass_by(days=1000)
    assert (await passed(kin, clock, policy)).fading > 0
    assert (await bond.recall("What about the noodle soup?")).recollections[0].memory.text == SAID[0]
    clock.pass_by(days=91)
    assert (await passed(kin, clock, policy)).forgotten > 0
    assert SAID[0] not in {r.memory.text for r in (await bond.recall("noodle soup lunch", limit=50)).recollections}
    assert "I want to kill myself." not in await texts(bond, database, Tier.FORGOTTEN)
    forgotten = [id for id, tier in tiers(database).items() if tier is Tier.FORGOTTEN]
    (lunch,) = [id for id in forgotten if await said(bond, id) == SAID[0]]
    assert lunch in {memory.id for memory in await bond.fading()}
    assert (await bond.fate(lunch))[0].startswith("forgotten by policy")
    await bond.restore(lunch)
    assert lunch not in {memory.id for memory in await bond.fading()}
    assert (await bond.recall("What about the noodle soup?")).recollections[0].memory.text == SAID[0]
    with pytest.raises(NotFound):
        await bond.restore(lunch)


async def said(bond: Bond, id: MemoryId) -> str:
    memory = await bond.memory(id)
    assert memory is not None
    return memory.text


async def test_an_erased_user_leaves_no_trace_in_the_tiers(kin: Everkin, clock: Clock, database: str) -> None:
    await lived(kin)
    clock.pass_by(days=400)
    await passed(kin, clock)
    await kin.erase(user="alice")
    with psycopg.connect(database) as owner:
        assert owner.execute("SELECT FROM memory_uses").rowcount == 0
        assert owner.execute("SELECT FROM decay_passes").rowcount == 0


async def test_the_job_is_declared(kin: Everkin, clock: Clock, database: str) -> None:
    """It says how many memories it moved; run again it moves none."""
    await lived(kin)
    clock.pass_by(days=2)
    (job,) = [job for job in kin.jobs() if job.name == "decay"]
    moved = await job.run()
    assert moved == sum(tier is not Tier.WARM for tier in tiers(database).values()) > 0
    assert await job.run() == 0

"""A small simulated life: months of small talk go cold, what mattered is found, and what must not fade has not faded."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from everkin import Everkin
from everkin.bench.life import Life, lived
from everkin.mind.transcript import Utterance
from support.house import Clock

DAY = timedelta(days=1)


def test_a_seed_is_a_life() -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    one, again, other = (lived(messages=400, days=20, matters=8, start=at, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.messages != other.messages
    assert len(one.messages) == 400
    assert len(one.important) == 8
    assert {id for each in one.important for id in each.evidence} <= {m.id for m in one.messages}
    assert len({m.content for m in one.messages}) > 350


async def live(kin: Everkin, clock: Clock, life: Life) -> None:
    """Ten days at a time: what was said, the pins, the jobs."""
    bond = await kin.bond(user="ann", companion="lucy")
    weeks: dict[int, list[Utterance]] = defaultdict(list)
    for message in life.messages:
        assert message.at is not None
        weeks[(message.at - clock.at) // (10 * DAY)].append(message)
    for _, said in sorted(weeks.items()):
        await bond.observe(said)
        for memory in await bond.timeline(start=said[0].at, limit=1000):
            if set(memory.message_ids) & set(life.pinned):
                await bond.pin(memory.id)
    clock.at = (life.messages[-1].at or clock.at) + 30 * DAY
    for job in kin.jobs():
        if job.name in ("decay", "archive"):
            await job.run()


@pytest.mark.slow
async def test_at_the_end_of_it_all_what_mattered_is_found(kin: Everkin, clock: Clock, database: str) -> None:
    clock.at = datetime.now(UTC) + DAY
    life = lived(messages=2_000, days=100, matters=40, pinned=6, start=clock.at, seed=3)
    await live(kin, clock, life)
    bond = await kin.bond(user="ann", companion="lucy")
    with psycopg.connect(database) as owner:
        cold = owner.execute("SELECT coalesce(sum(messages), 0) FROM signposts").fetchone()
    assert cold
    assert cold[0] > 900
    missed = []
    for matter in life.important:
        got = {id for each in (await bond.recall(matter.question)).recollections for id in each.memory.message_ids}
        if not got & set(matter.evidence):
            missed.append(matter.kind)
    assert len(missed) <= 0.02 * len(life.important)
    memories = {id: m for m in await bond.memories(limit=10_000) if m.fact is None for id in m.message_ids}
    assert {m.id: m.content for m in life.messages} == {id: memory.text for id, memory in memories.items()}
    assert all(memories[id].pinned for id in life.pinned)
    assert all(memories[id].safety for id in life.hard)
    assert len(await bond.disclosures()) == len(life.hard)

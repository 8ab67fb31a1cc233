"""What Alice says twice is told once, with both its sources; what only looks alike stays two; and all of it can be undone."""

from datetime import timedelta

import pytest

from everkin import Bond, Everkin
from everkin.errors import NotFound
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory
from everkin.mind.ports.repeats import Alike
from everkin.upkeep.consolidation import merged
from support.house import NOON

SAID = (
    "The heron stood in the reeds behind the old mill all morning.",
    "We repainted the kitchen cupboards in a pale shade of green.",
    "The heron stood in the reeds behind the old mill all morning.",
    "The heron did not stand in the reeds behind the old mill all morning.",
    "We repainted 3 kitchen cupboards in a pale shade of green.",
)


async def lived(kin: Everkin) -> Bond:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(
        [{"id": str(n), "role": "user", "content": text, "at": NOON + timedelta(days=n)} for n, text in enumerate(SAID)]
    )
    return bond


async def consolidated(kin: Everkin) -> object:
    (job,) = [job for job in kin.jobs() if job.name == "consolidate"]
    return await job.run()


async def found(bond: Bond) -> list[tuple[str, ...]]:
    recalled = await bond.recall("What did the heron do behind the mill?")
    return [each.memory.message_ids for each in recalled.recollections]


async def of(bond: Bond, message: str) -> Memory:
    return next(memory for memory in await bond.memories() if memory.message_ids[0] == message)


async def test_it_is_told_once_with_both_its_sources(kin: Everkin) -> None:
    bond = await lived(kin)
    assert await consolidated(kin) == 1
    ids = await found(bond)
    assert ("0", "2") in ids
    assert ("2",) not in ids
    assert {("3",), ("1",), ("4",)} <= set(ids)
    assert [source.id for source in await bond.sources((await of(bond, "0")).id)] == ["0", "2"]
    assert (await of(bond, "0")).mentions == 2


async def test_both_stay_where_they_were_said(kin: Everkin) -> None:
    bond = await lived(kin)
    await consolidated(kin)
    assert [memory.text for memory in reversed(await bond.timeline())] == list(SAID)
    assert await consolidated(kin) == 0


async def test_a_merge_is_undone(kin: Everkin) -> None:
    bond = await lived(kin)
    await consolidated(kin)
    again = (await of(bond, "2")).id
    await bond.part(again)
    assert ("2",) in await found(bond)
    with pytest.raises(NotFound):
        await bond.part(again)
    assert await consolidated(kin) == 0


async def test_erasing_what_stands_erases_what_repeats_it(kin: Everkin) -> None:
    """She does not want it known, however often she said it."""
    bond = await lived(kin)
    await consolidated(kin)
    erased = await bond.erase((await of(bond, "0")).id)
    assert erased.messages == 2
    assert SAID[0] not in {memory.text for memory in await bond.timeline()}


async def test_erasing_a_repeat_leaves_what_stands(kin: Everkin) -> None:
    bond = await lived(kin)
    await consolidated(kin)
    await bond.erase((await of(bond, "2")).id)
    assert ("0",) in await found(bond)


def memory(number: int, text: str, **told: bool) -> Memory:
    from uuid import UUID

    from everkin.mind.memory import Kind
    from everkin.mind.transcript import Role

    return Memory(
        id=MemoryId(UUID(int=number)), kind=Kind.EPISODIC, text=text, message_ids=(str(number),), role=Role.USER, name=None,
        at=NOON, recorded_at=NOON, **told,
    )  # fmt: skip


def test_the_longer_stands_and_nothing_that_matters_gives_way() -> None:
    short = "the heron stood in the reeds behind the old mill all morning"
    long = "Today, " + short + "!"
    pair = [Alike(newer=MemoryId(memory(2, long).id), older=MemoryId(memory(1, short).id), cosine=0.97)]
    opened = {m.id: m for m in (memory(1, short), memory(2, long))}
    assert [(repeat.memory.int, repeat.stands.int) for repeat in merged(pair, opened)] == [(1, 2)]
    for told in ({"pinned": True}, {"safety": True}):
        held = {m.id: m for m in (memory(1, short, **told), memory(2, long))}
        assert merged(pair, held) == []
    assert merged(pair, {}) == []

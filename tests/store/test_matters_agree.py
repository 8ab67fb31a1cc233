"""Two sources of candidates, PostgreSQL and the snapshot in RAM, answer the same while a bond grows, changes and shrinks."""

from datetime import UTC, datetime, timedelta

import numpy as np

from everkin import Bond, Everkin
from everkin.mind.ports.memories import Gathered, Probe
from support.house import Opener

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = "harbour lantern violin thunder cinnamon meadow puzzle copper orchard whistle".split()
PROBE_STEMS = ("harbour", "violin", "copper", "nobodysaidthis")


def said(first: int, count: int) -> list[dict[str, object]]:
    return [
        {
            "id": str(n),
            "role": "user" if n % 2 else "assistant",
            "content": f"{WORDS[n % 10]} {WORDS[n * 7 % 10]} {WORDS[n * 3 % 10]} number {n}",
            "at": START + timedelta(hours=3 * (n % 17), minutes=n),
        }
        for n in range(first, first + count)
    ]


async def both(kin: Everkin, bond: Bond) -> tuple[Gathered, Gathered]:
    vectors = await kin.embed(["Where is the violin?", "the copper lantern"])
    probe = Probe(vectors=vectors, stems=PROBE_STEMS)
    matters = kin.store.matters
    await matters.prefetch(bond.user_id, bond.bond_id)
    hot = await matters.gather(bond.user_id, bond.bond_id, probe)
    warm = await matters.warm.gather(bond.user_id, bond.bond_id, probe)
    return hot, warm


def assert_same(hot: Gathered, warm: Gathered) -> None:
    assert (hot.ids == warm.ids).all()
    for column in (
        "memory",
        "message",
        "session",
        "at",
        "renewed",
        "speaker",
        "length",
        "flags",
        "salience",
        "successor",
    ):
        np.testing.assert_array_equal(getattr(hot.matter, column), getattr(warm.matter, column))
    np.testing.assert_allclose(hot.evidence.dense, warm.evidence.dense, atol=1e-3)
    assert hot.evidence.postings.keys() == warm.evidence.postings.keys()
    for term, posting in hot.evidence.postings.items():
        np.testing.assert_array_equal(posting.rows, warm.evidence.postings[term].rows)
        np.testing.assert_array_equal(posting.count, warm.evidence.postings[term].count)


async def test_they_agree_as_a_bond_grows(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    assert_same(*await both(kin, bond))
    for first, count in ((0, 40), (40, 1), (41, 1100)):
        await bond.observe(said(first, count))
        hot, warm = await both(kin, bond)
        assert len(hot.matter) == first + count
        assert_same(hot, warm)


async def test_they_agree_when_older_words_come_later(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    for first, count in ((40, 20), (60, 3), (0, 40), (63, 2)):
        await bond.observe(said(first, count))
        assert_same(*await both(kin, bond))


async def test_they_agree_after_a_revision_and_an_erasure(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(said(0, 30))
    await both(kin, bond)
    await bond.observe([{**said(3, 1)[0], "content": "the violin was copper all along"}])
    hot, warm = await both(kin, bond)
    assert_same(hot, warm)
    assert len(hot.matter) == 30
    await bond.erase((await bond.memories())[4].id)
    hot, warm = await both(kin, bond)
    assert_same(hot, warm)
    assert len(hot.matter) == 29


async def test_another_process_writes_and_the_snapshot_moves_on(opener: Opener) -> None:
    async with opener() as mine, opener() as theirs:
        bond, other = [await kin.bond(user="alice", companion="lucy") for kin in (mine, theirs)]
        await bond.observe(said(0, 20))
        await both(mine, bond)
        await other.observe([{"id": "x", "role": "user", "content": "I tuned the violin."}])
        recalled = await bond.recall("Who tuned the violin?")
        assert recalled.recollections[0].memory.message_ids == ("x",)
        assert_same(*await both(mine, bond))

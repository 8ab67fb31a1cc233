"""The cold tier: what Alice said long ago leaves the database, is found when she asks, and comes back when it is used.

What holds for a folder and for a bucket alike is in `test_cold_in_a_folder_and_in_a_bucket`.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import obstore
import psycopg
import pytest

from everkin import Everkin
from everkin.mind.identity import MemoryId
from everkin.mind.ports.memories import Probe
from everkin.store.archive.archive import GLEANED
from support.cold import COLD, SAID, Census, are_found, cooled, first, job, lived
from support.house import NOON, Clock, Opener


def segments(folder: Path) -> list[Path]:
    return [path for path in (folder / "unused" / "archive").rglob("*") if path.is_file()]


async def test_what_is_cold_leaves_the_database_and_is_found_when_asked(
    kin: Everkin, clock: Clock, database: str, tmp_path: Path
) -> None:
    bond = await lived(kin)
    assert await are_found(bond)
    assert await cooled(kin, clock) >= 90
    _, cold = await Census(kin, bond, database).check()
    assert cold >= 90
    assert len(segments(tmp_path)) == 5
    assert await are_found(bond)
    assert len(await bond.memories(limit=500)) == len({m.id for m in await bond.memories(limit=500)}) >= 100


async def test_what_is_left_of_a_block_goes_too_within_three_days(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    held = [memory.id for memory in await bond.timeline(limit=500) if memory.message_ids[0] in ("34", "35")]
    for id in held:
        await bond.pin(id)
    await cooled(kin, clock)
    census = Census(kin, bond, database)
    assert set(held) <= set((await census.taken())[0])
    for id in held:
        await bond.pin(id, pinned=False)
    for _ in range(GLEANED):
        clock.pass_by(days=1)
        await kin.store.tiers.weigh_some(COLD, now=clock())
        await job(kin, "archive").run()
    await census.check()
    assert set(held) <= set((await census.taken())[1])
    assert await are_found(bond)


async def test_hot_warm_and_cold_answer_the_same(kin: Everkin, clock: Clock) -> None:
    bond = await lived(kin)
    probe = Probe(vectors=await kin.embed(["Where is the teapot?"]), stems=("teapot", "igloo", "nobodysaidthis"))
    before = await kin.store.asked.gather(bond.user_id, bond.bond_id, probe)
    await cooled(kin, clock)
    after = await kin.store.asked.gather(bond.user_id, bond.bond_id, probe)
    assert (before.ids == after.ids).all()
    np.testing.assert_array_equal(before.matter.message, after.matter.message)
    np.testing.assert_allclose(before.evidence.dense, after.evidence.dense, atol=0.2)
    assert before.evidence.postings.keys() == after.evidence.postings.keys()
    for term, posting in before.evidence.postings.items():
        np.testing.assert_array_equal(posting.rows, after.evidence.postings[term].rows)
        np.testing.assert_array_equal(posting.count, after.evidence.postings[term].count)


async def test_archived_then_promoted_is_what_it_was(kin: Everkin, clock: Clock, database: str, tmp_path: Path) -> None:
    bond = await lived(kin)
    rows, terms = indexed(database)
    await cooled(kin, clock)
    await kin.store.archive.promote(bond.user_id, [memory.id for memory in await bond.memories(limit=500)])
    assert indexed(database) == (rows, terms)
    assert await Census(kin, bond, database).check() == (SAID, 0)
    assert segments(tmp_path) == []


async def test_how_it_was_said_goes_cold_with_the_words_and_comes_back(
    kin: Everkin, clock: Clock, database: str
) -> None:
    """Also how strange a reply was, which the words alone do not tell; and a message that is erased takes its own along."""
    bond = await lived(kin)
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE manners SET version = 'v1', strangeness = 0.25 WHERE message_id IN "
                      "(SELECT message_id FROM manners ORDER BY at LIMIT 3)")  # fmt: skip
    before = manners(database)
    moved = await cooled(kin, clock)
    assert len(manners(database)) == len(before) - moved < SAID
    memories = await bond.memories(limit=500)
    await kin.store.archive.promote(bond.user_id, [memory.id for memory in memories])
    assert manners(database) == before
    await cooled(kin, clock)
    await bond.erase(memories[-1].id)
    await kin.store.archive.promote(bond.user_id, [memory.id for memory in await bond.memories(limit=500)])
    assert manners(database) == before[1:]


def manners(database: str) -> list[Any]:
    with psycopg.connect(database) as owner:
        found = owner.execute("SELECT at, message_id, by_user, numbers, wish, version, strangeness FROM manners")
        return sorted(found.fetchall())


def indexed(database: str) -> tuple[list[Any], dict[int, set[bytes]]]:
    """Every passage but its vector, and which entries each term has."""
    with psycopg.connect(database) as owner:
        rows = owner.execute(
            "SELECT row, memory_id, ordinal, at, speaker, kind, length, flags, salience, renewed_at, live, embedder "
            "FROM passages ORDER BY row"
        ).fetchall()
        entries: dict[int, set[bytes]] = {}
        for term, packed in owner.execute("SELECT term, entries FROM postings"):
            entries.setdefault(term, set()).update(packed[n : n + 5] for n in range(0, len(packed), 5))
    return rows, entries


async def test_what_a_reply_used_comes_back_to_the_warm_tier(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    await cooled(kin, clock)
    census = Census(kin, bond, database)
    _, before = await census.check()
    used = (await bond.recall("Where was the marble of the cellar?")).recollections[0].memory.id
    await kin.store.memories.touch(bond.user_id, [used], at=clock())
    _, after = await census.check()
    assert 0 < after < before


STEPS = (
    "put_async",
    "take_messages",
    "take_replies",
    "put_entries",
    "put_signpost",
    "moved",
    "done",
    "take_signposts",
    "put_back",
    "warmed",
    "delete_async",
)


COMMITTED = ("put_async", "done", "delete_async")
"""Steps that stand on their own; the others are undone with the transaction they are in."""


@pytest.mark.parametrize(
    ("step", "late"), [(step, late) for step in STEPS for late in (False, True) if not late or step in COMMITTED]
)
async def test_killed_at_any_step_each_memory_is_in_one_tier(
    kin: Everkin, clock: Clock, database: str, monkeypatch: pytest.MonkeyPatch, step: str, late: bool
) -> None:
    """Archive and promote; die before or after one step of it; then each memory is in one tier, and the next run ends it."""
    bond = await lived(kin)
    census = Census(kin, bond, database)
    with monkeypatch.context() as patched:
        dying = Dying(step, late)
        dying.into(patched)
        with pytest.raises(Killed):
            await cooled(kin, clock)
            await kin.store.archive.promote(bond.user_id, [memory.id for memory in await bond.memories(limit=500)])
    await census.check()
    assert "34" in await first(bond)
    await cooled(kin, clock)
    _, cold = await census.check()
    assert cold >= 50
    assert "34" in await first(bond)
    await kin.store.archive.sweep(bond.user_id, now=clock() + timedelta(days=9000))
    assert "34" in await first(bond)


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """Ends the process at one step, before it or right after it."""

    def __init__(self, step: str, late: bool) -> None:
        self.step, self.late = step, late

    def into(self, patched: pytest.MonkeyPatch) -> None:
        from everkin.store.archive import archive
        from everkin.store.queries import queries

        if self.step.endswith("_async"):
            patched.setattr(obstore, self.step, self.around(getattr(obstore, self.step)))
        elif self.step == "put_back":
            patched.setattr(archive, "_insert", self.around(archive._insert))
        else:
            statement = queries("archive")[self.step]
            for name in ("run", "rows", "count"):
                patched.setattr(archive, name, self.around(getattr(archive, name), statement))

    def around(self, act: Callable[..., Any], statement: str | None = None) -> Callable[..., Any]:
        async def acted(*given: Any) -> Any:
            if statement is not None and given[1] != statement:
                return await act(*given)
            if not self.late:
                raise Killed
            await act(*given)
            raise Killed

        return acted


SHOT_AT = (
    "put_async put_async+ take_passages put_signpost+ moved+ done take_signposts+ warmed+ delete_async delete_async+"
)
"""Before a step, or (+) right after it."""


@pytest.mark.slow
async def test_a_process_that_is_shot_at_any_step_leaves_each_memory_in_one_tier(
    kin: Everkin, clock: Clock, database: str, tmp_path: Path
) -> None:
    """SIGKILL, to another process on the same database; the census is taken by one that lives."""
    bond = await lived(kin)
    census = Census(kin, bond, database)
    for step in SHOT_AT.split():
        await kin.store.archive.promote(bond.user_id, [memory.id for memory in await bond.memories(limit=500)])
        clock.pass_by(days=400)
        while await kin.store.tiers.weigh_some(COLD, now=clock()):
            pass
        script = str(Path(__file__).parent / "killed.py")
        told = [database, str(tmp_path / "keyring"), str(tmp_path / "unused"), step, clock().isoformat()]
        shot = await asyncio.create_subprocess_exec(sys.executable, script, *told)
        assert await shot.wait() == -signal.SIGKILL, step
        await census.check()
        assert "34" in await first(bond), step


async def test_an_erased_memory_is_gone_from_the_cold_too(
    kin: Everkin, clock: Clock, database: str, tmp_path: Path
) -> None:
    bond = await lived(kin)
    await cooled(kin, clock)
    files = {path.name for path in segments(tmp_path)}
    secret = (await bond.recall("Where was the pillow of the desert?")).recollections[0].memory
    await bond.erase(secret.id)
    recalled = await bond.recall("Where was the pillow of the desert?", limit=100)
    assert secret.text not in {r.memory.text for r in recalled.recollections}
    assert len(files - {path.name for path in segments(tmp_path)}) == 1
    await cooled(kin, clock)
    assert secret.id not in {r.memory.id for r in (await bond.recall("the pillow", limit=100)).recollections}


async def test_long_ago_feelings_are_what_they_were(kin: Everkin, clock: Clock) -> None:
    """The plot of a mood reads the same before and after its messages went cold."""
    bond = await lived(kin)
    moments = [NOON + timedelta(days=n / 4) for n in range(1, 24)]
    before = await bond.moods(moments=moments)
    await cooled(kin, clock)
    after = await bond.moods(moments=moments)
    for (his, hers), (his_after, hers_after) in zip(before, after, strict=True):
        np.testing.assert_allclose(his.values, his_after.values, atol=2e-3)
        np.testing.assert_allclose(hers.values, hers_after.values, atol=2e-3)
    assert max(abs(his["closeness"]) for his, _ in before) > 0.05


async def test_a_cold_memory_is_opened_told_and_put_right(kin: Everkin, clock: Clock) -> None:
    bond = await lived(kin)
    await cooled(kin, clock)
    memory = (await bond.recall("Where was the rocket of the desert?")).recollections[0].memory
    assert memory.tier.name == "COLD"
    assert "cold" in (await bond.fate(memory.id))[0]
    assert [source.content for source in await bond.sources(memory.id)] == [memory.text]
    assert memory.text in await bond.why(memory.id)
    right = await bond.edit(memory.id, "The rocket was seen over the desert.")
    assert right.text == (await bond.recall("Where was the rocket of the desert?")).recollections[0].memory.text


async def test_importing_again_changes_nothing_though_it_is_cold(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    await cooled(kin, clock)
    before = await Census(kin, bond, database).check()
    bond = await lived(kin)
    assert await Census(kin, bond, database).check() == before


async def test_a_revised_message_is_not_found_in_its_old_words(kin: Everkin, clock: Clock) -> None:
    bond = await lived(kin)
    await cooled(kin, clock)
    await bond.observe([{"id": "34", "role": "assistant", "content": "It was never seen again.", "at": NOON}])
    recalled = await bond.recall("Where was the rocket of the desert?", limit=100)
    assert "The rocket was seen in the desert, of all places." not in {r.memory.text for r in recalled.recollections}


async def test_what_policy_forgot_in_the_cold_stays_forgotten_until_somebody_undoes_it(
    opener: Opener, clock: Clock, database: str
) -> None:
    """A cold block comes back when something in it may be forgotten, is weighed, and goes again without it."""
    forgetting = replace(COLD, forgets=True)
    async with opener(forget=True) as kin:
        bond = await lived(kin)
        await cooled(kin, clock)
        assert "34" in await first(bond)
        for days in (20_000, 91):
            clock.pass_by(days=days)
            await job(kin, "archive").run()
            while await kin.store.tiers.weigh_some(forgetting, now=clock()):
                pass
        assert "34" not in await first(bond)
        await job(kin, "archive").run()
        census = Census(kin, bond, database)
        assert (await census.check())[1] >= 90
        assert "34" not in await first(bond)
        _, cold = await census.taken()
        (gone,) = [id for id in cold if (await bond.sources(MemoryId(id)))[0].id == "34"]
        await kin.store.tiers.unforget(bond.user_id, MemoryId(gone), at=clock())
        assert "34" in await first(bond)

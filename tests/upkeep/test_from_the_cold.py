"""The cold tier: what Alice said long ago leaves the database, is found when she asks, and comes back when it is used."""

import asyncio
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from socket import create_connection, socket
from typing import Any
from uuid import UUID

import boto3
import numpy as np
import obstore
import psycopg
import pytest
from obstore.exceptions import GenericError

from everkin import Bond, Everkin
from everkin.config.settings import Settings
from everkin.errors import StoreUnavailable
from everkin.mind.identity import MemoryId
from everkin.mind.ports.job import Job
from everkin.mind.ports.memories import Probe
from everkin.mind.tier import Policy
from everkin.store.archive.archive import GLEANED
from everkin.store.archive.block import unpack
from everkin.testing.voice import ScriptedGateway
from support.house import NOON, Clock, Opener

COLD = Policy(hot_share=0.02, warm_share=0.05, warm_min=0)
THINGS = ("kettle", "ladder", "marble", "pillow", "rocket", "saddle", "teapot", "umbrella", "walnut", "zipper")
LATE = 64
SAID = 100 + LATE
PLACES = ("attic", "bakery", "cellar", "desert", "elevator", "forest", "garage", "hangar", "igloo", "jungle")


async def at_once(seconds: float) -> None:
    return None


async def lived(kin: Everkin, user: str = "alice") -> Bond:
    """A hundred things, each in a place of its own; and then the talk of the last evening, which stays at hand."""
    bond = await kin.bond(user=user, companion="lucy")
    await bond.observe(
        [
            {
                "id": str(n),
                "role": "user" if n % 2 else "assistant",
                "content": f"The {THINGS[n % 10]} was seen in the {PLACES[n // 10]}, of all places.",
                "at": NOON + timedelta(days=n // 20, minutes=n),
            }
            for n in range(100)
        ]
        + [
            {
                "id": f"late-{n}",
                "role": "user",
                "content": f"Number {n} was read out.",
                "at": NOON + timedelta(days=9, minutes=n),
            }
            for n in range(LATE)
        ]
    )
    return bond


async def cooled(kin: Everkin, clock: Clock) -> Any:
    clock.pass_by(days=400)
    while await kin.store.tiers.weigh_some(COLD, now=clock()):
        pass
    return await job(kin, "archive").run()


async def first(bond: Bond, thing: int = 34) -> list[str]:
    """The messages that come first when this one is asked for."""
    recalled = await bond.recall(f"Where was the {THINGS[thing % 10]} of the {PLACES[thing // 10]}?", limit=4)
    return [each.memory.message_ids[0] for each in recalled.recollections]


async def are_found(bond: Bond) -> bool:
    return all([str(thing) in await first(bond, thing) for thing in range(0, 100, 7)])


class Census:
    """Where each memory is: rows of the database, and blocks that a signpost leads to."""

    def __init__(self, kin: Everkin, bond: Bond, database: str) -> None:
        self.kin, self.bond, self.database = kin, bond, database

    async def taken(self) -> tuple[list[UUID], list[UUID]]:
        with psycopg.connect(self.database) as owner:
            warm = [id for (id,) in owner.execute("SELECT memory_id FROM memories WHERE kind = 0")]
        async with self.kin.store.database.as_user(self.bond.user_id) as connection:
            posts = (await self.kin.store.archive.posts(connection, self.bond.user_id)).posts
        cold = []
        for post in posts:
            block = await self.kin.store.archive.block(self.bond.user_id, post)
            assert block is not None
            cold += [row["memory_id"] for row in block.tables["memories"] if row["kind"] == 0]
        return warm, cold

    async def check(self) -> tuple[int, int]:
        """Each memory is in one tier; how many are warm, and how many cold."""
        warm, cold = await self.taken()
        assert not set(warm) & set(cold)
        assert len(warm) + len(cold) == len({*warm, *cold}) == SAID
        return len(warm), len(cold)


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


async def test_an_erased_user_leaves_no_segment(kin: Everkin, clock: Clock, tmp_path: Path) -> None:
    await lived(kin)
    bob = await lived(kin, "bob")
    await cooled(kin, clock)
    await kin.erase(user="alice")
    assert {path.parent.name for path in segments(tmp_path)} == {str(bob.user_id)}
    assert "34" in await first(bob)


async def test_a_damaged_segment_costs_no_words(kin: Everkin, clock: Clock, tmp_path: Path) -> None:
    """Half a file, or none: the rest is still recalled, the words still stand, and an erasure still goes through."""
    bond = await lived(kin)
    before = await bond.memories(limit=500)
    await cooled(kin, clock)
    torn, lost, *_ = segments(tmp_path)
    torn.write_bytes(torn.read_bytes()[:100])
    lost.unlink()
    recalled = await bond.recall("Where was the rocket?", limit=500)
    assert 0 < len(recalled.recollections) < SAID
    memories = await bond.memories(limit=500)
    assert len(memories) < len(before)
    await bond.erase(memories[-1].id)


async def test_what_the_first_place_lost_the_second_has_and_mends_it(
    opener: Opener, clock: Clock, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    async with opener(archive_copy=str(copy)) as kin:
        bond = await lived(kin)
        await cooled(kin, clock)
        torn, lost, *_ = segments(tmp_path)
        whole = torn.read_bytes()
        torn.write_bytes(whole[:100])
        lost.unlink()
        assert await are_found(bond)
        assert torn.read_bytes() == whole
        assert lost.exists()
        assert len(await bond.memories(limit=500)) >= SAID
        await kin.erase(user="alice")
    assert not [path for path in copy.rglob("*") if path.is_file()]


async def test_a_store_that_hangs_keeps_nobody_waiting(
    kin: Everkin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is at hand answers, and the answer says what did not take part; the next one has it."""
    bond = await lived(kin)
    await cooled(kin, clock)
    let_go, read = asyncio.Event(), obstore.get_async

    async def hanging(*given: Any) -> Any:
        await let_go.wait()
        return await read(*given)

    monkeypatch.setattr(obstore, "get_async", hanging)
    recalled = await bond.recall("Where was the rocket of the desert?")
    assert recalled.degraded == ("archive",)
    assert "34" not in {each.memory.message_ids[0] for each in recalled.recollections}
    let_go.set()
    assert "34" in await first(bond)
    assert (await bond.recall("Where was the rocket of the desert?")).degraded == ()


async def test_a_store_that_answers_with_errors_loses_nothing(
    kin: Everkin, clock: Clock, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recall says so; what has to change a cold memory refuses whole; and once the store is back, all is as before."""
    bond = await lived(kin)
    await cooled(kin, clock)
    cold = (await bond.recall("Where was the pillow of the desert?")).recollections[0].memory
    kin.store.asked.cool()
    with monkeypatch.context() as patched:
        patched.setattr(obstore, "get_async", failing)
        assert (await bond.recall("Where was the rocket of the desert?")).degraded == ("archive",)
        with pytest.raises(StoreUnavailable):
            await kin.store.erasure.erase_memory(bond.user_id, cold.id)
        await kin.store.memories.touch(bond.user_id, [cold.id], at=clock())
    await Census(kin, bond, database).check()
    assert await are_found(bond)
    await bond.erase(cold.id)


async def failing(*given: Any) -> Any:
    raise GenericError("500 Internal Server Error")


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


async def test_no_word_of_alice_lies_in_a_segment(kin: Everkin, clock: Clock, tmp_path: Path) -> None:
    await lived(kin)
    await cooled(kin, clock)
    for path in segments(tmp_path):
        with pytest.raises((ValueError, struct.error)):
            unpack(path.read_bytes(), None, 384)
        assert not [word for word in (*THINGS, *PLACES) if word.encode() in path.read_bytes()]


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


def job(kin: Everkin, name: str) -> Job:
    (found,) = [job for job in kin.jobs() if job.name == name]
    return found


# -- the same on a real server that speaks S3


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, server)
        endpoint = f"http://127.0.0.1:{port}"
        boto3.client(
            "s3", endpoint_url=endpoint, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
        ).create_bucket(Bucket="cold")
        yield endpoint
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            continue
    raise AssertionError("the S3 server did not start")


@asynccontextmanager
async def opened_on(database: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Everkin]:
    async with Everkin.open(
        dsn=database,
        keyring=tmp_path / "keyring",
        settings=Settings(data=tmp_path / "unused", zone="UTC", archive="s3://cold/everkin"),
        gateway=ScriptedGateway(),
        now=clock,
    ) as kin:
        yield kin


async def test_segments_live_in_a_bucket_as_well(
    bucket: str, database: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": bucket,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    async with opened_on(database, tmp_path, clock) as kin:
        bond = await lived(kin)
        assert await cooled(kin, clock) >= 90
    async with opened_on(database, tmp_path, clock) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        assert await are_found(bond)
        assert segments(tmp_path) == []
        await kin.erase(user="alice")
    s3 = boto3.client(
        "s3", endpoint_url=bucket, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
    )
    assert s3.list_objects_v2(Bucket="cold")["KeyCount"] == 0

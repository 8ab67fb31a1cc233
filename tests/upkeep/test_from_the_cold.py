"""The cold tier: what Alice said long ago leaves the database, is found when she asks, and comes back when it is used."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from socket import create_connection, socket
from typing import Any

import boto3
import numpy as np
import obstore
import psycopg
import pytest

from everkin import Bond, Everkin
from everkin.config.settings import Settings
from everkin.mind.ports.memories import Probe
from everkin.mind.tier import Policy
from everkin.store.archive.segment import Segment
from everkin.testing.voice import ScriptedGateway
from support.house import NOON, Clock

COLD = Policy(hot_share=0.02, warm_share=0.05, warm_min=0)
THINGS = ("kettle", "ladder", "marble", "pillow", "rocket", "saddle", "teapot", "umbrella", "walnut", "zipper")
PLACES = ("attic", "bakery", "cellar", "desert", "elevator", "forest", "garage", "hangar", "igloo", "jungle")


async def at_once(seconds: float) -> None:
    return None


async def lived(kin: Everkin, user: str = "alice") -> Bond:
    """A hundred things, each in a place of its own."""
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
    )
    return bond


async def cooled(kin: Everkin, clock: Clock) -> int:
    clock.pass_by(days=400)
    while await kin.store.tiers.weigh_some(COLD, now=clock()):
        pass
    (job,) = [job for job in kin.jobs() if job.name == "archive"]
    return await job.run()


async def found(bond: Bond, thing: int = 34) -> str:
    recalled = await bond.recall(f"Where was the {THINGS[thing % 10]} of the {PLACES[thing // 10]}?")
    return recalled.recollections[0].memory.message_ids[0]


class Census:
    """Where each memory's passages are: rows of the database, and rows of segments that a signpost leads to."""

    def __init__(self, kin: Everkin, bond: Bond, database: str) -> None:
        self.kin, self.bond, self.database = kin, bond, database

    async def taken(self) -> tuple[list[str], list[str]]:
        with psycopg.connect(self.database) as owner:
            warm = [str(id) for (id,) in owner.execute("SELECT memory_id FROM passages WHERE kind = 0")]
            posts = owner.execute("SELECT segment_id, block_id FROM signposts").fetchall()
        cold = []
        for segment, block in posts:
            read = await self.kin.store.archive._segment(self.bond.user_id, block, segment)
            assert read is not None
            cold += [str(np.frombuffer(id.tobytes(), np.uint8).tobytes().hex()) for id in read.columns["memory"]]
        return sorted(id.replace("-", "") for id in warm), sorted(cold)

    async def check(self) -> tuple[int, int]:
        """Each memory is in one tier; how many are warm, and how many cold."""
        warm, cold = await self.taken()
        assert not set(warm) & set(cold)
        assert len(warm) + len(cold) == len({*warm, *cold}) == 100
        return len(warm), len(cold)


def segments(folder: Path) -> list[Path]:
    return [path for path in (folder / "unused" / "archive").rglob("*") if path.is_file()]


async def test_what_is_cold_leaves_the_database_and_is_found_when_asked(
    kin: Everkin, clock: Clock, database: str, tmp_path: Path
) -> None:
    bond = await lived(kin)
    before = [await found(bond, thing) for thing in range(0, 100, 7)]
    assert await cooled(kin, clock) >= 90
    _, cold = await Census(kin, bond, database).check()
    assert cold >= 90
    assert len(segments(tmp_path)) == 5
    assert [await found(bond, thing) for thing in range(0, 100, 7)] == before
    assert len(set(before)) > 10
    assert len(await bond.memories(limit=500)) == len({m.id for m in await bond.memories(limit=500)}) >= 100


async def test_hot_warm_and_cold_answer_the_same(kin: Everkin, clock: Clock) -> None:
    bond = await lived(kin)
    probe = Probe(vectors=await kin.embed(["Where is the teapot?"]), stems=("teapot", "igloo", "nobodysaidthis"))
    before = await kin.store.asked.gather(bond.user_id, bond.bond_id, probe)
    await cooled(kin, clock)
    after = await kin.store.asked.gather(bond.user_id, bond.bond_id, probe)
    assert (before.ids == after.ids).all()
    np.testing.assert_array_equal(before.matter.message, after.matter.message)
    np.testing.assert_allclose(before.evidence.dense, after.evidence.dense, atol=5e-3)
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
    assert await Census(kin, bond, database).check() == (100, 0)
    assert segments(tmp_path) == []


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
    "take_passages",
    "put_signpost",
    "mark",
    "done",
    "take_signposts",
    "put_passages_back",
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
    assert await found(bond) == "34"
    await cooled(kin, clock)
    _, cold = await census.check()
    assert cold >= 50
    assert await found(bond) == "34"
    await kin.store.archive.sweep(bond.user_id, now=clock() + timedelta(days=9000))
    assert await found(bond) == "34"


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
    assert await found(bob) == "34"


async def test_a_damaged_segment_costs_no_words(kin: Everkin, clock: Clock, tmp_path: Path) -> None:
    """Half a file, or none: the rest is still recalled, the words still stand, and an erasure still goes through."""
    bond = await lived(kin)
    await cooled(kin, clock)
    torn, lost, *_ = segments(tmp_path)
    torn.write_bytes(torn.read_bytes()[:100])
    lost.unlink()
    recalled = await bond.recall("Where was the rocket?", limit=100)
    assert 0 < len(recalled.recollections) < 100
    memories = await bond.memories(limit=500)
    assert len([memory for memory in memories if memory.fact is None]) == 100
    await bond.erase(memories[-1].id)


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
        with pytest.raises(ValueError, match="version"):
            Segment.unpack(path.read_bytes())
        assert not [word for word in (*THINGS, *PLACES) if word.encode() in path.read_bytes()]


async def test_what_policy_forgot_stays_forgotten_in_the_cold(kin: Everkin, clock: Clock) -> None:
    bond = await lived(kin)
    await cooled(kin, clock)
    forgetting = replace(COLD, forgets=True, forget_below=0.2, grace=timedelta(days=30))
    for _ in range(2):
        clock.pass_by(days=31)
        await kin.store.tiers.weigh_some(forgetting, now=clock())
    recalled = await bond.recall("Where was the rocket of the desert?", limit=100)
    assert "34" not in {r.memory.message_ids[0] for r in recalled.recollections}


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
        assert [await found(bond, thing) for thing in (3, 34, 77)] == ["3", "34", "77"]
        assert segments(tmp_path) == []
        await kin.erase(user="alice")
    s3 = boto3.client(
        "s3", endpoint_url=bucket, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
    )
    assert s3.list_objects_v2(Bucket="cold")["KeyCount"] == 0

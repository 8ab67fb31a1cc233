"""The cold tier in a folder, and in a bucket on a real server that speaks S3: one suite for both, and for all that goes wrong.

What was said is in one tier at any moment, however the store behaves, and nothing is called found that is lost.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from everkin import Bond, Everkin
from everkin.errors import EverkinError, StoreUnavailable
from everkin.mind.identity import MemoryId
from support.cold import PLACES, SAID, THINGS, Census, are_found, cooled, first, job, lived
from support.house import Clock, Opener
from support.places import Mood, Place, place
from support.s3 import s3_server

__all__ = ["place", "s3_server"]

AWAY = (Mood.FAILING, Mood.GONE, Mood.CUT)
ASKED = "Where was the rocket of the desert?"


@pytest.fixture
async def kin(place: Place, opener: Opener) -> AsyncIterator[Everkin]:
    async with opener(archive=place.archive) as opened:
        yield opened


def mirrored(place: Place, opener: Opener) -> AbstractAsyncContextManager[Everkin]:
    """The same cell, which keeps every block in a second place too."""
    return opener(archive=place.archive, archive_copy=place.copy)


async def cold_life(kin: Everkin, clock: Clock) -> Bond:
    bond = await lived(kin)
    assert await cooled(kin, clock) >= 90
    return bond


class TestWhatEveryPlaceHoldsTo:
    async def test_another_process_finds_it_when_asked(
        self, kin: Everkin, place: Place, opener: Opener, clock: Clock, database: str
    ) -> None:
        bond = await cold_life(kin, clock)
        assert len(place.names()) == 5
        async with opener(archive=place.archive) as other:
            assert await are_found(await other.bond(user="alice", companion="lucy"))
        assert (await Census(kin, bond, database).check())[1] >= 90

    async def test_no_word_of_alice_lies_there(self, kin: Everkin, place: Place, clock: Clock) -> None:
        await cold_life(kin, clock)
        for name in place.names():
            assert not [word for word in (*THINGS, *PLACES) if word.encode() in place.read(name)]

    async def test_what_comes_back_is_what_it_was_and_leaves_nothing_there(
        self, kin: Everkin, place: Place, clock: Clock, database: str
    ) -> None:
        bond = await lived(kin)
        before = {memory.id: memory.text for memory in await bond.memories(limit=500)}
        await cooled(kin, clock)
        await kin.store.archive.promote(bond.user_id, [*before])
        assert {memory.id: memory.text for memory in await bond.memories(limit=500)} == before
        assert await Census(kin, bond, database).check() == (SAID, 0)
        assert place.names() == []

    async def test_an_erased_memory_takes_its_object_along_and_an_erased_user_all(
        self, place: Place, opener: Opener, clock: Clock
    ) -> None:
        """From the second place as well; and nothing of Bob's."""
        async with mirrored(place, opener) as kin:
            alice, bob = await lived(kin), await lived(kin, "bob")
            await cooled(kin, clock)
            before = set(place.names())
            secret = (await alice.recall("Where was the pillow of the desert?")).recollections[0].memory
            await alice.erase(secret.id)
            assert len(before - set(place.names())) == 1
            assert place.names(copy=True) == place.names()
            await kin.erase(user="alice")
            assert {name.split("/")[0] for name in place.names()} == {str(bob.user_id)}
            assert place.names(copy=True) == place.names()
            assert "34" in await first(bob)

    async def test_what_a_crash_left_behind_is_swept(self, kin: Everkin, place: Place, clock: Clock) -> None:
        bond = await cold_life(kin, clock)
        orphan = f"{bond.user_id}/{uuid4()}"
        kept = place.names()
        place.write(orphan, b"nobody leads here")
        assert await kin.store.archive.sweep(bond.user_id, now=clock() + timedelta(days=9000)) == 1
        assert place.names() == kept
        assert await are_found(bond)


class TestObjectsThatAreLost:
    async def test_cut_short_changed_or_missing_it_costs_that_block_and_no_other(
        self, kin: Everkin, place: Place, clock: Clock, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """The log names it, what is whole is recalled, an erasure still goes through."""
        bond = await lived(kin)
        before = await bond.memories(limit=500)
        await cooled(kin, clock)
        cut, changed, lost, *_ = place.names()
        place.write(cut, place.read(cut)[:100])
        place.write(changed, place.read(changed)[:-1] + bytes([place.read(changed)[-1] ^ 1]))
        place.remove(lost)
        recalled = await bond.recall("Where was the rocket?", limit=500)
        assert 0 < len(recalled.recollections) < SAID
        memories = await bond.memories(limit=500)
        assert len(memories) < len(before)
        told = "".join(capfd.readouterr())
        assert all(name.split("/")[1] in told for name in (cut, changed, lost))
        await bond.erase(memories[-1].id)

    async def test_what_the_first_place_lost_the_second_has_and_mends_it(
        self, place: Place, opener: Opener, clock: Clock
    ) -> None:
        async with mirrored(place, opener) as kin:
            bond = await cold_life(kin, clock)
            cut, lost, *_ = place.names()
            whole = {name: place.read(name) for name in (cut, lost)}
            place.write(cut, whole[cut][:100])
            place.remove(lost)
            assert await are_found(bond)
            assert {name: place.read(name) for name in (cut, lost)} == whole
            assert len(await bond.memories(limit=500)) >= SAID


class TestAStoreThatMisbehaves:
    async def test_one_that_hangs_keeps_nobody_waiting(self, kin: Everkin, place: Place, clock: Clock) -> None:
        """What is at hand answers, and the answer says what did not take part; the next one has it."""
        bond = await cold_life(kin, clock)
        place.mood = Mood.SLOW
        recalled = await bond.recall(ASKED)
        assert recalled.degraded == ("archive",)
        assert "34" not in {each.memory.message_ids[0] for each in recalled.recollections}
        place.mood = Mood.WELL
        assert "34" in await first(bond)
        assert (await bond.recall(ASKED)).degraded == ()

    @pytest.mark.parametrize("mood", AWAY)
    async def test_one_that_is_away_loses_nothing(
        self, kin: Everkin, place: Place, clock: Clock, database: str, mood: Mood
    ) -> None:
        """Recall says so; what has to change a cold memory refuses whole; and once the store is back, all is as before."""
        bond = await cold_life(kin, clock)
        cold = MemoryId((await Census(kin, bond, database).taken())[1][0])
        kin.store.asked.cool()
        place.mood = mood
        assert (await bond.recall(ASKED)).degraded == ("archive",)
        with pytest.raises(StoreUnavailable):
            await kin.store.erasure.erase_memory(bond.user_id, cold)
        place.mood = Mood.WELL
        await Census(kin, bond, database).check()
        assert await are_found(bond)
        await bond.erase(cold)

    @pytest.mark.parametrize("mood", [Mood.FAILING, Mood.CUT])
    async def test_the_second_place_answers_for_one_that_is_away(
        self, place: Place, opener: Opener, clock: Clock, mood: Mood
    ) -> None:
        async with mirrored(place, opener) as kin:
            bond = await cold_life(kin, clock)
            kin.store.asked.cool()
            place.mood = mood
            assert await are_found(bond)
            assert (await bond.recall(ASKED)).degraded == ()

    @pytest.mark.parametrize("mood", [Mood.SLOW, Mood.FAILING])
    async def test_nothing_goes_into_one_that_does_not_take_it(
        self, kin: Everkin, place: Place, clock: Clock, database: str, mood: Mood
    ) -> None:
        """The job fails, every row stays where it was, and the next run archives them."""
        bond = await lived(kin)
        kin.store.archive.segments.patience = timedelta(seconds=1)
        place.mood = mood
        with pytest.raises(EverkinError):
            await cooled(kin, clock)
        assert await Census(kin, bond, database).check() == (SAID, 0)
        place.mood = Mood.WELL
        kin.store.archive.segments.patience = timedelta(seconds=10)
        await job(kin, "archive").run()
        assert (await Census(kin, bond, database).check())[1] >= 90
        assert await are_found(bond)

    async def test_a_user_is_erased_while_it_is_away_and_the_next_run_takes_what_was_left(
        self, kin: Everkin, place: Place, clock: Clock, database: str
    ) -> None:
        """Their keys and rows are gone at once, so that what lies there is dark; and then it is gone as well."""
        await cold_life(kin, clock)
        place.mood = Mood.GONE
        await kin.erase(user="alice")
        assert len(place.names()) == 5
        with psycopg.connect(database) as owner:
            assert owner.execute("SELECT count(*) FROM users").fetchone() == (0,)
        place.mood = Mood.WELL
        await job(kin, "destroy_due_keys").run()
        assert place.names() == []

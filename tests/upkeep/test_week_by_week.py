"""Week by week: a week that is over is told by a few of its messages; what Alice erases or puts right is told no more."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from everkin import Bond, Everkin
from everkin.mind.confidence import Verdict
from everkin.mind.identity import MemoryId
from everkin.recall.recaller import TELLS
from support.cold import job
from support.house import Clock

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
MOVE = (
    "We are moving house on Friday and I am packing boxes",
    "The boxes for the kitchen are packed, moving is hard work",
    "I carried the boxes out of the old house all day",
    "The house is empty now, only boxes and the cat",
)
CHAT = ("It rained again", "I had soup for lunch", "The tram was late", "Good night then", "I slept badly", "Nice song")


def talk(texts: Sequence[str], first: datetime, *, name: str, count: int = 28) -> list[dict[str, object]]:
    """Four messages a day for a week: one about the matter, three about nothing."""
    said = []
    for n in range(count):
        text = texts[n // 4 % len(texts)] if n % 4 == 0 else f"{CHAT[n % len(CHAT)]}, {name} {n}"
        at = first + timedelta(days=n // 4, hours=12, minutes=n)
        said.append({"id": f"{name}-{n}", "role": "user", "content": text, "at": at})
    return said


async def alice_of(kin: Everkin) -> Bond:
    return await kin.bond(user="alice", companion="lucy")


async def moved(kin: Everkin, clock: Clock) -> Bond:
    """The week of the move, and one of an exam."""
    bond = await alice_of(kin)
    await bond.observe(talk(MOVE, MONDAY, name="move"))
    exam = ("The maths exam is on Thursday and I revise", "I revise for the exam with my teacher, maths is hard")
    await bond.observe(talk(exam, MONDAY + timedelta(days=7), name="exam"))
    clock.at = MONDAY + timedelta(days=14, hours=1)
    await job(kin, "digest").run()
    return bond


def digested(database: str) -> list[tuple[int, int]]:
    with psycopg.connect(database) as owner:
        found = owner.execute("SELECT messages, cardinality(memories) FROM digests ORDER BY week").fetchall()
    return [(messages, count) for messages, count in found]


async def test_a_week_is_told_by_what_it_was_about(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await moved(kin, clock)
    exam, move = await bond.weeks()
    assert (move.start, move.end, move.messages) == (MONDAY, MONDAY + timedelta(days=7), 28)
    assert move.memories[0].text in MOVE
    assert "exam" in exam.memories[0].text
    assert all(memory.message_ids[0].startswith("move-") for memory in move.memories)
    assert digested(database) == [(28, 3), (28, 3)]
    assert sum(len(said) for said in move.days.values()) == 3


@pytest.mark.parametrize("question", ["What happened last week?", "Remind me what we talked about last week"])
async def test_what_was_that_week(kin: Everkin, clock: Clock, question: str) -> None:
    """A question that is like no message is answered by what tells the time it asks about; one about a thing is not."""
    bond = await moved(kin, clock)
    exam = (await bond.weeks())[0]
    recalled = await bond.recall(question, limit=5)
    assert [each.memory.id for each in recalled.recollections[:3]] == [memory.id for memory in exam.memories]
    assert recalled.recollections[0].why == (TELLS,)
    assert recalled.verdict is not Verdict.NOTHING
    assert exam.memories[0].text in str((await bond.context(question)).messages)
    about = await bond.recall("What did I say about the kitchen last week?")
    assert all(each.why != (TELLS,) for each in about.recollections)


async def test_a_week_is_found_by_what_it_was_about(kin: Everkin, clock: Clock) -> None:
    bond = await moved(kin, clock)
    assert [week.start for week in await bond.weeks(about="packing the kitchen for the move", limit=1)] == [MONDAY]
    assert [week.start for week in await bond.weeks(end=MONDAY + timedelta(days=3))] == [MONDAY]
    assert await bond.weeks(start=clock()) == []


async def test_nothing_new_is_one_statement_and_changes_nothing(kin: Everkin, clock: Clock, database: str) -> None:
    await moved(kin, clock)
    before = digested(database)
    assert await job(kin, "digest").run() == 0
    assert digested(database) == before


async def test_a_week_that_goes_on_is_not_told_yet(kin: Everkin, clock: Clock) -> None:
    bond = await alice_of(kin)
    await bond.observe(talk(MOVE, MONDAY, name="move", count=24))
    clock.at = MONDAY + timedelta(days=6, hours=20)
    await job(kin, "digest").run()
    assert await bond.weeks() == []


async def test_what_was_said_offline_is_in_its_week_after_the_next_run(kin: Everkin, clock: Clock) -> None:
    """The phone kept three messages of that week and sends them a fortnight later."""
    bond = await moved(kin, clock)
    late = [f"We moved house on Friday, the piano fell down the stairs and the boxes under it, {n}" for n in range(3)]
    at = MONDAY + timedelta(days=5, hours=9)
    await bond.observe(
        [{"role": "user", "content": text, "at": at + timedelta(minutes=n)} for n, text in enumerate(late)]
    )
    assert await job(kin, "digest").run() == 1
    move = (await bond.weeks())[1]
    assert move.messages == 31
    assert any(memory.text in late for memory in move.memories)


async def test_an_erased_message_tells_nothing_any_more(kin: Everkin, clock: Clock, database: str) -> None:
    """The digest that cites it is gone in the same commit, and made anew from what remains."""
    bond = await moved(kin, clock)
    gone = (await bond.weeks())[1].memories[0]
    await bond.erase(gone.id)
    with psycopg.connect(database) as owner:
        assert owner.execute("SELECT count(*) FROM digests WHERE %s = ANY(memories)", [gone.id]).fetchone() == (0,)
    assert len(await bond.weeks()) == 1
    assert await job(kin, "digest").run() == 1
    move = (await bond.weeks())[1]
    assert (move.messages, len(move.memories)) == (27, 3)
    assert gone.id not in [memory.id for memory in move.memories]


async def test_what_was_put_right_is_not_told_in_its_old_words(kin: Everkin, clock: Clock) -> None:
    bond = await moved(kin, clock)
    old = (await bond.weeks())[1].memories[0]
    await bond.edit(MemoryId(old.id), "We are not moving at all.")
    assert all(old.id != memory.id for week in await bond.weeks() for memory in week.memories)
    await job(kin, "digest").run()
    weeks = await bond.weeks()
    assert len(weeks) == 2
    assert all(old.id != memory.id for memory in weeks[1].memories)


async def test_what_was_said_in_need_is_in_no_digest(kin: Everkin, clock: Clock) -> None:
    bond = await alice_of(kin)
    need = "I don't want to live any more, the boxes, the house, the moving"
    await bond.observe(talk((*MOVE, need), MONDAY, name="move"))
    clock.at = MONDAY + timedelta(days=14)
    await job(kin, "digest").run()
    (week,) = await bond.weeks()
    assert need not in [memory.text for memory in week.memories]
    assert any(memory.safety for memory in await bond.memories())


async def test_an_erased_user_leaves_none_and_bob_keeps_his(kin: Everkin, clock: Clock, database: str) -> None:
    await moved(kin, clock)
    bob = await kin.bond(user="bob", companion="lucy")
    await bob.observe(talk(MOVE, MONDAY, name="bob"))
    await job(kin, "digest").run()
    await kin.erase(user="alice")
    assert digested(database) == [(28, 3)]
    assert len(await bob.weeks()) == 1


async def test_a_zone_that_the_database_does_not_know_stops_nobodys_digests(kin: Everkin, clock: Clock) -> None:
    """Alice's `localtime` is one that Python knows and PostgreSQL does not: her weeks are the house's, Bob's are his."""
    for name, zone in (("alice", "localtime"), ("bob", "Asia/Tokyo")):
        bond = await kin.bond(user=name, companion="lucy")
        await bond.observe(talk(MOVE, MONDAY, name=name))
        await kin.set_time_zone(name, zone)
    clock.at = MONDAY + timedelta(days=14)
    assert await job(kin, "digest").run() == 2
    starts = [(await (await kin.bond(user=name, companion="lucy")).weeks())[-1].start for name in ("alice", "bob")]
    assert [start.utcoffset() for start in starts] == [timedelta(0), timedelta(hours=9)]


async def test_a_week_begins_at_midnight_where_alice_lives(kin: Everkin, clock: Clock) -> None:
    """Also in the week in which her clocks go back: it is an hour longer, and each message is in one week."""
    await alice_of(kin)
    await kin.set_time_zone("alice", "Europe/Lisbon")
    bond = await alice_of(kin)
    first = datetime(2026, 10, 19, tzinfo=UTC)
    await bond.observe(talk(MOVE, first, name="move"))
    await bond.observe(
        [{"role": "user", "content": "It is Monday at last", "at": datetime(2026, 10, 26, 0, 30, tzinfo=UTC)}]
    )
    clock.at = datetime(2026, 11, 3, tzinfo=UTC)
    await job(kin, "digest").run()
    (week,) = await bond.weeks()
    assert week.end.astimezone(UTC) - week.start.astimezone(UTC) == timedelta(days=7, hours=1)
    assert (week.start.hour, week.end.hour, week.messages) == (0, 0, 28)

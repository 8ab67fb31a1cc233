"""Arcs, open threads and days that come round: read back from what Alice said, and gone when it is erased."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from everkin import Bond, Everkin
from everkin.mind.anniversary import Occasion
from everkin.mind.arc import Axis
from everkin.mind.risk import State

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
CHEERFUL = [
    "I had such a lovely day, I am so happy!",
    "Thank you, this is wonderful news.",
    "That was fun, I love it here.",
]
GLOOMY = ["I feel terrible and so sad today.", "Everything is awful, I am miserable.", "I am so disappointed and hurt."]


async def said(bond: Bond, *lines: str, at: datetime, **more: object) -> None:
    await bond.observe(
        [{"role": "user", "content": line, "at": at + timedelta(minutes=n), **more} for n, line in enumerate(lines)]
    )


async def ahead(bond: Bond, at: datetime) -> list[str]:
    return [thread.text for thread in (await bond.state(at=at)).open_threads]


async def sessions_in(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as owner:
        return owner.execute("SELECT began, ended, messages, letters, tone FROM sessions ORDER BY began").fetchall()


async def settled(database: str) -> list[tuple[object, ...]]:
    """What the sessions would be if they were added up from the messages alone."""
    with psycopg.connect(database) as owner:
        return owner.execute(
            "SELECT min(at), max(at), count(*), sum(letters), sum(tone) FROM (SELECT *, count(*) FILTER (WHERE starts) OVER (ORDER BY at,"
            " message_id) AS n FROM (SELECT *, at - lag(at) OVER (ORDER BY at, message_id) > interval '4 hours' AS starts FROM traces) t) s"
            " GROUP BY n ORDER BY 1"
        ).fetchall()


async def test_an_interview_is_open_until_she_tells_how_it_went(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, "I have a job interview at the harbour on Friday.", at=MONDAY)
    assert await ahead(bond, MONDAY + timedelta(days=1)) == ["I have a job interview at the harbour on Friday."]
    [thread] = (await bond.state(at=MONDAY + timedelta(days=1))).open_threads
    assert thread.ask_at == datetime(2026, 6, 6, 10, tzinfo=UTC)
    before = await bond.context("Hello", at=MONDAY + timedelta(days=3))
    assert "Friday 5 June" in before.messages[0]["content"]
    after = await bond.context("Hello", at=MONDAY + timedelta(days=5, hours=2))
    assert "They have not said how it went." in after.messages[0]["content"]
    await said(bond, "The interview went really well!", at=MONDAY + timedelta(days=5, hours=3))
    assert await ahead(bond, MONDAY + timedelta(days=5, hours=4)) == []
    assert await ahead(bond, MONDAY + timedelta(days=4)) != []


async def test_erasing_how_it_went_opens_the_thread_again_and_erasing_the_thread_ends_it(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, "I have a job interview at the harbour on Friday.", at=MONDAY)
    await said(bond, "The interview went really well!", at=MONDAY + timedelta(days=5))
    later = MONDAY + timedelta(days=6)
    assert await ahead(bond, later) == []
    told, announced = await bond.timeline(limit=2)
    await bond.erase(told.id)
    assert await ahead(bond, later) != []
    await bond.erase(announced.id)
    assert await ahead(bond, later) == []


async def test_what_was_put_off_is_open_on_its_new_day(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, "My surgery appointment is on Friday.", at=MONDAY)
    await said(bond, "They moved it: my surgery will be next Monday now.", at=MONDAY + timedelta(days=1))
    [thread] = (await bond.state(at=MONDAY + timedelta(days=2))).open_threads
    assert thread.starts is not None
    assert thread.starts.day == 8


async def test_nobody_is_asked_about_last_year(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, "I have a job interview at the harbour on Friday.", at=MONDAY)
    assert await ahead(bond, MONDAY + timedelta(days=60)) == []


async def test_a_dark_month_is_an_arc_that_a_context_knows_in_words(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, "I want to kill myself.", at=MONDAY - timedelta(days=3))
    [heard] = await bond.disclosures()
    await kin.store.disclosures.move(bond.user_id, heard, to=State.REVIEWED, at=MONDAY)
    for n in range(32):
        await said(bond, *(CHEERFUL if n < 20 else GLOOMY), at=MONDAY + timedelta(days=3 * n))
    at = MONDAY + timedelta(days=98)
    [arc] = [arc for arc in (await bond.state(at=at)).arcs if arc.axis is Axis.MOOD]
    assert not arc.upwards
    assert abs((arc.since - MONDAY).days - 60) <= 9
    told = (await bond.context("Hello", at=at)).messages[0]["content"]
    assert "lower than they used to" in told
    assert "never reproach them" in told
    assert (
        "lower than they used to"
        not in (await bond.context("Hello", at=MONDAY + timedelta(days=50))).messages[0]["content"]
    )
    back = await kin._house.retrospects.look_back(bond.user_id, bond.bond_id, at=at, zone=bond.zone)
    assert [each.id for each in back.disclosures] == [heard.id]  # reviewed long ago, and relevant again


async def test_sessions_are_the_same_in_any_order_and_after_any_erasure(kin: Everkin, database: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    hours = [0, 3, 20, 7, 30, 26, 5, 60, 23]  # 3, 7 and 5 hours bridge what were two sessions
    for n, hour in enumerate(hours):
        await said(bond, CHEERFUL[n % 3], at=MONDAY + timedelta(hours=hour), id=f"m{n}")
    assert await sessions_in(database) == await settled(database)
    assert len(await sessions_in(database)) == 3
    bridge = next(memory for memory in await bond.timeline(limit=20) if memory.message_ids == ("m1",))
    await bond.erase(bridge.id)
    assert await sessions_in(database) == await settled(database)
    assert len(await sessions_in(database)) == 4
    await bond.observe([{"id": "m4", "role": "user", "content": "Other words.", "at": MONDAY + timedelta(hours=30)}])
    assert await sessions_in(database) == await settled(database)


async def test_what_she_comes_back_to_has_a_name_until_its_messages_are_gone(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    for n in range(6):
        await said(bond, f"My dad called again, number {n}.", at=MONDAY + timedelta(days=n))
    [theme] = await bond.themes(at=MONDAY + timedelta(days=7))
    assert (theme.word, theme.sessions) == ("father", 6)
    for memory in (await bond.timeline(limit=20))[:2]:
        await bond.erase(memory.id)
    assert await bond.themes(at=MONDAY + timedelta(days=7)) == []


async def test_days_that_come_round(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, "My birthday is on 10 June.", at=MONDAY)
    found = (await bond.state(at=MONDAY + timedelta(days=365))).anniversaries
    assert [(one.occasion, one.day.isoformat(), one.years) for one in found] == [
        (Occasion.FIRST_TALK, "2027-06-01", 1),
        (Occasion.BIRTHDAY, "2027-06-10", None),
    ]


@pytest.mark.parametrize(
    "line", ["Do you think I will have an interview on Friday?", "I had an interview last Friday."]
)
async def test_what_is_asked_or_over_is_not_ahead(kin: Everkin, line: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await said(bond, line, at=MONDAY)
    assert await ahead(bond, MONDAY + timedelta(hours=5)) == []


async def test_bob_sees_nothing_of_it(kin: Everkin) -> None:
    alice, bob = [await kin.bond(user=name, companion="lucy") for name in ("alice", "bob")]
    await said(alice, "I have a job interview at the harbour on Friday.", at=MONDAY)
    assert await ahead(bob, MONDAY + timedelta(days=1)) == []

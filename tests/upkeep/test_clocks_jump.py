"""A clock that is set a day on or back, and the night on which an hour comes twice: nothing is lost, doubled or moved twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from everkin import Bond, Everkin
from everkin.mind.tier import Moved, Policy
from everkin.upkeep import Decay
from support.house import NOON, Clock

STRICT = Policy(hot_share=0.1, warm_share=0.2, warm_min=0, tail=0)
LISBON = ZoneInfo("Europe/Lisbon")


async def at_once(seconds: float) -> None:
    return None


async def passed(kin: Everkin, clock: Clock) -> Moved:
    return await Decay(kin.store.tiers, STRICT, sleep=at_once).decay(clock())


async def archived(kin: Everkin, clock: Clock) -> int:
    kin.store.archive.policy = STRICT
    moved = 0
    while (some := await kin.store.archive.archive_some(now=clock())) is not None:
        moved += some
    return moved


async def lived(kin: Everkin) -> Bond:
    bond = await kin.bond(user="alice", companion="lucy")
    said = [
        {"id": str(n), "role": "user", "content": f"Parcel number {n} came late.", "at": NOON + timedelta(minutes=n)}
        for n in range(40)
    ]
    await bond.observe(said)
    return bond


async def ids(bond: Bond) -> list[str]:
    return [memory.message_ids[0] for memory in reversed(await bond.timeline())]


@pytest.mark.parametrize("days", [1, -1])
async def test_a_day_on_or_back_moves_nothing_twice(kin: Everkin, clock: Clock, days: int) -> None:
    bond = await lived(kin)
    clock.pass_by(days=400)
    first = await passed(kin, clock)
    assert first.cooled > 0
    gone = await archived(kin, clock)
    clock.pass_by(days=days)
    again = await passed(kin, clock)
    assert (again.cooled, await archived(kin, clock)) == (0, 0) or days == 1
    clock.pass_by(days=-days)
    await passed(kin, clock)
    await archived(kin, clock)
    assert gone > 0
    assert await ids(bond) == [str(n) for n in range(40)]


async def test_a_clock_that_was_a_year_ahead_does_not_stop_decay_for_a_year(kin: Everkin, clock: Clock) -> None:
    """One pass and one archiving under a wrong date; set right, the next run weighs and archives as ever."""
    bond = await lived(kin)
    clock.pass_by(days=800)
    await passed(kin, clock)
    await archived(kin, clock)
    clock.pass_by(days=-400)
    later = [
        {"id": f"later-{n}", "role": "user", "content": f"Letter number {n} came.", "at": clock() - timedelta(days=60)}
        for n in range(40)
    ]
    await bond.observe(later)
    assert (await passed(kin, clock)).users == 1
    assert await archived(kin, clock) > 0
    assert (await passed(kin, clock)).users == 0
    assert len(await ids(bond)) == 80


async def test_what_was_said_while_the_clock_was_ahead_does_not_fade_before_its_day(kin: Everkin, clock: Clock) -> None:
    bond = await lived(kin)
    clock.pass_by(days=400)
    ahead = clock() + timedelta(days=1)
    await bond.observe([{"id": "ahead", "role": "user", "content": "The clock ran ahead.", "at": ahead}])
    await passed(kin, clock)
    await archived(kin, clock)
    last = (await bond.timeline(limit=1))[0]
    assert last.message_ids == ("ahead",)
    assert last.tier.name in ("HOT", "WARM")


async def test_the_hour_that_comes_twice_keeps_its_order(kin: Everkin, clock: Clock) -> None:
    """Half past one comes twice in Lisbon on 25 October 2026; before and after the cold, the first one is first."""
    await lived(kin)
    bond = await kin.bond(user="alice", companion="lucy")
    await kin.set_time_zone("alice", LISBON.key)
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LISBON)
    said = [("one", first), ("two", first.replace(fold=1)), ("three", datetime(2026, 10, 25, 2, 0, tzinfo=LISBON))]
    said += [(f"later-{n}", first + timedelta(days=n)) for n in range(2, 8)]
    await bond.observe(
        [{"id": id, "role": "user", "content": f"Message {id}.", "at": at.isoformat()} for id, at in reversed(said)]
    )
    before = await ids(bond)
    assert before[40:43] == ["one", "two", "three"]
    clock.at = datetime(2028, 10, 29, 1, 30, tzinfo=UTC)
    await passed(kin, clock)
    assert await archived(kin, clock) > 0
    assert await ids(bond) == before

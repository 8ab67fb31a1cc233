"""Alice asks for times and people as one does: "last spring", "last night", "my sister"; a year of other talk lies between."""

from datetime import UTC, datetime, timedelta

from everkin import Bond, Everkin

OTHER = (
    "The bus was late again and it rained on the way home.",
    "I made soup, too much of it, as ever.",
    "The neighbours are painting their fence.",
    "I watched half a film and fell asleep.",
    "Work was long, nothing special.",
    "I went for a walk by the canal.",
)
ASKED_AT = datetime(2026, 2, 10, 12, tzinfo=UTC)
LIFE = {
    datetime(2024, 10, 5, 18, tzinfo=UTC): "My sister Anna came to stay for a week.",
    datetime(2025, 1, 20, 18, tzinfo=UTC): "We went to Porto by train.",
    datetime(2025, 4, 18, 18, tzinfo=UTC): "We went to Ghent by train.",
    datetime(2025, 8, 2, 18, tzinfo=UTC): "We went to Turin by train.",
    datetime(2025, 9, 14, 18, tzinfo=UTC): "Anna has joined a choir, they sing madrigals.",
    datetime(2025, 12, 1, 18, tzinfo=UTC): "We went to Lyon by train.",
}


async def a_year_of(bond: Bond, life: dict[datetime, str]) -> None:
    talk = {ASKED_AT - timedelta(days=day): OTHER[day % len(OTHER)] for day in range(7, 480, 3)}
    said = sorted((talk | life).items())
    await bond.observe([{"role": "user", "content": text, "at": at} for at, text in said])


async def first(bond: Bond, question: str, at: datetime, count: int = 1) -> list[str]:
    return [each.memory.text for each in (await bond.recall(question, at=at)).recollections[:count]]


async def test_the_season_decides_between_four_journeys(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await a_year_of(bond, LIFE)
    assert await first(bond, "Where did we go by train last spring?", ASKED_AT) == ["We went to Ghent by train."]
    assert await first(bond, "Where did we go by train last summer?", ASKED_AT) == ["We went to Turin by train."]


async def test_last_spring_is_another_one_when_it_is_asked_a_year_earlier(kin: Everkin) -> None:
    """`at` is what time expressions are counted from, so that a life can be asked as of any day of it."""
    bond = await kin.bond(user="alice", companion="lucy")
    earlier = {datetime(2024, 4, 20, 18, tzinfo=UTC): "We went to Malaga by train."}
    await a_year_of(bond, LIFE | earlier)
    then = datetime(2025, 2, 10, 12, tzinfo=UTC)
    assert await first(bond, "Where did we go by train last spring?", then) == ["We went to Malaga by train."]


async def test_the_users_own_clock_decides_what_last_night_was(kin: Everkin) -> None:
    """23:00 of the 9th in Tokyo is 14:00 in London: for who lives there, it was last night."""
    await kin.bond(user="alice", companion="lucy")
    await kin.set_time_zone("alice", "Asia/Tokyo")
    bond = await kin.bond(user="alice", companion="lucy")
    night, day = datetime(2026, 2, 9, 14, tzinfo=UTC), datetime(2026, 2, 3, 14, tzinfo=UTC)
    await a_year_of(bond, {day: "The owl called in the garden.", night: "The fox called in the garden."})
    asked = datetime(2026, 2, 10, 1, tzinfo=UTC)
    recalled = await bond.recall("What called in the garden last night?", at=asked, explain=True)
    assert recalled.recollections[0].memory.text == "The fox called in the garden."
    assert recalled.explanation is not None
    ((since, until),) = recalled.explanation["spans"]
    assert since <= night.timestamp() <= until


async def test_what_was_told_of_anna_is_found_for_my_sister(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await a_year_of(bond, LIFE)
    found = await first(bond, "What does my sister sing?", ASKED_AT, count=3)
    assert LIFE[datetime(2025, 9, 14, 18, tzinfo=UTC)] in found

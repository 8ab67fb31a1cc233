"""Alice asks for times and people as one does: "last spring", "last night", "my sister"; a year of other talk lies between."""

from datetime import UTC, datetime, timedelta

import pytest

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


MOVED = {
    datetime(2025, 3, 2, 18, tzinfo=UTC): "The landlord has painted the stairs yellow.",
    datetime(2025, 6, 14, 18, tzinfo=UTC): "I moved to Oslo today, boxes everywhere!",
    datetime(2025, 7, 1, 18, tzinfo=UTC): "The landlord has painted the stairs blue.",
    datetime(2025, 8, 2, 9, tzinfo=UTC): "Our dog Rex died this morning.",
    datetime(2025, 8, 2, 20, tzinfo=UTC): "I walked along the fjord until dark.",
    datetime(2025, 10, 12, 20, tzinfo=UTC): "I walked up to the castle.",
    datetime(2025, 5, 5, 20, tzinfo=UTC): "My birthday is on October 12th.",
    datetime(2025, 12, 6, 20, tzinfo=UTC): "We got married today!",
    datetime(2025, 12, 9, 20, tzinfo=UTC): "I walked through the old harbour.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What did the landlord paint before the move?", "The landlord has painted the stairs yellow."),
        ("What colour were the stairs painted before I moved to Oslo?", "The landlord has painted the stairs yellow."),
        ("Which colour were the stairs painted after moving to Oslo?", "The landlord has painted the stairs blue."),
        ("Where did I walk the day Rex died?", "I walked along the fjord until dark."),
        ("Where did I walk on my birthday?", "I walked up to the castle."),
        ("Where did I walk after the wedding?", "I walked through the old harbour."),
    ],
)
async def test_what_happened_in_her_life_is_a_date_to_count_from(kin: Everkin, question: str, answer: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await a_year_of(bond, MOVED)
    assert await first(bond, question, ASKED_AT) == [answer]


async def test_what_never_happened_is_no_date(kin: Everkin) -> None:
    """Nobody told of a divorce, and a birthday of Nora's is not Alice's: the words alone are looked for."""
    bond = await kin.bond(user="alice", companion="lucy")
    await a_year_of(bond, MOVED)
    for question in (
        "Where did I walk before the divorce?",
        "Where did I walk on Nora's birthday?",
        "What is before us?",
    ):
        recalled = await bond.recall(question, at=ASKED_AT, explain=True)
        assert recalled.explanation is not None
        assert recalled.explanation["spans"] == []


async def test_where_she_lived_before_the_move_is_the_home_of_then(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    home = {datetime(2025, 3, 1, 18, tzinfo=UTC): "I live in Leeds."}
    await a_year_of(bond, {at: text for at, text in MOVED.items() if "landlord" not in text} | home)
    recalled = await bond.recall("Where did I live before the move?", at=ASKED_AT)
    homes = [
        each.memory.fact.value for each in recalled.recollections if each.memory.fact and "home" in each.memory.text
    ]
    assert homes[0] == "Leeds"
    now = await bond.recall("Where do I live?", at=ASKED_AT)
    homes = [each.memory.fact.value for each in now.recollections if each.memory.fact and "home" in each.memory.text]
    assert homes[0] == "Oslo"

"""Alice looks back at the days her life is told by: in order, each with its message, and gone when it is gone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from everkin import Bond, Everkin
from everkin.mind.life import LifeEvent

MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
SAID = (
    "We moved to Bergen in 2019.",
    "I had pancakes for breakfast.",
    "My sister Mia had a baby last night!",
    "I might be pregnant, who knows.",
    "I got the job! I start on Monday.",
    "My grandmother passed away on Tuesday.",
)


async def told(kin: Everkin, said: Sequence[str] = SAID, *, role: str = "user", companion: str = "lucy") -> Bond:
    bond = await kin.bond(user="alice", companion=companion)
    await bond.observe(
        [
            {"id": f"{role}{n}", "role": role, "content": text, "at": MARCH + timedelta(days=n)}
            for n, text in enumerate(said)
        ]
    )
    return bond


def seen(events: Sequence[LifeEvent]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(event.milestone.value, event.who, event.message_ids) for event in events]


async def test_they_stand_in_order_each_with_its_message(kin: Everkin) -> None:
    bond = await told(kin)
    assert seen(await bond.life_events()) == [
        ("move", "", ("user0",)),
        ("birth", "sister Mia", ("user2",)),
        ("death", "", ("user5",)),
        ("new job", "", ("user4",)),
    ]
    assert seen(await bond.life_events(start=MARCH, limit=1)) == [("new job", "", ("user4",))]
    assert seen(await bond.life_events(end=datetime(2020, 1, 1, tzinfo=UTC))) == [("move", "", ("user0",))]


async def test_each_says_why_it_is_known(kin: Everkin) -> None:
    bond = await told(kin)
    [birth] = [event for event in await bond.life_events() if event.milestone == "birth"]
    assert SAID[2] in await bond.why(birth.memory)


async def test_what_the_companion_says_of_itself_is_not_her_life(kin: Everkin) -> None:
    bond = await told(kin, ("I got married in Rome.",), role="assistant")
    assert await bond.life_events() == []


async def test_what_is_erased_is_gone_and_what_is_put_right_stands_right(kin: Everkin) -> None:
    bond = await told(kin, ("I got married to Tom last Saturday.", "My dad had heart surgery."))
    wedding, surgery = sorted(await bond.life_events(), key=lambda event: event.milestone != "wedding")
    await bond.edit(wedding.memory, "got engaged to Tom")
    await bond.erase(surgery.memory)
    assert [event.milestone.value for event in await bond.life_events()] == ["engagement"]


async def test_another_companion_has_a_life_of_its_own_to_tell(kin: Everkin) -> None:
    await told(kin)
    assert await (await kin.bond(user="alice", companion="max")).life_events() == []


async def test_a_revised_message_tells_its_event_no_more(kin: Everkin) -> None:
    bond = await told(kin, ("I got fired today.",))
    await bond.observe([{"id": "user0", "role": "user", "content": "I got tired today.", "at": MARCH}])
    assert await bond.life_events() == []

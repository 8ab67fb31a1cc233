"""Alice imports an evening with Lucy, Max and Zoe: all three spoke in the companion's place, and they stay three."""

from datetime import timedelta

from everkin import Bond, Everkin
from everkin.mind.portrait import Portrait
from support.house import NOON

EVENING = (
    ("user", "Alice", "Max, how was the harbour?"),
    ("assistant", "Max", "Windy, Alice. I lost my hat."),
    ("assistant", "Zoe", "Max always loses hats."),
    ("user", "Alice", "Lucy, did you see it?"),
    ("assistant", "Lucy", "I did, Alice. Zoe laughed for an hour."),
    ("user", "Alice", "I miss Zoe when she is away, and Max and Lucy too."),
)


async def heard(bond: Bond, evening: tuple[tuple[str, str, str], ...]) -> list[Portrait]:
    await bond.observe(
        [
            {"role": role, "name": name, "content": text, "id": f"m{minute}", "at": NOON + timedelta(minutes=minute)}
            for minute, (role, name, text) in enumerate(evening)
        ]
    )
    return list(await bond.people())


async def test_those_who_share_a_voice_are_not_one_person(kin: Everkin):
    people = await heard(await kin.bond(user="alice", companion="lucy"), EVENING)
    assert {"Max", "Zoe"} <= {each.name for each in people}
    assert all(len(each.aliases) == 1 for each in people if each.name in ("Max", "Zoe"))


async def test_alice_is_still_herself_at_the_table(kin: Everkin):
    people = await heard(await kin.bond(user="alice", companion="lucy"), EVENING)
    assert "Alice" not in {each.name for each in people}


async def test_a_companion_under_two_forms_of_her_name_is_nobody_else(kin: Everkin):
    """Lucy and Lucy Moon are one, and so she is no third person in her own bond."""
    evening = (
        ("user", "Alice", "Lucy, I told my mother about Lucy Moon today."),
        ("assistant", "Lucy", "What did she say?"),
        ("user", "Alice", "That Lucy Moon sounds nice."),
        ("assistant", "Lucy Moon", "I am!"),
    )
    people = await heard(await kin.bond(user="alice", companion="lucy"), evening)
    assert not {"Lucy", "Lucy Moon"} & {each.name for each in people}

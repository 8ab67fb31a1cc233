"""Alice's people: her sister Anna is one person under all her names, in whatever order she speaks of her, and can be put right."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.errors import InvalidInput, NotFound
from everkin.mind.portrait import Portrait
from support.house import NOON

LIFE = (
    "My sister Anna is a nurse.",
    "Anna sings in a choir.",
    "My sister called this morning.",
    "Rebecca came over for tea, and Becky loved the cake.",
    "My colleague Tom is nice. He cooks.",
    "My dog Rex barked all night.",
    "Call me Ally.",
    "Rob and Robert came by.",
    "I met Priya Shah, then Priya left.",
)


async def told(bond: Bond, said: Sequence[str], *, order: Sequence[int] | None = None, name: str | None = None) -> None:
    """What Alice says, a minute apart, handed over in any order."""
    lines = [
        {"role": "user", "content": text, "id": f"m{minute}", "name": name, "at": NOON + timedelta(minutes=minute)}
        for minute, text in enumerate(said)
    ]
    for place in order or range(len(lines)):
        await bond.observe([lines[place]])


def who(people: Sequence[Portrait]) -> set[tuple[object, ...]]:
    """Everybody, apart from the ids of a bond."""
    return {
        (
            each.name,
            each.relation,
            each.mentions,
            each.first_at,
            each.last_at,
            frozenset((alias.name, alias.relation) for alias in each.aliases),
        )
        for each in people
    }


async def named(bond: Bond, name: str) -> Portrait:
    (found,) = [each for each in await bond.people() if each.name == name]
    return await bond.person(found.id)


def traces(database: str) -> int:
    """Rows of anybody, anywhere, that tell of people."""
    with psycopg.connect(database) as owner:
        return sum(
            count
            for table in ("entities", "aliases", "edges", "ties")
            for (count,) in owner.execute(f"SELECT count(*) FROM {table}").fetchall()
        )


async def test_my_sister_anna_and_she_are_one_person(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, LIFE)
    anna = await named(bond, "Anna")
    assert (anna.relation, anna.mentions, anna.first_at, anna.last_at) == (
        "sister",
        3,
        NOON,
        NOON + timedelta(minutes=2),
    )
    assert {(alias.name, alias.relation) for alias in anna.aliases} == {
        ("Anna", "sister"),
        ("Anna", None),
        (None, "sister"),
    }
    assert [
        (trait.predicate, trait.value, trait.message_ids) for trait in anna.traits if trait.predicate == "work"
    ] == [("work", "nurse", ("m0",))]


async def test_what_is_said_of_my_sister_ends_what_was_said_of_anna(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna lives in Oslo.", "My sister moved to Bergen.", "Anna lives in Turku now."])
    anna = await named(bond, "Anna")
    homes = {trait.value: trait.current for trait in anna.traits if trait.predicate == "home"}
    assert homes == {"Oslo": False, "Bergen": False, "Turku": True}


async def test_a_name_that_is_no_common_one_is_known_once_it_was_told(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My friend Zorvanna is here.", "Zorvanna moved to Oslo."])
    zorvanna = await named(bond, "Zorvanna")
    assert ("home", "Oslo") in [(trait.predicate, trait.value) for trait in zorvanna.traits]


async def test_who_is_gone_is_said_to_be_gone(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My dog Rex is lovely.", "My dog Rex died last week."])
    rex = await named(bond, "Rex")
    assert rex.relation == "dog"
    assert {(trait.predicate, trait.current) for trait in rex.traits} >= {("pet", False), ("bereavement", True)}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(LIFE))))
async def test_the_order_of_observation_does_not_change_the_people(kin: Everkin, order: list[int]):
    straight = await kin.bond(user="alice", companion="lucy")
    await told(straight, LIFE)
    mixed = await kin.bond(user=f"alice-{uuid4()}", companion="lucy")
    await told(mixed, LIFE, order=order)
    assert who(await mixed.people()) == who(await straight.people())


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(min_value=0, max_value=len(LIFE) - 1)))
async def test_erasing_messages_leaves_the_people_that_the_others_name(kin: Everkin, gone: set[int]):
    """As if the erased had never been said."""
    bond = await kin.bond(user=f"alice-{uuid4()}", companion="lucy")
    await told(bond, LIFE)
    for memory in await bond.memories(limit=1000):
        if memory.fact is None and int(memory.message_ids[0][1:]) in gone:
            await bond.erase(memory.id)
    spared = await kin.bond(user=f"bob-{uuid4()}", companion="lucy")
    await told(spared, LIFE, order=[place for place in range(len(LIFE)) if place not in gone] or None) if len(
        gone
    ) < len(LIFE) else None
    assert who(await bond.people()) == who(await spared.people())


async def test_erasing_everything_leaves_no_trace_of_anybody(kin: Everkin, database: str):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, LIFE, name="Alice")
    assert traces(database)
    for memory in await bond.memories(limit=1000):
        if memory.fact is None:
            await bond.erase(memory.id)
    assert await bond.people() == []
    assert traces(database) == 0


async def test_a_revised_message_speaks_of_whom_it_speaks_now(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna is here."])
    await told(bond, ["My sister Berit is here."])
    assert [each.name for each in await bond.people()] == ["Berit"]


async def test_bob_and_her_other_companion_know_nobody_of_hers(kin: Everkin):
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, LIFE)
    anna = await named(alice, "Anna")
    for user, companion in (("bob", "lucy"), ("alice", "max")):
        other = await kin.bond(user=user, companion=companion)
        await told(other, ["Anna is my boss."])
        assert [(each.name, each.mentions) for each in await other.people()] == [("Anna", 1)]
        assert anna.id not in [id for each in await other.people() for id in each.ids]
        with pytest.raises(NotFound):
            await other.person(anna.id)
        with pytest.raises(NotFound):
            await other.erase_person(anna.id)


async def test_two_that_are_one_can_be_made_one_and_two_again(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["Rebecca came over.", "My neighbour Zed waved.", "Rebecca lives in Oslo."])
    before = who(await bond.people())
    rebecca, zed = await named(bond, "Rebecca"), await named(bond, "Zed")
    both = await bond.merge_people(rebecca.id, zed.id)
    assert (both.mentions, both.relation) == (3, "neighbour")
    with pytest.raises(InvalidInput):
        await bond.merge_people(zed.id, rebecca.id)
    pages = await bond.unmerge_people(both.id, zed.id)
    assert {page.name for page in pages} == {"Rebecca", "Zed"}
    assert who(await bond.people()) == before


async def test_an_alias_that_is_parted_stays_apart_when_more_is_said(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["Rebecca came over.", "Becky sang."])
    (rebecca,) = await bond.people()
    becky = next(alias.id for alias in rebecca.aliases if alias.name == "Becky")
    await bond.unmerge_people(rebecca.id, becky)
    await bond.observe([{"role": "user", "content": "Becky and I met. Rebecca was ill."}])
    assert {each.name for each in await bond.people()} == {"Rebecca", "Becky"}


async def test_a_name_and_a_relation_can_be_put_right(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna is here."])
    anna = await named(bond, "Anna")
    await bond.call_person(anna.id, name="Anna Berg")
    put = await bond.call_person(anna.id, relation="half-sister")
    assert (put.name, put.relation) == ("Anna Berg", "half-sister")
    await told(bond, ["My sister Anna is here.", "Anna left."])
    assert [(each.name, each.relation) for each in await bond.people()] == [("Anna Berg", "half-sister")]
    for name in ("", " ", "x" * 201):
        with pytest.raises(InvalidInput):
            await bond.call_person(anna.id, name=name)


async def test_erasing_somebody_erases_the_messages_that_name_them(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, LIFE)
    erased = await bond.erase_person((await named(bond, "Anna")).id)
    assert erased.messages == 3
    assert all("Anna" not in memory.text and "sister" not in memory.text for memory in await bond.memories())
    assert "Anna" not in [each.name for each in await bond.people()]


async def test_what_only_the_companion_speaks_of_is_not_the_users(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([{"role": "assistant", "content": "My sister Berit says hello, and so does Clara."}])
    assert await bond.people() == []


async def test_the_names_of_the_two_who_talk_are_nobody_else(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["Hello Lucy!", "Thanks, Lucy.", "I went to Rome."], name="Alice")
    await bond.observe([{"role": "assistant", "content": "How was Rome, Alice?", "name": "Lucy"}])
    assert await bond.people() == []


async def test_memories_that_share_a_person_are_related(kin: Everkin):
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna is a nurse.", "It rained.", "Anna sings in a choir."])
    first = next(memory for memory in await bond.memories() if memory.text.startswith("My sister"))
    related = await kin.store.memories.related(bond.user_id, first.id, hops=2, limit=20)
    texts = [memory.text for memory in related]
    assert "Anna sings in a choir." in texts
    assert "It rained." not in texts

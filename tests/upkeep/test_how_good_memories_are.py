"""Each day some memories are looked at: Alice's sound ones pass, what is wrong is flagged, and words are never deleted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from everkin import Bond, Everkin
from everkin.language.terms import Terms
from everkin.mind.duplicate import near_duplicate
from everkin.mind.entity import EntityRef
from everkin.mind.fact import Fact, Origin, Predicate
from everkin.mind.identity import BlockId, BondId, ConversationId, MemoryId, MessageKey
from everkin.mind.memory import Kind, Memory
from everkin.mind.quality import Fault, Score, day_of, grounded, may_prune, readable, score
from everkin.mind.transcript import Message, Role
from support.house import NOON, Clock, Opener

STEMS = Terms().stems
BOND = BondId(uuid7())


def said(text: str) -> Message:
    return Message(
        key=MessageKey(uuid7()), id="1", conversation=ConversationId(uuid7()), parent=None, role=Role.USER, content=text,
        name=None, at=NOON, ordinal=0, block=BlockId(uuid7()),
    )  # fmt: skip


def remembered(text: str, fact: Fact | None = None, **more: Any) -> Memory:
    return Memory(
        id=MemoryId(uuid7()), kind=Kind.SEMANTIC if fact else Kind.EPISODIC, text=text, message_ids=("1",), role=Role.USER,
        name=None, at=NOON, recorded_at=NOON, fact=fact, bond=BOND, **more,
    )  # fmt: skip


def fact(predicate: Predicate, value: str, **more: Any) -> Fact:
    at = more.pop("at", NOON)
    return Fact(subject=EntityRef(owner="user"), predicate=predicate, value=value, recorded=at, begin=0, end=1, **more)


def looked(memory: Memory, *sources: str, others: tuple[Memory, ...] = ()) -> Score:
    return score(
        memory,
        sources=[said(text) for text in sources],
        others=others,
        stems=STEMS,
        alike=lambda left, right: near_duplicate(left, right, 0.96),
    )


def test_a_sound_memory_has_no_fault() -> None:
    pet = remembered("The user has a dog named Rex", fact(Predicate.PET, "dog named Rex"), uses=2)
    found = looked(pet, "I have a dog named Rex and he ate the cheese", others=(remembered("The user likes cheese"),))
    assert found.faults == ()
    assert (found.grounded, found.used) == (1.0, True)


def test_what_no_message_says_is_ungrounded() -> None:
    """Unless a person put it right: then their word stands."""
    pet = fact(Predicate.PET, "parrot named Kiki")
    assert looked(remembered("The user has a parrot named Kiki", pet), "I have a dog").faults == (Fault.UNGROUNDED,)
    assert looked(remembered("The user has a parrot", pet)).faults == (Fault.UNGROUNDED,)
    corrected = remembered("The user has a parrot named Kiki", replace(pet, origin=Origin.CORRECTED))
    assert looked(corrected, "I have a dog").faults == ()


def test_of_two_that_say_the_same_the_later_is_the_duplicate() -> None:
    """Facts alone: a message said twice was said twice. A number, a name or another bond makes it another thing."""
    first, second = (remembered("The user has a dog named Rex", fact(Predicate.PET, "dog named Rex")) for _ in range(2))
    elsewhere = replace(second, bond=BondId(uuid7()))
    other = replace(second, text="The user has a dog named Max")
    source = "I have a dog named Rex"
    assert looked(second, source, others=(first,)).faults == (Fault.DUPLICATE,)
    assert looked(first, source, others=(second,)).faults == ()
    assert looked(elsewhere, source, others=(first,)).faults == ()
    assert looked(other, "I have a dog named Max", others=(first,)).faults == ()
    assert looked(remembered(source), source, others=(remembered(source),)).faults == ()


def test_what_another_fact_ended_and_still_stands_is_contradicted() -> None:
    later = datetime(2026, 7, 1, tzinfo=UTC)
    bergen = remembered("The user lives in Bergen", fact(Predicate.HOME, "Bergen"))
    oslo = remembered("The user lives in Oslo", fact(Predicate.HOME, "Oslo", at=later))
    assert looked(bergen, "I live in Bergen", others=(oslo,)).faults == (Fault.CONTRADICTED,)
    assert looked(oslo, "I live in Oslo", others=(bergen,)).faults == ()
    settled = replace(bergen, superseded_by=oslo.id)
    assert looked(settled, "I live in Bergen", others=(oslo,)).faults == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", True),
        ("去年の夏", True),
        ("12:30", True),
        ("🎉🎉🎉", True),
        ("...", False),
        ("", False),
        ("\x00\x01", False),
    ],
)
def test_whether_there_is_anything_to_read(text: str, expected: bool) -> None:
    assert readable(text) is expected
    assert not readable("x" * 50_000)


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_grounding_is_a_share_and_grows_with_sources(text: str, sources: list[str]) -> None:
    memory = remembered(text)
    shares = [grounded(memory, [said(each) for each in sources[:count]], STEMS) for count in range(len(sources) + 1)]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares) or not sources
    assert grounded(memory, [said(text)], STEMS) == 1.0


def test_only_what_was_derived_may_be_pruned() -> None:
    """What was said never is, nor what is pinned, corrected, or a matter of safety."""
    derived = remembered("The user has a parrot", fact(Predicate.PET, "parrot"))
    assert may_prune(derived, [Fault.UNGROUNDED])
    assert not may_prune(derived, [])
    assert not may_prune(remembered("I have a parrot"), [Fault.UNREADABLE])
    for spared in (
        {"pinned": True},
        {"safety": True},
        {"fact": fact(Predicate.PET, "parrot", origin=Origin.CORRECTED)},
    ):
        assert not may_prune(replace(derived, **spared), [Fault.UNGROUNDED])


def test_a_day_without_memories_is_a_day() -> None:
    assert day_of(NOON.date(), [], [], flagged=0, pruned=0).sampled == 0


LIFE = [
    "I live in Bergen with my dog Rex",
    "My sister Clara works at the library",
    "I am allergic to walnuts",
    "Yesterday I planted twelve tomato plants beside the old wall",
]


async def lived(kin: Everkin, user: str = "alice") -> Bond:
    bond = await kin.bond(user=user, companion="lucy")
    await bond.observe([{"role": "user", "content": text} for text in LIFE])
    return bond


async def spoil(kin: Everkin, bond: Bond) -> MemoryId:
    """A fact loses the message it came from, as a fault of some reader could have it."""
    victim = next(m for m in await bond.memories() if m.fact and m.fact.predicate is Predicate.ALLERGY)
    other = next(m for m in await bond.memories() if "tomato" in m.text)
    async with kin.store.database.as_user(bond.user_id) as connection:
        await connection.execute(
            "UPDATE memory_messages SET message_id = (SELECT message_id FROM memory_messages WHERE memory_id = %s LIMIT 1)"
            " WHERE memory_id = %s",
            (other.id, victim.id),
        )
        await connection.execute("UPDATE memories SET safety = false WHERE memory_id = %s", (victim.id,))
    return victim.id


async def test_a_sound_life_passes_and_the_trend_is_kept(kin: Everkin, clock: Clock) -> None:
    """A second sample of the day takes the place of the first; the next day has a line of its own."""
    await lived(kin)
    (first,) = await kin.quality(sample=True)
    (again,) = await kin.quality(sample=True)
    clock.pass_by(days=1)
    days = await kin.quality(sample=True)

    assert first == again
    assert (first.sampled, first.grounded, first.readable, first.flagged) == (first.sampled, 1.0, 1.0, 0)
    assert first.sampled >= len(LIFE)
    assert first.came_back == 1.0
    assert [day.day for day in days] == [clock().date(), first.day]


async def test_what_is_wrong_is_flagged_and_stays(kin: Everkin) -> None:
    """By default nothing is taken away; when it is right again, the flag goes."""
    bond = await lived(kin)
    victim = await spoil(kin, bond)
    (day,) = await kin.quality(sample=True)

    assert [(id, fault) for id, fault, _ in await bond.flags()] == [(victim, Fault.UNGROUNDED)]
    assert (day.flagged, day.pruned) == (1, 0)
    assert victim in [each.memory.id for each in (await bond.recall("What am I allergic to?")).recollections]
    await bond.erase(victim)
    assert await bond.flags() == []


async def test_pruning_takes_it_out_of_search_and_it_can_come_back(opener: Opener, clock: Clock) -> None:
    """Every word is still there, and `unforget` undoes it."""
    async with opener(prune=True) as kin:
        bond = await lived(kin)
        victim = await spoil(kin, bond)
        before = len(await bond.memories(limit=1000))
        (day,) = await kin.quality(sample=True)

        async def recalled() -> list[MemoryId]:
            return [each.memory.id for each in (await bond.recall("What am I allergic to?")).recollections]

        assert day.pruned == 1
        assert victim not in await recalled()
        assert len(await bond.memories(limit=1000)) == before
        await kin.store.tiers.unforget(bond.user_id, victim, at=clock())
        assert victim in await recalled()


async def test_an_erased_user_is_neither_sampled_nor_flagged(kin: Everkin) -> None:
    alice, _ = await lived(kin), await lived(kin, "bob")
    await spoil(kin, alice)
    await kin.quality(sample=True)
    await kin.erase(user="alice")
    (day,) = await kin.quality(sample=True)
    assert day.flagged == 0
    assert day.sampled >= len(LIFE)

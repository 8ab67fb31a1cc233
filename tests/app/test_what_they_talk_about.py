"""Alice asks what she and Lucy talk about, and looks at what was said of one thing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from everkin import Bond, Everkin
from everkin.errors import NotFound
from everkin.mind.identity import MemoryId

MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
CHOIR = (
    "Our choir sang the requiem in the old church tonight.",
    "The choir conductor wants a slower requiem next time.",
    "I practised the alto part of the requiem with the choir.",
    "Two new tenors joined our choir for the requiem.",
    "The choir gets robes for the requiem concert.",
    "My choir sheet music for the requiem got wet.",
)
TOMATOES = (
    "My tomato seedlings on the balcony need more water.",
    "I put the tomato plants into bigger pots on the balcony.",
    "The first tomato on the balcony is turning red.",
    "Something eats the leaves of my tomato plants.",
    "We had salad with tomatoes from our own balcony plants.",
)
IDLE = ("It rained all afternoon here.", "The bus came late again today.", "haha yes")


async def told(kin: Everkin, *talks: Sequence[str], companion: str = "lucy") -> Bond:
    """Each talk on a day of its own."""
    bond = await kin.bond(user="alice", companion=companion)
    await bond.observe(
        [
            {
                "id": f"{day}.{n}",
                "role": "user",
                "name": "Alice",
                "content": text,
                "at": MARCH + timedelta(days=day, minutes=n),
            }
            for day, talk in enumerate(talks)
            for n, text in enumerate(talk)
        ]
    )
    return bond


async def test_each_topic_has_its_words_its_size_and_its_time(kin: Everkin) -> None:
    bond = await told(kin, CHOIR[:3], TOMATOES, IDLE, CHOIR[3:])
    choir, tomatoes = await bond.topics()
    assert (choir.messages, tomatoes.messages) == (6, 5)
    assert {"choir", "requiem"} <= set(choir.words)
    assert "balcony" in tomatoes.words
    assert not {"alice", "lucy"} & {*choir.words, *tomatoes.words}
    assert (choir.first_at, choir.last_at) == (MARCH, MARCH + timedelta(days=3, minutes=2))
    assert {memory.text for memory in choir.memories} <= set(CHOIR)
    assert [topic.id for topic in await bond.topics(limit=1)] == [choir.id]


async def test_the_messages_of_one_are_listed_newest_first(kin: Everkin) -> None:
    bond = await told(kin, CHOIR[:3], TOMATOES, IDLE, CHOIR[3:])
    choir = (await bond.topics())[0]
    listed = await bond.topic(choir.id)
    assert [memory.text for memory in listed.memories] == [*reversed(CHOIR)]
    assert (await bond.topic(listed.memories[-1].id, limit=2)).memories == listed.memories[:2]


async def test_a_memory_of_no_topic_has_none(kin: Everkin) -> None:
    bond = await told(kin, CHOIR, IDLE)
    [idle] = [memory for memory in await bond.timeline() if memory.text == IDLE[-1]]
    for id in (idle.id, MemoryId(UUID(int=7))):
        with pytest.raises(NotFound):
            await bond.topic(id)


async def test_of_little_talk_there_are_no_topics(kin: Everkin) -> None:
    assert await (await told(kin, IDLE)).topics() == []
    assert await (await kin.bond(user="bob", companion="lucy")).topics() == []


async def test_what_is_erased_is_in_no_topic_and_in_none_of_its_words(kin: Everkin) -> None:
    bond = await told(kin, CHOIR, TOMATOES)
    for memory in await bond.timeline():
        if memory.text in CHOIR:
            await bond.erase(memory.id)
    [tomatoes] = await bond.topics()
    assert "choir" not in tomatoes.words


async def test_what_alice_says_in_need_names_no_topic(kin: Everkin) -> None:
    need = [
        f"I want to kill myself, the {place} makes it worse" for place in ("lake", "road", "night", "house", "city")
    ]
    bond = await told(kin, CHOIR, need)
    assert [memory.safety for memory in await bond.timeline() if memory.text in need] == [True] * len(need)
    assert all("kill" not in topic.words for topic in await bond.topics())
    assert all(memory.text not in need for topic in await bond.topics() for memory in topic.memories)


async def test_another_companion_talks_about_other_things(kin: Everkin) -> None:
    await told(kin, CHOIR)
    other = await told(kin, TOMATOES, companion="max")
    [tomatoes] = await other.topics()
    assert "choir" not in tomatoes.words

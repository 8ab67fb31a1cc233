"""Alice looks at what Lucy remembers, searches it, puts it right, pins it, asks why, and erases it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from everkin import Bond, Everkin
from everkin.errors import InvalidInput, NotFound
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory

MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
SAID = (
    "I'm allergic to walnuts.",
    "My sister Mia has a dog called Biscuit.",
    "The lighthouse was shut because of the storm.",
    "I live in Lisbon.",
)


async def talked(kin: Everkin, *said: str, companion: str = "lucy") -> Bond:
    bond = await kin.bond(user="alice", companion=companion)
    await bond.observe(
        [
            {"id": f"m{n}", "role": "user", "name": "Alice", "content": text, "at": MARCH + timedelta(days=n)}
            for n, text in enumerate(said or SAID)
        ]
    )
    return bond


def kind(memory: Memory) -> str | None:
    return memory.fact.predicate.value if memory.fact else None


async def fact(bond: Bond, predicate: str) -> Memory:
    return next(m for m in await bond.memories() if kind(m) == predicate and m.superseded_by is None)


async def said(bond: Bond, text: str) -> Memory:
    return next(m for m in await bond.timeline() if m.text == text)


async def test_search_finds_by_word_and_by_meaning_and_nothing_else(kin: Everkin) -> None:
    bond = await talked(kin)
    assert (await bond.search("lighthouse"))[0].text == SAID[2]
    assert (await bond.search("Which food makes me ill?"))[0].text in (SAID[0], "Alice: allergy, walnuts")
    assert await bond.search("quarterly balance sheet audit") == []
    assert len(await bond.search("Biscuit the dog", limit=1)) == 1


async def test_what_was_said_is_put_right_and_the_old_words_stay_in_the_tree(kin: Everkin) -> None:
    bond = await talked(kin)
    old = await said(bond, SAID[2])
    await bond.pin(old.id)
    edited = await bond.edit(old.id, "The museum was shut because of the flood.")
    assert (edited.text, edited.message_ids, edited.at, edited.pinned) == (
        "The museum was shut because of the flood.",
        old.message_ids,
        old.at,
        True,
    )
    assert SAID[2] not in [m.text for m in await bond.timeline()]
    assert await bond.search("lighthouse") == []
    assert [message.content for message in await bond.sources(old.id)] == [SAID[2]]


async def test_what_the_new_words_still_say_is_still_known(kin: Everkin) -> None:
    bond = await talked(kin)
    await bond.edit((await said(bond, SAID[0])).id, "I'm allergic to walnuts, and it rained.")
    known = [m for m in await bond.memories() if kind(m) == "allergy"]
    standing = (await bond.context("What may I eat?", tokens=1000)).messages[0]["content"]
    assert "allergy, walnuts" in standing
    assert any(m.superseded_by is None for m in known)


async def test_a_fact_of_words_that_were_put_right_stands_no_longer(kin: Everkin) -> None:
    bond = await talked(kin)
    await bond.edit((await said(bond, SAID[0])).id, "It rained in the evening.")
    standing = (await bond.context("What may I eat?", tokens=1000)).messages[0]["content"]
    assert "allergy, walnuts" not in standing


@pytest.mark.parametrize("text", ["hazelnuts", "Alice: allergy, hazelnuts"])
async def test_a_fact_is_put_right_by_its_value_or_by_its_line(kin: Everkin, text: str) -> None:
    bond = await talked(kin)
    old = await fact(bond, "allergy")
    edited = await bond.edit(old.id, text)
    assert (edited.text, edited.pinned, edited.fact and edited.fact.origin) == (
        "Alice: allergy, hazelnuts",
        True,
        "corrected",
    )
    assert edited.message_ids == old.message_ids
    replaced = await bond.memory(old.id)
    assert replaced is not None
    assert replaced.superseded_by == edited.id
    assert [message.content for message in await bond.sources(edited.id)] == [SAID[0]]
    prompt = (await bond.context("What am I allergic to?", tokens=1000)).messages[0]["content"]
    assert "Alice: I'm allergic to walnuts. [later: Alice: allergy, hazelnuts]" in prompt


async def test_the_same_again_changes_nothing(kin: Everkin) -> None:
    bond = await talked(kin)
    old, words = await fact(bond, "allergy"), await said(bond, SAID[2])
    assert (await bond.edit(old.id, "walnuts")).id == old.id
    assert (await bond.edit(words.id, SAID[2])).id == words.id


async def test_what_cannot_be_edited_is_refused_and_left_as_it_was(kin: Everkin) -> None:
    bond = await talked(kin)
    old = await fact(bond, "home")
    with pytest.raises(InvalidInput):
        await bond.edit(old.id, "  ")
    await bond.edit(old.id, "Porto")
    with pytest.raises(InvalidInput):
        await bond.edit(old.id, "Faro")
    assert (await fact(bond, "home")).fact.value == "Porto"  # type: ignore[union-attr]


async def test_why_tells_the_words_it_came_from(kin: Everkin) -> None:
    bond = await talked(kin, *SAID, "I'm allergic to walnuts, I told you so.")
    known = await fact(bond, "allergy")
    told = (await bond.why(known.id)).splitlines()
    assert told == [
        "“Alice: allergy, walnuts” was understood from these words.",
        f"Alice, 1 March 2026: {SAID[0]}",
        "Alice, 5 March 2026: I'm allergic to walnuts, I told you so.",
        "It came up 2 times.",
    ]
    edited = await bond.edit(known.id, "hazelnuts")
    assert "Later: Alice: allergy, hazelnuts" in await bond.why(known.id)
    assert "a person put right" in await bond.why(edited.id)


async def test_another_companion_opens_changes_and_erases_none_of_them(kin: Everkin) -> None:
    lucy, max_ = await talked(kin), await talked(kin, "Good morning.", companion="max")
    id = (await said(lucy, SAID[2])).id
    for refused in (max_.sources(id), max_.why(id), max_.pin(id), max_.erase(id), max_.edit(id, "No.")):
        with pytest.raises(NotFound):
            await refused
    assert (await max_.memory(id), await max_.search("lighthouse")) == (None, [])
    assert (await said(lucy, SAID[2])).pinned is False


async def test_erasing_what_was_put_right_erases_the_words_of_before_too(kin: Everkin) -> None:
    bond = await talked(kin)
    old = await said(bond, SAID[2])
    edited = await bond.edit(old.id, "The museum was shut.")
    erased = await bond.erase((await bond.edit(edited.id, "The cinema was shut.")).id)
    assert erased.messages == 3
    for gone in (old, edited):
        assert await bond.memory(gone.id) is None


async def test_what_is_erased_is_gone_from_every_control(kin: Everkin) -> None:
    bond = await talked(kin)
    id: MemoryId = (await fact(bond, "allergy")).id
    edited = await bond.edit(id, "hazelnuts")
    await bond.erase(edited.id)
    assert await bond.memory(id) is None
    assert await bond.search("walnuts hazelnuts allergy") == []
    with pytest.raises(NotFound):
        await bond.why(edited.id)


async def test_she_erases_while_she_talks_and_neither_is_refused(kin: Everkin) -> None:
    """Both touch the same words of the index: one waits for the other, and neither is thrown out."""
    words = [f"Loaf number {n}, rye bread with walnuts from the harbour bakery." for n in range(16)]
    bond = await talked(kin, *words)
    erased = [memory.id for memory in await bond.timeline() if "walnuts" in memory.text][:8]
    await asyncio.gather(
        *(bond.erase(id) for id in erased),
        *(bond.observe([{"role": "user", "content": f"Walnuts again, rye bread number {n}."}]) for n in range(8)),
    )
    texts = [memory.text for memory in await bond.timeline()]
    assert (sum("harbour" in text for text in texts), sum("again" in text for text in texts)) == (8, 8)

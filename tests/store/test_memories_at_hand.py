"""What Alice asked for a moment ago is answered from RAM, and never once it has become another."""

import pytest

from everkin import Bond, Everkin
from support.house import Clock

SAID = ("The tomatoes by the wall are red", "My sister Clara works at the library", "We swam in the river")


class Read:
    """How many memories were read from the database."""

    def __init__(self, kin: Everkin, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ids: list[object] = []
        get = kin.store.memories.get

        async def counted(user, ids):
            self.ids += ids
            return await get(user, ids)

        monkeypatch.setattr(kin.store.memories, "get", counted)


async def told(kin: Everkin) -> Bond:
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.observe([{"role": "user", "content": text} for text in SAID])
    await kin.store.matters.prefetch(alice.user_id, alice.bond_id)
    return alice


async def texts(bond: Bond, question: str) -> list[str]:
    return [each.memory.text for each in (await bond.recall(question)).recollections]


async def test_what_was_opened_is_not_read_again(kin: Everkin, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await told(kin)
    first = await texts(alice, "What about the tomatoes?")
    read = Read(kin, monkeypatch)
    assert await texts(alice, "What about the tomatoes?") == first
    assert read.ids == []


async def test_what_was_said_stays_at_hand_when_more_is_said(kin: Everkin, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known is read again: the new message may have changed it."""
    alice = await told(kin)
    await texts(alice, "What about the tomatoes?")
    await alice.observe([{"role": "user", "content": "It rains."}])
    read = Read(kin, monkeypatch)
    found = await alice.recall("What about the tomatoes?")
    again = {each.memory.id for each in found.recollections if each.memory.fact or each.memory.text == "It rains."}
    assert set(read.ids) == again


async def test_what_was_put_right_is_told_as_it_stands(kin: Everkin) -> None:
    alice = await told(kin)
    await texts(alice, "What about the tomatoes?")
    wrong = next(memory for memory in await alice.memories() if "are red" in memory.text)
    await alice.edit(wrong.id, "The tomatoes by the wall are yellow")
    found = await texts(alice, "What about the tomatoes?")
    assert "The tomatoes by the wall are yellow" in found
    assert SAID[0] not in found


async def test_a_fact_that_was_superseded_is_not_told_as_current(kin: Everkin, clock: Clock) -> None:
    alice = await told(kin)
    await alice.observe([{"role": "user", "content": "I live in Lisbon."}])

    async def homes() -> list[tuple[bool, bool]]:
        found = [each.memory for each in (await alice.recall("Where do I live?")).recollections if each.memory.fact]
        return [("Lisbon" in memory.text, memory.superseded_by is None) for memory in found if "home" in memory.text]

    assert await homes() == [(True, True)]
    clock.pass_by(days=1)
    await alice.observe([{"role": "user", "content": "I live in Porto now."}])
    assert sorted(await homes()) == [(False, True), (True, False)]


async def test_what_was_erased_is_not_at_hand(kin: Everkin) -> None:
    alice, bob = await told(kin), await kin.bond(user="bob", companion="lucy")
    await bob.observe([{"role": "user", "content": "The roses are white"}])
    await texts(alice, "What about the river?")
    await texts(bob, "What about the roses?")
    swum = next(memory for memory in await alice.memories() if memory.text == SAID[2])
    await alice.erase(swum.id)
    assert SAID[2] not in await texts(alice, "What about the river?")
    held = kin.store.memories._held
    assert all(each.user != alice.user_id or each.memory.text != SAID[2] for each in held._held.values())


async def test_an_erased_user_leaves_nothing_at_hand(kin: Everkin) -> None:
    alice, bob = await told(kin), await kin.bond(user="bob", companion="lucy")
    await bob.observe([{"role": "user", "content": "The roses are white"}])
    await texts(alice, "What about the river?")
    await texts(bob, "What about the roses?")
    await kin.erase(user="alice")
    assert {each.user for each in kin.store.memories._held._held.values()} == {bob.user_id}


async def test_a_pin_and_a_use_are_told_at_once(kin: Everkin) -> None:
    alice = await told(kin)
    found = (await alice.recall("What about the tomatoes?")).recollections[0].memory
    await alice.pin(found.id)
    again = (await alice.recall("What about the tomatoes?")).recollections[0].memory
    assert (found.pinned, again.pinned) == (False, True)


async def test_what_is_at_hand_has_a_limit_and_an_age(kin: Everkin, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await told(kin)
    held, now = kin.store.memories._held, [0.0]
    monkeypatch.setattr(held, "_monotonic", lambda: now[0])
    await texts(alice, "What about the tomatoes?")
    now[0] = 901.0
    read = Read(kin, monkeypatch)
    await texts(alice, "What about the tomatoes?")
    assert read.ids
    monkeypatch.setattr(held, "_limit", 0)
    await texts(alice, "What about the river?")
    now[0] = 2000.0
    await texts(alice, "What about the river?")
    assert len(held) == 0
    assert held._bytes == 0

"""When Alice says something hard, help reaches her whatever happens, and it is never forgotten by accident."""

import pytest

from everkin import Everkin
from everkin.errors import InvalidInput, NotFound
from everkin.mind.identity import DisclosureId
from everkin.mind.ports.gateway import TextDelta
from everkin.mind.risk import Category, Level, Review, State
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener

HARD = "I don't want to live anymore."
LONG_AGO = "Years ago I wanted to die."


async def test_help_comes_before_whatever_a_provider_says(opener: Opener) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: "Let us talk about cats.")) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        reply = await bond.reply(HARD)
        assert reply.started.resources
        assert reply.text.startswith(reply.started.resources)
        assert reply.text.endswith("Let us talk about cats.")


async def test_help_comes_when_nobody_answers(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    pieces = [event.text async for event in bond.reply(HARD) if isinstance(event, TextDelta)]
    assert "emergency" in pieces[0].lower()
    assert "understudy" in pieces[-1]


async def test_a_disclosure_stands_in_every_context_of_every_bond(kin: Everkin, clock: Clock) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    observed = await bond.observe([{"role": "user", "content": HARD, "id": "hard"}])
    assert observed.disclosures == 1
    clock.pass_by(days=200)
    other = await kin.bond(user="alice", companion="max")
    for question in ("What shall I cook?", "Tell me a joke"):
        for each in (bond, other):
            context = await each.context(question, tokens=600)
            assert "may be in danger" in context.messages[0]["content"]
    bob = await kin.bond(user="bob", companion="lucy")
    assert "may be in danger" not in str((await bob.context("What shall I cook?")).messages)


async def test_an_imported_cry_for_help_is_heard_once(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    for _ in range(2):
        await bond.observe([{"role": "user", "content": HARD, "id": "hard"}])
    (disclosure,) = await bond.disclosures()
    assert disclosure.category is Category.SUICIDE


async def test_the_companions_own_words_are_no_disclosure(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([{"role": "assistant", "content": HARD}])
    assert await bond.disclosures() == []


async def test_a_mere_concern_is_kept_for_who_asks_and_told_in_no_context(kin: Everkin, clock: Clock) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    observed = await bond.observe([{"role": "user", "content": LONG_AGO, "id": "then"}])
    assert observed.disclosures == 0
    (kept,) = await bond.disclosures()
    assert kept.level is Level.CONCERN
    assert "may be in danger" not in str((await bond.context("What shall I cook?")).messages)
    (memory,) = await bond.memories()
    assert memory.safety
    assert (await bond.reply("Good morning")).started.resources is None


async def test_it_stands_until_a_person_has_reviewed_it_and_comes_back_when_reopened(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([{"role": "user", "content": HARD}])
    (disclosure,) = await bond.disclosures()
    assert (await bond.disclosed(disclosure.id)).content == HARD
    assert (await bond.review(disclosure.id, Review.CONFIRM)).state is State.REVIEWED
    assert await bond.disclosures() == []
    assert "may be in danger" not in (await bond.context("What shall I cook?")).messages[0]["content"]
    (settled,) = await bond.disclosures(settled=True)
    assert (settled.state, settled.reviewed_at) == (State.REVIEWED, kin.now())
    with pytest.raises(InvalidInput):
        await bond.review(disclosure.id, Review.CONFIRM)
    await bond.review(disclosure.id, Review.REOPEN)
    assert "may be in danger" in (await bond.context("What shall I cook?")).messages[0]["content"]


async def test_nobody_reviews_what_another_user_disclosed(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([{"role": "user", "content": HARD}])
    (disclosure,) = await bond.disclosures()
    with pytest.raises(NotFound):
        await (await kin.bond(user="bob", companion="lucy")).review(DisclosureId(disclosure.id), Review.DISMISS)
    assert await bond.disclosures() == [disclosure]


async def test_erasing_the_message_erases_the_disclosure(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([{"role": "user", "content": HARD}])
    (memory,) = await bond.timeline()
    await bond.erase(memory.id)
    assert await bond.disclosures(settled=True) == []
    assert "may be in danger" not in (await bond.context("What shall I cook?")).messages[0]["content"]


async def test_it_is_not_forgotten_when_the_message_is_edited_away(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.chat([{"role": "user", "content": HARD}])
    await bond.observe(
        [{"role": "user", "content": HARD, "id": "1"}, {"role": "user", "content": "Nothing.", "id": "1"}]
    )
    assert await bond.disclosures() != []

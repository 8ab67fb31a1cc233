"""Alice's chat client sends its whole transcript with every request; only what is new is heard."""

import pytest

from everkin import Bond, Everkin
from everkin.errors import InvalidInput
from everkin.mind.transcript import Delivery
from everkin.testing.voice import ScriptedGateway
from support.client import Chat, lucy, remembered, user
from support.house import Clock, Opener


async def say(bond: Bond, clock: Clock, chat: Chat, **settings: object) -> Chat:
    """One request; the transcript as the client holds it afterwards."""
    clock.pass_by(minutes=1)
    reply = await bond.chat(chat, **settings)  # type: ignore[arg-type]
    return [*chat, lucy(reply.text)]


async def test_only_the_new_tail_is_observed(opener: Opener, clock: Clock, numbered: ScriptedGateway) -> None:
    async with opener(gateway=numbered) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        chat = await say(bond, clock, [{"role": "system", "content": "Be kind."}, user("I adopted a cat.")])
        chat = await say(bond, clock, [*chat, user("She is called Pebble.")])
        await say(bond, clock, [*chat, user("She sleeps all day.")])
        assert await remembered(bond) == [
            "I adopted a cat.",
            "Reply number 1.",
            "She is called Pebble.",
            "Reply number 2.",
            "She sleeps all day.",
            "Reply number 3.",
        ]


async def test_a_history_cut_at_its_start_is_recognised(
    opener: Opener, clock: Clock, numbered: ScriptedGateway
) -> None:
    async with opener(gateway=numbered) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        chat = await say(bond, clock, [user("I adopted a cat.")])
        chat = await say(bond, clock, [*chat, user("She is called Pebble.")])
        await say(bond, clock, [*chat[1:], user("She sleeps all day.")])
        assert len(await remembered(bond)) == 6


async def test_a_swipe_takes_the_place_of_the_reply(opener: Opener, clock: Clock, numbered: ScriptedGateway) -> None:
    async with opener(gateway=numbered) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        chat = await say(bond, clock, [user("I adopted a cat.")])
        await say(bond, clock, chat[:1])
        assert await remembered(bond) == ["I adopted a cat.", "Reply number 2."]


async def test_an_edit_leaves_the_old_branch_behind(opener: Opener, clock: Clock, numbered: ScriptedGateway) -> None:
    async with opener(gateway=numbered) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        chat = await say(bond, clock, [user("Good evening."), lucy("Good evening, Alice."), user("I adopted a cat.")])
        await say(bond, clock, [*chat[:2], user("I adopted a dog.")])
        texts = await remembered(bond)
        assert "I adopted a dog." in texts
        assert "I adopted a cat." not in texts
        recalled = await bond.recall("Which animal did I adopt?", limit=10)
        assert "I adopted a cat." not in [r.memory.text for r in recalled.recollections]


async def test_a_new_chat_with_the_same_opening_is_a_new_conversation(
    opener: Opener, clock: Clock, numbered: ScriptedGateway
) -> None:
    async with opener(gateway=numbered) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        chat = await say(bond, clock, [user("Hello!")])
        await say(bond, clock, [*chat, user("I adopted a cat.")])
        clock.pass_by(days=1)
        await say(bond, clock, [user("Hello!")])
        assert (await remembered(bond)).count("Hello!") == 2
        assert "I adopted a cat." in await remembered(bond)


async def test_a_named_conversation_is_kept_apart(opener: Opener, clock: Clock, numbered: ScriptedGateway) -> None:
    async with opener(gateway=numbered) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await say(bond, clock, [user("Hello!")], conversation="phone")
        await say(bond, clock, [user("Hello!")], conversation="desk")
        assert (await remembered(bond)).count("Hello!") == 2


@pytest.mark.parametrize(
    "asked",
    [
        "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.",
        "Generate 1-3 broad tags categorizing the main themes of the chat history.",
        "Create a concise, 3-5 word phrase as a header for the following query.",
        "Please provide a short title for the above conversation.",
        "### Task:\nSuggest 3-5 relevant follow-up questions.",
        "[Pause your roleplay. Summarize the story so far.]",
    ],
)
async def test_housekeeping_is_answered_and_not_remembered(opener: Opener, asked: str) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: "Cats")) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        reply = await bond.chat([user("I adopted a cat."), lucy("How lovely!"), user(asked)])
        assert reply.text == "Cats"
        assert await remembered(bond) == []


async def test_housekeeping_is_answered_without_a_provider_too(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    reply = await bond.chat([user("### Task:\nGenerate a concise title for the chat history.")])
    assert reply.text
    assert await remembered(bond) == []


@pytest.mark.parametrize(
    "said", ["Generate some excitement with me!", "What title would you give my novel?", "Create a poem about the sea."]
)
async def test_what_people_say_is_no_housekeeping(kin: Everkin, said: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.chat([user(said)])
    assert await remembered(bond) == [said]


async def test_a_chat_reader_who_leaves_has_pressed_stop(opener: Opener) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: "One two three four")) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        replying = bond.chat([user("Count.")], conversation="c")
        async for _ in (seen := aiter(replying)):
            await anext(seen)
            break
        await replying.aclose()
        branch = await kin.store.transcripts.branch(bond.user_id, (await bond._scene("c")).conversation)
        assert (branch[-1].content, branch[-1].delivery) == ("One", Delivery.STOPPED)


async def test_parts_of_text_are_read_and_pictures_left_alone(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    parts = [{"type": "text", "text": "Look at this"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    await bond.chat([{"role": "user", "content": parts}])
    assert await remembered(bond) == ["Look at this"]


@pytest.mark.parametrize(
    "messages", [[], [{"role": "wizard", "content": "secretword"}], [{"role": "user", "content": 3}]]
)
async def test_what_is_no_chat_is_refused_without_its_words(kin: Everkin, messages: Chat) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    with pytest.raises(InvalidInput) as refusal:
        bond.chat(messages)
    assert "secretword" not in repr(refusal.value)

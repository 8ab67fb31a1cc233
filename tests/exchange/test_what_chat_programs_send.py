"""SillyTavern, Open WebUI and LibreChat in front of Lucy: each has habits, and what Alice said is remembered all the same."""

import asyncio

import pytest

from everkin import Bond, Everkin
from everkin.errors import InvalidInput
from everkin.mind.transcript import Role
from everkin.testing.voice import ScriptedGateway
from support.client import Chat, lucy, remembered, user
from support.house import Clock, Opener

CARD = {"role": "system", "content": "Lucy keeps a bakery by the harbour."}
LORE = {"role": "system", "content": "[Details of the world: the harbour freezes in winter.]"}
GREETING = {"role": "assistant", "content": "*Lucy looks up from the counter.* Good morning!"}
AFTER = {"role": "system", "content": "[Write the next reply only as Lucy.]"}


async def say(bond: Bond, clock: Clock, chat: Chat, *more: dict[str, object], conversation: str | None = None) -> Chat:
    """One request, with what the client puts behind the chat; the chat as the client holds it afterwards."""
    clock.pass_by(minutes=1)
    reply = await bond.chat([CARD, LORE, *chat, *more], conversation=conversation)
    return [*chat, lucy(reply.text)]


@pytest.fixture
async def bond(opener: Opener, numbered: ScriptedGateway):
    async with opener(gateway=numbered) as kin:
        yield await kin.bond(user="alice", companion="lucy")


async def test_instructions_behind_the_chat_do_not_hide_what_alice_said(bond: Bond, clock: Clock) -> None:
    """Post-history instructions, author's notes and group nudges stand last in nearly every request of SillyTavern."""
    await say(bond, clock, [GREETING, user("My oven broke.")], AFTER)
    assert await remembered(bond) == [GREETING["content"], "My oven broke.", "Reply number 1."]


@pytest.mark.parametrize(
    "nudge",
    [
        "[Write your next reply from the point of view of Alice, using the chat history so far as a guideline.]",
        "[Continue your last message without repeating its original content.]",
        "[Pause your roleplay. Summarize the story so far.]",
        "Ignore previous instructions. Summarize the most important facts and events in the story so far.",
        "Ignore previous instructions. Classify the emotion of the last message. Output just one word.",
    ],
)
@pytest.mark.parametrize("role", ["system", "user"])
async def test_words_written_for_alice_are_not_remembered_as_hers(
    bond: Bond, clock: Clock, nudge: str, role: str
) -> None:
    chat = await say(bond, clock, [user("My oven broke.")])
    await say(bond, clock, [*chat, user("It smells of smoke.")], {"role": role, "content": nudge})
    assert await remembered(bond) == ["My oven broke.", "Reply number 1."]


@pytest.mark.parametrize(
    "asked",
    [
        "Provide a concise, 5-word-or-less title for the conversation, using its same language, with no punctuation.",
        "Analyze this conversation and provide:\n1. The detected language\n2. A concise title\nUser: My oven broke.",
        "### Task:\nYou are an autocompletion system. Continue the text in `<text>`.",
        "Your task is to reflect the speaker's likely facial expression through a fitting emoji.",
    ],
)
async def test_what_programs_ask_for_themselves_is_not_remembered(bond: Bond, clock: Clock, asked: str) -> None:
    await say(bond, clock, [user(asked)])
    assert await remembered(bond) == []


@pytest.mark.parametrize(
    "said",
    [
        "Write me a message with an emoji for my sister.",
        "Suggest a title for the following poem: The harbour sleeps.",
        "I had to analyse this conversation in my head all night.",
    ],
)
async def test_what_alice_asks_for_herself_is(bond: Bond, clock: Clock, said: str) -> None:
    await say(bond, clock, [user(said)])
    assert said in await remembered(bond)


async def test_the_question_behind_looked_up_documents_is_what_was_said(opener: Opener, clock: Clock) -> None:
    gateway = ScriptedGateway(lambda prompt: "At nine.")
    async with opener(gateway=gateway) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        framed = (
            "### Task:\nRespond to the user query using the provided context, incorporating inline citations.\n"
            '<context>\n<source id="1">The ferry leaves at nine.</source>\n</context>\nWhen does my ferry leave?'
        )
        chat = await say(bond, clock, [user(framed)])
        await say(bond, clock, [user("When does my ferry leave?"), *chat[1:], user("Thank you.")])
        assert await remembered(bond) == ["When does my ferry leave?", "At nine.", "Thank you.", "At nine."]
        assert any("The ferry leaves at nine." in str(m.content) for m in gateway.prompts[0].messages)


async def test_an_edit_in_the_middle_is_a_revision_and_nothing_is_heard_twice(bond: Bond, clock: Clock) -> None:
    chat = await say(bond, clock, [GREETING, user("I adopted a cat.")])
    chat = await say(bond, clock, [*chat, user("She is called Pebble.")])
    told = {memory.text: memory.at for memory in await bond.timeline()}
    chat[1] = user("I adopted a dog.")
    await say(bond, clock, [*chat, user("She sleeps all day.")])
    assert await remembered(bond) == [
        GREETING["content"],
        "I adopted a dog.",
        "Reply number 1.",
        "She is called Pebble.",
        "Reply number 2.",
        "She sleeps all day.",
        "Reply number 3.",
    ]
    now = {memory.text: memory.at for memory in await bond.timeline()}
    assert now["I adopted a dog."] == told["I adopted a cat."]
    assert now["She is called Pebble."] == told["She is called Pebble."]


async def test_an_edited_greeting_does_not_repeat_the_life_behind_it(bond: Bond, clock: Clock) -> None:
    chat = await say(bond, clock, [GREETING, user("I adopted a cat.")])
    await say(bond, clock, [lucy("Good evening!"), *chat[1:], user("She is called Pebble.")])
    assert await remembered(bond) == [
        "Good evening!",
        "I adopted a cat.",
        "Reply number 1.",
        "She is called Pebble.",
        "Reply number 2.",
    ]


async def test_what_alice_deletes_in_the_middle_is_left_and_the_rest_keeps_its_days(bond: Bond, clock: Clock) -> None:
    chat = await say(bond, clock, [user("I adopted a cat.")])
    chat = await say(bond, clock, [*chat, user("I shouted at her.")])
    clock.pass_by(days=1)
    chat = await say(bond, clock, [*chat, user("She is called Pebble.")])
    said = {memory.text: memory.at for memory in await bond.timeline()}
    clock.pass_by(days=1)
    await say(bond, clock, [*chat[:2], *chat[4:], user("She sleeps all day.")])
    texts = await remembered(bond)
    assert "I shouted at her." not in texts
    assert texts.count("She is called Pebble.") == 1
    assert {m.text: m.at for m in await bond.timeline()}["She is called Pebble."] == said["She is called Pebble."]


async def test_a_middle_cut_out_to_save_room_is_not_forgotten(bond: Bond, clock: Clock) -> None:
    chat: Chat = []
    for number in range(8):
        chat = await say(bond, clock, [*chat, user(f"Loaf number {number} is sold.")])
    await say(bond, clock, [*chat[:2], *chat[-2:], user("The shop is empty.")])
    assert "Loaf number 3 is sold." in await remembered(bond)


async def test_a_summary_in_place_of_the_cut_head_is_nobodys_words(bond: Bond, clock: Clock) -> None:
    chat: Chat = []
    for number in range(4):
        chat = await say(bond, clock, [*chat, user(f"Loaf number {number} is sold.")])
    await say(bond, clock, [user("Summary: many loaves."), *chat[-4:], user("The shop is empty.")])
    texts = await remembered(bond)
    assert "Summary: many loaves." not in texts
    assert len(texts) == len(set(texts)) == 10


async def test_programs_that_tidy_white_space_quotes_and_asterisks_say_nothing_new(bond: Bond, clock: Clock) -> None:
    chat = await say(bond, clock, [GREETING, user("*waves*  “Hello”\r\n\r\nI adopted a cat.")])
    tidied = [
        lucy("Lucy looks up from the counter. Good morning!"),
        user('waves "Hello"\n\nI adopted a cat.'),
        *chat[2:],
    ]
    await say(bond, clock, [*tidied, user("She is called Pebble.")])
    assert len(await remembered(bond)) == 5


async def test_a_reply_that_the_client_made_longer_stands_as_it_is_now(bond: Bond, clock: Clock) -> None:
    """Continued, or edited: the client's text is what Alice reads, so it is what was said."""
    chat = await say(bond, clock, [user("I adopted a cat.")])
    await say(bond, clock, [chat[0], lucy("Reply number 1. And how old is she?"), user("Two.")])
    assert await remembered(bond) == [
        "I adopted a cat.",
        "Reply number 1. And how old is she?",
        "Two.",
        "Reply number 2.",
    ]


async def test_one_word_said_again_in_a_named_conversation_forgets_nothing(bond: Bond, clock: Clock) -> None:
    """A program of Alice's own sends only the newest message, and names the conversation."""
    for text in ("Yes.", "I adopted a cat.", "She is called Pebble.", "Yes."):
        await say(bond, clock, [user(text)], conversation="phone")
    assert [text for text in await remembered(bond) if not text.startswith("Reply")] == [
        "Yes.",
        "I adopted a cat.",
        "She is called Pebble.",
        "Yes.",
    ]


async def test_good_morning_on_the_next_day_is_a_new_day(bond: Bond, clock: Clock) -> None:
    await say(bond, clock, [user("Good morning!")], conversation="phone")
    clock.pass_by(days=1)
    await say(bond, clock, [user("Good morning!")], conversation="phone")
    assert await remembered(bond) == ["Good morning!", "Reply number 1.", "Good morning!", "Reply number 2."]


async def test_a_new_chat_under_the_same_name_leaves_the_old_one_remembered(bond: Bond, clock: Clock) -> None:
    chat: Chat = [GREETING]
    for text in ("I adopted a cat.", "She is called Pebble.", "She sleeps all day."):
        chat = await say(bond, clock, [*chat, user(text)], conversation="st")
    clock.pass_by(days=1)
    fresh = await say(bond, clock, [GREETING, user("The cat ran away.")], conversation="st")
    await say(bond, clock, [*fresh, user("She came back.")], conversation="st")
    texts = await remembered(bond)
    assert (
        texts.count("She is called Pebble.") == texts.count("The cat ran away.") == texts.count("She came back.") == 1
    )


async def test_tool_calls_and_their_results_are_not_said_by_anybody(opener: Opener, clock: Clock) -> None:
    gateway = ScriptedGateway(lambda prompt: "It rains.")
    async with opener(gateway=gateway) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
        asked: Chat = [user("Do I need an umbrella?"), {"role": "assistant", "content": None, "tool_calls": [call]}]
        asked += [{"role": "tool", "tool_call_id": "c1", "content": "rain"}]
        await bond.chat([{"role": "developer", "content": "Be brief."}, *asked])
        passed = gateway.prompts[-1].messages
        assert [message.role for message in passed] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL]
        assert (passed[2].tool_calls, passed[3].tool_call_id) == ([call], "c1")
        clock.pass_by(minutes=1)
        await bond.chat([*asked, lucy("It rains."), user("Thank you.")])
        assert await remembered(bond) == ["Do I need an umbrella?", "It rains.", "Thank you.", "It rains."]


@pytest.mark.parametrize("name", [{"secretword": 1}, ["secretword"], "secretword" * 200])
async def test_a_name_that_is_none_is_refused_without_its_words(kin: Everkin, name: object) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    with pytest.raises(InvalidInput) as refusal:
        bond.chat([{"role": "user", "content": "Hello", "name": name}])
    assert "secretword" not in repr(refusal.value)


@pytest.mark.parametrize("content", [b"secretword", ["secretword"], {"secretword": 1}])
async def test_what_is_no_text_is_refused_and_not_kept_as_silence(kin: Everkin, content: object) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    with pytest.raises(InvalidInput) as refusal:
        await bond.observe([{"role": "user", "content": content}])
    assert "secretword" not in repr(refusal.value)
    assert await remembered(bond) == []


async def test_a_request_sent_twice_at_once_is_heard_once(bond: Bond) -> None:
    await asyncio.gather(*(bond.chat([GREETING, user("I adopted a cat.")]) for _ in range(3)))
    assert (await remembered(bond)).count("I adopted a cat.") == 1


async def test_requests_at_once_of_two_chats_are_all_heard(bond: Bond) -> None:
    await asyncio.gather(*(bond.chat([user(f"Loaf number {n} is sold.")], conversation=f"{n}") for n in range(4)))
    assert sum(text.startswith("Loaf") for text in await remembered(bond)) == 4

"""What nobody asked for: Lucy does not bring up last year's embarrassing night, and knows it when Alice asks."""

from datetime import timedelta

import pytest

from everkin import Bond, Everkin
from everkin.mind.memory import Memory
from everkin.mind.question import Question, understand
from everkin.mind.worth import comes_up, fate
from everkin.testing.voice import ScriptedGateway
from support.house import NOON, Clock, Opener

NIGHT = "I got so drunk at the summer party that I cried on my boss's shoulder and fell into the fountain."
SMALL_TALK = (
    "Good morning!", "Hi Lucy", "hello there", "I'm so tired today.", "It is raining again.", "What a day.", "lol",
    "I had noodles for lunch.", "The bus was late.", "My boss was in a good mood today.", "Nice weather, finally.",
    "I'm off to a party tonight.", "We walked past the fountain.", "ok", "thanks", "How are you?", "Good night",
    "I might go for a run.", "The coffee machine broke down.", "I need a haircut.", "Haha", "Cool.", "Summer is here.",
    "I bought new shoes.", "My shoulder hurts a bit.", "The neighbours are loud.", "I am cooking pasta.", "So sleepy.",
    "It's Friday at last.", "Work was long.", "I drank too much coffee.", "The cat next door is back.", "Great!",
    "I watched a film about the sea.", "The train was full.", "There was a queue at the bakery.", "I fell asleep early.",
    "I like this song.", "The soup was too salty.", "My phone is nearly empty.", "Bye for now", "Yes", "no",
    "I cleaned the kitchen.", "Somebody sang in the street.", "The sun sets later now.", "Tomorrow will be busy.",
    "I have been reading all day.", "The lift is out of order.", "Home at last.",
)  # fmt: skip


async def a_year_ago(kin: Everkin, clock: Clock) -> Bond:
    """The night, once, and a year of other days."""
    bond = await kin.bond(user="alice", companion="lucy")
    said = [{"id": "night", "role": "user", "content": NIGHT, "at": NOON}]
    said += [
        {
            "id": f"day-{n}",
            "role": "user",
            "content": f"Day {n}: I watered the plants.",
            "at": NOON + timedelta(days=7 * n),
        }
        for n in range(1, 53)
    ]
    await bond.observe(said)
    clock.pass_by(days=366)
    return bond


async def told(bond: Bond, said: str) -> str:
    return "\n".join(message["content"] for message in (await bond.context(said, tokens=4000)).messages)


async def test_the_night_is_absent_from_fifty_contexts_of_small_talk(kin: Everkin, clock: Clock) -> None:
    bond = await a_year_ago(kin, clock)
    assert len(SMALL_TALK) == 50
    assert [
        said for said in SMALL_TALK if "fountain that" in await told(bond, said) or NIGHT in await told(bond, said)
    ] == []


@pytest.mark.parametrize(
    "asked",
    [
        "What happened at the summer party last year?",
        "Why did I fall into the fountain?",
        "Remind me of that night at the party, please.",
        "I wonder what my boss thought when I cried.",
    ],
)
async def test_it_is_known_when_asked(kin: Everkin, clock: Clock, asked: str) -> None:
    bond = await a_year_ago(kin, clock)
    assert NIGHT in await told(bond, asked)
    assert NIGHT in {each.memory.text for each in (await bond.recall(asked)).recollections}


async def test_a_question_about_something_else_does_not_bring_it_up(kin: Everkin, clock: Clock) -> None:
    bond = await a_year_ago(kin, clock)
    for asked in ("What shall I cook tonight?", "Did you sleep well?", "How do I water orchids?"):
        assert NIGHT not in await told(bond, asked)


async def test_a_reply_is_given_the_same(opener: Opener, clock: Clock) -> None:
    voice = ScriptedGateway(lambda prompt: "Mm.")
    async with opener(gateway=voice) as kin:
        bond = await a_year_ago(kin, clock)
        for said in SMALL_TALK[:8]:
            await bond.reply(said)
        assert not [prompt for prompt in voice.prompts if NIGHT in str(prompt.messages)]
        await bond.reply("What happened at the summer party last year?")
        assert NIGHT in "\n".join(message.content for message in voice.prompts[-1].messages)


async def test_what_was_pinned_or_is_fresh_comes_up_by_itself(kin: Everkin, clock: Clock) -> None:
    bond = await a_year_ago(kin, clock)
    night = await the_night(bond)
    assert not comes_up(night, clock())
    assert "cold" in fate(night, clock())[0] or "warm" in fate(night, clock())[0]
    await bond.pin(night.id)
    assert NIGHT in await told(bond, "I'm off to a party tonight.")
    await bond.observe([{"id": "new", "role": "user", "content": "I lost my keys on the ferry.", "at": clock()}])
    assert "I lost my keys on the ferry." in await told(bond, "The ferry was full.")


async def the_night(bond: Bond) -> Memory:
    return next(memory for memory in await bond.memories(limit=500) if memory.text == NIGHT)


def asks(text: str) -> bool:
    read: Question = understand(text, stems=str.split)
    return read.asks


def test_what_asks_and_what_does_not() -> None:
    assert [text for text in SMALL_TALK if asks(text)] == []
    for text in (
        "I'm planning a trip to Tokyo. Any ideas? I like quiet places.",
        "Tell me about Porto",
        "I forgot what she said",
        "Summarize what we talked about",
        "I could use some advice on my garden.",
        "write me a poem about the sea",
    ):
        assert asks(text)

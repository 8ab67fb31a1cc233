"""While Alice stays with a topic nothing is looked up anew; what is erased, changed or said elsewhere ends that at once."""

from datetime import timedelta
from typing import Any

import pytest

from everkin import Everkin
from everkin.mind.session import Step
from everkin.recall import LookingBack
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener

GARDEN = [
    "I planted tomatoes in the garden beside the old wall",
    "The tomatoes by the wall are growing well this week",
    "I gave the tomatoes in the garden more water",
    "The garden wall keeps the tomatoes warm at night",
]


async def told(bond: Any, clock: Clock, *texts: str) -> None:
    """Said long ago, one message an hour."""
    start = clock() - timedelta(days=30)
    await bond.observe(
        [{"role": "user", "content": text, "at": start + timedelta(hours=n)} for n, text in enumerate(texts)]
    )


async def say(kin: Everkin, bond: Any, clock: Clock, text: str) -> Any:
    clock.pass_by(minutes=1)
    reply = await bond.reply(text)
    await kin.sessions.settle()
    return reply


async def seen(bond: Any, text: str) -> dict[str, Any]:
    """What the cache would do with this, as `explain` shows it."""
    context = await bond.context(text, explain=True)
    session: dict[str, Any] = context.explanation["recall"]["session"]
    return session


async def test_a_topic_that_goes_on_is_answered_from_what_is_at_hand(kin: Everkin, clock: Clock) -> None:
    """Her own messages move the epoch and do not end the session; what is given is what was recalled for the topic."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "My grandmother grew tomatoes in her garden beside a wall", *["We had rain"] * 3)

    first = await say(kin, alice, clock, GARDEN[0])
    later = [await say(kin, alice, clock, text) for text in GARDEN[1:]]

    assert kin.sessions.counts.steps[Step.BEGUN] == 1
    assert kin.sessions.counts.hits == len(later)
    wanted = first.started.recollections[0].memory.id
    assert all(wanted in [each.memory.id for each in reply.started.recollections] for reply in later)


async def test_a_question_is_always_looked_up(kin: Everkin, clock: Clock) -> None:
    """Whatever is at hand: what is asked has to be judged."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "The tomatoes come from a seed shop in Bergen")
    await say(kin, alice, clock, GARDEN[0])

    asked = await seen(alice, "Where do the tomatoes in the garden come from?")
    reminded = await seen(alice, "Tell me where the tomatoes in the garden are from")
    went_on = await seen(alice, GARDEN[1])

    assert (asked["cache"], asked["because"]) == ("miss", Step.ASKED.value)
    assert reminded["cache"] == "miss"
    assert went_on["cache"] == "hit"


async def test_another_topic_drops_what_was_at_hand(kin: Everkin, clock: Clock) -> None:
    """The hard threshold: the next topic begins with a retrieval of its own, and without the last one's memories."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "Uncle Henrik sails to Iceland on a cargo ship every winter", "My tomatoes died last year")
    for text in GARDEN[:2]:
        await say(kin, alice, clock, text)

    turned = "Yesterday uncle Henrik returned from Iceland on his cargo ship with a broken engine"
    assert (await seen(alice, turned))["because"] == Step.SHIFTED.value
    await say(kin, alice, clock, turned)

    assert kin.sessions.counts.steps[Step.SHIFTED] == 2


async def test_a_silence_ends_a_session(kin: Everkin, clock: Clock) -> None:
    alice = await kin.bond(user="alice", companion="lucy")
    await say(kin, alice, clock, GARDEN[0])
    clock.pass_by(days=1)

    assert (await seen(alice, GARDEN[1]))["because"] == Step.BEGUN.value


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
async def test_a_clock_that_jumps_costs_a_retrieval_and_nothing_else(
    kin: Everkin, clock: Clock, jump: timedelta
) -> None:
    """A day ahead or back, the turn is answered, and the session after it goes on."""
    alice = await kin.bond(user="alice", companion="lucy")
    await say(kin, alice, clock, GARDEN[0])
    clock.at += jump

    assert (await seen(alice, GARDEN[1]))["cache"] == "miss"
    await say(kin, alice, clock, GARDEN[1])
    assert (await seen(alice, GARDEN[2]))["cache"] == "hit"


async def test_what_is_erased_is_at_hand_no_more(opener: Opener, clock: Clock) -> None:
    """Erased by another process: whether its hint arrived or not, the next turn reads the epoch and knows."""
    voice = ScriptedGateway(lambda prompt: "That sounds like a lovely garden")
    async with opener(gateway=voice) as kin, opener() as elsewhere:
        alice = await kin.bond(user="alice", companion="lucy")
        await told(alice, clock, "The tomatoes in the garden by the wall were a gift from Charlie")
        await say(kin, alice, clock, GARDEN[0])
        held = (await alice.context(GARDEN[1])).recollections
        secret = next(each.memory for each in held if "Charlie" in each.memory.text)

        await (await elsewhere.bond(user="alice", companion="lucy")).erase(secret.id)
        context = await alice.context(GARDEN[1], explain=True)

        assert context.explanation["recall"]["session"]["cache"] == "miss"
        assert "Charlie" not in str(context.messages)


async def test_a_fact_that_changes_ends_the_session(kin: Everkin, clock: Clock) -> None:
    """Though Alice's own message changed it: what is at hand would say what no longer holds."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "I live in Bergen")
    await say(kin, alice, clock, "The garden here is full of tomatoes")
    await say(kin, alice, clock, "I live in Oslo")

    assert (await seen(alice, "The garden is full of tomatoes"))["because"] == Step.BEGUN.value


async def test_another_device_is_noticed_at_the_next_turn(opener: Opener, clock: Clock) -> None:
    """Said on the phone, in the same bond but another process: the laptop's next turn looks it up."""
    async with opener() as laptop, opener() as phone:
        alice, mobile = [await kin.bond(user="alice", companion="lucy") for kin in (laptop, phone)]
        await say(laptop, alice, clock, GARDEN[0])
        assert (await seen(alice, GARDEN[1]))["cache"] == "hit"

        await mobile.observe([{"role": "user", "content": "The garden wall fell on the tomatoes", "at": clock()}])
        context = await alice.context(GARDEN[1], explain=True)

        assert context.explanation["recall"]["session"]["cache"] == "miss"
        assert "fell on the tomatoes" in str(context.messages)


async def test_another_bond_is_noticed_too(kin: Everkin, clock: Clock) -> None:
    """What is told to Max about Alice is shared with Lucy; her session begins anew."""
    lucy = await kin.bond(user="alice", companion="lucy")
    await say(kin, lucy, clock, GARDEN[0])
    max_ = await kin.bond(user="alice", companion="max")
    await max_.observe([{"role": "user", "content": "I am allergic to tomatoes", "at": clock()}])

    assert (await seen(lucy, GARDEN[1]))["cache"] == "miss"


async def test_two_conversations_have_a_session_each(kin: Everkin, clock: Clock) -> None:
    """What goes on in one is no topic of the other."""
    alice = await kin.bond(user="alice", companion="lucy")
    await say(kin, alice, clock, GARDEN[0])

    other = await alice.context(GARDEN[1], conversation="another window", explain=True)

    assert other.explanation["recall"]["session"]["because"] == Step.BEGUN.value


async def test_bob_has_nothing_of_alices_at_hand(kin: Everkin, clock: Clock) -> None:
    """The same words, the same companion, another person."""
    alice, bob = [await kin.bond(user=name, companion="lucy") for name in ("alice", "bob")]
    await told(alice, clock, "My tomatoes won a prize at the fair")
    await say(kin, alice, clock, GARDEN[0])

    context = await bob.context(GARDEN[1], explain=True)

    assert context.explanation["recall"]["session"]["cache"] == "miss"
    assert context.recollections == ()


class Counted:
    """The facts that always matter, and how often they were read."""

    def __init__(self, kin: Everkin, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads, facts = 0, kin.store.memories.facts

        async def counted(*asked: Any, **how: Any) -> Any:
            self.reads += 1
            return await facts(*asked, **how)

        monkeypatch.setattr(kin.store.memories, "facts", counted)


async def test_the_profile_is_read_once_a_quarter_of_an_hour(
    kin: Everkin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the session goes on; a fact that is learnt, and time, have it read again: after the exchange, not before the next."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "My sister Clara works at the library")
    await say(kin, alice, clock, GARDEN[0])
    facts = Counted(kin, monkeypatch)

    async def context(text: str) -> str:
        return str((await alice.context(text)).messages)

    assert "Clara" in await context(GARDEN[1])
    assert "Clara" in await context(GARDEN[2])
    assert facts.reads == 0

    await say(kin, alice, clock, "I am allergic to tomatoes")
    assert facts.reads == 1
    assert "allergy, tomatoes" in await context(GARDEN[1])
    assert facts.reads == 1

    clock.pass_by(minutes=15)
    await context(GARDEN[1])
    assert facts.reads == 2


async def test_what_every_turn_asks_is_ready_before_it(
    kin: Everkin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The facts that always matter and the last weeks are fetched after each exchange, under the epoch it left; a message
    from elsewhere makes them of no use, and they are fetched anew."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "My sister Clara works at the library")
    looked: list[int] = []
    look_back = LookingBack.look_back

    async def counted(*asked: Any, **how: Any) -> Any:
        looked.append(1)
        return await look_back(*asked, **how)

    monkeypatch.setattr(LookingBack, "look_back", counted)
    for text in GARDEN:
        await say(kin, alice, clock, text)
        done = len(looked)
        await alice.context("The tomatoes are growing")
        assert len(looked) == done

    await alice.observe([{"role": "user", "content": "I feel awful today", "at": clock()}])
    await alice.context("The tomatoes are growing")
    assert len(looked) == done + 1


async def test_what_is_put_right_ends_the_session_at_once(kin: Everkin, clock: Clock) -> None:
    """In the same process nobody has to look at the epoch for it."""
    alice = await kin.bond(user="alice", companion="lucy")
    await told(alice, clock, "The tomatoes by the garden wall are red")
    await say(kin, alice, clock, GARDEN[0])
    wrong = next(memory for memory in await alice.memories() if "are red" in memory.text)

    await alice.edit(wrong.id, "The tomatoes by the garden wall are yellow")
    context = await alice.context(GARDEN[1], explain=True)

    assert context.explanation["recall"]["session"]["cache"] == "miss"
    assert "are yellow" in str(context.messages)


async def test_a_client_that_sends_everything_again_keeps_its_session(opener: Opener, clock: Clock) -> None:
    """The OpenAI way: the whole transcript each time, the conversation found by its words."""
    async with opener(gateway=ScriptedGateway(lambda prompt: "The garden sounds lovely")) as kin:
        alice = await kin.bond(user="alice", companion="lucy")
        sent: list[dict[str, str]] = []
        for text in GARDEN:
            sent.append({"role": "user", "content": text})
            reply = await alice.chat(sent)
            sent.append({"role": "assistant", "content": reply.text})
            await kin.sessions.settle()
            clock.pass_by(minutes=1)
        assert kin.sessions.counts.hits == len(GARDEN) - 1


async def test_a_swipe_is_looked_up(opener: Opener, clock: Clock) -> None:
    """The last reply is asked for again: it left the branch, so nothing of before is taken for granted."""
    async with opener(gateway=ScriptedGateway(lambda prompt: "The garden sounds lovely")) as kin:
        alice = await kin.bond(user="alice", companion="lucy")
        sent = [{"role": "user", "content": GARDEN[0]}]
        await alice.chat(sent)
        await kin.sessions.settle()
        clock.pass_by(minutes=1)
        await alice.chat(sent)
        assert kin.sessions.counts.misses == 2

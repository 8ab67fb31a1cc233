"""Alice talks with Lucy in spring and asks again in summer."""

from datetime import UTC, datetime, timedelta

import pytest

from everkin import Everkin
from everkin.errors import InvalidInput, KeyDestroyed, NotFound
from everkin.mind.memory import Kind, Verdict
from everkin.mind.transcript import Delivery
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener

SPRING = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
LIFE = [
    ("user", "My sister Mia got a puppy today, she called him Biscuit."),
    ("assistant", "Biscuit! What a name. Is he as sweet as he sounds?"),
    ("user", "He chewed through my left boot within an hour."),
    ("assistant", "Then he has taste."),
    ("user", "I start at the bakery on Monday, I am so nervous."),
    ("assistant", "You have wanted that for years. You will be fine."),
    ("user", "Also I think I am allergic to walnuts, my mouth itched after the cake."),
    ("assistant", "Please have that looked at before Monday."),
]


def spring() -> list[dict[str, object]]:
    return [
        {"id": f"m{n}", "role": role, "content": text, "at": SPRING + timedelta(days=n // 2)}
        for n, (role, text) in enumerate(LIFE)
    ]


@pytest.mark.parametrize("nothing", ["", " \n\t"])
async def test_where_nothing_is_asked_nothing_is_found(kin: Everkin, nothing: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    recalled = await bond.recall(nothing)
    assert (recalled.verdict, recalled.confidence, recalled.recollections) == (Verdict.NOTHING, 0.0, ())


async def test_what_was_said_in_spring_is_found_in_summer(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    recalled = await bond.recall("What is the name of Mia's dog?")
    assert recalled.recollections[0].memory.message_ids == ("m0",)
    assert recalled.recollections[0].memory.at == SPRING


async def test_another_process_gives_the_same_answer(opener: Opener) -> None:
    async with opener() as first:
        bond = await first.bond(user="alice", companion="lucy")
        await bond.observe(spring())
        expected = await bond.recall("What am I allergic to?")
    async with opener() as second:
        actual = await (await second.bond(user="alice", companion="lucy")).recall("What am I allergic to?")
    ids = [[r.memory.id for r in recalled.recollections] for recalled in (expected, actual)]
    assert ids[0] == ids[1]
    assert expected.verdict == actual.verdict


async def test_observing_again_changes_nothing(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    first = await bond.observe(spring())
    again = await bond.observe(spring())
    assert (first.kept, first.unchanged) == (len(LIFE), 0)
    assert (again.kept, again.unchanged) == (0, len(LIFE))
    assert len(await bond.timeline()) == len(LIFE)


async def test_other_words_under_the_same_id_are_a_revision(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    revised = await bond.observe([{"id": "m0", "role": "user", "content": "My sister Mia got a kitten, Pebble."}])
    recalled = await bond.recall("Which animal did Mia get?", limit=20)
    assert (revised.kept, revised.revised) == (0, 1)
    texts = [r.memory.text for r in recalled.recollections]
    assert "My sister Mia got a kitten, Pebble." in texts
    assert LIFE[0][1] not in texts


async def test_messages_in_any_order_land_in_their_place(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    messages = spring()
    await bond.observe(messages[4:])
    await bond.observe(messages[:4])
    told = [memory.text for memory in reversed(await bond.timeline())]
    assert sorted(told) == sorted(text for _, text in LIFE)
    assert told[0] in (LIFE[0][1], LIFE[1][1])


async def test_a_context_stays_in_its_budget_and_dates_what_it_tells(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    for tokens in (60, 200, 4000):
        context = await bond.context("What is Mia's dog called?", tokens=tokens)
        assert context.tokens <= tokens
    told = context.messages[0]["content"]
    assert "[Sunday 1 March 2026]" in told
    assert LIFE[0][1] in told
    assert context.messages[-1] == {"role": "user", "content": "What is Mia's dog called?"}


async def test_a_bond_without_memories_says_so(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    recalled = await bond.recall("What is my dog called?")
    context = await bond.context("What is my dog called?")
    assert recalled.verdict is Verdict.NOTHING
    assert recalled.recollections == ()
    assert "I don't think you've told me" in context.messages[0]["content"]


async def test_a_reply_is_answered_from_memory_and_kept(opener: Opener, clock: Clock) -> None:
    voice = ScriptedGateway(lambda prompt: "Biscuit, of course.")
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.observe(spring())
        reply = await bond.reply("What is Mia's dog called?")
        assert (reply.text, reply.delivery, reply.understudy) == ("Biscuit, of course.", Delivery.COMPLETE, False)
        assert LIFE[0][1] in str(voice.prompts[0].messages[0].content)
        newest = (await bond.timeline(limit=2))[0]
        assert (newest.text, newest.role.value) == ("Biscuit, of course.", "assistant")


async def test_without_a_provider_the_understudy_says_who_it_is(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    reply = await bond.reply("What is Mia's dog called?")
    assert reply.understudy
    assert "understudy" in reply.text
    assert "Biscuit" in reply.text


async def test_what_the_understudy_said_is_not_remembered_as_her_words(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.reply("Good morning")
    assert [memory.text for memory in await bond.timeline()] == ["Good morning"]


async def test_a_reader_who_leaves_keeps_what_was_said_so_far(opener: Opener) -> None:
    voice = ScriptedGateway(lambda prompt: "One two three four five six")
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        replying = bond.reply("Count to six")
        seen = 0
        async for _ in replying:
            seen += 1
            if seen == 4:
                break
        await replying.aclose()
        branch = await kin.store.transcripts.branch(bond.user_id, (await bond._scene(None)).conversation)
    assert (branch[-1].content, branch[-1].delivery) == ("One two three", Delivery.INTERRUPTED)


async def test_a_reply_that_nobody_could_finish_is_marked(opener: Opener) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: "One two three four", breaks_after=2)) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        reply = await bond.reply("Count to four")
    assert (reply.text, reply.delivery) == ("One two", Delivery.INTERRUPTED)


async def test_alice_is_forgotten_when_she_asks(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    await bond.recall("warm the snapshot")
    erased = await kin.erase(user="alice")
    assert erased.messages == len(LIFE)
    with pytest.raises(KeyDestroyed):
        await bond.recall("What is Mia's dog called?")
    with pytest.raises(NotFound):
        await kin.person("alice")
    anew = await kin.bond(user="alice", companion="lucy")
    assert await anew.timeline() == []


async def test_one_memory_is_erased_and_the_others_still_open(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(spring())
    for _ in range(3):  # from PostgreSQL first, then from the snapshot
        recalled = await bond.recall("What am I allergic to?", limit=20)
    allergy = next(r.memory for r in recalled.recollections if "walnuts" in r.memory.text)
    await bond.erase(allergy.id)
    for _ in range(3):
        after = await bond.recall("What am I allergic to?", limit=20)
        assert "walnuts" not in " ".join(r.memory.text for r in after.recollections)
    assert len(await bond.timeline()) == len(LIFE) - 1
    with pytest.raises(NotFound):
        await bond.erase(allergy.id)


async def test_bob_never_sees_what_alice_said(kin: Everkin) -> None:
    alice, bob = await kin.bond(user="alice", companion="lucy"), await kin.bond(user="bob", companion="lucy")
    await alice.observe(spring())
    recalled = await bob.recall("What is the name of Mia's dog?", limit=50)
    assert recalled.recollections == ()
    memory = (await alice.timeline())[0]
    assert await bob.memory(memory.id) is None
    for act in (bob.sources(memory.id), bob.erase(memory.id), bob.pin(memory.id)):
        with pytest.raises(NotFound):
            await act


async def test_two_requests_of_one_bond_at_once(opener: Opener) -> None:
    import asyncio

    async with opener(gateway=ScriptedGateway(lambda prompt: "Yes.")) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await asyncio.gather(*(bond.reply(f"Message number {n}") for n in range(6)))
        assert len(await bond.timeline(limit=50)) == 12


@pytest.mark.parametrize(
    "content",
    ["", " ", "🐕🐕🐕", "مرحبا كيف حالك", "a\x00b", "lone \ud800 surrogate", "word " * 200_000, "\x01\x02\x03"],
    ids=["empty", "blank", "emoji", "right-to-left", "nul", "surrogate", "1 MB", "binary"],
)
async def test_whatever_is_said_is_kept_word_for_word(kin: Everkin, content: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    observed = await bond.observe([{"id": "odd", "role": "user", "content": content}])
    scene = await bond._scene(None)
    known = await kin.store.transcripts.known(bond.user_id, bond.bond_id, scene.conversation, ["odd"])
    assert (observed.kept, known["odd"].content) == (1, content)
    await bond.recall(content or "?")


@pytest.mark.parametrize(
    "message",
    [
        {"role": "wizard", "content": "secretword"},
        {"role": "user", "content": 7},
        {"role": "user", "content": "secretword", "at": "yesterday"},
        {"role": "user", "content": "secretword", "id": "x" * 2000},
        "secretword",
    ],
)
async def test_what_cannot_be_taken_is_refused_without_its_words(kin: Everkin, message: object) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    with pytest.raises(InvalidInput) as refusal:
        await bond.observe([{"role": "user", "content": "fine"}, message])  # type: ignore[list-item]
    assert "messages[1]" in str(refusal.value)
    assert "secretword" not in f"{refusal.value!r}{refusal.value.facts}"
    assert await bond.timeline() == []


@pytest.mark.parametrize("at", ["1960-01-01T00:00:00Z", "2090-01-01T00:00:00+05:00", "2026-02-02T02:02:02"])
async def test_any_time_is_kept_and_one_without_a_zone_is_the_users_own(kin: Everkin, at: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([{"role": "user", "content": "Happy new year", "at": at}])
    (memory,) = await bond.timeline()
    given = datetime.fromisoformat(at)
    assert memory.at == (given if given.tzinfo else given.replace(tzinfo=UTC))


HARBOUR = "The harbour was grey this morning and the gulls were loud, and everybody was waiting for the ferry again. "


@pytest.mark.parametrize(("before", "known"), [(12, True), (60, False)], ids=["a page", "a pasted book"])
async def test_what_alice_pours_out_over_a_page_is_known_of_her(kin: Everkin, before: int, known: bool) -> None:
    """Of a page of her own every fact is read; what is far longer was hardly written to a friend."""
    bond = await kin.bond(user="alice", companion="lucy")
    page = HARBOUR * before + "My sister Mia was diagnosed with asthma. " + HARBOUR * 12
    await bond.observe([{"id": "page", "role": "user", "content": page, "at": SPRING}])
    facts = [memory for memory in await bond.memories(kind=Kind.SEMANTIC) if "asthma" in memory.text]
    assert {memory.message_ids for memory in facts} == ({("page",)} if known else set())
    assert "page" in (await bond.recall("What does Mia suffer from?")).recollections[0].memory.message_ids

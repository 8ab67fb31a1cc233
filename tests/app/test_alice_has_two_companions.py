"""Alice tells Lucy things; Max knows what is shared between companions, and never what was said between the two."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.config.settings import Settings
from everkin.errors import NotFound
from everkin.mind.fact import Predicate
from everkin.mind.memory import Kind
from support.house import Opener

MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
SECRET = "Between us: I kissed somebody at the lighthouse."
TOLD = (
    "I'm allergic to walnuts.",
    SECRET,
    "My sister Mia has a dog called Biscuit.",
    "I live in Lisbon.",
    "I love sailing.",
)

QUESTIONS = (SECRET, "What am I allergic to?", "How is my sister's dog?", "Where is home?")


async def told(kin: Everkin, companion: str, *said: str) -> Bond:
    bond = await kin.bond(user="alice", companion=companion)
    await bond.observe(
        [
            {"id": f"m{n}", "role": "user", "name": "Alice", "content": text, "at": MARCH + timedelta(days=n)}
            for n, text in enumerate(said)
        ]
    )
    return bond


async def test_max_knows_the_allergy_and_not_the_secret(kin: Everkin) -> None:
    await told(kin, "lucy", *TOLD)
    max_ = await told(kin, "max", "Good morning, Max.")
    for _ in range(2):  # from PostgreSQL, then from RAM
        recalled = await max_.recall("What am I allergic to?", limit=50)
        first = recalled.recollections[0].memory
        assert (first.text, first.shared, first.message_ids) == ("Alice: allergy, walnuts", True, ())
        assert recalled.recollections[0].why[0] == "shared by another companion of theirs"
        secret = await max_.recall("Whom did I kiss at the lighthouse?", limit=50)
        texts = [each.memory.text for each in (*recalled.recollections, *secret.recollections)]
        assert not {text for text in texts if "lighthouse" in text or text in TOLD}
    with pytest.raises(NotFound):
        await max_.sources(first.id)


async def test_the_shared_fact_stands_in_the_context_and_the_secret_does_not(kin: Everkin) -> None:
    await told(kin, "lucy", *TOLD)
    max_ = await told(kin, "max", "Good morning, Max.")
    for question in ("Which cake shall I bake?", "What happened at the lighthouse?"):
        prompt = str((await max_.context(question, tokens=2000)).messages)
        assert "Alice: allergy, walnuts" in prompt
        assert "kissed" not in prompt
        assert TOLD[0] not in prompt


async def test_what_the_companion_says_of_itself_stays_there(kin: Everkin) -> None:
    lucy = await kin.bond(user="alice", companion="lucy")
    await lucy.observe([{"role": "assistant", "name": "Lucy", "content": "I'm allergic to walnuts.", "at": MARCH}])
    max_ = await told(kin, "max", "Good morning, Max.")
    assert [m.shared for m in await lucy.memories(kind=Kind.SEMANTIC)] == [False]
    assert not [each for each in (await max_.recall("Who is allergic?", limit=50)).recollections if each.memory.fact]


async def test_an_erased_fact_is_shared_no_longer(kin: Everkin) -> None:
    lucy, max_ = await told(kin, "lucy", *TOLD), await told(kin, "max", "Good morning, Max.")
    known = (await max_.recall("What am I allergic to?")).recollections[0].memory
    await lucy.erase(known.id)
    texts = [each.memory.text for each in (await max_.recall("What am I allergic to?", limit=50)).recollections]
    assert not [text for text in texts if "walnuts" in text]


async def test_charlie_shares_nothing_with_alice(kin: Everkin) -> None:
    await told(kin, "lucy", *TOLD)
    charlie = await kin.bond(user="charlie", companion="max")
    await charlie.observe([{"role": "user", "content": "Good morning, Max."}])
    recalled = await charlie.recall("Who is allergic to walnuts?", limit=50)
    assert [each.memory.text for each in recalled.recollections] == ["Good morning, Max."]


async def test_whatever_is_set_only_facts_of_those_kinds_cross(opener: Opener) -> None:
    """Over random settings: never a message, never a fact of a kind that is not shared, and every one that is."""
    async with opener() as kin:
        lucy = await told(kin, "lucy", *TOLD)
        max_ = await told(kin, "max", "Good morning, Max.")
        own = {m.id for m in await max_.memories()}
        known = {m.id: m.fact for m in await lucy.memories(kind=Kind.SEMANTIC) if m.fact and not m.superseded_by}
    loop = asyncio.get_running_loop()

    async def crosses(shared: frozenset[Predicate]) -> None:
        async with opener(shared_facts=tuple(shared)) as kin:
            max_ = await kin.bond(user="alice", companion="max")
            for question in QUESTIONS:
                recalled = await max_.recall(question, limit=100)
                crossed = {each.memory.id: each.memory for each in recalled.recollections if each.memory.id not in own}
                assert set(crossed) == {id for id, fact in known.items() if fact.predicate in shared}
                assert all(memory.shared and not memory.message_ids for memory in crossed.values())
                prompt = (await max_.context(question, tokens=3000)).messages[0]["content"]
                assert not [text for text in TOLD if text in prompt]

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.frozensets(st.sampled_from(Predicate)))
    def holds(shared: frozenset[Predicate]) -> None:
        asyncio.run_coroutine_threadsafe(crosses(shared), loop).result(60)

    await asyncio.to_thread(holds)


def test_the_setting_names_kinds_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().shared_facts == tuple(Predicate)
    monkeypatch.setenv("EVERKIN_SHARED_FACTS", "allergy, kin")
    assert Settings().shared_facts == (Predicate.ALLERGY, Predicate.KIN)
    monkeypatch.setenv("EVERKIN_SHARED_FACTS", "none")
    assert Settings().shared_facts == ()

"""Alice switched the reader on: a model looks for facts in what she said, and is believed only where her words bear it out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from everkin import Bond, Everkin
from everkin.mind.fact import Origin
from everkin.mind.memory import Kind, Memory
from everkin.mind.ports.gateway import Prompt
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener

MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
SAID = ("You know, the cello has been with me since school.", "I'm allergic to walnuts.", "It rained.")
CELLO = {"message": 0, "predicate": "hobby", "value": "the cello", "kinship": None, "name": None}


def reader(*facts: Any) -> ScriptedGateway:
    return ScriptedGateway(lambda prompt: json.dumps({"facts": facts}))


async def told(kin: Everkin, *said: str, companion: str = "lucy", days: int = 0) -> Bond:
    bond = await kin.bond(user="alice", companion=companion)
    at = MARCH + timedelta(days=days)
    await bond.observe(
        [
            {"id": f"d{days}m{n}", "role": "user", "name": "Alice", "content": text, "at": at + timedelta(minutes=n)}
            for n, text in enumerate(said)
        ]
    )
    return bond


async def read(kin: Everkin) -> object:
    (job,) = [job for job in kin.jobs() if job.name == "enrich_sessions"]
    return await job.run()


async def by_model(bond: Bond) -> list[Memory]:
    facts = await bond.memories(kind=Kind.SEMANTIC)
    return [memory for memory in facts if memory.fact and memory.fact.origin is Origin.MODEL]


async def test_what_a_model_finds_is_known_with_its_source_and_its_mark(opener: Opener) -> None:
    async with opener(gateway=reader(CELLO), enrich=True) as kin:
        bond = await told(kin, *SAID)
        assert await read(kin) == 1
        (memory,) = await by_model(bond)
        assert (memory.text, memory.message_ids, memory.at) == ("Alice: hobby, the cello", ("d0m0",), MARCH)
        assert "a language model understood" in await bond.why(memory.id)
        assert memory.id in [each.memory.id for each in (await bond.recall("What is my hobby?")).recollections]
        assert [m.text for m in reversed(await bond.timeline())] == list(SAID)


async def test_reading_again_asks_nobody_and_adds_nothing(opener: Opener) -> None:
    gateway = reader(CELLO)
    async with opener(gateway=gateway, enrich=True) as kin:
        bond = await told(kin, *SAID)
        assert [await read(kin), await read(kin)] == [1, 0]
        assert len(gateway.prompts) == 1
    async with opener(gateway=gateway, enrich=True) as kin:
        bond = await told(kin, SAID[0], days=9)
        assert await read(kin) == 0
        assert len(await by_model(bond)) == 1


@pytest.mark.parametrize(
    "fact",
    [
        CELLO | {"value": "the violin"},
        CELLO | {"predicate": "instrument"},
        CELLO | {"message": 99},
        CELLO | {"message": 2},
        CELLO | {"message": "0"},
        CELLO | {"value": ""},
        CELLO | {"value": "x" * 200},
        CELLO | {"kinship": "sister"},
        CELLO | {"name": "Mia"},
        CELLO | {"text": "She plays the cello."},
        "the cello",
        None,
    ],
)
async def test_what_the_words_do_not_bear_out_is_not_believed(opener: Opener, fact: Any) -> None:
    async with opener(gateway=reader(fact), enrich=True) as kin:
        bond = await told(kin, *SAID)
        assert await read(kin) == 0
        assert await by_model(bond) == []


@pytest.mark.parametrize("reply", ["", "not JSON", "[]", "{}", '{"facts": 7}', "[" * 5000])
async def test_an_answer_that_cannot_be_read_is_not_asked_for_again(opener: Opener, reply: str) -> None:
    gateway = ScriptedGateway(lambda prompt: reply)
    async with opener(gateway=gateway, enrich=True) as kin:
        await told(kin, *SAID)
        assert [await read(kin), await read(kin)] == [0, 0]
        assert len(gateway.prompts) == 1


async def test_what_alice_said_outright_is_never_ended_by_a_model(opener: Opener) -> None:
    home = {"message": 1, "predicate": "home", "value": "Porto"}
    async with opener(gateway=reader(home), enrich=True) as kin:
        bond = await told(kin, "I live in Lisbon.", "Porto is lovely in spring.")
        await read(kin)
        assert await by_model(bond) == []
        assert all(memory.superseded_by is None for memory in await bond.memories())


async def test_reading_goes_on_where_an_outage_stopped_it(opener: Opener) -> None:
    answers: list[str | None] = [None, json.dumps({"facts": [CELLO]})]
    say: Callable[[Prompt], str | None] = lambda prompt: answers.pop(0)  # noqa: E731
    async with opener(gateway=ScriptedGateway(say), enrich=True) as kin:
        bond = await told(kin, *SAID)
        assert [await read(kin), await read(kin)] == [0, 1]
        assert len(await by_model(bond)) == 1


async def test_a_session_is_read_when_it_is_over_and_one_at_a_time(opener: Opener, clock: Clock) -> None:
    gateway = reader()
    async with opener(gateway=gateway, enrich=True) as kin:
        clock.at = MARCH + timedelta(days=3, hours=1)
        for day in (0, 1, 3):
            await told(kin, f"It rained on day {day}.", days=day)
        for _ in range(4):
            await read(kin)
        assert len(gateway.prompts) == 2
        clock.pass_by(hours=5)
        await read(kin)
        assert "day 3" in str(gateway.prompts[-1].messages[-1].content)


async def test_nobody_reads_unless_it_is_switched_on(opener: Opener) -> None:
    async with opener(gateway=reader(CELLO)) as kin:
        assert "enrich_sessions" not in [job.name for job in kin.jobs()]


async def test_what_was_erased_is_read_by_nobody(opener: Opener) -> None:
    gateway = reader(CELLO)
    async with opener(gateway=gateway, enrich=True) as kin:
        bond = await told(kin, SAID[0])
        await bond.erase((await bond.timeline())[0].id)
        assert await read(kin) == 0
        assert gateway.prompts == []
        assert await kin.store.enrichment.due(limit=5) == []

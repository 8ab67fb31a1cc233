"""Asked about another time, recall tells what held then; asked about now, what holds now."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from everkin import Bond, Everkin
from everkin.mind.fact import Predicate
from everkin.mind.memory import Recalled
from everkin.recall.succession import HELD_THEN, SUPERSEDED

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def told(kin: Everkin, said: Mapping[str, str]) -> Bond:
    """What Alice said, by the day she said it on."""
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(
        [
            {"id": day, "role": "user", "name": "Alice", "content": text, "at": datetime.fromisoformat(f"{day}T19:00Z")}
            for day, text in said.items()
        ]
    )
    return bond


def homes(recalled: Recalled) -> list[str]:
    facts = [each.memory.fact for each in recalled.recollections]
    return [fact.value for fact in facts if fact and fact.predicate is Predicate.HOME]


MOVES = {
    "2020-03-01": "I live in Lisbon.",
    "2022-05-10": "I moved to Porto last week.",
    "2024-08-20": "Last month I moved to Faro.",
}


@pytest.mark.parametrize(
    ("question", "home"),
    [
        ("Where do I live?", "Faro"),
        ("Where did I live in 2021?", "Lisbon"),
        ("Where did I live in 2023?", "Porto"),
        ("Where did I live in 2019?", "Lisbon"),
        ("Where did I live in 2025?", "Faro"),
        ("Where did I live in March 2023?", "Porto"),
    ],
)
async def test_the_home_of_the_time_that_is_asked_about_comes_first(kin: Everkin, question: str, home: str) -> None:
    bond = await told(kin, MOVES)
    recalled = await bond.recall(question, at=NOW)
    assert homes(recalled)[0] == home
    scores = [each.score for each in recalled.recollections]
    assert scores == sorted(scores, reverse=True)


async def test_it_says_that_it_held_then_and_no_longer_does(kin: Everkin) -> None:
    bond = await told(kin, MOVES)
    found = (await bond.recall("Where did I live in 2021?", at=NOW)).recollections
    [lisbon] = [each for each in found if each.memory.fact and each.memory.fact.value == "Lisbon"]
    assert {HELD_THEN, SUPERSEDED} <= set(lisbon.why)


async def test_what_counts_is_when_it_began_and_not_when_it_was_told(kin: Everkin) -> None:
    """She tells in 2026 that she has been in Oslo since 2020; in 2021 she no longer lived in Bergen."""
    bond = await told(kin, {"2019-05-01": "I live in Bergen.", "2026-01-10": "I moved to Oslo in 2020."})
    assert homes(await bond.recall("Where did I live in 2021?", at=NOW))[0] == "Oslo"
    assert homes(await bond.recall("Where did I live in 2018?", at=NOW))[0] == "Bergen"

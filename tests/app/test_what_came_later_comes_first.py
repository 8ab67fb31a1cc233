"""Alice moves house: what she said of the old one is still there, below what took its place."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin import Everkin
from everkin.mind.fact import Predicate
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Kind, Memory, Recollection
from everkin.mind.transcript import Role
from everkin.recall.succession import NO_LONGER_SO, SUPERSEDED, settled

HOME = Predicate.HOME
MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)


def said(*texts: str) -> list[dict[str, object]]:
    return [
        {"id": f"m{n}", "role": "user", "name": "Alice", "content": text, "at": MARCH + timedelta(days=20 * n)}
        for n, text in enumerate(texts)
    ]


async def test_a_superseded_fact_ranks_below_what_superseded_it_and_says_so(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(said("I live in Lisbon.", "I moved to Porto last week.", "Tonight I moved to Faro."))
    for question in ("Where do I live?", "Do I live in Lisbon?", "Alice: home, Lisbon"):
        for limit in (1, 3, 20):
            recalled = await bond.recall(question, limit=limit)
            assert len(recalled.recollections) <= limit
            homes = [each for each in recalled.recollections if each.memory.fact and each.memory.fact.predicate is HOME]
            order = [each.memory.fact.value for each in homes if each.memory.fact]
            assert order == [place for place in ("Faro", "Porto", "Lisbon") if place in order]
            assert [SUPERSEDED in each.why for each in homes] == [bool(each.memory.superseded_by) for each in homes]
            assert not homes or order[0] == "Faro"


async def test_the_message_itself_says_that_it_no_longer_holds(kin: Everkin) -> None:
    """She said it in these words, so they are found; whoever reads them is told that they are of another time."""
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(said("I live in Lisbon.", "I moved to Porto last week.", "My sister is called Nora."))
    recalled = await bond.recall("Where do I live, in Lisbon or in Porto? And what is my sister called?")
    told = {each.memory.text: NO_LONGER_SO in each.why for each in recalled.recollections if not each.memory.fact}
    assert told == {"I live in Lisbon.": True, "I moved to Porto last week.": False, "My sister is called Nora.": False}


@pytest.mark.parametrize(
    ("before", "after", "question"),
    [
        ("My favourite colour is green.", "My favourite colour is teal now.", "What is my favourite colour?"),
        ("I'm vegetarian.", "I'm not vegetarian anymore.", "Am I vegetarian?"),
        ("I like cilantro.", "I hate cilantro now.", "Do I like cilantro?"),
        ("I live in Lisbon.", "I moved to Porto last week.", "Where do I live?"),
        ("I work as a nurse.", "I quit my job.", "Do I work as a nurse?"),
    ],
)
async def test_the_words_that_hold_come_before_the_words_that_no_longer_do(
    kin: Everkin, before: str, after: str, question: str
) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(said(before, "The bus was late.", "We had soup for dinner.", after, "It rained."))
    texts = [each.memory.text for each in (await bond.recall(question)).recollections]
    assert texts.index(after) < texts.index(before)


async def test_a_message_that_is_asked_for_something_else_stays_where_it_is(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    pizza = "I live in Lisbon and on Friday we ate octopus pizza at Tino's."
    await bond.observe(said(pizza, "The bus was late.", "I moved to Porto last week."))
    found = (await bond.recall("Where did we eat octopus pizza?")).recollections
    assert found[0].memory.text == pizza


async def test_of_two_equal_matches_the_one_said_last_comes_first(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(said("The tide was very high.", "The tide was very high.", "The tide was very high."))
    found = (await bond.recall("How was the tide?")).recollections
    assert max(each.score for each in found) - min(each.score for each in found) < 0.005
    assert [each.memory.message_ids for each in found] == [("m2",), ("m1",), ("m0",)]


async def test_when_the_later_words_are_taken_back_the_earlier_fact_stands_again(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(said("I live in Lisbon.", "I moved to Porto last week."))
    await bond.observe([{"id": "m1", "role": "user", "content": "It rained all week.", "at": MARCH}])
    recalled = await bond.recall("Where do I live?")
    (home,) = [each.memory for each in recalled.recollections if each.memory.fact]
    assert (home.text, home.superseded_by) == ("Alice: home, Lisbon", None)


@given(st.permutations(range(8)), st.lists(st.none() | st.integers(0, 9), min_size=8, max_size=8))
def test_whatever_superseded_whatever_the_later_comes_first(order: list[int], later: list[int | None]) -> None:
    successors = {n: s for n, s in enumerate(later) if s is not None and s > n}
    recollections = [recollection(n, successors.get(n), score=1 / (place + 1)) for place, n in enumerate(order)]
    missing = {memory_id(n): recollection(n, None, score=0) for n in (8, 9)}
    result = settled(recollections, missing)
    ids = [each.memory.id for each in result]
    assert len(ids) == len(set(ids))
    assert {each.memory.id for each in recollections} <= set(ids)
    assert all(ids.index(memory_id(s)) < ids.index(memory_id(n)) for n, s in successors.items())
    scores = [each.score for each in result]
    assert scores == sorted(scores, reverse=True)


def memory_id(number: int) -> MemoryId:
    return MemoryId(UUID(int=number))


def recollection(number: int, later: int | None, *, score: float) -> Recollection:
    memory = Memory(
        id=memory_id(number),
        kind=Kind.SEMANTIC,
        text=f"fact {number}",
        message_ids=(),
        role=Role.USER,
        name=None,
        at=MARCH,
        recorded_at=MARCH,
        superseded_by=None if later is None else memory_id(later),
    )
    return Recollection(memory=memory, score=score, confidence=0.5, why=())

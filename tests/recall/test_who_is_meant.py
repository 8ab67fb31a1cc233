"""Alice asks about people under any of their names: what was said of them is found, from wherever it lies, and of nobody else."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from everkin import Bond, Everkin
from everkin.absorb import meant
from everkin.language.terms import Terms
from everkin.mind.meant import Meant
from everkin.mind.ports.memories import Gathered, Probe
from everkin.mind.question import understand
from everkin.store.database import rows, run
from everkin.store.queries import queries
from everkin.testing.voice import ScriptedGateway
from support.cold import cooled, lived
from support.house import NOON, Clock, Opener

LIFE = (
    "My sister Anna is moving in with us.",
    "My boss Rebecca is on holiday.",
    "My ex wants the record player back.",
    "Anna got the job at the harbour!",
    "She starts on Monday.",
    "Becky has sold the company.",
    "Zed turned up in front of the house and shouted.",
    "My colleague Anna Lund was promoted.",
    "Josie is in hospital.",
    "The tram was late again.",
)


async def told(bond: Bond, said: Sequence[str] = LIFE, *, first: int = 0) -> None:
    """What Alice says, a minute apart."""
    for minute, text in enumerate(said, first):
        at = NOON + timedelta(minutes=minute)
        await bond.observe([{"role": "user", "content": text, "id": f"m{minute}", "at": at}])


async def gathered(kin: Everkin, bond: Bond, question: str) -> Gathered:
    probe = Probe(vectors=None, stems=(), people=tuple(meant(question, {"lucy": "companion"})), at=kin.store.now())
    return await kin.store.asked.gather(bond.user_id, bond.bond_id, probe)


async def of_whom(kin: Everkin, bond: Bond, question: str) -> set[str]:
    """What speaks of somebody whom the question means, in the words of the messages."""
    found = await gathered(kin, bond, question)
    ids = {id for places in found.evidence.people.values() for id in found.memories(places)}
    memories = await kin.store.memories.get(bond.user_id, sorted(ids))
    return {memory.text for memory in memories.values() if memory.fact is None}


async def one(kin: Everkin, bond: Bond, name: str) -> str:
    (found,) = [each for each in await bond.people() if name in (each.name, each.relation)]
    return found.id


async def test_what_was_said_of_anna_answers_for_my_sister(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond)
    recalled = await bond.recall("How is my sister's work going?", limit=8)
    texts = [each.memory.text for each in recalled.recollections]
    assert set(LIFE[3:5]) <= set(texts)
    assert "person" in recalled.recollections[texts.index(LIFE[3])].why


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How is my sister?", {LIFE[0], LIFE[3], LIFE[4]}),
        ("how is anna", {LIFE[0], LIFE[3], LIFE[4], LIFE[7]}),
        ("How is my sister Anna?", {LIFE[0], LIFE[3], LIFE[4]}),
        ("How is Anna Lund?", {LIFE[7]}),
        ("How is my colleague?", {LIFE[7]}),
        ("What about Becky?", {LIFE[1], LIFE[5]}),
        ("What does my boss do?", {LIFE[1], LIFE[5]}),
        ("How is Josephine?", {LIFE[8]}),
        ("How is Johanna?", set()),
        ("How is your sister?", set()),
        ("How is Lucy's sister?", set()),
        ("How is my brother?", set()),
        ("How is the tram?", set()),
    ],
)
async def test_who_is_meant(kin: Everkin, question: str, said: set[str]) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond)
    assert await of_whom(kin, bond, question) == said


@pytest.mark.parametrize(
    ("text", "nothing_but"),
    [
        ("What about my ex?", True),
        ("What happened with my ex?", True),
        ("How is Anna doing?", True),
        ("Did Anna call?", False),
        ("How is my sister's work going?", False),
        ("What happened?", False),
    ],
)
def test_what_asks_about_nothing_but_somebody(text: str, nothing_but: bool) -> None:
    asked = understand(text, stems=Terms().stems, people=lambda said: meant(said, {}))
    known = [one for one in asked.people if one.kinship or one.name == "anna"]
    assert asked.asks_only_of(known) is nothing_but


async def test_what_a_hand_made_one_is_one(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My ex wants the record player back.", "My neighbour Zed shouted.", "Zed sang."])
    assert await of_whom(kin, bond, "What about my ex?") == {"My ex wants the record player back."}
    both = await bond.merge_people(await one(kin, bond, "ex"), await one(kin, bond, "Zed"))
    assert "Zed sang." in await of_whom(kin, bond, "What about my ex?")
    sang = next(r for r in (await bond.recall("What about my ex?")).recollections if r.memory.text == "Zed sang.")
    assert "person" in sang.why
    await bond.unmerge_people(both.id, await zed_of(bond, both.id))
    assert "Zed sang." not in await of_whom(kin, bond, "What about my ex?")


async def zed_of(bond: Bond, person: str) -> str:
    return next(alias.id for alias in (await bond.person(person)).aliases if alias.relation == "ex")


async def test_nobody_is_found_once_they_are_erased(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna is here.", "Anna sings.", "It rained."])
    sings = next(memory for memory in await bond.memories() if memory.text == "Anna sings.")
    await bond.erase(sings.id)
    assert await of_whom(kin, bond, "How is my sister?") == {"My sister Anna is here."}
    await bond.erase_person(await one(kin, bond, "Anna"))
    assert await of_whom(kin, bond, "How is my sister?") == set()


async def test_bob_knows_nobody_of_hers(kin: Everkin) -> None:
    alice, bob = [await kin.bond(user=user, companion="lucy") for user in ("alice", "bob")]
    await told(alice)
    await told(bob, ["It rained."])
    assert await of_whom(kin, bob, "How is my sister Anna?") == set()


async def test_she_is_who_was_just_spoken_of(kin: Everkin, clock: Clock) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna is here.", "Anna sings."])
    clock.at = NOON + timedelta(minutes=5)
    assert await of_whom(kin, bond, "What does she do?") == {"My sister Anna is here.", "Anna sings."}
    assert await of_whom(kin, bond, "What does he do?") == set()
    clock.pass_by(days=1)
    assert await of_whom(kin, bond, "What does she do?") == set()


async def test_she_is_nobody_where_it_can_be_two(kin: Everkin, clock: Clock) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond, ["My sister Anna is here.", "My aunt Berta is too."])
    clock.at = NOON + timedelta(minutes=5)
    assert await of_whom(kin, bond, "What does she do?") == set()


async def test_ram_and_postgresql_know_the_same_people(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    people = tuple(meant("How is my sister, and what about Becky and my ex?", {}))
    probe = Probe(vectors=None, stems=("harbour",), people=people, at=NOON)
    for first in range(0, len(LIFE), 4):
        await told(bond, LIFE[first : first + 4], first=first)
        await kin.store.matters.prefetch(bond.user_id, bond.bond_id)
        hot = await kin.store.matters.gather(bond.user_id, bond.bond_id, probe)
        warm = await kin.store.matters.warm.gather(bond.user_id, bond.bond_id, probe)
        assert hot.evidence.people.keys() == warm.evidence.people.keys()
        for one_of_them, here in hot.evidence.people.items():
            np.testing.assert_array_equal(here, warm.evidence.people[one_of_them])
    assert {who.kinship or who.name for who in hot.evidence.people} == {"sister", "becky", "ex"}


async def test_what_went_cold_is_found_by_whom_it_speaks_of(kin: Everkin, clock: Clock) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond)
    await lived(kin)
    before = await of_whom(kin, bond, "How is my sister?")
    assert await cooled(kin, clock)
    assert await of_whom(kin, bond, "How is my sister?") == before >= {LIFE[3]}


async def test_a_reply_is_read_with_the_names_that_are_known(opener: Opener) -> None:
    """ "Zorvanna" is no common name: it is one since Alice told it."""
    voice = ScriptedGateway(lambda prompt: "Do give Zorvanna my best.")
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await told(bond, ["My friend Zorvanna is here."])
        await bond.reply("She brought cake.")
        assert "Do give Zorvanna my best." in await of_whom(kin, bond, "How is Zorvanna?")


async def test_every_step_can_go_by_a_key(kin: Everkin) -> None:
    """Small tables are read whole; nothing forces that upon large ones."""
    bond = await kin.bond(user="alice", companion="lucy")
    await told(bond)
    where = {
        "user": bond.user_id, "bond": bond.bond_id, "aliases": [1], "speakers": [bond.user_id], "hits": 9, "limit": 9,
        "lately": 1, "at": NOON, "since": NOON,
    }  # fmt: skip
    async with kin.store.database.as_user(bond.user_id) as connection:
        await run(connection, "SET LOCAL enable_seqscan = off")
        lines = await rows(connection, f"EXPLAIN {queries('people')['speaking_of']}", where)
    plan = "\n".join(line for row in lines for line in row.values())
    assert "Seq Scan" not in plan
    assert "aliases_pkey" in plan
    assert "edges_back" in plan


def test_where_no_word_may_be_a_name_nothing_is_read() -> None:
    assert meant("What is it that we did there again?", {}) == []


@pytest.mark.parametrize(
    ("question", "people"),
    [
        ("How is my sister?", [("user", "sister", None)]),
        ("What does my sister's husband do?", [("user", "sister's husband", None)]),
        ("Where does my friend Anna Berg live?", [("user", "friend", "anna berg")]),
        ("How is Lucy's sister?", [("companion", "sister", None)]),
        ("And Alice's children?", [("user", "children", None)]),
        ("How's mom?", [("user", "mother", None)]),
        ("Is Anna's mom well?", [(None, None, "anna")]),
        ("What did Dr. Berg say to Ann-Kathrin?", [(None, None, "berg"), (None, None, "ann-kathrin")]),
        ("Did Lucy see Alice?", []),
        ("What about my ex-husband?", [("user", "ex", None)]),
    ],
)
def test_what_a_question_says_of_people(question: str, people: list[tuple[str | None, str | None, str | None]]) -> None:
    found: list[Meant] = meant(question, {"lucy": "companion", "alice": "user"})
    assert [(each.owner, each.kinship, each.name) for each in found] == people

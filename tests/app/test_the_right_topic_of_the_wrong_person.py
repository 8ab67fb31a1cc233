"""Alice told of her sister's allergy. Whoever asks about her brother's is not told that it was found."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.absorb.subjects import is_somebody_else, spoken_of
from everkin.mind.confidence import SOMEBODY_ELSE
from everkin.mind.memory import Memory, Verdict
from everkin.mind.transcript import Role
from support.house import NOON

TOLD = [
    "My sister Anna is allergic to walnuts.",
    "My brother Tom plays the cello.",
    "My colleague Priya has two cats.",
    "My mother was born in Riga.",
    "Dad is learning to knit, he made me a scarf.",
    "My dog Biscuit is afraid of thunder.",
]
OTHER = ("The bus was late again.", "I made soup, too much of it.", "It rained on the way home.", "Work was long.")
NAMES = {Role.USER: "Alice", Role.ASSISTANT: "Lucy"}


async def told(kin: Everkin) -> Bond:
    bond = await kin.bond(user="alice", companion="lucy")
    said = [text for n, own in enumerate(TOLD) for text in (own, *(OTHER[(n + k) % 4] for k in range(6)))]
    await bond.observe(
        [
            {"role": "user", "name": "Alice", "content": text, "at": NOON - timedelta(days=90 - 2 * day)}
            for day, text in enumerate(said)
        ]
    )
    return bond


@pytest.mark.parametrize(
    "question",
    [
        "What is my brother allergic to?",
        "What is Tom allergic to?",
        "Which instrument does my sister play?",
        "Which instrument does Anna play?",
        "How many cats does Anna have?",
        "Where was my father born?",
    ],
)
async def test_what_was_told_of_another_is_not_found(kin: Everkin, question: str) -> None:
    bond = await told(kin)
    recalled = await bond.recall(question, at=NOON)
    assert recalled.verdict is not Verdict.FOUND
    assert SOMEBODY_ELSE in recalled.why
    assert all(each.confidence <= recalled.confidence + 1e-3 for each in recalled.recollections)
    context = await bond.context(question, at=NOON)
    assert context.verdict is recalled.verdict


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is my sister allergic to?", 0),
        ("What is Anna allergic to?", 0),
        ("Who of my brother and my sister is allergic to walnuts?", 0),
        ("Which instrument does my brother play?", 1),
        ("How many cats does Priya have?", 2),
        ("Where was my mom born?", 3),
        ("What is my father learning?", 4),
        ("What is Biscuit afraid of?", 5),
        ("What am I to remember about walnuts?", 0),
    ],
)
async def test_who_is_asked_about_is_found(kin: Everkin, question: str, answer: int) -> None:
    bond = await told(kin)
    recalled = await bond.recall(question, at=NOON)
    assert SOMEBODY_ELSE not in recalled.why
    assert recalled.recollections[0].memory.message_ids == (await memory_of(bond, TOLD[answer])).message_ids
    assert recalled.verdict is Verdict.FOUND


async def memory_of(bond: Bond, text: str) -> Memory:
    return next(memory for memory in await bond.memories(limit=200) if memory.text == text)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("What does my friend do?", "My colleague Anna is a nurse."),  # a colleague can be a friend
        ("What does my partner do?", "My husband is a nurse."),
        ("What do my parents do?", "My mother is a nurse."),
        ("What does Becky do?", "My boss Rebecca is a nurse."),
        ("What does my sister do?", "Anna is a nurse."),
        ("What does my sister do?", "She is a nurse."),
        ("What does my sister do?", "My sister and my brother are nurses."),
        ("Who is a nurse?", "My brother is a nurse."),
        ("What does Lucy do?", "My brother is a nurse."),
    ],
)
def test_who_may_be_meant_is_not_ruled_out(asked: str, said: str) -> None:
    one, other = spoken_of(asked, Role.USER, NAMES), spoken_of(said, Role.USER, NAMES)
    assert not is_somebody_else(one, other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_said_nobody_is_somebody_else_than_themself(one: str, other: str) -> None:
    left, right = spoken_of(one, Role.USER, NAMES), spoken_of(other, Role.USER, NAMES)
    assert is_somebody_else(left, right) == is_somebody_else(right, left)
    assert not is_somebody_else(left, left)

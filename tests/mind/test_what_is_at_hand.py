"""What a session has at hand: ranked for Alice's next message, bounded, and no verdict invented."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from everkin.mind.identity import MemoryId
from everkin.mind.memory import Kind, Memory, Recalled, Recollection, Verdict
from everkin.mind.topic import Heard
from everkin.mind.transcript import Role
from everkin.mind.working_memory import AT_HAND_MAX, GOES_ON, AtHand, WorkingMemory
from support.house import NOON


def at_hand(text: str, vector: list[float] | None = None) -> AtHand:
    memory = Memory(
        id=MemoryId(uuid7()), kind=Kind.EPISODIC, text=text, message_ids=("1",), role=Role.USER, name=None, at=NOON,
        recorded_at=NOON,
    )  # fmt: skip
    return AtHand(
        recollection=Recollection(memory=memory, score=1.0, confidence=0.5, why=("words",)),
        terms=frozenset(text.split()),
        vector=None if vector is None else np.array(vector, np.float16),
    )


def message(text: str, *vector: float) -> Heard:
    return Heard(vector=np.array(vector or (1.0, 0.0)), terms=frozenset(text.split()))


def texts(recalled: Recalled) -> list[str]:
    return [each.memory.text for each in recalled.recollections]


def found(*brought: AtHand) -> Recalled:
    return Recalled(verdict=Verdict.FOUND, confidence=0.9, recollections=tuple(each.recollection for each in brought))


def test_words_and_meaning_bring_it_up() -> None:
    """By a shared word, or by a near vector where no word is shared."""
    garden, ship = at_hand("tomatoes garden", [1, 0]), at_hand("cargo ship", [0, 1])
    held = WorkingMemory().with_([garden, ship])
    assert texts(held.recalled(message("ship"), None, limit=1)) == ["cargo ship"]
    assert texts(held.recalled(message("vegetables"), np.array([0.9, 0.1]), limit=1)) == ["tomatoes garden"]


def test_what_was_brought_up_last_stands_higher_among_equals() -> None:
    first, second = at_hand("wall one"), at_hand("wall two")
    held = WorkingMemory().with_([first]).with_([]).with_([second])
    assert texts(held.recalled(message("wall"), None, limit=2)) == ["wall two", "wall one"]


def test_no_verdict_is_invented() -> None:
    """`found` only where a retrieval found; what was fetched ahead, or not found, is `weak`; nothing counts as asked."""
    one = at_hand("tomatoes garden")
    ahead = WorkingMemory().with_([one]).recalled(message("garden"), None, limit=5)
    asked = WorkingMemory().with_([one], found(one)).with_([at_hand("ship")]).recalled(message("garden"), None, limit=5)
    nothing = Recalled(verdict=Verdict.NOTHING, confidence=0.1, recollections=())
    none = WorkingMemory().with_([one], nothing).recalled(message("garden"), None, limit=5)
    assert (ahead.verdict, asked.verdict, none.verdict) == (Verdict.WEAK, Verdict.FOUND, Verdict.WEAK)
    assert [each.asked for each in (ahead, asked, none)] == [False] * 3
    assert ahead.recollections[0].why == (GOES_ON,)


@given(st.lists(st.lists(st.integers(0, 900), max_size=300), max_size=6), st.integers(0, 50))
def test_it_is_bounded_and_keeps_what_came_last(batches: list[list[int]], limit: int) -> None:
    """Each memory once, never more than there is room for, and the last batch is at hand as far as it fits."""
    pool = {n: at_hand(f"word{n}") for batch in batches for n in batch}
    held = WorkingMemory()
    for batch in batches:
        held = held.with_([pool[n] for n in dict.fromkeys(batch)])
    recalled = held.recalled(message("word1"), None, limit=limit)
    assert len(held.fresh) == len(held.held) <= AT_HAND_MAX
    assert len(set(texts(recalled))) == len(recalled.recollections) == min(limit, len(held.held))
    if batches:
        assert all(pool[n].recollection.memory.id in held.held for n in batches[-1])

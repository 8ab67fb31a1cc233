"""What is opened for a context: no more than it can hold, and never less than there is room for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from everkin import Everkin
from everkin.mind.matter import Flag, Matter
from everkin.recall.filling import enough, promising
from support.house import Clock


def matter(lengths: list[int], facts: list[bool]) -> Matter:
    count = len(lengths)
    flags = np.where(facts, int(Flag.FACT), 0).astype(np.uint16)
    columns = {name: np.zeros(count, np.int32) for name in ("session", "speaker", "salience")}
    times = {name: np.zeros(count) for name in ("at", "renewed")}
    return Matter(
        memory=np.arange(count),
        message=np.arange(count),
        length=np.array(lengths, np.int32),
        flags=flags,
        successor=np.full(count, -1, np.int32),
        **columns,
        **times,
    )


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60), st.floats(1, 5000))
def test_batches_go_on_to_the_end_and_facts_come_first(rows: list[tuple[int, bool]], tokens: float) -> None:
    lengths, facts = [length for length, _ in rows], [fact for _, fact in rows]
    waiting = promising(matter(lengths, facts), np.arange(len(rows)))
    assert sorted(place for place, _ in waiting) == list(range(len(rows)))
    assert [facts[place] for place, _ in waiting] == sorted(facts, reverse=True)
    taken: list[int] = []
    while waiting:
        batch = enough(waiting, tokens)
        assert batch
        assert sum(cost for _, cost in batch[:-1]) <= tokens
        taken += [place for place, _ in batch]
        waiting = waiting[len(batch) :]
    assert sorted(taken) == list(range(len(rows)))


async def test_a_context_is_filled_whatever_the_script(kin: Everkin, clock: Clock) -> None:
    """The guess is made for English; where words are longer or shorter in tokens, more is opened until it is full."""
    for user, sentence in (
        (
            "alice",
            "Apple {} lies in the blue bowl on the kitchen table, beside the letters that my sister wrote us in May.",
        ),
        ("mei", "苹果{}放在厨房桌子上的蓝色大碗里面，旁边是我妹妹五月份写给我们的那些长长的信。"),
        (
            "ivan",
            "Яблоко {} лежит в синей миске на кухонном столе, рядом с письмами, которые сестра написала нам в мае.",
        ),
    ):
        bond = await kin.bond(user=user, companion="lucy")
        await bond.observe([{"role": "user", "content": sentence.format(n), "at": clock.at} for n in range(400)])
        clock.pass_by(days=3)
        context = await bond.context(sentence.format(7), tokens=600)
        assert 480 < context.tokens <= 600

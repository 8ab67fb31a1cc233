"""The fault matrix, a representative part of it; `tools/bench/providers.py` plays the whole."""

import asyncio
from collections.abc import Sequence

import pytest

from everkin.config.providers import ProviderKind
from everkin.mind.ports.gateway import Shown
from everkin.testing.faults import MIDWAY, Mishap
from everkin.testing.matrix import TEXTS, Cell, Outcome, Variant, Verdict, Where, cells, explained, play, repeated

AT_ONCE = 12
pytestmark = pytest.mark.slow


async def played(chosen: Sequence[Cell]) -> list[Outcome]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(cell: Cell) -> Outcome:
        async with gate:
            return await play(cell)

    return await asyncio.gather(*(one(cell) for cell in chosen))


def broken(outcomes: Sequence[Outcome]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (str(outcome.cell), outcome.verdict, outcome.objections)
        for outcome in outcomes
        if outcome.objections or outcome.verdict is Verdict.WRONG
    ]


@pytest.mark.parametrize("shown", Shown)
async def test_every_fault_of_the_primary_is_survived(shown: Shown):
    """With two healthy providers standing by, every fault at every moment ends in one full answer."""
    chosen = [cell for cell in cells() if cell.faulty == 1 and cell.shown is shown and plain(cell)]

    outcomes = await played(chosen)

    assert {cell.fault for cell in chosen} == {*Where, *Mishap} - {Mishap.NONE}
    assert broken(outcomes) == []
    assert {outcome.verdict for outcome in outcomes} == {Verdict.FULL}


@pytest.mark.parametrize("shown", [Shown.REPLACEABLE, Shown.APPEND_ONLY])
async def test_every_way_a_fallback_goes_on_is_joined(shown: Shown):
    """Restarts, repetitions, prefaces and refusals are recognised, wherever the primary was cut off."""
    chosen = [
        Cell(fault=Mishap.RST, faulty=1, shown=shown, after=after, variant=variant)
        for variant in Variant
        for after in (1, 8, 20, -1)
    ]

    outcomes = await played(chosen)

    assert broken(outcomes) == []
    assert {outcome.verdict for outcome in outcomes} == {Verdict.FULL}


async def test_two_providers_down_still_leave_one():
    chosen = [cell for cell in cells() if cell.faulty == 2 and cell.shown is Shown.REPLACEABLE and plain(cell)][::2]

    outcomes = await played(chosen)

    assert broken(outcomes) == []
    assert {outcome.verdict for outcome in outcomes} == {Verdict.FULL}


async def test_when_all_are_down_the_reader_is_told():
    """Nobody is left: the stream says so, and a drip, slow as it is, still delivers, as does a proven answer."""
    chosen = [cell for cell in cells() if cell.faulty == 3 and cell.shown is Shown.APPEND_ONLY and plain(cell)][::3]

    outcomes = await played(chosen)

    assert broken(outcomes) == []
    whole = {outcome.cell.fault for outcome in outcomes if outcome.verdict is Verdict.FULL}
    assert whole <= {Mishap.DRIP, Mishap.LINGER}


@pytest.mark.parametrize("kind", [ProviderKind.ANTHROPIC, ProviderKind.OLLAMA])
async def test_the_other_protocols_fail_over_alike(kind: ProviderKind):
    chosen = [cell for cell in cells(kind) if cell.faulty == 1 and cell.shown is Shown.REPLACEABLE and plain(cell)]

    assert broken(await played([cell for cell in chosen if cell.after == 20])) == []


def plain(cell: Cell) -> bool:
    return cell.variant is Variant.NEXT_SENTENCE and (cell.fault not in MIDWAY or cell.after in (1, 20, -1))


class TestTheOracle:
    """An oracle that cannot object proves nothing."""

    def test_it_accepts_a_prefix_and_a_whole_answer(self):
        cut = "Oh Alice, I remember that beach. "
        assert explained(cut + TEXTS[1], TEXTS, to_the_end=True)
        assert explained(TEXTS[0], TEXTS, to_the_end=True)
        assert explained("Oh Alice, I remember that…\n\n" + TEXTS[2], TEXTS, to_the_end=True)

    @pytest.mark.parametrize(
        "wrong",
        [
            "Oh Alice, I remember that beach.",
            "Oh Alice, I remember that " + TEXTS[1],
            TEXTS[0] + " Sure, here is the rest: " + TEXTS[1],
            "I'm sorry, but I can't continue that message.",
            TEXTS[1].replace("vet", "bet"),
            "",
        ],
    )
    def test_it_rejects_what_is_no_answer(self, wrong: str):
        assert not explained(wrong, TEXTS, to_the_end=True)

    def test_it_hears_a_sentence_twice(self):
        assert repeated("He was the happiest dog. He ran. He was the happiest dog.") == ["he was the happiest dog"]
        assert repeated(TEXTS[0]) == []

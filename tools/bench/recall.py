"""Recall, contexts and abstention on conversation sets, feature by feature, and what was slowest and answered worst.

    EVERKIN_EVAL=folder python tools/bench/recall.py [--sets locomo,beam_100k] [--limit CONVERSATIONS] [--no-ablations]

Reads `NAME.jsonl.gz` of the folder for each set; writes figures and ids of questions, never a text. A set that is not asked
for keeps its earlier tables, and a run over part of a set has a section of its own.
"""

import argparse
import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from statistics import fmean

from report import Table, write

from everkin import Everkin
from everkin.bench import (
    OVERALL,
    Asked,
    Conversation,
    Measured,
    Row,
    abstention,
    ask,
    bootstrap,
    by_category,
    calibration,
    load,
    measure,
    speed,
    temporary_cell,
)
from everkin.config.settings import Settings
from everkin.mind.ranking import FEATURE_NAMES

SETS = ("locomo", "longmemeval_s", "beam_100k")
ABLATED = "locomo"
"""The set on which features are left out in turn; on all of them it would take hours."""
ARMS = {
    "vectors (dense, dense_window)": frozenset({"dense", "dense_window"}),
    "words (words, words_window, coverage_window)": frozenset({"words", "words_window", "coverage_window"}),
    **{name: frozenset({name}) for name in sorted(FEATURE_NAMES)},
}
FIGURES = ("R@5", "R@10", "R@20", "all@10", "S-any@5", "S-all@5", "kept@4000")
FOREIGN = 400
EXTREMES = 10


async def main() -> None:
    told = arguments()
    folder = Path(
        os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the conversation sets.")
    )
    for name in told.sets:
        path = folder / f"{name}.jsonl.gz"
        if path.exists():
            await bench(name, path, told.limit, ablations=told.ablations and name == ABLATED)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=lambda names: names.split(","), default=SETS)
    parser.add_argument("--limit", type=int, help="only so many conversations of each set, drawn at random")
    parser.add_argument("--ablations", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


async def bench(name: str, path: Path, limit: int | None, *, ablations: bool) -> None:
    """Measure one set and write its section."""
    every = list(load(path))
    some = random.Random(7).sample(every, limit) if limit and limit < len(every) else every
    asked = Asked(foreign=max(2, FOREIGN // len(some)) if len(some) > 1 else 0)
    async with temporary_cell(Settings(zone="UTC")) as kin:
        measured = await measure(kin, some, asked, rng=random.Random(7))
        without = [row async for row in ablated(kin, some, measured)] if ablations else []
    parts = [figures(measured, len(every)), absent(measured), extremes(measured.rows)]
    if without:
        parts.append(Table(head=("left out", "R@10", "difference", "n"), rows=without, note=ABLATION_NOTE))
    section, title = (
        (f"recall-{name}-part", f"Recall: part of {name}") if limit else (f"recall-{name}", f"Recall: {name}")
    )
    write(section, title, command(name, limit), *parts)


ABLATION_NOTE = (
    "Each feature of the ranking left out in turn, the rest as it ships: R@10 of the answerable questions, and the mean "
    "difference a question makes, with its 95 % interval. A feature whose interval holds zero pays for itself elsewhere or not at all."
)


def command(name: str, limit: int | None) -> str:
    return f"make bench-recall SETS={name}" + (f" LIMIT={limit}" if limit else "")


def figures(measured: Measured, whole: int) -> Table:
    head = ("category", "n", *FIGURES)
    rows = [
        (category, max(figure.n for figure in its.values()), *(its.get(name, "") for name in FIGURES))
        for category, its in by_category(measured.rows).items()
    ]
    pace = ", ".join(f"{name.replace('_', ' ')} {value:.1f}" for name, value in speed(measured).items())
    note = (
        f"{measured.conversations} of {whole} conversations, {measured.messages} messages; means with 95 % bootstrap "
        f"intervals over questions; `{OVERALL}` is all that can be answered. Speed, with whatever else ran on the machine: {pace}."
    )
    return Table(head=head, rows=rows, note=note)


def absent(measured: Measured) -> Table:
    rows = [
        (name, kind.n, kind.auroc, f"{kind.false_found_at_90:.3f}", f"{kind.found:.3f}")
        for name, kind in abstention(measured.rows).items()
    ]
    ece = calibration(measured.rows)
    known = [row for row in measured.rows if row.answerable]
    found = fmean(row.verdict == "found" for row in known) if known else 0.0
    note = (
        "What is not there: the set's own unanswerable questions, and foreign ones (of another conversation, the names "
        f"exchanged). Of {len(known)} answerable questions {found:.3f} have the verdict found. ECE of the confidence over "
        f"all questions: {ece or 0.0:.3f}."
    )
    return Table(
        head=("kind", "n", "AUROC", "false found at 90 % found", "false found as shipped"), rows=rows, note=note
    )


def extremes(rows: Sequence[Row]) -> str:
    """The ids of the slowest questions and of those answered worst while being surest."""
    slowest = sorted(rows, key=lambda row: -row.recall_ms)[:EXTREMES]
    missed = [row for row in rows if row.answerable and row.figures]
    worst = sorted(missed, key=lambda row: (row.figures["R@20"], -row.confidence, row.id))[:EXTREMES]
    slow = ", ".join(f"{row.id} ({row.recall_ms:.0f} ms)" for row in slowest)
    bad = ", ".join(f"{row.id} ({row.figures['R@20']:.2f})" for row in worst)
    return f"Slowest: {slow}.\n\nAnswered worst (R@20; the surest first): {bad}."


async def ablated(
    kin: Everkin, conversations: Sequence[Conversation], measured: Measured
) -> AsyncIterator[tuple[str, str, str, int]]:
    """A row for each arm and feature: how the answerable questions fare without it."""
    base = scores(measured.rows)
    for arm, off in ARMS.items():
        rows = [row for one in conversations async for row in again(kin, one, off)]
        without = scores(rows)
        apart = bootstrap([without[id] - base[id] for id in without])
        yield arm, f"{fmean(without.values()):.3f}", f"{apart}", len(without)


async def again(kin: Everkin, conversation: Conversation, off: frozenset[str]) -> AsyncIterator[Row]:
    bond = await kin.bond(user=conversation.id, companion="bench", create=False)
    async for row in ask(bond, conversation, (), Asked(limit=10, tokens=0, off=off), random.Random(7)):
        yield row


def scores(rows: Iterable[Row]) -> dict[str, float]:
    return {row.id: row.figures["R@10"] for row in rows if row.answerable and row.figures}


if __name__ == "__main__":
    asyncio.run(main())

"""Recall, contexts and abstention on conversation sets, feature by feature, and what was slowest and answered worst.

    EVERKIN_EVAL=folder python tools/bench/recall.py [--sets locomo,beam_100k] [--limit CONVERSATIONS] [--no-ablations]

Reads `NAME.jsonl.gz` of the folder for each set; writes figures and ids of questions, never a text. A set that is not asked
for keeps its earlier tables, and a run over part of a set has a section of its own.

1. Every conversation is absorbed in RAM and every question ranked and judged there (`everkin.bench.offline`: the same
   absorber, ranking and judge, without a database): recall, abstention, and each feature left out in turn.
2. Some conversations (`--through`) are observed and asked through the public API: contexts, speed, and whether the ranks
   are the same.

Vectors are kept in a SQLite file (`--vectors`, 0.8 KB a passage), so a second run spares their making, nearly all of the time.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

from report import Table, write
from vectors import KeptEmbedder

from everkin.bench import (
    OVERALL,
    Asked,
    Conversation,
    Measured,
    Row,
    abstention,
    bootstrap,
    by_category,
    calibration,
    load,
    measure,
    speed,
    temporary_cell,
)
from everkin.bench.offline import Life, Put, answered, heard, put
from everkin.config.settings import Settings
from everkin.mind.ranking import FEATURE_NAMES

SETS = ("locomo", "longmemeval_s", "beam_100k")
THROUGH = {"locomo": 4, "longmemeval_s": 8, "beam_100k": 8}
"""Conversations of each set that go through the API as well; all of them would take hours on a small machine."""
ARMS = {
    "vectors (dense, dense_window, dense_session)": frozenset({"dense", "dense_window", "dense_session"}),
    "words (words, words_window, coverage_window, session)": frozenset(
        {"words", "words_window", "coverage_window", "session"}
    ),
    **{name: frozenset({name}) for name in sorted(FEATURE_NAMES)},
}
FIGURES = ("R@5", "R@10", "R@20", "all@10", "S-any@5", "S-all@5")
FOREIGN = 2000
AMONG = 400
"""So many of the foreign ones are among the questions that the calibration is measured on: how sure to be depends on how
many of all questions have an answer."""
EXTREMES = 10
SEED = 7
Told = list[tuple[Conversation, Life, list[Put]]]


async def main() -> None:
    told = arguments()
    folder = Path(
        os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the conversation sets.")
    )
    for name in told.sets:
        path = folder / f"{name}.jsonl.gz"
        if path.exists():
            await bench(name, path, told)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=lambda names: names.split(","), default=SETS)
    parser.add_argument("--limit", type=int, help="only so many conversations of each set, drawn at random")
    parser.add_argument("--through", type=int, help="so many of them through the API too (0: none)")
    parser.add_argument("--ablations", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--vectors", type=Path, default=Path(tempfile.gettempdir()) / "everkin-bench-vectors.sqlite")
    return parser.parse_args()


async def bench(name: str, path: Path, told: argparse.Namespace) -> None:
    """Measure one set and write its section."""
    every = list(load(path))
    some = drawn(every, told.limit)
    asked = Asked(foreign=max(2, FOREIGN // len(some)) if len(some) > 1 else 0)
    in_ram = await remembered(some, asked, KeptEmbedder(told.vectors))
    rows = list(ranked(in_ram, asked))
    parts = [figures(rows, some, len(every)), absent(rows)]
    if told.ablations:
        parts.append(
            Table(head=("left out", "R@10", "difference", "n"), rows=list(ablated(in_ram, rows)), note=ABLATION)
        )
    through = drawn(some, THROUGH.get(name, len(some)) if told.through is None else told.through)
    if through:
        async with temporary_cell(Settings(zone="UTC")) as kin:
            measured = await measure(kin, through, Asked(), rng=random.Random(SEED))
        parts += [contexts(measured, rows), slowest(measured.rows)]
    part = told.limit is not None and len(some) < len(every)
    section, title = (
        (f"recall-{name}-part", f"Recall: part of {name}") if part else (f"recall-{name}", f"Recall: {name}")
    )
    write(section, title, command(name, told), *parts, worst(rows))


def drawn(conversations: Sequence[Conversation], count: int | None) -> list[Conversation]:
    some = len(conversations) if count is None else min(count, len(conversations))
    return list(conversations) if some == len(conversations) else random.Random(SEED).sample(conversations, some)


async def remembered(conversations: Sequence[Conversation], asked: Asked, embedder: KeptEmbedder) -> Told:
    rng = random.Random(SEED)
    told: Told = []
    for one in conversations:
        life = await heard(one, embedder)
        told.append((one, life, await put(life, one, conversations, asked, embedder, rng)))
    return told


def ranked(told: Told, asked: Asked) -> Iterator[Row]:
    return (answered(life, each, one, asked) for one, life, puts in told for each in puts)


ABLATION = (
    "Each arm and each feature of the ranking left out in turn, the rest as it ships: R@10 of the answerable questions, and "
    "the mean difference a question makes, with its 95 % interval. A feature whose interval holds zero pays for itself on "
    "another set or not at all."
)


def command(name: str, told: argparse.Namespace) -> str:
    limit = f" LIMIT={told.limit}" if told.limit else ""
    through = "" if told.through is None else f" THROUGH={told.through}"
    return f"make bench-recall SETS={name}{limit}{through}"


def figures(answers: Sequence[Row], conversations: Sequence[Conversation], whole: int) -> Table:
    head = ("category", "n", *FIGURES)
    rows = [
        (category, max(figure.n for figure in its.values()), *(its.get(name, "") for name in FIGURES))
        for category, its in by_category(answers).items()
    ]
    messages = sum(len(one.messages) for one in conversations)
    note = (
        f"{len(conversations)} of {whole} conversations, {messages} messages, ranked in RAM; means with 95 % bootstrap "
        f"intervals over questions; `{OVERALL}` is all that can be answered."
    )
    return Table(head=head, rows=rows, note=note)


def absent(answers: Sequence[Row]) -> Table:
    rows = [
        (name, kind.n, kind.auroc, f"{kind.false_found_at_90:.3f}", f"{kind.found:.3f}")
        for name, kind in abstention(answers).items()
    ]
    foreign = [row for row in answers if row.foreign]
    among = random.Random(SEED).sample(foreign, min(AMONG, len(foreign)))
    ece = calibration([*(row for row in answers if not row.foreign), *among])
    known = [row for row in answers if row.answerable]
    found = fmean(row.verdict == "found" for row in known) if known else 0.0
    note = (
        "What is not there: the set's own unanswerable questions, and foreign ones (of another conversation, the names "
        f"exchanged). Of {len(known)} answerable questions {found:.3f} have the verdict found. ECE of the confidence over "
        f"these, with {len(among)} of the foreign ones: {ece or 0.0:.3f}."
    )
    return Table(
        head=("kind", "n", "AUROC", "false found at 90 % found", "false found as shipped"), rows=rows, note=note
    )


def ablated(told: Told, answers: Sequence[Row]) -> Iterator[tuple[str, str, str, int]]:
    """A row for each arm and feature: how the answerable questions fare without it."""
    base = scores(answers)
    for arm, off in ARMS.items():
        without = scores(ranked(told, Asked(off=off)))
        apart = bootstrap([without[id] - base[id] for id in without])
        yield arm, f"{fmean(without.values()):.3f}", f"{apart}", len(without)


def scores(rows: Iterable[Row]) -> dict[str, float]:
    return {row.id: row.figures["R@10"] for row in rows if row.answerable and row.figures}


def contexts(measured: Measured, answers: Sequence[Row]) -> Table:
    """What the API gave: the evidence that stands in a context, and the speed."""
    name = f"kept@{Asked().tokens}"
    rows = [
        (category, its[name].n, its[name], its["R@10"])
        for category, its in by_category(measured.rows).items()
        if name in its
    ]
    here, there = scores(answers), scores(measured.rows)
    apart = fmean(abs(here[id] - there[id]) for id in there)
    pace = ", ".join(f"{label.replace('_', ' ')} {value:.1f}" for label, value in speed(measured).items())
    note = (
        f"{measured.conversations} conversations, {measured.messages} messages, through the API; a question's R@10 differs "
        f"there by {apart:.4f} in the mean. Speed, with whatever else ran on the machine: {pace}."
    )
    return Table(head=("category", "n", name, "R@10"), rows=rows, note=note)


def slowest(rows: Sequence[Row]) -> str:
    slow = sorted(rows, key=lambda row: -row.recall_ms)[:EXTREMES]
    return "Slowest: " + ", ".join(f"{row.id} ({row.recall_ms:.0f} ms)" for row in slow) + "."


def worst(rows: Sequence[Row]) -> str:
    """The ids of the questions that were answered worst while recall was surest."""
    missed = [row for row in rows if row.answerable and row.figures]
    bad = sorted(missed, key=lambda row: (row.figures["R@20"], -row.confidence, row.id))[:EXTREMES]
    listed = ", ".join(f"{row.id} ({row.figures['R@20']:.2f})" for row in bad)
    return f"Answered worst (R@20; the surest first): {listed}."


if __name__ == "__main__":
    asyncio.run(main())

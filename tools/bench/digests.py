"""Weeks in brief as further search keys: what recall of a set's questions gains or loses when it looks at them too.

    EVERKIN_EVAL=folder python tools/bench/digests.py [--sets locomo,...] [--vectors FILE]

Every conversation is absorbed in RAM and ranked by what ships (`everkin.bench.offline`). Then each week, or each day, that is
long enough is told by what the job would tell it by, and a feature is added to the ranking: how near the question is to
those messages together, for all messages of that time, or for the told ones alone. Writes figures, never a text.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from unittest.mock import patch
from uuid import UUID

import numpy as np
from report import Table, write
from vectors import KeptEmbedder

from everkin.bench import Asked, Conversation, bootstrap, load
from everkin.bench.offline import Life, Put, answered, heard, put
from everkin.language.terms import Terms
from everkin.mind import features, ranking
from everkin.mind.digest import Told, telling
from everkin.mind.features import Columns
from everkin.mind.identity import MemoryId
from everkin.mind.matter import USER, Evidence, Floats, Matter
from everkin.mind.question import Question

SETS = ("locomo",)
SPANS = {"weeks": timedelta(days=7), "days": timedelta(days=1)}
WEIGHTS = (0.05, 0.1, 0.2)
RANGE_MIN = 0.15
NAME = "digest"


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Messages of a week or a day, by their numbers in the matter, and the ones that tell it."""

    messages: Sequence[int]
    told: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Ready:
    """One conversation, ready to be ranked."""

    conversation: Conversation
    life: Life
    puts: Sequence[Put]
    stretches: dict[str, list[Stretch]]


def stretches(life: Life, conversation: Conversation, span: timedelta) -> list[Stretch]:
    layout, terms = life.matter.layout, Terms()
    text = {utterance.id: utterance.content for utterance in conversation.messages}
    by_time: dict[int, list[int]] = defaultdict(list)
    for message in range(layout.messages):
        by_time[int(layout.at[message] // span.total_seconds())].append(message)
    found = []
    for messages in by_time.values():
        week = [
            Told(
                memory=MemoryId(UUID(int=message)),
                day=np.datetime64(int(layout.at[message]), "s").astype("M8[D]").item(),
                terms=frozenset(terms.stems(text.get(life.sources[layout.rows[layout.starts[message]]][0], ""))),
                importance=float(life.matter.salience[layout.rows[layout.starts[message]]]),
                by_user=bool(layout.speaker[message] == USER),
                asks=bool(layout.surface["asks"][message] > 0),
            )
            for message in messages
        ]
        if told := [id.int for id in telling(week)]:
            found.append(Stretch(messages=messages, told=told))
    return found


def nearness(matter: Matter, evidence: Evidence, found: Sequence[Stretch], *, told_alone: bool) -> Floats:
    """How near the question is to what tells each stretch, at its messages; 0 elsewhere."""
    layout = matter.layout
    dense = evidence.dense[0][layout.rows[layout.starts[: layout.messages]]]
    values = np.zeros(layout.messages, np.float32)
    for stretch in found:
        values[list(stretch.told if told_alone else stretch.messages)] = dense[list(stretch.told)].mean()
    return features._at_message(layout, features._scaled(values, RANGE_MIN))


def with_digests(found: Sequence[Stretch], *, told_alone: bool) -> Callable[[Question, Matter, Evidence], Columns]:
    def columns(question: Question, matter: Matter, evidence: Evidence) -> Columns:
        plain = features.columns(question, matter, evidence)
        added = nearness(matter, evidence, found, told_alone=told_alone)
        return Columns(scaled={**plain.scaled, NAME: added}, raw=plain.raw, hits=plain.hits)

    return columns


def scored(told: Sequence[Ready], span: str | None, weight: float, *, told_alone: bool) -> dict[str, dict[str, float]]:
    scores: dict[str, dict[str, float]] = {}
    for one in told:
        columns = with_digests(one.stretches[span] if span else [], told_alone=told_alone)
        with patch.object(ranking, "columns", columns), patch.dict(ranking.WEIGHTS, {NAME: weight}):
            rows = [answered(one.life, each, one.conversation, Asked()) for each in one.puts]
        scores |= {row.id: row.figures for row in rows if row.answerable and row.figures}
    return scores


async def remembered(conversations: Sequence[Conversation], embedder: KeptEmbedder) -> list[Ready]:
    found = []
    for one in conversations:
        life = await heard(one, embedder)
        puts = await put(life, one, conversations, Asked(foreign=0), embedder, random.Random(7))
        kept = {name: stretches(life, one, span) for name, span in SPANS.items()}
        found.append(Ready(conversation=one, life=life, puts=puts, stretches=kept))
    return found


def rows(told: Sequence[Ready]) -> Iterator[list[object]]:
    base = scored(told, None, 0.0, told_alone=False)
    yield [
        "as shipped",
        "",
        "",
        *(f"{fmean(each[name] for each in base.values()):.3f}" for name in ("R@5", "R@10")),
        "",
    ]
    for span in SPANS:
        for told_alone in (False, True):
            for weight in WEIGHTS:
                its = scored(told, span, weight, told_alone=told_alone)
                figures = [f"{fmean(each[name] for each in its.values()):.3f}" for name in ("R@5", "R@10")]
                apart = bootstrap([its[id]["R@10"] - base[id]["R@10"] for id in base])
                yield [span, "what tells it" if told_alone else "all messages of it", weight, *figures, f"{apart}"]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=lambda names: names.split(","), default=SETS)
    parser.add_argument("--vectors", type=Path, default=Path(tempfile.gettempdir()) / "everkin-bench-vectors.sqlite")
    told = parser.parse_args()
    folder = Path(os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the sets."))
    parts: list[Table | str] = []
    for name in told.sets:
        lives = await remembered(list(load(folder / f"{name}.jsonl.gz")), KeptEmbedder(told.vectors))
        counts = ", ".join(f"{sum(len(one.stretches[span]) for one in lives)} {span}" for span in SPANS)
        head = ("told", "raised", "weight", "R@5", "R@10", "difference at ten")
        parts.append(Table(head=head, rows=list(rows(lives)), note=f"{name}: {counts} of twenty messages or more."))
    note = (
        "A feature more in the ranking, the nearness of the question to the messages that tell a week or a day. It does not "
        "ship (docs/decisions/1140); nothing else of the ranking is changed."
    )
    write("digests", "Weeks as search keys", "EVERKIN_EVAL=… python tools/bench/digests.py", note, *parts)


if __name__ == "__main__":
    asyncio.run(main())

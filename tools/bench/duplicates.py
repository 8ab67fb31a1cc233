"""How often what is called a near duplicate is one, on the sentence pairs of MRPC and on invented pairs.

    EVERKIN_EVAL=folder python tools/bench/duplicates.py

Reads `mrpc.jsonl.gz` ({"a", "b", "label"}) in that folder; writes its section of
docs/benchmarks.md, never a text. Embedding takes half a minute.
"""

import asyncio
import gzip
import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from report import Table, write

from everkin.language.embedder import LocalEmbedder
from everkin.mind.duplicate import COSINE, near_duplicate

sys.path.append(str(Path(__file__).parents[2] / "tests"))
from support.pairs import NAMES, NEGATIONS, NUMBERS, pairs, same

Pair = tuple[str, str]


async def main() -> None:
    with gzip.open(Path(os.environ["EVERKIN_EVAL"]) / "mrpc.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    called = await judged([(row["a"], row["b"]) for row in rows])
    right = [bool(row["label"]) for row, duplicate in zip(rows, called, strict=True) if duplicate]
    lines = [["MRPC", len(rows), len(right), precision(right), "0.98 on at least 300"]]
    for name, invented in (("a number", NUMBERS), ("a name", NAMES), ("a negation", NEGATIONS)):
        wrong = await judged(pairs(invented))
        lines.append([f"invented, differ by {name}", len(wrong), sum(wrong), "", "none"])
    again = await judged(same())
    lines.append(["invented, say the same", len(again), sum(again), "", ""])
    head = ("pairs", "n", "called duplicates", "precision", "goal")
    note = f"Two texts are near duplicates at a cosine above {COSINE}, if no guard speaks against it; bootstrap 95 % interval."
    command = "EVERKIN_EVAL=… python tools/bench/duplicates.py"
    write("duplicates", "Near duplicates", command, Table(head=head, rows=lines, note=note))


async def judged(texts: Sequence[Pair]) -> list[bool]:
    embedder = LocalEmbedder(threads=1)
    vectors = await embedder.embed([text for pair in texts for text in pair])
    cosines = [float(left @ right) for left, right in zip(vectors[::2], vectors[1::2], strict=True)]
    return [near_duplicate(left, right, cosine) for (left, right), cosine in zip(texts, cosines, strict=True)]


def precision(right: Sequence[bool]) -> str:
    chance = random.Random(1)
    drawn = sorted(sum(chance.choices(right, k=len(right))) / len(right) for _ in range(1000))
    return f"{sum(right) / len(right):.3f} ({drawn[25]:.3f} to {drawn[-26]:.3f})"


if __name__ == "__main__":
    asyncio.run(main())

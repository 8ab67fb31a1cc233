"""How often what is called a near duplicate is one, on the sentence pairs of MRPC and on invented pairs.

    EVERKIN_EVAL=folder python tools/bench/duplicates.py

Reads `mrpc.jsonl.gz` ({"a", "b", "label"}) in that folder; prints counts only, never a text. Embedding takes half a minute.
"""

import asyncio
import gzip
import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from everkin.language.embedder import LocalEmbedder
from everkin.mind.duplicate import COSINE, near_duplicate

sys.path.append(str(Path(__file__).parents[2] / "tests"))
from support.pairs import NAMES, NEGATIONS, NUMBERS, pairs, same

Pair = tuple[str, str]


async def main() -> None:
    with gzip.open(Path(os.environ["EVERKIN_EVAL"]) / "mrpc.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    called = await judged([(row["a"], row["b"]) for row in rows])
    show("MRPC", [bool(row["label"]) for row, duplicate in zip(rows, called, strict=True) if duplicate], len(rows))
    for name, invented in (("numbers", NUMBERS), ("names", NAMES), ("negations", NEGATIONS)):
        wrong = await judged(pairs(invented))
        print(f"invented pairs, {name}: {sum(wrong)} of {len(wrong)} called duplicates, none is")
    right = await judged(same())
    print(f"invented pairs that say the same: {sum(right)} of {len(right)} called duplicates")


async def judged(texts: Sequence[Pair]) -> list[bool]:
    embedder = LocalEmbedder(threads=1)
    vectors = await embedder.embed([text for pair in texts for text in pair])
    cosines = [float(left @ right) for left, right in zip(vectors[::2], vectors[1::2], strict=True)]
    return [near_duplicate(left, right, cosine) for (left, right), cosine in zip(texts, cosines, strict=True)]


def show(title: str, right: Sequence[bool], total: int) -> None:
    chance = random.Random(1)
    drawn = sorted(sum(chance.choices(right, k=len(right))) / len(right) for _ in range(1000))
    share = sum(right) / len(right)
    print(
        f"{title}, cosine above {COSINE}: precision {share:.3f} ({drawn[25]:.3f} to {drawn[-26]:.3f}) "
        f"on the {len(right)} of {total} pairs called duplicates"
    )


if __name__ == "__main__":
    asyncio.run(main())

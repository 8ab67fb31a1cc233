"""How well the guard tells a cry for help from everyday talk: precision, recall and false alarms.

    EVERKIN_EVAL=folder python tools/bench/guard.py

Reads `moderation.jsonl.gz` ({"text", "self_harm": 1, 0 or null}) and `crisis_idioms.jsonl.gz` ({"text", "label"}) in
that folder. Prints counts only, never a text.
"""

import gzip
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from everkin.mind.risk import Category, Level
from everkin.safety import screen


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def level(text: str, categories: set[Category]) -> int:
    found = screen(text)
    return found.level if found and found.category in categories else 0


def moderation(folder: Path) -> None:
    own = {Category.SUICIDE, Category.SELF_HARM}
    labelled = [(level(row["text"], own), row["self_harm"]) for row in rows(folder / "moderation.jsonl.gz")]
    counted = [(at, bool(label)) for at, label in labelled if label is not None]
    for floor in (Level.CONCERN, Level.HIGH):
        hits = sum(at >= floor and label for at, label in counted)
        alarms = sum(at >= floor for at, _ in counted)
        positives = sum(label for _, label in counted)
        print(
            f"moderation, {floor.name.lower()} or graver: precision {hits}/{alarms}, recall {hits}/{positives}, "
            f"false alarms {alarms - hits}/{len(counted) - positives} (n = {len(counted)})"
        )


def idioms(folder: Path) -> None:
    found = [(screen(row["text"]), row["label"]) for row in rows(folder / "crisis_idioms.jsonl.gz")]
    for label, count in Counter(label for _, label in found).most_common():
        levels = Counter(finding.level.name.lower() if finding else "nothing" for finding, its in found if its == label)
        print(f"everyday lines labelled {label} (n = {count}): {dict(levels)}")


def speed(folder: Path) -> None:
    texts = [row["text"] for row in rows(folder / "moderation.jsonl.gz")]
    started = time.perf_counter()
    for text in texts:
        screen(text)
    took = time.perf_counter() - started
    print(f"{took / len(texts) * 1e3:.2f} ms a text of {sum(map(len, texts)) // len(texts)} characters on average")


if __name__ == "__main__":
    where = os.environ.get("EVERKIN_EVAL")
    if not where:
        sys.exit("Set EVERKIN_EVAL to the folder with moderation.jsonl.gz and crisis_idioms.jsonl.gz.")
    for measure in (moderation, idioms, speed):
        measure(Path(where))

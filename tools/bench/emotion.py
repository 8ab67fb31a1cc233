"""How well and how quickly emotions are read, and what feelings cost the store.

    EVERKIN_EVAL=folder nice python tools/bench/emotion.py

Reads `goemotions.jsonl.gz` and `emobank.jsonl.gz` in that folder, of which it looks at the dev parts alone. The lines
on negation, emoji and sarcasm are made up. Takes about three minutes.
"""

import asyncio
import gzip
import json
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from report import Table, write

from everkin import Everkin
from everkin.language.embedder import LocalEmbedder
from everkin.language.emotion import emotion_reader
from everkin.mind.emotion import LABELS, Reading
from everkin.store.database import UPKEEP_ROLE

BONDS = 100_000
AT = datetime(2026, 1, 1, tzinfo=UTC)
PLEASANT = {
    "joy",
    "love",
    "excitement",
    "gratitude",
    "admiration",
    "optimism",
    "pride",
    "relief",
    "amusement",
    "approval",
    "caring",
}
TONE = np.array([0.7 if label in PLEASANT else -0.7 if label in {
    "anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear", "grief", "nervousness", "remorse", "sadness",
} else 0.0 for label in LABELS])  # fmt: skip
"""What valence would be by labels alone, to compare with."""

NEGATED = (
    ("I am happy about it.", "I am not happy about it.", "joy"),
    ("I love this place.", "I don't love this place.", "love"),
    ("I am proud of how that went.", "I can't say I am proud of how that went.", "pride"),
    ("I was excited to go.", "I was never excited to go.", "excitement"),
    ("I am scared of the exam.", "I am not scared of the exam.", "fear"),
    ("I am angry with you.", "I am not angry with you.", "anger"),
    ("I am sad that she left.", "I am not sad that she left.", "sadness"),
    ("I feel grateful to them.", "I don't feel grateful to them.", "gratitude"),
    ("It was disgusting.", "It wasn't disgusting.", "disgust"),
    ("I regret it, I am sorry.", "I don't regret it, I am not sorry.", "remorse"),
    ("That made me laugh so hard.", "That did not make me laugh.", "amusement"),
    ("I am nervous about Monday.", "I am not nervous about Monday.", "nervousness"),
)
EMOJI = (
    ("She came back 😊", "joy"),
    ("I have no words 😭", "sadness"),
    ("He did it again 😡", "anger"),
    ("The dog fell asleep in the soup 😂", "amusement"),
    ("We have the keys 🎉", "excitement"),
    ("Good night ❤️", "love"),
    ("There is somebody at the door 😱", "fear"),
    ("He eats it with ketchup 🤢", "disgust"),
    ("For all of it 🙏", "gratitude"),
    ("And then they all turned up 😮", "surprise"),
)
SARCASTIC = (
    "Oh great, another Monday, just what I needed.",
    "Wow, thanks for nothing.",
    "Sure, because that went so well last time.",
    "Lovely, the train is cancelled again.",
    "What a surprise, he forgot my birthday.",
    "Yeah right, like she ever cared.",
    "I just love waiting two hours for a doctor.",
    "Brilliant, now the heating is broken too.",
    "Nice job breaking the only cup I liked.",
    "Fantastic, rain on the one day off I have.",
)


def rows(folder: str, name: str) -> list[dict[str, Any]]:
    with gzip.open(Path(folder) / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["split"] == "dev"]


async def embedded(texts: list[str]) -> NDArray[Any]:
    embedder = LocalEmbedder()
    found = np.vstack([await embedder.embed(texts[i : i + 64]) for i in range(0, len(texts), 64)])
    await embedder.close()
    return found


async def read(texts: list[str]) -> list[Reading]:
    return emotion_reader().read(texts, await embedded(texts))


def macro_f1(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    hits = (found & wanted).sum(axis=0)
    return float(np.mean(2 * hits / np.maximum(1, found.sum(axis=0) + wanted.sum(axis=0))))


async def labelled(folder: str) -> list[list[object]]:
    dev = rows(folder, "goemotions")
    texts = [row["text"] for row in dev]
    vectors = await embedded(texts)
    wanted = np.array([[label in row["labels"] for label in LABELS] for row in dev])
    reader = emotion_reader()
    scores = []
    for seen in (vectors, None):
        found = np.array([reading.labels for reading in reader.read(texts, seen)]) >= 0.5
        scores.append(f"{macro_f1(found, wanted):.3f}")
    batches, singles = clocked(texts, vectors)
    return [
        [f"GoEmotions dev, macro-F1 of 28 labels (n = {len(dev)})", scores[0], "at least 0.49"],
        ["the same without vectors", scores[1], ""],
        ["texts a second of one core given vectors, batches of 256", f"{batches:.0f}", "at least 2,000"],
        ["one text given its vector, median", f"{singles:.2f} ms", "under 1 ms"],
    ]


def clocked(texts: list[str], vectors: NDArray[Any]) -> tuple[float, float]:
    reader = emotion_reader()
    started = time.process_time()  # one core's own time, whoever else is at work
    for i in range(0, len(texts), 256):
        reader.read(texts[i : i + 256], vectors[i : i + 256])
    rate = len(texts) / (time.process_time() - started)
    single = []
    for i in range(500):
        began = time.perf_counter()
        reader.read(texts[i : i + 1], vectors[i : i + 1])
        single.append(time.perf_counter() - began)
    return rate, float(np.median(single)) * 1e3


async def toned(folder: str) -> list[list[object]]:
    dev = rows(folder, "emobank")
    found = await read([row["text"] for row in dev])
    by_labels = np.array([reading.labels for reading in found]) @ TONE
    said = {name: np.array([row[name[0].upper()] for row in dev]) for name in ("valence", "arousal")}
    correlated = {name: np.corrcoef([getattr(reading, name) for reading in found], said[name])[0, 1] for name in said}
    plain = np.corrcoef(by_labels, said["valence"])[0, 1]
    return [
        [f"EmoBank valence, r (n = {len(dev)})", f"{correlated['valence']:.3f}", "at least 0.64"],
        ["EmoBank arousal, r", f"{correlated['arousal']:.3f}", ""],
        ["EmoBank valence by GoEmotions labels alone, r", f"{plain:.3f}", ""],
    ]


async def tricky() -> list[list[object]]:
    plain, negated = [await read([line[side] for line in NEGATED]) for side in (0, 1)]
    calmed = sum(b[line[2]] < min(0.5, a[line[2]]) for line, a, b in zip(NEGATED, plain, negated, strict=True))
    shown = sum(r[label] >= 0.5 for (_, label), r in zip(EMOJI, await read([text for text, _ in EMOJI]), strict=True))
    soured = sum(reading.valence < 0 for reading in await read(list(SARCASTIC)))
    return [
        ["negated: the label is no longer present", f"{calmed} of {len(NEGATED)}", ""],
        ["emoji: its label is present", f"{shown} of {len(EMOJI)}", ""],
        ["sarcasm: read as unpleasant", f"{soured} of {len(SARCASTIC)}", ""],
    ]


async def stored() -> list[list[object]]:
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as folder:
        async with Everkin.open(data=Path(folder) / "data", keyring=Path(folder) / "keyring") as kin:
            rate = await observed(kin)
            return [
                ["observe, chat-length messages, embedding included", f"{rate:.0f} /s", "at least 300 /s"],
                *await faded(kin),
            ]


async def observed(kin: Everkin) -> float:
    bond = await kin.bond(user="ann", companion="lucy")
    rng = random.Random(1)
    lines = [*SARCASTIC, *(line[0] for line in NEGATED), *(line[1] for line in NEGATED), *(text for text, _ in EMOJI)]
    messages = [
        {"role": "user", "content": " ".join(rng.sample(lines, 2)), "at": AT + timedelta(minutes=n)}
        for n in range(3000)
    ]
    started = time.perf_counter()
    await bond.observe(messages)
    return len(messages) / (time.perf_counter() - started)


async def faded(kin: Everkin) -> list[list[object]]:
    assert kin.store.cluster is not None
    cluster = kin.store.cluster
    with psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database), autocommit=True) as owner:
        owner.execute(
            "INSERT INTO emotions SELECT gen_random_uuid(), gen_random_uuid(), %s, (SELECT array_agg(random() + 0 * (n + i)) "
            "FROM generate_series(1, 40) AS i) FROM generate_series(1, %s) AS n",
            [AT, BONDS],
        )
        owner.execute("ANALYZE emotions")
        [size] = owner.execute("SELECT max(pg_column_size(e.*)) FROM emotions e").fetchone() or [0]
    took = []
    for hour in (AT + timedelta(days=300), AT + timedelta(days=300, hours=1), AT + timedelta(days=300, hours=1)):
        began = time.perf_counter()
        moved = await kin.store.emotions.fade(hour)
        took.append(f"{time.perf_counter() - began:.2f} s ({moved:,} bonds)")
    return [
        [f"hourly batch over {BONDS:,} bonds, as {UPKEEP_ROLE}", took[0], "under 10 s"],
        ["the next hour", took[1], ""],
        ["the same hour again", took[2], ""],
        ["state of a bond in the store", f"{size} bytes", "under 1 KB"],
    ]


async def main(folder: str) -> None:
    head = ["", "measured", "to reach"]
    reading = Table(head=head, rows=[*await labelled(folder), *await toned(folder), *await tricky()])
    keeping = Table(head=head, rows=await stored())
    write("emotion", "Emotion", "EVERKIN_EVAL=folder python tools/bench/emotion.py", reading, keeping)


if __name__ == "__main__":
    where = os.environ.get("EVERKIN_EVAL")
    if not where:
        sys.exit("Set EVERKIN_EVAL to the folder with goemotions.jsonl.gz and emobank.jsonl.gz.")
    asyncio.run(main(where))

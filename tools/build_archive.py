"""What the cold tier ships: a dictionary of ordinary talk for zstandard, and the directions in which its vectors lie.

    EVERKIN_EVAL=folder python tools/build_archive.py

Both are made of LongMemEval's development part (MIT) alone: stretches of 6 to 45 words of its messages, drawn with a fixed
seed. Writes `store/archive/weights/`; the same data gives the same dictionary, and axes equal to rounding.
"""

import asyncio
import gzip
import json
import os
import random
import sys
from pathlib import Path
from typing import Final

import numpy as np
import zstandard

from everkin.language.embedder import LocalEmbedder

WEIGHTS: Final = Path(__file__).parents[1] / "src" / "everkin" / "store" / "archive" / "weights"
A_QUESTION: Final = 160
"""Messages drawn from each question's haystack."""
TEXTS: Final = 16_000
DIRECTIONS: Final = 96
DICTIONARY_BYTES: Final = 64 << 10
WORDS_MIN: Final = 3
BLOCK: Final = 40
"""Texts to a block, as the dictionary will meet them."""


def stretches(path: Path, rng: random.Random) -> list[str]:
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            messages = json.loads(line)["messages"]
            for message in rng.sample(messages, min(A_QUESTION, len(messages))):
                words = message["text"].split()
                if len(words) < WORDS_MIN:
                    continue
                length = rng.randint(6, 45)
                first = rng.randint(0, max(0, len(words) - length))
                found.append(" ".join(words[first : first + length]))
    rng.shuffle(found)
    return found[:TEXTS]


async def axes(texts: list[str]) -> np.ndarray:
    embedder = LocalEmbedder()
    await embedder.warm()
    vectors = (await embedder.embed(texts)).astype(np.float32)
    await embedder.close()
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(directions[:, ::-1].T[:DIRECTIONS].astype(np.float16))


def dictionary(texts: list[str]) -> bytes:
    """Trained on blocks in the form in which they are kept: a JSON list of texts."""
    blocks = [
        json.dumps(texts[n : n + BLOCK], ensure_ascii=False, separators=(",", ":")) for n in range(0, len(texts), BLOCK)
    ]
    samples = [block.encode() for block in blocks]
    return zstandard.train_dictionary(DICTIONARY_BYTES, samples, level=19).as_bytes()


def main() -> None:
    folder = Path(
        os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the conversation sets.")
    )
    texts = stretches(folder / "longmemeval_s.jsonl.gz", random.Random(1))
    WEIGHTS.mkdir(exist_ok=True)
    (WEIGHTS / "words-1.zdict").write_bytes(dictionary(texts))
    np.save(WEIGHTS / "axes-1.npy", asyncio.run(axes(texts)), allow_pickle=False)
    print({path.name: path.stat().st_size for path in sorted(WEIGHTS.iterdir())})


if __name__ == "__main__":
    main()

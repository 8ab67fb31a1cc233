"""Builds `src/everkin/mind/weights/thesaurus.npz` from the shipped embedder and its own vocabulary; no other data.

    PYTHONPATH=src python tools/build_thesaurus.py          # about a minute

1. Every whole English word of three letters or more in the model's vocabulary is embedded by itself.
2. The mean vector is taken off (without that everything is a neighbour of everything); words of one stem are averaged.
3. Each stem keeps its nearest neighbours above `THRESHOLD`, with the cosine above it scaled to 1..255.
"""

import json
import re
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from snowballstemmer import stemmer
from tokenizers import Tokenizer

SOURCE = Path(__file__).parents[1] / "src/everkin"
MODEL = SOURCE / "language/weights"
TARGET = SOURCE / "mind/weights/thesaurus.npz"
NEIGHBOURS, THRESHOLD = 12, 0.35
WHOLE_WORD = re.compile(r"[a-z]{3,}")


def vocabulary() -> list[str]:
    words = json.loads((MODEL / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return [word for word in words if WHOLE_WORD.fullmatch(word)]


def embedded(words: list[str]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(MODEL / "model.onnx", providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    ids = (np.array([tokenizer.encode(word).ids], np.int64) for word in words)
    return np.concatenate([session.run(None, {"ids": row})[0] for row in ids])


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def by_stem(words: list[str], vectors: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float32]]:
    members: dict[str, list[int]] = {}
    for place, stem in enumerate(stemmer("english").stemWords(words)):
        members.setdefault(stem, []).append(place)
    return list(members), unit(np.stack([vectors[places].mean(axis=0) for places in members.values()]))


def neighbours(vectors: NDArray[np.float32]) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    near = np.zeros((len(vectors), NEIGHBOURS), np.uint16)
    weight = np.zeros((len(vectors), NEIGHBOURS), np.uint8)
    for place, vector in enumerate(vectors):
        cosines = vectors @ vector
        cosines[place] = -1
        best = np.argsort(-cosines, kind="stable")[:NEIGHBOURS]
        near[place] = best
        weight[place] = np.round(np.clip((cosines[best] - THRESHOLD) / (1 - THRESHOLD), 0, 1) * 255)
    return near, weight


def main() -> None:
    words = vocabulary()
    vectors = embedded(words)
    stems, averaged = by_stem(words, unit(vectors - vectors.mean(axis=0)))
    near, weight = neighbours(averaged)
    TARGET.parent.mkdir(exist_ok=True)
    packed = np.frombuffer("\n".join(stems).encode(), np.uint8)
    np.savez_compressed(TARGET, stems=packed, near=near, weight=weight)
    print(f"{len(stems)} stems, {np.count_nonzero(weight)} pairs, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

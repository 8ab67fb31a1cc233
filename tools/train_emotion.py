"""Train the reader of emotion: writes `emotion.npz` (GoEmotions) and `tone.npz` (EmoBank) into everkin/language/weights.

    pip install scikit-learn
    EVERKIN_EVAL=folder OMP_NUM_THREADS=1 nice python tools/train_emotion.py

1. Vectors of all texts (kept in the system's temporary folder). 2. A logistic regression a label on hashed n-grams, a
network on vectors, each twice on halves of train for honest scores and once on all of it. 3. A threshold a label, the
one with the best F1 on those honest scores. 4. Valence and arousal by ridge regression on EmoBank's train part. The dev
parts are only looked at to print how well it went. About 10 minutes on one core; the same weights each time.
"""

import asyncio
import gzip
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import normalize

from everkin.language import ngrams
from everkin.language.embedder import LocalEmbedder
from everkin.language.emotion import EmotionReader, weights_of
from everkin.mind.emotion import LABELS

WEIGHTS = Path(__file__).parents[1] / "src" / "everkin" / "language" / "weights"
RARE = 2
"""A bucket fewer texts have is not learnt from."""
STEPS = 127
SEED = 0


def rows(folder: Path, name: str) -> list[dict]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def vectors(name: str, texts: list[str]) -> NDArray[np.float32]:
    """Of each text; embedded once."""
    kept = Path(tempfile.gettempdir()) / f"everkin-train-{name}.npy"
    if not kept.exists():
        np.save(kept, asyncio.run(embedded(texts)))
    return np.load(kept)


async def embedded(texts: list[str]) -> NDArray[np.float32]:
    embedder = LocalEmbedder()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # batches of even length are quicker
    found = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        found[batch] = await embedder.embed([texts[i] for i in batch])
    await embedder.close()
    return found


def counted(texts: list[str], read: object) -> sparse.csr_matrix:
    parts = [ngrams.read_part(text) for text in texts]
    grams = read(parts)
    return sparse.csr_matrix((grams.weight, (grams.text, grams.bucket)), shape=(len(texts), ngrams.BUCKETS))


def rarity(counts: sparse.csr_matrix) -> NDArray[np.float16]:
    """Smooth inverse document frequency; 0 for what is too rare to learn from."""
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.where(seen < RARE, 0, np.log((1 + counts.shape[0]) / (1 + seen)) + 1).astype(np.float16)


def linear(features: sparse.csr_matrix, wanted: NDArray) -> tuple[NDArray, NDArray]:
    """Coefficients (buckets, 28) and biases."""
    fitted = [
        LogisticRegression(C=2.0, solver="liblinear", dual=True, tol=0.1, max_iter=60, random_state=SEED).fit(
            features, wanted[:, label]
        )
        for label in range(wanted.shape[1])
    ]
    return np.stack([model.coef_[0] for model in fitted], axis=1), np.array([model.intercept_[0] for model in fitted])


def network(seen: NDArray, wanted: NDArray) -> dict[str, NDArray]:
    model = MLPClassifier((512,), batch_size=512, max_iter=EPOCHS, random_state=SEED).fit(SPREAD * seen, wanted)
    return {
        "hidden": (SPREAD * model.coefs_[0]).astype(np.float16),
        "hidden_bias": model.intercepts_[0].astype(np.float16),
        "out": model.coefs_[1].astype(np.float16),
        "out_bias": model.intercepts_[1].astype(np.float16),
    }


EPOCHS = 10
SPREAD = np.float32(20**0.5)
"""Vectors have length 1; a network learns quicker from numbers near 1."""


def fitted(texts: list[str], seen: NDArray, wanted: NDArray, scarce: NDArray) -> dict[str, NDArray]:
    """All arrays of `emotion.npz` but the thresholds, learnt from these texts."""
    spread = sparse.diags(scarce.astype(np.float32))
    blocks = [normalize(counted(texts, read) @ spread) for read in (ngrams.words, ngrams.characters)]
    coefficients, bias = linear((blocks[0] + blocks[1]).tocsr().astype(np.float64), wanted)
    scale = np.abs(coefficients).max(axis=0) / STEPS
    return {
        "ngrams": np.rint(coefficients / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "rarity": scarce,
        "bias": bias.astype(np.float32),
        **network(seen, wanted),
    }


NO_TONE = {"weights": np.zeros((1, 2), np.float32), "bias": np.zeros(2, np.float32)}


def reader(arrays: dict[str, NDArray]) -> EmotionReader:
    return EmotionReader(weights_of({"thresholds": np.zeros(len(LABELS), np.float32), **arrays}, NO_TONE))


def logits(model: EmotionReader, texts: list[str], seen: NDArray) -> NDArray:
    return np.vstack([model.logits(texts[i : i + 256], seen[i : i + 256]) for i in range(0, len(texts), 256)])


def best_threshold(scores: NDArray, wanted: NDArray) -> float:
    """Where F1 is highest."""
    order = np.argsort(-scores)
    hits = np.cumsum(wanted[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + wanted.sum())
    return float(scores[order[np.argmax(f1)]])


def macro_f1(found: NDArray, wanted: NDArray) -> float:
    hits = (found & wanted).sum(axis=0)
    return float(np.mean(2 * hits / np.maximum(1, found.sum(axis=0) + wanted.sum(axis=0))))


def labels(folder: Path) -> dict[str, NDArray]:
    """Learn the 28 labels; returns what goes into `emotion.npz`."""
    read = rows(folder, "goemotions")
    texts = [row["text"] for row in read]
    seen = vectors("goemotions", texts)
    wanted = np.array([[label in row["labels"] for label in LABELS] for row in read])
    train = np.array([row["split"] == "train" for row in read])
    own, own_seen, own_wanted = [t for t, mine in zip(texts, train, strict=True) if mine], seen[train], wanted[train]
    scarce = np.maximum(rarity(counted(own, ngrams.words)), rarity(counted(own, ngrams.characters)))
    half = np.random.default_rng(SEED).integers(0, 2, len(own)).astype(bool)
    scores = np.zeros(own_wanted.shape)
    for part in (half, ~half):
        model = reader(
            fitted([t for t, mine in zip(own, part, strict=True) if mine], own_seen[part], own_wanted[part], scarce)
        )
        scores[~part] = logits(model, [t for t, mine in zip(own, part, strict=True) if not mine], own_seen[~part])
    arrays = fitted(own, own_seen, own_wanted, scarce)
    arrays["thresholds"] = np.array(
        [best_threshold(*pair) for pair in zip(scores.T, own_wanted.T, strict=True)], np.float32
    )
    dev = [t for t, mine in zip(texts, train, strict=True) if not mine]
    found = logits(reader(arrays), dev, seen[~train]) >= arrays["thresholds"]
    print(f"GoEmotions dev (n = {len(dev)}): macro-F1 {macro_f1(found, wanted[~train]):.3f}")
    return arrays


def tone(folder: Path, model: EmotionReader) -> dict[str, NDArray]:
    """Learn valence and arousal; returns what goes into `tone.npz`."""
    read = rows(folder, "emobank")
    texts = [row["text"] for row in read]
    seen = vectors("emobank", texts)
    features = np.hstack([logits(model, texts, seen), seen])
    wanted = (np.array([[row["V"], row["A"]] for row in read]) - 3) / 2
    train = np.array([row["split"] == "train" for row in read])
    ridge = Ridge(alpha=3.0).fit(features[train], wanted[train])
    found = ridge.predict(features[~train])
    for name, a, b in zip(("valence", "arousal"), found.T, wanted[~train].T, strict=True):
        print(f"EmoBank {name}, r = {np.corrcoef(a, b)[0, 1]:.3f} (n = {(~train).sum()})")
    return {"weights": ridge.coef_.T.astype(np.float32), "bias": ridge.intercept_.astype(np.float32)}


def main() -> None:
    where = os.environ.get("EVERKIN_EVAL")
    if not where:
        sys.exit("Set EVERKIN_EVAL to the folder with goemotions.jsonl.gz and emobank.jsonl.gz.")
    warnings.simplefilter("ignore", ConvergenceWarning)
    arrays = labels(Path(where))
    np.savez_compressed(WEIGHTS / "emotion.npz", **arrays)
    np.savez_compressed(WEIGHTS / "tone.npz", **tone(Path(where), reader(arrays)))


if __name__ == "__main__":
    main()

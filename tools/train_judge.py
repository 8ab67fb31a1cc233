"""Trains `src/everkin/mind/weights/judge.json` on LongMemEval's development part, and says how good it is out of fold.

    PYTHONPATH=src:tools:tools/bench python tools/train_judge.py longmemeval_s.jsonl.gz --vectors /tmp/vectors.sqlite

1. Rewrite the logs as chats between two people, small, middling and large (`two_person_lives`).
2. Ask each life its own questions; the same about the wrong one of the two; and other lives' questions.
3. Fit confidence = σ(found) · σ(subject) to "the first ten hold evidence", by likelihood, with the sign of every weight
   given (a better match never lowers confidence): once with vectors, once for words alone.
4. Fit five times without a fifth each; the bands are quantiles of what those say about the fifth they never saw.

About ten minutes, nine of them for the vectors, which are kept.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vectors import KeptEmbedder

from everkin.mind.confidence import Head, confidence_of
from everkin.mind.matter import Evidence
from everkin.mind.ranking import rank
from two_person_lives import Asked, Life, about, load, paired

TARGET = Path(__file__).parents[1] / "src/everkin/mind/weights/judge.json"
SIZES = ((5, 1), (14, 3), (44, 1))
"""Sessions of either person, and rounds of pairing."""

SHARES = {"own": 0.5, "wrong": 0.05, "foreign": 0.45}
"""How much each kind of question weighs. Echoes make the wrong person easier to tell than in real chats, so little."""

FOREIGN = 6
ALPHA = 0.10
PENALTY = {"found": 3.0, "subject": 8.0}
FOUND = {
    "vectors": {"match": 1, "near": 1, "unknown": -1, "undated": -1, "size": 0},
    "words": {"covered": 1, "unknown": -1, "undated": -1, "size": 0},
}
SUBJECT = {"margin": 1, "told": 1}
Row = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Example:
    fold: int
    kind: str
    hit: float
    signals: dict[str, Row]
    """By head: with vectors, and by words alone."""


async def examples_of(lives: Sequence[Life], vectors: KeptEmbedder, rng: random.Random) -> list[Example]:
    examples: list[Example] = []
    for life in lives:
        life.vectors = await vectors.embed(life.texts)
        others = [asked for other in lives if other.fold == life.fold for asked in other.asked]
        mine = {asked.source for asked in life.asked}
        foreign = rng.sample([asked for asked in others if asked.source not in mine], FOREIGN)
        put = [("own", asked) for asked in life.asked]
        put += [("wrong", about(asked, life.names[::-1])) for asked in life.asked if _named(asked)]
        put += [("foreign", about(asked, life.names)) for asked in foreign]
        examples += [await _example(life, kind, asked, vectors) for kind, asked in put]
        life.vectors = None
    return examples


def _named(asked: Asked) -> bool:
    return any(name in asked.text for name in asked.names)


async def _example(life: Life, kind: str, asked: Asked, vectors: KeptEmbedder) -> Example:
    question = life.understood(asked)
    evidence = life.evidence(question, (await vectors.embed([question.wording]))[0])
    ranked = rank(question, life.matter, evidence)
    by_words = rank(question, life.matter, Evidence(postings=evidence.postings))
    first = set(life.matter.message[ranked.rows[:10]].tolist())
    return Example(
        fold=life.fold,
        kind=kind,
        hit=float(bool(first & asked.evidence)),
        signals={"vectors": dict(ranked.signals), "words": dict(by_words.signals)},
    )


def fit(examples: Sequence[Example], head: str) -> Head:
    """Projected gradient ascent on the likelihood; the inputs are brought to one scale and the weights back again."""
    found, subject = FOUND[head], SUBJECT
    rows = [example.signals[head] for example in examples]
    x, y = _matrix(rows, found), np.array([example.hit for example in examples])
    a, named = _matrix(rows, subject), np.array([row["named"] for row in rows])
    weight = _weights(examples)
    mean, scale, scale_a = x.mean(axis=0), x.std(axis=0), a.std(axis=0)
    x, a = (x - mean) / scale, a / scale_a
    design = np.hstack([np.ones((len(x), 1)), x, np.ones((len(a), 1)), a])
    split = 1 + x.shape[1]
    sign = np.array([0, *found.values(), 0, *subject.values()])
    penalty = np.array([0, *[PENALTY["found"]] * len(found), 0, *[PENALTY["subject"]] * len(subject)])
    v = np.zeros(len(sign))
    v[split] = 1.0
    speed, mass = np.zeros_like(v), np.zeros_like(v)
    for step in range(1, 4001):
        f = _sigmoid(design[:, :split] @ v[:split])
        s = np.where(named > 0, _sigmoid(design[:, split:] @ v[split:]), 1.0)
        p = np.clip(f * s, 1e-7, 1 - 1e-7)
        slope = weight * (y / p - (1 - y) / (1 - p)) * p
        df, ds = slope * (1 - f), slope * (1 - s) * (named > 0)
        gradient = np.concatenate([df @ design[:, :split], ds @ design[:, split:]]) - 2 * penalty * v
        speed, mass = 0.9 * speed + 0.1 * gradient, 0.999 * mass + 0.001 * gradient**2
        v += 0.02 * (speed / (1 - 0.9**step)) / (np.sqrt(mass / (1 - 0.999**step)) + 1e-8)
        v = np.where(sign * v < 0, 0, v)
    w, wa = v[1:split] / scale, v[split + 1 :] / scale_a
    return Head(
        bias=float(v[0] - w @ mean),
        found=dict(zip(found, map(float, w), strict=True)),
        subject_bias=float(v[split]),
        subject=dict(zip(subject, map(float, wa), strict=True)),
    )


def _matrix(rows: Sequence[Row], names: dict[str, int]) -> NDArray[np.float64]:
    return np.array([[row[name] for name in names] for row in rows])


def _weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    counts = {kind: sum(example.kind == kind for example in examples) for kind in SHARES}
    return np.array([SHARES[example.kind] / counts[example.kind] * len(examples) for example in examples])


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def out_of_fold(examples: Sequence[Example], head: str) -> NDArray[np.float64]:
    confidence = np.zeros(len(examples))
    for fold in {example.fold for example in examples}:
        trained = fit([example for example in examples if example.fold != fold], head)
        for place, example in enumerate(examples):
            if example.fold == fold:
                confidence[place] = confidence_of(trained, example.signals[head])
    return confidence


def bands(examples: Sequence[Example], confidence: NDArray[np.float64]) -> dict[str, float]:
    """Split-conformal, α = 0.10: of what is not there at most a tenth is called found, of what is a tenth nothing.

    Of the questions without an answer a quarter are taken to be about the wrong person.
    """
    of = {kind: np.sort(confidence[[example.kind == kind for example in examples]]) for kind in SHARES}
    wrong = of["wrong"][np.linspace(0, len(of["wrong"]) - 1, len(of["foreign"]) // 3).astype(int)]
    absent = np.sort(np.concatenate([of["foreign"], wrong]))
    found = absent[min(len(absent) - 1, int(np.ceil((len(absent) + 1) * (1 - ALPHA))) - 1)]
    nothing = of["own"][max(0, int(np.floor((len(of["own"]) + 1) * ALPHA)) - 1)]
    return {"found": float(max(found, nothing)), "nothing": float(min(found, nothing))}


def auroc(there: NDArray[np.float64], absent: NDArray[np.float64]) -> float:
    return float((there[:, None] > absent).mean() + (there[:, None] == absent).mean() / 2)


def described(examples: Sequence[Example], confidence: NDArray[np.float64]) -> str:
    of = {kind: confidence[[example.kind == kind for example in examples]] for kind in SHARES}
    bar = np.quantile(of["own"], 0.1)
    return "; ".join(
        f"{kind}: AUROC {auroc(of['own'], of[kind]):.3f}, false-found@90 {(of[kind] >= bar).mean():.3f} (n={len(of[kind])})"
        for kind in ("foreign", "wrong")
    )


async def train(path: Path, vectors: KeptEmbedder) -> dict[str, Any]:
    haystacks = load(path)
    lives = [
        life
        for seed, (sessions, rounds) in enumerate(SIZES)
        for life in paired(haystacks, sessions=sessions, rounds=rounds, seed=seed)
    ]
    examples = await examples_of(lives, vectors, random.Random(3))
    trained: dict[str, Any] = {}
    for head in FOUND:
        unseen = out_of_fold(examples, head)
        print(f"{head}: {described(examples, unseen)}")
        shipped = fit(examples, head)
        trained[head] = {
            "bias": round(shipped.bias, 4),
            "found": {name: round(weight, 4) for name, weight in shipped.found.items()},
            "subject_bias": round(shipped.subject_bias, 4),
            "subject": {name: round(weight, 4) for name, weight in shipped.subject.items()},
            "bands": {name: round(bar, 3) for name, bar in bands(examples, unseen).items()},
        }
    return trained


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, help="LongMemEval's development part")
    parser.add_argument("--vectors", type=Path, required=True, help="a SQLite file to keep vectors in")
    args = parser.parse_args()
    trained = asyncio.run(train(args.logs, KeptEmbedder(args.vectors)))
    TARGET.write_text(json.dumps(trained, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(trained, indent=1))


if __name__ == "__main__":
    main()

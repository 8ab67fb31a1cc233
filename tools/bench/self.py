"""A steady self, measured: rollouts that halt, assignment, compiling, and telling one voice from another.

    python tools/bench/self.py

About five minutes on two cores. Everything in it is invented: `voices/` and simulated bonds.
"""

import asyncio
import itertools
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
from report import Table, quantile, write
from ruamel.yaml import YAML

sys.path.append(str(Path(__file__).parents[2] / "tests" / "character"))
from rollout_simulation import STEPS, Run, simulate

from everkin.character import document
from everkin.character.document import persona_of
from everkin.language.embedder import LocalEmbedder
from everkin.language.tokens import estimate
from everkin.mind.drift import drift, learned, strangeness
from everkin.mind.identity import BondId
from everkin.mind.manner import manner
from everkin.mind.rollout import place
from everkin.portability.samples import PERSONA

BONDS = 100_000
RUNS = 100
COMMAND = "make bench-self"
VOICES = Path(__file__).parent / "voices" / "test.yaml"
EXAMPLE = Path(__file__).parents[2] / "examples" / "personas" / "mira.yaml"


def rollouts() -> None:
    """Seeded runs of a regression, of smaller ones, and of clean versions."""
    rows = []
    with ProcessPoolExecutor(int(os.environ.get("EVERKIN_BENCH_PROCESSES", "2"))) as pool:
        for candidate in (0.72, 0.76, 0.80):
            runs = list(pool.map(partial(_run, candidate), range(RUNS)))
            early = sum(run.halted and run.seen < 0.10 for run in runs)
            seen = sorted(run.seen for run in runs)
            rows.append(
                (
                    f"0.80 → {candidate:.2f}",
                    f"{sum(run.halted for run in runs)} of {RUNS}",
                    f"{early} of {RUNS}",
                    f"{statistics.median(seen):.2%}",
                    f"{seen[-1]:.2%}",
                )
            )
    steps = ", ".join(f"{step:.0%}" for step in STEPS)
    note = (
        f"{BONDS:,} simulated bonds, each with its own chance of a kept reply (beta-distributed around the mean), turn up once "
        f"in a random order over five days; the rollout widens daily ({steps}) and is judged every 250 bonds. "
        "Goals: 0.72 halted before 10 % saw it in at least 95 runs; 0.80 not halted in at least 95."
    )
    head = ("kept replies", "halted", "before 10 % saw it", "saw it, median", "at most")
    write("rollout", "Staged rollouts", COMMAND, Table(head=head, rows=rows, note=note), _uniformity())


def _run(candidate: float, seed: int) -> Run:
    return simulate(seed, bonds=BONDS, control=0.80, candidate=candidate)


def _uniformity() -> str:
    rng, values = random.Random(1), []
    for rollout in range(20):
        counts = Counter(
            int(place(UUID(int=rollout + 1), BondId(UUID(int=rng.getrandbits(128)))) * 100) for _ in range(BONDS)
        )
        values.append(sum((counts[bin] - BONDS / 100) ** 2 / (BONDS / 100) for bin in range(100)))
    above = sum(value > 123.2 for value in values)
    return (
        f"Assignment of {BONDS:,} bonds to 100 bins in 20 rollouts: chi-square with 99 degrees of freedom {statistics.fmean(values):.1f} "
        f"on average (99 expected), {above} of 20 above the 95 % point of 123.2."
    )


def compiling() -> None:
    """From text to prompt, cold and from the cache."""
    rows = []
    for path in (PERSONA, EXAMPLE):
        text = path.read_text(encoding="utf-8")
        cold = []
        for _ in range(200):
            document._compiled.cache_clear()
            cold.append(_timed(lambda text=text: persona_of("x", text, estimate)))
        cached = [_timed(lambda text=text: persona_of("x", text, estimate)) for _ in range(10_000)]
        tokens = estimate(persona_of("x", text, estimate).prompt)
        rows.append(
            (
                path.name,
                f"{len(text.encode()):,}",
                tokens,
                _ms(cold, 0.5),
                _ms(cold, 0.99),
                _ms(cached, 0.5, 4),
                _ms(cached, 0.99, 4),
            )
        )
    head = ("document", "bytes", "tokens", "cold p50, ms", "cold p99", "cached p50", "cached p99")
    note = "From YAML to the prompt, in milliseconds of processor time. Goals: under 10 ms cold, under 1 ms cached."
    write("persona", "Compiling a persona", COMMAND, Table(head=head, rows=rows, note=note))


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds of processor time: what else runs on the machine does not count."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1e3


def _ms(values: Sequence[float], share: float, digits: int = 2) -> str:
    return f"{quantile(values, share):.{digits}f}"


async def voices() -> None:
    """Every persona's voice against its own twenty replies and each other's."""
    told = YAML(typ="safe").load(VOICES.read_text(encoding="utf-8"))
    embedder = LocalEmbedder()
    vectors = {
        name: [await embedder.embed(one[part]) for part in ("exemplars", "replies")] for name, one in told.items()
    }
    await embedder.close()
    known = {name: learned([*map(manner, one["exemplars"])], vectors[name][0]) for name, one in told.items()}
    scored = {
        (own, other): [
            strangeness(known[own], manner(reply), vector)
            for reply, vector in zip(told[other]["replies"], vectors[other][1], strict=True)
        ]
        for own, other in itertools.product(told, told)
    }
    others = {name: [(name, other) for other in told if other != name] for name in told}
    rows = [_row(name, scored[name, name], [scored[pair] for pair in others[name]]) for name in told]
    rows.append(
        _row(
            "all",
            [one for name in told for one in scored[name, name]],
            [scored[pair] for name in told for pair in others[name]],
        )
    )
    alarms = [drift(scored[pair]).alarm for name in told for pair in others[name]]
    false = [drift(scored[name, name]).alarm for name in told]
    means = [statistics.fmean(scored[name, name]) for name in told]
    strange = [statistics.fmean(scored[pair]) for name in told for pair in others[name]]
    note = (
        "Invented personas with eight exemplars each; all answer the same twenty remarks. AUROC of telling a single reply of "
        "another persona from its own, by strangeness. Constants were set on other personas (`voices/dev.yaml`). Goal: 0.9."
    )
    after = (
        f"Twenty replies at once, by their mean: AUROC {_auroc(means, strange):.3f}. After twenty replies of another persona the "
        f"alarm was on in {sum(alarms)} of {len(alarms)} cases, after twenty of its own in {sum(false)} of {len(false)}."
    )
    head = ("persona", "AUROC, one reply", "against the nearest persona", "own, mean", "others', mean")
    write("drift", "Telling a voice from another's", COMMAND, Table(head=head, rows=rows, note=note), after)


def _row(name: str, own: Sequence[float], others: Sequence[Sequence[float]]) -> tuple[object, ...]:
    pooled = [one for replies in others for one in replies]
    nearest = min(_auroc(own, replies) for replies in others)
    return (
        name,
        f"{_auroc(own, pooled):.3f}",
        f"{nearest:.3f}" if name != "all" else "",
        f"{statistics.fmean(own):.2f}",
        f"{statistics.fmean(pooled):.2f}",
    )


def _auroc(own: Sequence[float], other: Sequence[float]) -> float:
    left, right = np.array(own), np.array(other)[:, None]
    return float((right > left).mean() + 0.5 * (right == left).mean())


if __name__ == "__main__":
    compiling()
    asyncio.run(voices())
    rollouts()

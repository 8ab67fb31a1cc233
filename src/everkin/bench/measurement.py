"""A measurement: every conversation of a set observed in a cell of its own, asked, and the answers summed up."""

import os
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from everkin.app import Everkin
from everkin.bench.answers import Answered, answers
from everkin.bench.conversation import Conversation
from everkin.bench.figures import Figure, auroc_figure, bootstrap, calibration_error, false_found_at, quantile
from everkin.bench.recall import Asked, Row, ask, observe
from everkin.config.settings import Settings
from everkin.mind.memory import Verdict
from everkin.mind.ports.gateway import Gateway

OVERALL = "overall"
"""The answerable questions of all categories together."""
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What was asked and how it was answered; `seconds` is how long observing `messages` took."""

    rows: tuple[Row, ...]
    answered: tuple[Answered, ...]
    conversations: int
    messages: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """Who answers, and the name of the provider that judges the answers (None: nobody does)."""

    gateway: Gateway
    judge: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Abstention:
    """How well confidence tells what is there from what is not; the unanswerable are `n` questions of one kind.

    `found` is the share of them with the verdict found, as shipped; `false_found_at_90` the share of them that pass the
    confidence which 90 % of the answerable reach.
    """

    n: int
    auroc: Figure
    false_found_at_90: float
    found: float


@asynccontextmanager
async def temporary_cell(settings: Settings, gateway: Gateway | None = None) -> AsyncIterator[Everkin]:
    """A cell of its own, keys and all, that is gone when left. No other cell, and no DSN of the settings, is touched."""
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as folder:
        os.chmod(folder, 0o711)  # as root the server runs as another user, who has to come through
        async with Everkin.open(
            data=Path(folder) / "cell", keyring=Path(folder) / "keys", settings=settings, gateway=gateway
        ) as kin:
            yield kin


async def measure(
    kin: Everkin,
    conversations: Sequence[Conversation],
    asked: Asked,
    *,
    rng: random.Random,
    voice: Voice | None = None,
    progress: Progress = lambda steps: None,
) -> Measured:
    """Observe and ask one conversation after the other; `progress` hears of each message and each question."""
    rows: list[Row] = []
    answered: list[Answered] = []
    seconds = 0.0
    for conversation in conversations:
        bond, took = await observe(kin, conversation, conversation.id)
        seconds += took
        progress(len(conversation.messages))
        async with aclosing(ask(bond, conversation, conversations, asked, rng)) as asking:
            async for row in asking:
                rows.append(row)
                progress(1)
        if voice:
            said = answers(bond, conversation, voice.gateway, tokens=asked.tokens, judge=voice.judge)
            async with aclosing(said) as marking:
                async for one in marking:
                    answered.append(one)
                    progress(1)
    return Measured(
        rows=tuple(rows),
        answered=tuple(answered),
        conversations=len(conversations),
        messages=sum(len(conversation.messages) for conversation in conversations),
        seconds=seconds,
    )


def by_category(rows: Sequence[Row]) -> dict[str, dict[str, Figure]]:
    """Every figure with its interval: overall, then category by category."""
    marked = [row for row in rows if row.figures]
    chosen = {OVERALL: [row for row in marked if row.answerable]}
    chosen |= {name: [row for row in marked if row.category == name] for name in sorted({r.category for r in marked})}
    return {name: _figures([row.figures for row in some]) for name, some in chosen.items() if some}


def _figures(rows: Sequence[dict[str, float]]) -> dict[str, Figure]:
    figures = {name: bootstrap([row[name] for row in rows if name in row]) for name in rows[0]}
    return {name: figure for name, figure in figures.items() if figure}


def abstention(rows: Sequence[Row]) -> dict[str, Abstention]:
    """Apart for the conversations' own unanswerable questions and for foreign ones; a kind without any is left out."""
    known = [row.confidence for row in rows if row.answerable]
    kinds = {
        "own": [row for row in rows if not row.answerable and not row.foreign],
        "foreign": [row for row in rows if row.foreign],
    }
    told = {name: _abstention(known, unknown) for name, unknown in kinds.items()}
    return {name: kind for name, kind in told.items() if kind}


def _abstention(known: Sequence[float], unknown: Sequence[Row]) -> Abstention | None:
    scores = [row.confidence for row in unknown]
    apart, passed = auroc_figure(known, scores), false_found_at(known, scores)
    if apart is None or passed is None:
        return None
    found = fmean(row.verdict is Verdict.FOUND for row in unknown)
    return Abstention(n=len(unknown), auroc=apart, false_found_at_90=passed, found=found)


def calibration(rows: Sequence[Row]) -> float | None:
    """The expected calibration error of confidence as the probability of evidence among the first ten."""
    return calibration_error([(row.confidence, float(row.hit)) for row in rows]) if rows else None


def speed(measured: Measured) -> dict[str, float]:
    """Messages a second; p50 and p99 of recall and context in milliseconds, one call at a time."""
    told = {"observe_messages_per_s": measured.messages / measured.seconds if measured.seconds else 0.0}
    recalls = [row.recall_ms for row in measured.rows]
    contexts = [row.context_ms for row in measured.rows if row.context_ms]
    for name, times in (("recall", recalls), ("context", contexts)):
        if times:
            told |= {f"{name}_p50_ms": quantile(times, 0.5), f"{name}_p99_ms": quantile(times, 0.99)}
    return told


def answer_quality(answered: Sequence[Answered]) -> dict[str, dict[str, Figure]]:
    """Word overlap, and the judge's share of yes where one was asked, overall and by category; failures are left out."""
    said = [one for one in answered if not one.failed]
    names = [OVERALL, *sorted({one.category for one in said})]
    chosen = {name: [one for one in said if name in (OVERALL, one.category)] for name in names}
    return {name: _quality(some) for name, some in chosen.items() if some}


def _quality(said: Sequence[Answered]) -> dict[str, Figure]:
    figures = {
        "overlap": bootstrap([one.overlap for one in said]),
        "judged": bootstrap([float(one.judged) for one in said if one.judged is not None]),
    }
    return {name: figure for name, figure in figures.items() if figure}

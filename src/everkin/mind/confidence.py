"""Confidence: whether what was ranked first answers the question, or whether nothing here does."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from everkin.mind.question import Kind, Question
from everkin.mind.ranking import Ranked
from everkin.mind.signals import Signals


class Verdict(StrEnum):
    """What recall always says beside its list."""

    FOUND = "found"
    WEAK = "weak"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """`confidence` is the probability, 0 to 1, that the first ten hold an answer; `reasons` are plain words to show."""

    verdict: Verdict
    confidence: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """σ(bias + found · signals) · σ(subject_bias + subject · signals); the second only where one person was named."""

    bias: float
    found: Mapping[str, float]
    subject_bias: float
    subject: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bands:
    """From `found` up a confidence is called found, below `nothing` nothing, in between weak."""

    found: float
    nothing: float


def judge(question: Question, ranked: Ranked) -> Judgement:
    """Judges by the shipped weights: with vectors where there were any, else by words alone.

    In an empty bond, for small talk, and for what has neither a term nor a time nor a name ("?", "the"), there is nothing
    to be found. The probability holds for a mixed bag of questions of which
    half are answered in the bond. Of a question of several parts it is that of the surest part, while the verdict is
    `weak` as soon as one part is not found and another is. What is known of somebody is no lack of an answer to a
    question about nothing but them: there the verdict is `weak` at least.
    """
    if not len(ranked.rows) or not _asks_for_something(question):
        return Judgement(verdict=Verdict.NOTHING, confidence=0.0, reasons=("there is nothing to look for",))
    if ranked.parts:
        return _of_all([judge(part, of) for part, of in zip(question.parts, ranked.parts, strict=True)])
    head, bands = shipped()["vectors" if ranked.signals["near"] else "words"]
    confidence = confidence_of(head, ranked.signals)
    verdict = _verdict(confidence, bands)
    if verdict is Verdict.NOTHING and ranked.of_somebody:
        verdict = Verdict.WEAK
    return Judgement(
        verdict=verdict,
        confidence=confidence,
        reasons=tuple(_reasons(head, ranked.signals)),
    )


def _asks_for_something(question: Question) -> bool:
    return question.kind is not Kind.SMALL_TALK and bool(question.terms or question.spans or question.named)


def _of_all(parts: Sequence[Judgement]) -> Judgement:
    verdicts = {part.verdict for part in parts}
    return Judgement(
        verdict=verdicts.pop() if len(verdicts) == 1 else Verdict.WEAK,
        confidence=max(part.confidence for part in parts),
        reasons=tuple(f"part {number}: {reason}" for number, part in enumerate(parts, 1) for reason in part.reasons),
    )


def confidence_of(head: Head, signals: Signals) -> float:
    found = _sigmoid(head.bias + sum(weight * signals[name] for name, weight in head.found.items()))
    return found * _right_subject(head, signals)


def _right_subject(head: Head, signals: Signals) -> float:
    if not signals["named"]:
        return 1.0
    return _sigmoid(head.subject_bias + sum(weight * signals[name] for name, weight in head.subject.items()))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


def _verdict(confidence: float, bands: Bands) -> Verdict:
    if confidence >= bands.found:
        return Verdict.FOUND
    return Verdict.WEAK if confidence >= bands.nothing else Verdict.NOTHING


UNHEARD_SHARE: Final = 0.4
DOUBTFUL: Final = 0.5
COVERED_WELL: Final = 0.6
COVERED_BADLY: Final = 0.25
SOMEBODY_ELSE: Final = "what was found is about somebody else"


def _reasons(head: Head, signals: Signals) -> list[str]:
    """What speaks loudest, in plain words and without the question's."""
    reasons = []
    if signals["covered"] >= COVERED_WELL:
        reasons.append("the best match says most of what is asked about")
    elif signals["covered"] < COVERED_BADLY:
        reasons.append("even the best match says little of what is asked about")
    if signals["unknown"] >= UNHEARD_SHARE:
        reasons.append("much of what is asked about was never mentioned")
    if signals["named"] and _right_subject(head, signals) < DOUBTFUL:
        reasons.append(SOMEBODY_ELSE)
    return reasons


@cache
def shipped() -> Mapping[str, tuple[Head, Bands]]:
    """The shipped heads, "vectors" and "words", each with its bands; made by `tools/train_judge.py`."""
    text = resources.files("everkin.mind").joinpath("weights/judge.json").read_text("utf-8")
    return {name: _read(dict(part)) for name, part in json.loads(text).items()}


def _read(part: dict[str, object]) -> tuple[Head, Bands]:
    bands = part.pop("bands")
    assert isinstance(bands, dict)
    return Head(**part), Bands(**bands)  # type: ignore[arg-type]

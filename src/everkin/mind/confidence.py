"""Confidence: whether what was ranked first answers the question, or whether nothing here does."""

from dataclasses import dataclass
from enum import StrEnum


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


def judge(question: object, ranked: object) -> Judgement:
    """Provisional."""
    return Judgement(verdict=Verdict.FOUND, confidence=0.5)

"""Means with intervals, ranks and calibration: the arithmetic of a benchmark."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

RESAMPLES: Final = 1000
AUROC_RESAMPLES: Final = 200
"""Fewer, for each sorts all scores."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A mean of `n` values with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(values: Sequence[float], *, seed: int = 7) -> Figure | None:
    """The percentile bootstrap (Efron 1979) over single questions; None without any."""
    if not values:
        return None
    rng = random.Random(seed)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    cut = int(0.025 * RESAMPLES)
    return Figure(mean=fmean(values), low=means[cut], high=means[-cut - 1], n=len(values))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The probability that a positive scores above a negative, ties half (Mann-Whitney); None without both."""
    if not positive or not negative:
        return None
    below = sorted(negative)
    wins = sum(_below(below, score) for score in positive)
    return wins / (len(positive) * len(negative))


def auroc_figure(positive: Sequence[float], negative: Sequence[float], *, seed: int = 7) -> Figure | None:
    """The same with its 95 % interval, both sides resampled; `n` counts the negatives."""
    mean = auroc(positive, negative)
    if mean is None:
        return None
    rng = random.Random(seed)
    drawn = sorted(
        auroc(rng.choices(positive, k=len(positive)), rng.choices(negative, k=len(negative))) or 0.0
        for _ in range(AUROC_RESAMPLES)
    )
    cut = int(0.025 * AUROC_RESAMPLES)
    return Figure(mean=mean, low=drawn[cut], high=drawn[-cut - 1], n=len(negative))


def _below(ordered: Sequence[float], score: float) -> float:
    left, right = bisect_left(ordered, score), bisect_right(ordered, score)
    return left + (right - left) / 2


def false_found_at(positive: Sequence[float], negative: Sequence[float], share: float = 0.9) -> float | None:
    """The share of negatives at or above the score that `share` of the positives reach."""
    if not positive or not negative:
        return None
    bar = sorted(positive, reverse=True)[max(0, int(share * len(positive)) - 1)]
    return fmean(score >= bar for score in negative)


def calibration_error(pairs: Sequence[tuple[float, float]], bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015) of (confidence, outcome), both in [0, 1], over equal bins."""
    error = 0.0
    for number in range(bins):
        inside = [pair for pair in pairs if min(int(pair[0] * bins), bins - 1) == number]
        if inside:
            error += abs(fmean(c for c, _ in inside) - fmean(o for _, o in inside)) * len(inside) / len(pairs)
    return error


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]

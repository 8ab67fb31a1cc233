"""Whether a series of numbers, one a session, has left its usual course; since when, and how steeply. Pure.

Three tools, each for what it does best (measured in docs/benchmarks.md): an exponentially weighted mean against a robust
baseline raises the flag, a Bayesian change point dates it, the Theil-Sen slope words it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BASELINE_MIN: Final = 10
"""Sessions that have to be known before anything can be unusual."""
BASELINE_MAX: Final = 30
RECENT: Final = 10
"""The last sessions, which are weighed against those before them; after so many, a new level starts to be the usual one."""
WEIGHT: Final = 0.2
"""Of the newest session in the weighted mean (Roberts 1959)."""
OUTLIER_SD: Final = 3.0
"""One extraordinary session counts for no more than this."""
PRIOR_SESSIONS: Final = 2.0
"""How many sessions' worth the usual spread of people weighs beside this person's own."""
_MAD_TO_SD: Final = 1.4826

_LIMITS: Final = np.array(
    [(0.02, 2.00), (0.01, 2.36), (0.005, 2.69), (0.0025, 2.98), (0.001, 3.34), (0.0005, 3.54), (0.0002, 3.91)]
)
"""(false alarms a session, limit): how often 180,000 sessions of steady normal series went beyond it; `tools/bench/arcs.py --limits`."""


def limit(false_alarms: float) -> float:
    """The deviation beyond which a steady series is flagged so often a session (0.0002 to 0.02; clamped)."""
    return float(np.interp(-np.log(false_alarms), -np.log(_LIMITS[:, 0]), _LIMITS[:, 1]))


def deviations(values: Sequence[float] | Floats, *, usual_sd: float) -> Floats:
    """For each session, how far the recent ones lie from those before, in standard errors; 0 while too few are known.

    `usual_sd` is the spread of session values of people at large. Costs about 40 µs a session.
    """
    series = np.asarray(values, dtype=np.float64)
    return np.array([_deviation(series[: n + 1], usual_sd) for n in range(len(series))])


def _deviation(known: Floats, usual_sd: float) -> float:
    recent = min(RECENT, len(known) - BASELINE_MIN)
    if recent < 1:
        return 0.0
    before, now = known[:-recent][-BASELINE_MAX:], known[-recent:]
    centre, spread, persistence = _baseline(before, usual_sd)
    weights = WEIGHT * (1 - WEIGHT) ** np.arange(recent - 1, -1, -1)
    off = float(weights @ np.clip((now - centre) / spread, -OUTLIER_SD, OUTLIER_SD))
    error = float(weights @ weights + weights.sum() ** 2 / len(before))
    return off / float(np.sqrt(error * (1 + persistence) / (1 - persistence)))


def _baseline(before: Floats, usual_sd: float) -> tuple[float, float, float]:
    """Centre, spread and how much one session resembles the next, all deaf to single outliers."""
    middle = np.median(before)
    reach = OUTLIER_SD * max(_MAD_TO_SD * float(np.median(np.abs(before - middle))), usual_sd / 4)
    tame = np.clip(before, middle - reach, middle + reach)
    centred = tame - tame.mean()
    squares = float(centred @ centred)
    spread = np.sqrt((PRIOR_SESSIONS * usual_sd**2 + squares) / (PRIOR_SESSIONS + len(tame) - 1))
    alike = float(centred[1:] @ centred[:-1]) / squares if squares > 0 else 0.0
    persistence = float(np.clip(alike * len(tame) / (len(tame) + 20), 0.0, 0.5))
    return float(tame.mean()), float(spread), persistence


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A stretch in which a series is off its course, by positions in it: `raised` at, `until` (exclusive); `upwards` or down."""

    raised: int
    until: int
    upwards: bool


def flags(off: Floats, *, beyond: float) -> list[Flag]:
    """Raised beyond the limit, lowered only under half of it, so that one episode is one flag."""
    found: list[Flag] = []
    raised: int | None = None
    for n, value in enumerate(off):
        if raised is None and abs(value) > beyond:
            raised = n
        elif raised is not None and value * np.sign(off[raised]) < beyond / 2:
            found.append(Flag(raised=raised, until=n, upwards=bool(off[raised] > 0)))
            raised = None
    if raised is not None:
        found.append(Flag(raised=raised, until=len(off), upwards=bool(off[raised] > 0)))
    return found


def onset(values: Sequence[float] | Floats) -> int:
    """The position at which a step or a slope most likely began: the median of the exact posterior over both kinds.

    A regression on each possible beginning, under Zellner's g-prior with g = n, where the marginal likelihood is
    (1 + g(1 - R²))^(-(n-1)/2) up to a constant. Needs at least 4 values.
    """
    series = np.asarray(values, dtype=np.float64)
    n = len(series)
    moments = np.arange(n)
    begins = np.arange(1, n - 1)
    steps = (moments >= begins[:, None]).astype(np.float64)
    slopes = np.clip(moments - begins[:, None] + 1.0, 0.0, None)
    chances = sum(_likely(series, shapes) for shapes in (steps, slopes))
    return int(begins[np.searchsorted(np.cumsum(chances), np.sum(chances) / 2)])


def _likely(series: Floats, shapes: Floats) -> Floats:
    n = len(series)
    centred = series - series.mean()
    total = float(centred @ centred)
    if total == 0.0:
        return np.ones(len(shapes))
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    explained = (shapes @ centred) ** 2 / ((shapes**2).sum(axis=1) * total)
    chances: Floats = np.exp(-(n - 1) / 2 * (np.log1p(n * (1 - explained)) - np.log1p(n)))
    return chances


def slope(times: Sequence[float] | Floats, values: Sequence[float] | Floats) -> float:
    """The median of the slopes between all pairs (Theil 1950, Sen 1968): change of value a unit of time. 0 for under two."""
    x, y = np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64)
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] - x[first]
    if not np.any(apart > 0):
        return 0.0
    return float(np.median((y[second] - y[first])[apart > 0] / apart[apart > 0]))


def shifted(counts: NDArray[Any], recent: int, *, rounds: int, rng: np.random.Generator) -> float:
    """The chance that what the last `recent` rows of (sessions, themes) speak of differs this much from the rest by accident.

    Sessions are what is permuted, since the words within one belong together; the distance is Jensen and Shannon's. At
    least 1 / (rounds + 1). Costs about 20 µs a round for 40 sessions of 30 themes.
    """
    sessions = len(counts)
    if not 0 < recent < sessions or not counts.any():
        return 1.0
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    orders = np.stack([np.arange(sessions), *(rng.permutation(sessions) for _ in range(rounds))])
    chosen = np.zeros((len(orders), sessions))
    np.put_along_axis(chosen, orders[:, -recent:], 1.0, axis=1)
    distances = _apart(_normal(chosen @ shares), _normal((1 - chosen) @ shares))
    return float(np.mean(distances >= distances[0] - 1e-12))


def _normal(rows: Floats) -> Floats:
    scaled: Floats = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-12)
    return scaled


def _apart(left: Floats, right: Floats) -> Floats:
    middle = (left + right) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = [np.where(side > 0, side * np.log2(side / middle), 0.0).sum(axis=1) for side in (left, right)]
    distances: Floats = (bits[0] + bits[1]) / 2
    return distances

"""How somebody feels: twenty numbers that follow from what was said and when, and from nothing else. Pure.

On axis d at time t, x_d(t) = baseline_d + gain_d · Σ_i a_i,d · 2^(-(t - t_i) / h_d), read through tanh. The impulses a_i
are those of the messages, h_d is the axis's half-life. Only the sums and their moment are kept: since every term fades by
the same factor, they can be moved on at any time and in any batch, terms may come in any order, and taking one away
takes its whole effect away. Baselines and gains are the persona's and are applied on reading, so a new version of a
persona reads the same past in its own way.

Half-lives of the quick axes and the range of the slow ones (30 to 90 days) are priors; see docs/decisions/0901.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from everkin.errors import InvalidInput

DAY_H: Final = 24.0
BEFORE_ALL: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """One direction of feeling. `gain` is how far an impulse of 1 moves it; valence and arousal lie in -1 .. 1."""

    name: str
    half_life_h: float
    gain: float
    valence: float
    arousal: float


def _quick(name: str, half_life_h: float, valence: float, arousal: float) -> Axis:
    return Axis(name=name, half_life_h=half_life_h, gain=0.8, valence=valence, arousal=arousal)


def _slow(name: str, days: float, valence: float) -> Axis:
    return Axis(name=name, half_life_h=days * DAY_H, gain=0.05, valence=valence, arousal=0.0)


AXES: Final = (
    _quick("surprise", 0.5, 0.0, 0.8),
    _quick("fear", 2, -0.8, 0.8),
    _quick("anger", 4, -0.8, 0.8),
    _quick("disgust", 2, -0.7, 0.3),
    _quick("joy", 12, 0.9, 0.4),
    _quick("amusement", 3, 0.7, 0.5),
    _quick("excitement", 6, 0.7, 0.9),
    _quick("curiosity", 3, 0.2, 0.4),
    _quick("pride", 24, 0.7, 0.3),
    _quick("gratitude", 24, 0.8, 0.0),
    _quick("sadness", 48, -0.8, -0.4),
    _quick("shame", 24, -0.6, 0.1),
    _quick("loneliness", 72, -0.7, -0.4),
    _quick("mood", 24, 1.0, 0.0),
    _slow("trust", 90, 0.3),
    _slow("affection", 30, 0.4),
    _slow("closeness", 60, 0.3),
    _slow("respect", 90, 0.2),
    _slow("ease", 45, 0.3),
    _slow("tension", 30, -0.4),
)
"""By stored position: the order is part of the data, add at the end and never reorder."""

NAMES: Final = tuple(axis.name for axis in AXES)
HALF_LIVES_H: Final = np.array([axis.half_life_h for axis in AXES])
USER: Final = 0
COMPANION: Final = 1
SHAPE: Final = (2, len(AXES))
"""Two rows: the user as we take them to feel, and the companion."""

LABELS: Final = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy",
    "love", "nervousness", "neutral", "optimism", "pride", "realization", "relief", "remorse", "sadness", "surprise",
)  # fmt: skip
"""The 28 of GoEmotions (Demszky et al. 2020), in its order."""

Weights = Mapping[str, float]

MOVES: Final[Mapping[str, Weights]] = {
    "admiration": {"respect": 0.6, "affection": 0.3, "joy": 0.2},
    "amusement": {"amusement": 0.9, "joy": 0.3, "ease": 0.2},
    "anger": {"anger": 1.0},
    "annoyance": {"anger": 0.5},
    "approval": {"respect": 0.2, "trust": 0.2},
    "caring": {"affection": 0.5, "closeness": 0.3},
    "confusion": {"curiosity": 0.2, "surprise": 0.2, "ease": -0.1},
    "curiosity": {"curiosity": 0.8},
    "desire": {"excitement": 0.4},
    "disappointment": {"sadness": 0.5, "anger": 0.1},
    "disapproval": {"anger": 0.3, "respect": -0.2},
    "disgust": {"disgust": 1.0},
    "embarrassment": {"shame": 0.7},
    "excitement": {"excitement": 0.9, "joy": 0.4},
    "fear": {"fear": 1.0},
    "gratitude": {"gratitude": 1.0, "trust": 0.2, "affection": 0.2},
    "grief": {"sadness": 1.0, "loneliness": 0.4},
    "joy": {"joy": 1.0},
    "love": {"affection": 0.8, "closeness": 0.3, "joy": 0.3},
    "nervousness": {"fear": 0.5},
    "neutral": {},
    "optimism": {"joy": 0.3, "excitement": 0.3},
    "pride": {"pride": 1.0, "joy": 0.3},
    "realization": {"surprise": 0.3, "curiosity": 0.1},
    "relief": {"joy": 0.3, "ease": 0.4, "fear": -0.3},
    "remorse": {"shame": 0.8, "sadness": 0.2},
    "sadness": {"sadness": 1.0, "loneliness": 0.2},
    "surprise": {"surprise": 1.0},
}
"""How each label, fully present, moves the axes of whoever shows it."""

ECHO: Final[Mapping[str, Weights]] = {
    "surprise": {"surprise": 0.4},
    "fear": {"fear": 0.2, "affection": 0.3},
    "anger": {"tension": 0.4, "ease": -0.2},
    "disgust": {"tension": 0.1},
    "joy": {"joy": 0.5},
    "amusement": {"amusement": 0.5, "ease": 0.2},
    "excitement": {"excitement": 0.5},
    "curiosity": {"curiosity": 0.4},
    "pride": {"joy": 0.3, "respect": 0.3},
    "gratitude": {"joy": 0.4, "pride": 0.2, "closeness": 0.2},
    "sadness": {"sadness": 0.35, "affection": 0.4},
    "shame": {"affection": 0.3},
    "loneliness": {"affection": 0.4, "closeness": 0.2},
    "mood": {"mood": 0.4},
    "trust": {"trust": 1.0},
    "affection": {"affection": 0.8, "joy": 0.3},
    "closeness": {"closeness": 1.0},
    "respect": {"pride": 0.4, "joy": 0.2},
    "ease": {"ease": 0.6},
}
"""How what the user shows moves the companion."""


def _matrix(rows: Sequence[str], weights: Mapping[str, Weights]) -> NDArray[np.float64]:
    return np.array([[weights.get(row, {}).get(axis, 0.0) for axis in NAMES] for row in rows])


_MOVES: Final = _matrix(LABELS, MOVES)
_ECHO: Final = _matrix(NAMES, ECHO)
_VALENCES: Final = np.array([axis.valence for axis in AXES])
_AROUSALS: Final = np.array([axis.arousal for axis in AXES])

PRESENCE: Final = 0.1
"""Closeness that grows between two who talk at all, a message."""
OWN_WORDS: Final = 0.3
"""How far the companion's own words move it: it felt first and spoke then."""
QUANTUM: Final = 127
"""An impulse is kept as a whole number of 127ths, so that what is taken away is exactly what was added."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a text shows: 28 intensities in 0 .. 1 (0.5 is where a label counts as present), valence and arousal in -1 .. 1."""

    labels: Sequence[float]
    valence: float
    arousal: float
    loneliness: float = 0.0

    def __getitem__(self, label: str) -> float:
        return self.labels[LABELS.index(label)]


def _require_within(what: str, weights: Weights, low: float, high: float) -> None:
    for name, value in weights.items():
        if name not in NAMES:
            raise InvalidInput(
                f"A persona's {what} name an axis that does not exist.", next=f"The axes are {', '.join(NAMES)}."
            )
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise InvalidInput(f"A persona's {what} hold a number outside {low} .. {high}.", next="Correct it.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Temperament:
    """What a persona adds to the axes: where each comes to rest (-1 .. 1) and how easily it is moved (0 .. 3, 1 is usual)."""

    baselines: Weights = field(default_factory=dict)
    gains: Weights = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_within("baselines", self.baselines, -1.0, 1.0)
        _require_within("gains", self.gains, 0.0, 3.0)


EVEN: Final = Temperament()
"""Nobody's in particular; the user is read with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """Impulses of all messages so far, each faded to `as_of`: shape (2, 20), the user's row first. Before any: zeros.

    `as_of` never goes back: what is older than it is read from the messages' own terms.
    """

    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros(SHAPE))
    as_of: datetime = BEFORE_ALL

    def moved(self, at: datetime) -> "Sums":
        """The same past seen from `at`; unchanged when that is earlier."""
        if at <= self.as_of:
            return self
        return Sums(values=self.values * fading(self.as_of, at), as_of=at)

    def plus(self, impulse: NDArray[np.int8], at: datetime) -> "Sums":
        """With one more message said at `at`, in whatever order they come."""
        return self._with(impulse.astype(np.float64) / QUANTUM, at)

    def minus(self, impulse: NDArray[np.int8], at: datetime) -> "Sums":
        """As if that message had never been said."""
        return self._with(impulse.astype(np.float64) / -QUANTUM, at)

    def _with(self, change: NDArray[np.float64], at: datetime) -> "Sums":
        moved = self.moved(at)
        return Sums(values=moved.values + change * fading(at, moved.as_of), as_of=moved.as_of)


def fading(since: datetime, until: datetime) -> NDArray[np.float64]:
    """What is left on each axis, of 1 at `since`, at `until`."""
    hours = (until - since).total_seconds() / 3600
    return np.asarray(np.exp2(-hours / HALF_LIVES_H))


def impulse(reading: Reading, *, by_user: bool) -> NDArray[np.int8]:
    """What a message adds to the sums of both, in 127ths. Only what the text shows; a neutral one leaves mere presence."""
    shown = np.asarray(reading.labels) @ _MOVES
    shown[NAMES.index("mood")] += 0.5 * reading.valence
    shown[NAMES.index("loneliness")] += reading.loneliness
    both = np.zeros(SHAPE)
    if by_user:
        shown[NAMES.index("closeness")] += PRESENCE
        both[USER], both[COMPANION] = shown, shown @ _ECHO
    else:
        both[COMPANION] = OWN_WORDS * shown
    return np.rint(np.clip(both, -1, 1) * QUANTUM).astype(np.int8)


def tone(impulse: NDArray[np.int8]) -> float:
    """How pleasant what the user showed in one message is, -1 .. 1."""
    return float(np.tanh(impulse[USER].astype(np.float64) / QUANTUM @ _VALENCES))


@dataclass(frozen=True, kw_only=True, slots=True)
class Feeling:
    """How one of the two feels at a moment: each axis in -1 .. 1."""

    values: NDArray[np.float64]

    def __getitem__(self, axis: str) -> float:
        return float(self.values[NAMES.index(axis)])

    @property
    def axes(self) -> dict[str, float]:
        return dict(zip(NAMES, map(float, self.values), strict=True))

    @property
    def labels(self) -> dict[str, float]:
        """The same on GoEmotions' 28 labels, each 0 .. 1; `neutral` is what the strongest of the others leaves."""
        weight = np.abs(_MOVES).sum(axis=1)
        found = np.clip(_MOVES @ self.values / np.where(weight > 0, weight, 1), 0, 1)
        found[LABELS.index("neutral")] = 1 - found.max()
        return dict(zip(LABELS, map(float, found), strict=True))

    @property
    def valence(self) -> float:
        return float(np.tanh(self.values @ _VALENCES))

    @property
    def arousal(self) -> float:
        return float(np.tanh(self.values @ _AROUSALS))


def read(sums: Sums, whose: int, temperament: Temperament, at: datetime) -> Feeling:
    """How `whose` (USER or COMPANION) feels at `at`, which is not before the sums' own moment."""
    baselines, gains = _vectors(temperament)
    return Feeling(values=np.tanh(baselines + gains * sums.moved(at).values[whose]))


def summed(terms: Sequence[tuple[datetime, NDArray[np.int8]]], at: datetime) -> Sums:
    """The sums at `at` from the messages' terms themselves; what was said later is left out."""
    known = [(said, term) for said, term in terms if said <= at]
    if not known:
        return Sums(as_of=at)
    hours = np.array([(at - said).total_seconds() / 3600 for said, _ in known])
    left = np.exp2(-hours[:, None] / HALF_LIVES_H)
    stacked = np.stack([term for _, term in known]).astype(np.float64) / QUANTUM
    return Sums(values=np.einsum("nwd,nd->wd", stacked, left), as_of=at)


def _vectors(temperament: Temperament) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    baselines = np.array([temperament.baselines.get(name, 0.0) for name in NAMES])
    gains = np.array([axis.gain * temperament.gains.get(axis.name, 1.0) for axis in AXES])
    return baselines, gains

"""The reader of emotion: what a text shows, on the 28 labels of GoEmotions and as valence and arousal.

Two linear looks at the words (word and character n-grams, hashed) and at the sentence's vector (a small network), blended
on their logits, 0.7 to 0.3. How it was made and how well it reads: docs/emotion-reader.md, tools/train_emotion.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.language import ngrams
from everkin.language.ngrams import Grams
from everkin.mind.emotion import LABELS, Reading

WORDS_SHARE: Final = 0.7
"""Of the n-grams in the blend; the vector's network has the rest, and none where there is no vector."""
STEEPNESS: Final = 1.5
"""How quickly an intensity rises around 0.5, where a label counts as present."""
FAINT: Final = 0.2
"""What is fainter counts as not there."""

_LONELY: Final = re.compile(
    r"\b(?:lonely|loneliness|all alone|so alone|feel(?:ing)? alone|nobody to talk to|no one to talk to)\b"
)
_DENIED: Final = re.compile(
    r"\b(?:not|never|isn['’]t|wasn['’]t|aren['’]t|don['’]t|didn['’]t|doesn['’]t|can['’]t say)\b(?:\s+[\w'’]+){1,4}"
)
"""A negation and the words it covers. "Can't" is none: "I can't stop laughing"."""
_DENIABLE: Final = [
    LABELS.index(label)
    for label in (
        "joy", "love", "pride", "excitement", "fear", "anger", "sadness", "gratitude", "disgust", "remorse",
        "nervousness", "amusement",
    )
]  # fmt: skip
_EMOJI: Final = {
    "😂🤣😆😹": "amusement",
    "😊🙂😄😁😃☺😀🥳": "joy",
    "❤♥💕😍🥰💖💗😘🧡💛💚💙💜": "love",
    "😢😭😞😔☹🙁💔😿": "sadness",
    "😡😠🤬": "anger",
    "😱😨😰": "fear",
    "😮😲😯🤯": "surprise",
    "🤢🤮": "disgust",
    "🙏": "gratitude",
    "🎉🤩": "excitement",
    "👍👏💯": "admiration",
    "🤔": "confusion",
    "🙄😒😤": "annoyance",
    "😳": "embarrassment",
    "😬": "nervousness",
    "🤗": "caring",
    "😌": "relief",
}
EMOJI: Final = {sign: label for signs, label in _EMOJI.items() for sign in signs}
_AT_ONCE: Final = 16
"""Texts whose n-grams are weighed together: of more, the numbers do not fit a processor's cache."""
LEARNT_FROM: Final = "all-MiniLM-L6-v2:"
"""Whose vectors the weights were trained on: how the stamps of that embedder begin."""
EMOJI_LOGITS: Final = 2.5
"""What an emoji adds to its label: the texts that were learnt from hold too few of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """What training left. `ngrams` is (buckets, 28) in int8 steps of `scale`; `tone` reads valence and arousal off everything."""

    ngrams: NDArray[np.int8] = field(repr=False)
    scale: NDArray[np.float32]
    rarity: NDArray[np.float16] = field(repr=False)
    bias: NDArray[np.float32]
    hidden: NDArray[np.float32] = field(repr=False)
    hidden_bias: NDArray[np.float32] = field(repr=False)
    out: NDArray[np.float32] = field(repr=False)
    out_bias: NDArray[np.float32] = field(repr=False)
    thresholds: NDArray[np.float32]
    tone: NDArray[np.float32] = field(repr=False)
    tone_bias: NDArray[np.float32]


class EmotionReader:
    """Reads many texts at once; about 0.15 ms a text given its vector. English only: elsewhere emoji and little more."""

    def __init__(self, weights: Weights, *, by_words_alone: bool = False) -> None:
        self._weights, self._by_words_alone = weights, by_words_alone

    def read(self, texts: Sequence[str], vectors: NDArray[Any] | None) -> list[Reading]:
        """What each text shows, in order. `vectors` are the embedder's, a row each; None reads by words alone, less well."""
        if not texts:
            return []
        vectors = None if self._by_words_alone else vectors
        parts = [ngrams.read_part(text) for text in texts]
        logits = self.logits(parts, vectors)
        tone = self.tone(logits, vectors)
        logits = self._unless_denied(parts, logits)
        shown = 1 / (1 + np.exp(-STEEPNESS * (logits - self._weights.thresholds + _emoji(parts))))
        shown[shown < FAINT] = 0
        return [
            Reading(
                labels=tuple(labels),
                valence=valence,
                arousal=arousal,
                loneliness=float(bool(_LONELY.search(part))),
            )
            for part, labels, (valence, arousal) in zip(parts, shown.tolist(), tone.tolist(), strict=True)
        ]

    def logits(self, texts: Sequence[str], vectors: NDArray[Any] | None) -> NDArray[np.float32]:
        """The blend before thresholds, shape (texts, 28)."""
        parts = [ngrams.read_part(text) for text in texts]
        by_words = np.concatenate([self._by_words(parts[n : n + _AT_ONCE]) for n in range(0, len(parts), _AT_ONCE)])
        if vectors is None:
            return by_words
        return WORDS_SHARE * by_words + (1 - WORDS_SHARE) * self._network(vectors)

    def _by_words(self, parts: Sequence[str]) -> NDArray[np.float32]:
        by_words = self._weights.bias + self._linear(ngrams.words(parts), len(parts))
        by_words += self._linear(ngrams.characters(parts), len(parts))
        return by_words

    def _unless_denied(self, parts: Sequence[str], logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """A plain feeling counts only as far as it is still there without the words that a negation covers."""
        denied = [row for row, part in enumerate(parts) if _DENIED.search(part)]
        if not denied:
            return logits
        without = self.logits([_DENIED.sub(" ", parts[row]) for row in denied], None)
        calmed = logits.copy()
        place = np.ix_(denied, _DENIABLE)
        calmed[place] = np.minimum(logits[place], without[:, _DENIABLE])
        return calmed

    def tone(self, logits: NDArray[np.float32], vectors: NDArray[Any] | None) -> NDArray[np.float32]:
        """Valence and arousal in -1 .. 1 (EmoBank's 1 .. 5 about its middle), shape (texts, 2)."""
        seen = np.zeros((len(logits), self._weights.hidden.shape[0])) if vectors is None else vectors
        raw = np.hstack([logits, seen]) @ self._weights.tone + self._weights.tone_bias
        return np.asarray(np.clip(raw, -1, 1), dtype=np.float32)

    def _linear(self, grams: Grams, texts: int) -> NDArray[np.float32]:
        """Weighted by rarity, each text's row of length 1, through the weights."""
        values = grams.weight * self._weights.rarity[grams.bucket].astype(np.float32)
        norms = np.sqrt(np.bincount(grams.text, values * values, minlength=texts))
        values /= np.maximum(norms, 1e-9)[grams.text]
        moved = values[:, None] * self._weights.ngrams[grams.bucket]
        starts = np.searchsorted(grams.text, np.arange(texts + 1))
        sums = np.zeros((texts, len(LABELS)), dtype=np.float32)
        some = starts[1:] > starts[:-1]
        sums[some] = np.add.reduceat(moved, starts[:-1][some], axis=0) if some.any() else 0
        return sums * self._weights.scale

    def _network(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        hidden = np.maximum(vectors @ self._weights.hidden + self._weights.hidden_bias, 0)
        return np.asarray(hidden @ self._weights.out + self._weights.out_bias, dtype=np.float32)


@cache
def emotion_reader(stamp: str = LEARNT_FROM) -> EmotionReader:
    """The one that ships; the first call reads about 4 MB, 0.1 s. Vectors of any other embedder than it learnt from, by
    their `stamp`, mean nothing to it: it then reads by words alone.
    """
    folder = files("everkin.language") / "weights"
    with as_file(folder / "emotion.npz") as labels, as_file(folder / "tone.npz") as tone:
        weights = weights_of(dict(np.load(labels)), dict(np.load(tone)))
    return EmotionReader(weights, by_words_alone=not stamp.startswith(LEARNT_FROM))


def weights_of(labels: dict[str, NDArray[Any]], tone: dict[str, NDArray[Any]]) -> Weights:
    """Weights from the arrays of the two files: the network's are stored in half precision."""
    single = {name: labels[name].astype(np.float32) for name in ("hidden", "hidden_bias", "out", "out_bias")}
    return Weights(**{**labels, **single}, tone=tone["weights"], tone_bias=tone["bias"])


def _emoji(parts: Sequence[str]) -> NDArray[np.float32]:
    added = np.zeros((len(parts), len(LABELS)), dtype=np.float32)
    for row, part in enumerate(parts):
        if part.isascii():
            continue
        for sign in EMOJI.keys() & set(part):
            added[row, LABELS.index(EMOJI[sign])] = EMOJI_LOGITS
    return added

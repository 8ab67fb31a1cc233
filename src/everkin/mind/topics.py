"""Topics: what two people talk about. Messages are gathered by their vectors, online, and named by the words that tell them apart.

Pure, bounded, and the same on every run. Whether a message turns to another topic while they talk is `mind.topic`'s matter.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.identity import MemoryId
from everkin.mind.matter import Flag, Ints, Matter
from everkin.mind.memory import Memory

Floats = NDArray[np.floating[Any]]

NEAR: Final = 0.4
"""Cosine to a centroid above which a message belongs to its topic; below it opens one of its own."""
TOPICS_MAX: Final = 256
"""At most so many centroids (0.4 MB); after that every message joins the nearest."""
MESSAGES_MAX: Final = 20_000
"""Of a longer bond the last so many messages are gathered: about a second's work."""
LEAST: Final = 4
"""Fewer messages are no topic."""
_MEMORY: Final = 50
"""A centroid follows its last messages: none weighs less in it than one in so many."""
_NEIGHBOUR: Final = np.float32(0.3)
"""What the messages before and after say of what a message is about."""
_COMMON: Final = np.float32(0.5)
"""So much of the mean of all is taken off: how these two talk is not what they talk about. Of a young bond as much less."""
_BRIEF: Final = 4
"""Messages of fewer terms ("haha yes") are gathered nowhere."""
_ROUNDS: Final = 3
WORDS: Final = 4
_SHARE: Final = 0.1
_APART: Final = 2.5
"""A word names a topic if one in ten of its messages has it, and two and a half times as often as all messages."""
_YOUNG: Final = 300
"""A bond of fewer messages is weighed as if it had so many: else nothing tells its only topic from the rest."""
TELLING: Final = 0.7
"""How far the first word tells a topic apart (its share times the logarithm of how much more often it comes) for it to be shown."""


def _no_centroids() -> Floats:
    return np.empty((0, 0), np.float32)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Topics:
    """The topics of one bond so far. A topic's id is its row in `centroids` (unit vectors); ids are never reused."""

    centroids: Floats = field(default_factory=_no_centroids)
    counts: tuple[int, ...] = ()

    def nearest(self, vector: Floats) -> tuple[int, float]:
        """The topic closest to a unit vector and their cosine; (-1, -1.0) while there is none. Costs 20 µs when full."""
        if not self.counts:
            return -1, -1.0
        cosines = self.centroids @ vector
        best = int(np.argmax(cosines))
        return best, float(cosines[best])

    def assign(self, vector: Floats) -> tuple[int, "Topics"]:
        """The topic of a message with this unit vector, and the topics with it taken in."""
        topic, cosine = self.nearest(vector)
        if cosine >= NEAR or len(self.counts) >= TOPICS_MAX:
            return topic, self._joined(topic, vector)
        grown = vector[None] if not self.counts else np.vstack([self.centroids, vector])
        return len(self.counts), Topics(centroids=grown.astype(np.float32), counts=(*self.counts, 1))

    def _joined(self, topic: int, vector: Floats) -> "Topics":
        count = self.counts[topic] + 1
        centroids = self.centroids.copy()
        moved = centroids[topic] + (vector - centroids[topic]) / min(count, _MEMORY)
        length = float(np.linalg.norm(moved))
        if length > 0:
            centroids[topic] = moved / length
        return Topics(centroids=centroids, counts=(*self.counts[:topic], count, *self.counts[topic + 1 :]))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cluster:
    """Messages that belong together: their first rows in the matter, the most central first."""

    rows: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """Something the two talk about: `words` tell it apart, `messages` were said of it between `first_at` and `last_at`.

    `memories` are the most central of them, for whoever wants to look; the first stands for the topic.
    """

    words: tuple[str, ...] = field(repr=False)
    messages: int
    first_at: datetime
    last_at: datetime
    memories: tuple[Memory, ...] = field(repr=False)

    @property
    def id(self) -> MemoryId:
        """The memory that stands for it: by this, or any other of its memories, its messages are asked for."""
        return self.memories[0].id


def gathered(matter: Matter, vectors: Floats) -> list[Cluster]:
    """The clusters of a bond, the largest first. `vectors` (N, d) are those of the matter's rows; rows of zeros have none.

    First online, in the order of time, with what stands beside a message counting a little for it; then each message to the
    nearest cluster there is by now, three times. Linear in messages; about 40 µs each with two hundred topics.
    """
    rows = _talk(matter, vectors)
    windows = _windows(vectors[rows].astype(np.float32), matter.session[rows])
    topics = Topics()
    for window in windows:
        _, topics = topics.assign(window)
    centroids = topics.centroids[np.array(topics.counts) >= LEAST] if topics.counts else topics.centroids
    for _ in range(_ROUNDS):
        centroids = _settled(windows, centroids)
    if not len(centroids):
        return []
    cosines = windows @ centroids.T
    nearest, near = cosines.argmax(axis=1), cosines.max(axis=1)
    members = [np.flatnonzero((nearest == topic) & (near >= NEAR)) for topic in range(len(centroids))]
    clusters = [Cluster(rows=rows[each[np.argsort(-near[each], kind="stable")]]) for each in members]
    return sorted((each for each in clusters if len(each.rows) >= LEAST), key=lambda each: -len(each.rows))


def _talk(matter: Matter, vectors: Floats) -> Ints:
    """The first row of each message that says enough to be about something."""
    said = np.flatnonzero((matter.flags & Flag.FACT) == 0)
    first = said[np.flatnonzero(np.diff(matter.message[said], prepend=-1))]
    telling: Ints = first[(matter.length[first] >= _BRIEF) & np.any(vectors[first] != 0, axis=1)]
    return telling[-MESSAGES_MAX:]


def _windows(vectors: Floats, session: Ints) -> Floats:
    """Each vector with a little of its neighbours' in the session, less what is common to all, at unit length."""
    windows = vectors.copy()
    beside = (np.diff(session) == 0)[:, None]
    windows[1:] += _NEIGHBOUR * vectors[:-1] * beside
    windows[:-1] += _NEIGHBOUR * vectors[1:] * beside
    if len(windows):
        windows -= _COMMON * np.float32(min(1, len(windows) / _YOUNG)) * windows.mean(axis=0)
    return _unit(windows)


def _settled(windows: Floats, centroids: Floats) -> Floats:
    """The centroids of what lies nearest to each, without those that too little is left of."""
    if not len(centroids):
        return centroids
    cosines = windows @ centroids.T
    nearest, near = cosines.argmax(axis=1), cosines.max(axis=1) >= NEAR
    members = [near & (nearest == topic) for topic in range(len(centroids))]
    kept = [windows[each].sum(axis=0) for each in members if np.count_nonzero(each) >= LEAST]
    return _unit(np.array(kept, np.float32).reshape(len(kept), windows.shape[1]))


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Floats = vectors / np.where(lengths > 0, lengths, 1)
    return units


def telling_words(
    said: Sequence[Collection[str]], frequency: Mapping[str, int], total: int, *, apart_from: Collection[str] = ()
) -> list[tuple[str, float]]:
    """The stems that tell a topic apart, the most telling first, each with how much it does.

    `said` are the stems of some of its messages, `frequency` in how many of the bond's `total` messages each stem occurs.
    A stem's worth is the share of the topic's messages that have it times the logarithm of how much more often that is than
    elsewhere (pointwise Kullback-Leibler divergence). `apart_from` name nothing: the two's names, and small talk.
    """
    counted = Counter(stem for stems in said for stem in set(stems))
    worth = {}
    for stem, count in counted.items():
        share, overall = count / len(said), max(1, frequency.get(stem, 1)) / max(_YOUNG, total)
        if count > 2 and share >= max(_SHARE, _APART * overall) and stem not in apart_from:
            worth[stem] = share * math.log(share / overall)
    return sorted(worth.items(), key=lambda each: (-each[1], each[0]))[:WORDS]

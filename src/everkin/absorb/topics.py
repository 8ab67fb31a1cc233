"""Topics: which messages belong together, by online clusters of their vectors; bounded, and the same on every run."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

NEAR: Final = 0.4
"""Cosine to a centroid above which a message belongs to its topic; below it opens one of its own."""
TOPICS_MAX: Final = 256
"""At most so many centroids (0.4 MB); after that every message joins the nearest."""
_MEMORY: Final = 50
"""A centroid follows its last messages: none weighs less in it than one in so many."""


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

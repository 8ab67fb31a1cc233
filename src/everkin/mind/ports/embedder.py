"""What turns text into vectors, as the working rooms see it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Vectors of texts; equal stamps promise comparable vectors, and vectors under different stamps are never mixed."""

    @property
    def stamp(self) -> str:
        """`name:version:quantisation:golden-class`, which every stored vector carries; known before any loading."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of every vector."""
        ...

    def passages(self, text: str) -> list[str]:
        """`text` cut at sentence ends into passages that fit the model; joined they are `text` again.

        A short text is its own one passage, an empty one has none. An enormous text yields at most
        256 of them: what lies beyond is found by its words alone.
        """
        ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 per text, in order, shape `(len(texts), dimensions)`; each text is one passage, and what
        exceeds the model is not read.

        Never blocks the event loop. Raises `EmbedderUnavailable`; a caller goes on with words alone.
        """
        ...

    async def close(self) -> None:
        """Frees threads, memory and connections; embedding after that raises `EmbedderUnavailable`."""
        ...

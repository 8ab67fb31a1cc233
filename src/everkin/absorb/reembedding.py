"""Reembedding: every memory of a cell read again by a new embedder, user by user; cut off, the next run goes on where it was."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from everkin.errors import KeyDestroyed
from everkin.mind.identity import UserId
from everkin.mind.matter import Flag, flags_of
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.transcripts import Passage
from everkin.mind.ports.vectors import Stale, Vectors

BATCH: Final = 128
"""Memories in one commit."""

Progress = Callable[[int, int], None]


class Reembedding:
    """Costs one embedding a passage. Raises EmbedderUnavailable when the new embedder does not answer; what is done stays done."""

    def __init__(self, vectors: Vectors, embedder: Embedder, lexicon: Lexicon) -> None:
        self._vectors, self._embedder, self._lexicon = vectors, embedder, lexicon

    async def run(self, progress: Progress | None = None) -> int:
        """How many memories were read again. Only when none is left does the cell belong to the new embedder."""
        users = await self._vectors.users()
        total, done = sum([await self._vectors.count(user) for user in users]), 0
        for user in users:
            with suppress(KeyDestroyed):  # they left
                while stale := await self._vectors.stale(user, limit=BATCH):
                    await self._renew(user, stale)
                    done += len(stale)
                    if progress:
                        progress(done, max(total, done))
        await self._vectors.finish()
        return done

    async def _renew(self, user: UserId, stale: Sequence[Stale]) -> None:
        texts = [self._embedder.passages(each.text) if each.text else [] for each in stale]
        found = iter(await self._embedder.embed([text for cut in texts for text in cut]))
        passages = [
            [
                Passage(vector=next(found), terms=tuple(self._lexicon.stems(text)), flags=flags_of(text) & ~Flag.FACT)
                for text in cut
            ]
            for cut in texts
        ]
        await self._vectors.renew(user, list(zip(stale, passages, strict=True)))

"""Reembedding: every memory of a cell read again by a new embedder, user by user, and late those that none has read yet;
cut off, the next run goes on where it was."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from everkin.errors import EmbedderUnavailable, KeyDestroyed
from everkin.mind.identity import UserId
from everkin.mind.matter import Flag, flags_of
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.job import Job
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.transcripts import Passage
from everkin.mind.ports.vectors import Stale, Unread, Vectors

log = structlog.get_logger()

BATCH: Final = 128
"""Memories in one commit."""
USERS: Final = 100
"""Of how many users one run makes the vectors that are missing."""

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
                    await self._vectors.renew(user, await _read(stale, self._embedder, self._lexicon))
                    done += len(stale)
                    if progress:
                        progress(done, max(total, done))
        await self._vectors.finish()
        return done


class LateReading:
    """Makes the vectors of what was kept while the embedder was down. Costs one embedding a passage."""

    def __init__(self, unread: Unread, embedder: Embedder, lexicon: Lexicon) -> None:
        self._unread, self._embedder, self._lexicon = unread, embedder, lexicon

    async def catch_up(self) -> int:
        """How many memories. One statement when nothing is missing; while the embedder is still down, none."""
        done = 0
        for user in await self._unread.waiting(limit=USERS):
            try:
                done += await self._caught_up(user)
            except EmbedderUnavailable:  # the next run tries again; until then words alone find them
                break
            except KeyDestroyed:  # they left meanwhile
                continue
        if done:
            log.info("read late", memories=done)
        return done

    async def _caught_up(self, user: UserId) -> int:
        done = 0
        while unread := await self._unread.unread(user, limit=BATCH):
            await self._unread.renew(user, await _read(unread, self._embedder, self._lexicon))
            done += len(unread)
        return done

    def job(self) -> Job:
        return Job(
            name="embed_late", period=timedelta(minutes=1), grace=timedelta(minutes=15), run=lambda: self.catch_up()
        )


async def _read(stale: Sequence[Stale], embedder: Embedder, lexicon: Lexicon) -> list[tuple[Stale, Sequence[Passage]]]:
    """Each with its passages; none for what nobody can read any more."""
    texts = [embedder.passages(each.text) if each.text else [] for each in stale]
    found = iter(await embedder.embed([text for cut in texts for text in cut]))
    passages = [
        [
            Passage(vector=next(found), terms=tuple(lexicon.stems(text)), flags=flags_of(text) & ~Flag.FACT)
            for text in cut
        ]
        for cut in texts
    ]
    return list(zip(stale, passages, strict=True))

"""Moving a cell to another embedder: everything is read again, then the cell is the new one's. Nothing else is open meanwhile."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from uuid_utils.compat import uuid7

from everkin.absorb import themes
from everkin.absorb.reembedding import Progress, Reembedding
from everkin.app.backends import configured_embedder, indexed_by, place_of
from everkin.config.settings import Settings
from everkin.language.terms import Terms
from everkin.mind.ports.embedder import Embedder
from everkin.store.store import opened


async def reembed(
    *,
    data: str | Path | None = None,
    dsn: str | None = None,
    keyring: str | Path | None = None,
    settings: Settings | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> int:
    """Read every memory of every user again with `embedder` (default: the configured one); how many memories were read.

    Stop what serves this data first: from the first moment on it is refused to everybody else, and a process that is
    still running is refused its next question. Cut off, run it again: it goes on where it was. Costs one embedding a
    passage, about 2 ms with the one that ships. Raises EmbedderUnavailable; what was done until then stays done.
    """
    known = settings or Settings()
    async with AsyncExitStack() as stack:
        reader = embedder or await configured_embedder(stack, known)
        store = await stack.enter_async_context(
            opened(
                place_of(known, data, dsn, keyring),
                stamp=reader.stamp,
                dimensions=reader.dimensions,
                now=lambda: datetime.now(UTC),
                new_id=uuid7,
                themes=themes,
                indexed=indexed_by(reader, Terms()),
                moving=True,
            )
        )
        return await Reembedding(store.vectors, reader, Terms()).run(progress)

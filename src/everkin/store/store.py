"""The store, opened: everything that reads or writes through a cell's database and its keys."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import platformdirs
from obstore.store import LocalStore, ObjectStore, from_url

from everkin.mind.identity import NewId
from everkin.mind.registry import Kindred, no_kindred
from everkin.mind.tier import Policy
from everkin.store.archive import PATIENCE, Archive, AskedMatters, Indexed, Segments
from everkin.store.arcs import PostgresArcs, Themes
from everkin.store.breakers import PostgresBreakers
from everkin.store.cluster import Cluster
from everkin.store.compaction import Compaction
from everkin.store.database import Database
from everkin.store.digests import PostgresDigests
from everkin.store.directory import PostgresDirectory
from everkin.store.emotions import PostgresEmotions
from everkin.store.enrichment import PostgresEnrichment
from everkin.store.erasure import PostgresErasure
from everkin.store.ground import Ground, Notices, Place, prepared
from everkin.store.hints import Hints
from everkin.store.hot import RedisSessions, RedisShelf
from everkin.store.initiative import PostgresInitiative
from everkin.store.keyring import Keyring, Kind
from everkin.store.matters import HotMatters
from everkin.store.memories import PostgresDisclosures, PostgresMemories, PostgresReplies
from everkin.store.owed import PostgresOwedTurns
from everkin.store.people import PostgresPeople
from everkin.store.personas import PostgresPersonas
from everkin.store.quality import PostgresSamples
from everkin.store.repeats import PostgresRepeats
from everkin.store.runs import PostgresRuns
from everkin.store.stamp import stamped
from everkin.store.stands import PostgresStands
from everkin.store.tiers import PostgresTiers
from everkin.store.transcripts import PostgresTranscripts
from everkin.store.vectors import PostgresVectors
from everkin.store.voices import PostgresVoices

if TYPE_CHECKING:
    from obstore.store import RetryConfig

LEFT_FOR: Final = timedelta(days=7)
"""So long it is looked whether an erased user left cold objects; an archive that was away for longer keeps them, dark."""
RETRIES: Final["RetryConfig"] = {"max_retries": 2, "retry_timeout": PATIENCE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """What keeps. Made by `opened`, which closes it."""

    cell: UUID
    cluster: Cluster | None
    keyring: Keyring
    directory: PostgresDirectory
    transcripts: PostgresTranscripts
    memories: PostgresMemories
    vectors: PostgresVectors
    matters: HotMatters
    shelf: RedisShelf | None
    laid: RedisSessions | None
    """Running sessions for all processes of the cell; None without Redis."""
    asked: AskedMatters
    archive: Archive
    disclosures: PostgresDisclosures
    replies: PostgresReplies
    emotions: PostgresEmotions
    arcs: PostgresArcs
    initiative: PostgresInitiative
    owed: PostgresOwedTurns
    enrichment: PostgresEnrichment
    breakers: PostgresBreakers
    erasure: PostgresErasure
    tiers: PostgresTiers
    personas: PostgresPersonas
    voices: PostgresVoices
    repeats: PostgresRepeats
    digests: PostgresDigests
    hints: Hints
    compaction: Compaction
    runs: PostgresRuns
    policy: Policy
    people: PostgresPeople
    stands: PostgresStands
    samples: PostgresSamples
    notices: Notices
    database: Database
    now: Callable[[], datetime]

    async def purge(self) -> int:
        """Destroy the keys whose day has come, those included that a crash left behind; how many.

        Then the cold objects of who was erased lately, where the archive was away. Raises StoreUnavailable while it is.
        """
        gone = await self.erasure.sweep() + await asyncio.to_thread(self.keyring.purge, self.now())
        since = self.now() - LEFT_FOR
        erased = [each.user for each in self.keyring.erasures() if each.kind is Kind.USER and each.at > since]
        await self.erasure.discard(erased)
        return gone

    async def follow_in_mirror(self) -> int:
        """Have the keyring's mirror catch up with what it missed while it was away; how many files. Reads every key file."""
        return await asyncio.to_thread(self.keyring.sync_mirror, self.now())


@asynccontextmanager
async def opened(
    place: Place,
    *,
    stamp: str,
    dimensions: int,
    indexed: Indexed,
    themes: Themes,
    now: Callable[[], datetime],
    new_id: NewId,
    kindred: Kindred = no_kindred,
    keep_server: bool = False,
    moving: bool = False,
) -> AsyncIterator[Store]:
    """With `moving` the vectors are on their way to this embedder, and nobody but the move may read or write them.

    1. Server. 2. Schema. 3. Cell and keyring. 4. Embedder's stamp. 5. What the ledger says is erased. 6. Serve.
    """
    async with AsyncExitStack() as stack:
        ground = await prepared(place, stack, dimensions=dimensions, now=now, new_id=new_id, keep=keep_server)
        embedder = await stamped(ground.database, stamp, dimensions, moving=moving)
        core = await _core(
            ground, stack, stamp=stamp, embedder=embedder, indexed=indexed, kindred=kindred, new_id=new_id
        )
        ground.keyring.purge(now())
        await core.erasure.replay(ground.keyring.erasures(), now=now())
        await core.erasure.sweep()
        yield _furnished(ground, core, themes=themes, now=now, new_id=new_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Core:
    """What the other parts read and write through."""

    shelf: RedisShelf | None
    matters: HotMatters
    asked: AskedMatters
    archive: Archive
    people: PostgresPeople
    transcripts: PostgresTranscripts
    memories: PostgresMemories
    vectors: PostgresVectors
    erasure: PostgresErasure


async def _core(
    ground: Ground,
    stack: AsyncExitStack,
    *,
    stamp: str,
    embedder: int,
    indexed: Indexed,
    kindred: Kindred,
    new_id: NewId,
) -> _Core:
    place, database, cell_wide, vault = ground.place, ground.database, ground.cell_wide, ground.vault
    shelf = await _shelf(place, ground.cell, stack)
    matters = HotMatters(database, vault, limit_bytes=place.hot_bytes, shelf=shelf, embedder=embedder)
    stack.push_async_callback(matters.close)
    segments = Segments(_objects(place), vault)
    archive = Archive(segments, database, cell_wide, vault, indexed=indexed, new_id=new_id, policy=place.policy)
    asked = AskedMatters(matters, archive, database, vault, indexed=indexed)
    stack.push_async_callback(asked.close)
    people = PostgresPeople(database, vault, kindred)
    transcripts = PostgresTranscripts(database, vault, archive, people, embedder=embedder, new_id=new_id)
    memories = PostgresMemories(database, vault, transcripts, archive, shared=place.shared_facts)
    return _Core(
        shelf=shelf,
        matters=matters,
        asked=asked,
        archive=archive,
        people=people,
        transcripts=transcripts,
        memories=memories,
        vectors=PostgresVectors(database, cell_wide, vault, archive, memories, stamp=stamp, embedder=embedder),
        erasure=PostgresErasure(database, cell_wide, vault, archive, people, new_id=new_id),
    )


def _furnished(
    ground: Ground,
    core: _Core,
    *,
    themes: Themes,
    now: Callable[[], datetime],
    new_id: NewId,
) -> Store:
    database, cell_wide, vault = ground.database, ground.cell_wide, ground.vault
    archive, transcripts = core.archive, core.transcripts
    return Store(
        cell=ground.cell,
        cluster=ground.cluster,
        keyring=ground.keyring,
        directory=PostgresDirectory(database, vault, new_id=new_id),
        transcripts=transcripts,
        memories=core.memories,
        vectors=core.vectors,
        matters=core.matters,
        shelf=core.shelf,
        laid=RedisSessions(core.shelf, vault) if core.shelf else None,
        asked=core.asked,
        archive=archive,
        disclosures=PostgresDisclosures(database),
        replies=PostgresReplies(database, vault, archive),
        emotions=PostgresEmotions(database, cell_wide, archive),
        arcs=PostgresArcs(database, vault, transcripts, themes),
        initiative=PostgresInitiative(database, cell_wide, vault, transcripts, new_id=new_id),
        owed=PostgresOwedTurns(database, cell_wide, transcripts),
        enrichment=PostgresEnrichment(database, cell_wide, transcripts),
        breakers=PostgresBreakers(database),
        erasure=core.erasure,
        personas=PostgresPersonas(database, cell_wide),
        voices=PostgresVoices(database, cell_wide, vault),
        tiers=PostgresTiers(database, cell_wide, archive),
        repeats=PostgresRepeats(database, cell_wide, archive),
        hints=Hints(ground.app, database, own=new_id(), sleep=asyncio.sleep),
        digests=PostgresDigests(database, cell_wide, zone=ground.place.zone),
        compaction=Compaction(cell_wide),
        runs=PostgresRuns(database),
        policy=ground.place.policy,
        people=core.people,
        stands=PostgresStands(database),
        samples=PostgresSamples(database, cell_wide),
        notices=ground.notices,
        database=database,
        now=now,
    )


def _objects(place: Place) -> list[ObjectStore]:
    """Credentials and endpoint of a bucket come from the environment (AWS_*, GOOGLE_*, AZURE_*), as obstore reads them.

    A request is tried again within the patience that one object has, not for minutes.
    """
    beside = str((place.data or platformdirs.user_data_path("everkin")) / "archive")
    return [
        from_url(named, retry_config=RETRIES) if "://" in named else LocalStore(Path(named).expanduser(), mkdir=True)
        for named in place.archives or (beside,)
    ]


async def _shelf(place: Place, cell: UUID, stack: AsyncExitStack) -> RedisShelf | None:
    """Redis, whether it answers or not: it may be away at any time."""
    if place.redis is None:
        return None
    shelf = RedisShelf(place.redis, cell=cell, monotonic=time.monotonic)
    stack.push_async_callback(shelf.close)
    await shelf.ping()
    return shelf

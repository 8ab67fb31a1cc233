"""The store, opened: server, schema, keyring and everything that reads or writes through them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import platformdirs
from obstore.store import LocalStore, ObjectStore, from_url
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from everkin.mind.fact import Predicate
from everkin.mind.identity import NewId
from everkin.mind.registry import Kindred, no_kindred
from everkin.mind.tier import Policy
from everkin.store.archive import PATIENCE, Archive, AskedMatters, Indexed, Segments
from everkin.store.arcs import PostgresArcs, Themes
from everkin.store.breakers import PostgresBreakers
from everkin.store.cluster import Cluster
from everkin.store.compaction import Compaction
from everkin.store.database import APP_ROLE, UPKEEP_ROLE, Database, one, run
from everkin.store.digests import PostgresDigests
from everkin.store.directory import PostgresDirectory
from everkin.store.emotions import PostgresEmotions
from everkin.store.enrichment import PostgresEnrichment
from everkin.store.erasure import PostgresErasure
from everkin.store.hints import Hints
from everkin.store.hot import RedisSessions, RedisShelf
from everkin.store.initiative import PostgresInitiative
from everkin.store.keyring import Keyring, Kind, orphans, require_outside
from everkin.store.matters import HotMatters
from everkin.store.memories import PostgresDisclosures, PostgresMemories, PostgresReplies
from everkin.store.migrations import migrate
from everkin.store.owed import PostgresOwedTurns
from everkin.store.people import PostgresPeople
from everkin.store.personas import PostgresPersonas
from everkin.store.quality import PostgresSamples
from everkin.store.queries import queries
from everkin.store.repeats import PostgresRepeats
from everkin.store.reviver import Reviver
from everkin.store.runs import PostgresRuns
from everkin.store.stamp import stamped
from everkin.store.stands import PostgresStands
from everkin.store.tiers import PostgresTiers
from everkin.store.transcripts import PostgresTranscripts
from everkin.store.vault import Vault
from everkin.store.vectors import PostgresVectors
from everkin.store.voices import PostgresVoices

if TYPE_CHECKING:
    from obstore.store import RetryConfig

LEFT_FOR: Final = timedelta(days=7)
"""So long it is looked whether an erased user left cold objects; an archive that was away for longer keeps them, dark."""
RETRIES: Final["RetryConfig"] = {"max_retries": 2, "retry_timeout": PATIENCE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a cell is. One of `data` (a folder with a server of our own) and `dsn` (any PostgreSQL) is given."""

    data: Path | None = None
    dsn: str | None = field(default=None, repr=False)
    keyring: Path | None = None
    mirror: Path | None = None
    retention: timedelta = timedelta(0)
    """How long backups of the database are kept: erased items' keys live on that long."""
    hot_bytes: int = 256 << 20
    redis: str | None = field(default=None, repr=False)
    """Where snapshots of active bonds lie for all processes of the cell; None: each has its own."""
    shared_facts: frozenset[Predicate] = frozenset(Predicate)
    """The kinds of facts about a user that all of their bonds may know."""
    archives: tuple[str, ...] = ()
    """Where cold blocks lie, each in all of them: folders, or URLs such as s3://bucket/prefix; none: beside the data."""
    zone: str = "UTC"
    """The time zone of users who named none."""
    policy: Policy = field(default_factory=Policy)
    """What may be forgotten, and what stays warm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notices:
    """What a person should be told about the opening: the phrase of a new keyring, and what looks lost."""

    phrase: str | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()


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
        cluster = await _cluster(place, stack, keep=keep_server)
        owner, app, upkeep = _conninfos(place, cluster)
        await migrate(owner)
        reviver = Reviver(cluster.revive if cluster else _out_of_reach)
        stack.push_async_callback(reviver.close)
        database = Database(app, unreachable=reviver.nudge)
        stack.push_async_callback(database.close)
        await database.open()
        cell_wide = Database(upkeep, role=UPKEEP_ROLE, size=2, unreachable=reviver.nudge)
        stack.push_async_callback(cell_wide.close)
        await cell_wide.open()
        cell, is_empty = await _cell(database, new_id)
        keyring, notices = _keyring(place, cell, is_empty, now())
        vault = Vault(keyring, dimensions=dimensions, now=now, retention=place.retention)
        embedder = await stamped(database, stamp, dimensions, moving=moving)
        shelf = await _shelf(place, cell, stack)
        matters = HotMatters(database, vault, limit_bytes=place.hot_bytes, shelf=shelf, embedder=embedder)
        stack.push_async_callback(matters.close)
        archive = Archive(
            Segments(_objects(place), vault),
            database,
            cell_wide,
            vault,
            indexed=indexed,
            new_id=new_id,
            policy=place.policy,
        )
        asked = AskedMatters(matters, archive, database, vault, indexed=indexed)
        stack.push_async_callback(asked.close)
        people = PostgresPeople(database, vault, kindred)
        transcripts = PostgresTranscripts(database, vault, archive, people, embedder=embedder, new_id=new_id)
        erasure = PostgresErasure(database, cell_wide, vault, archive, people, new_id=new_id)
        keyring.purge(now())
        await erasure.replay(keyring.erasures(), now=now())
        await erasure.sweep()
        memories = PostgresMemories(database, vault, transcripts, archive, shared=place.shared_facts)
        yield Store(
            cell=cell,
            cluster=cluster,
            keyring=keyring,
            directory=PostgresDirectory(database, vault, new_id=new_id),
            transcripts=transcripts,
            memories=memories,
            vectors=PostgresVectors(database, cell_wide, vault, archive, memories, stamp=stamp, embedder=embedder),
            matters=matters,
            shelf=shelf,
            laid=RedisSessions(shelf, vault) if shelf else None,
            asked=asked,
            archive=archive,
            disclosures=PostgresDisclosures(database),
            replies=PostgresReplies(database, vault, archive),
            emotions=PostgresEmotions(database, cell_wide, archive),
            arcs=PostgresArcs(database, vault, transcripts, themes),
            initiative=PostgresInitiative(database, cell_wide, vault, transcripts, new_id=new_id),
            owed=PostgresOwedTurns(database, cell_wide, transcripts),
            enrichment=PostgresEnrichment(database, cell_wide, transcripts),
            breakers=PostgresBreakers(database),
            erasure=erasure,
            personas=PostgresPersonas(database, cell_wide),
            voices=PostgresVoices(database, cell_wide, vault),
            tiers=PostgresTiers(database, cell_wide, archive),
            repeats=PostgresRepeats(database, cell_wide, archive),
            hints=Hints(app, database, own=new_id(), sleep=asyncio.sleep),
            digests=PostgresDigests(database, cell_wide, zone=place.zone),
            compaction=Compaction(cell_wide),
            runs=PostgresRuns(database),
            policy=place.policy,
            people=people,
            stands=PostgresStands(database),
            samples=PostgresSamples(database, cell_wide),
            notices=notices,
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


async def _cluster(place: Place, stack: AsyncExitStack, *, keep: bool) -> Cluster | None:
    if place.data is None:
        return None
    cluster = await Cluster.open(place.data, keep=keep)
    stack.push_async_callback(cluster.close)
    return cluster


async def _out_of_reach() -> None:
    """A server of somebody else's is theirs to start."""


def _conninfos(place: Place, cluster: Cluster | None) -> tuple[str, str, str]:
    """The owner's connection, for migrations, the one that serves, and that of set-based jobs."""
    if cluster is None:
        assert place.dsn is not None
        return place.dsn, place.dsn, place.dsn
    owner, app, upkeep = (
        cluster.dsn(user=user, database=cluster.database) for user in (cluster.superuser, APP_ROLE, UPKEEP_ROLE)
    )
    return owner, app, upkeep


async def _cell(database: Database, new_id: NewId) -> tuple[UUID, bool]:
    """This cell's id; and whether nobody lives in it."""
    sql = queries("directory")
    async with database.transaction() as connection:
        await run(connection, sql["put_cell"], {"cell": new_id()})
        row = await one(connection, sql["get_cell"])
    assert row is not None
    return UUID(str(row["cell_id"])), bool(row["empty"])


def keyrings() -> Path:
    """Where keyrings lie unless a setting says otherwise: beside a person's settings, away from any data."""
    return platformdirs.user_config_path("everkin") / "keyring"


def _keyring(place: Place, cell: UUID, is_empty: bool, now: datetime) -> tuple[Keyring, Notices]:
    """Where nobody lives yet there is nothing a new keyring could leave dark, even if a crash cut the first run short."""
    folder = place.keyring or keyrings() / str(cell)
    where = str(place.data.resolve()) if place.data else _address(place.dsn or "")
    if place.data is not None:
        require_outside(folder, place.data)
    if not is_empty:
        return Keyring.open(folder, cell=cell, mirror=place.mirror), Notices()
    keyring, phrase = Keyring.create(folder, cell=cell, place=where, now=now, mirror=place.mirror)
    return keyring, Notices(phrase=phrase, warnings=_lost_data(where, folder))


def _address(dsn: str) -> str:
    """Host and database of a connection string, without user and password."""
    parts: dict[str, object] = dict(conninfo_to_dict(dsn))
    return make_conninfo(**{name: str(parts[name]) for name in ("host", "port", "dbname") if name in parts})


def _lost_data(where: str, keyring: Path) -> tuple[str, ...]:
    """Keyrings beside this one whose data used to be in the very place that is empty now."""
    return tuple(
        f"The data that was in {where} is gone; its keyring {path} is kept. A new life begins here. To go back, "
        "stop, and restore a backup of the data into this place."
        for path in orphans(keyring.parent, where)
        if path != keyring
    )

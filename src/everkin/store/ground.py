"""What a store stands on: the server, its connections and schema, and the keys of its cell."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import platformdirs
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from everkin.mind.fact import Predicate
from everkin.mind.identity import NewId
from everkin.mind.tier import Policy
from everkin.store.cluster import Cluster
from everkin.store.database import APP_ROLE, UPKEEP_ROLE, Database, one, run
from everkin.store.keyring import Keyring, orphans, require_outside
from everkin.store.migrations import migrate
from everkin.store.queries import queries
from everkin.store.reviver import Reviver
from everkin.store.vault import Vault


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
class Ground:
    """What everything stands on: server, connections, and the keys of the cell."""

    place: Place
    cluster: Cluster | None
    app: str = field(repr=False)
    database: Database
    cell_wide: Database
    cell: UUID
    keyring: Keyring
    notices: Notices
    vault: Vault


async def prepared(
    place: Place, stack: AsyncExitStack, *, dimensions: int, now: Callable[[], datetime], new_id: NewId, keep: bool
) -> Ground:
    """1. Server. 2. Schema. 3. Connections. 4. Cell and keyring. What is opened is closed by `stack`."""
    cluster = await _cluster(place, stack, keep=keep)
    owner, app, upkeep = _conninfos(place, cluster)
    await migrate(owner)
    reviver = Reviver(cluster.revive if cluster else _out_of_reach)
    stack.push_async_callback(reviver.close)
    database = await _connected(Database(app, unreachable=reviver.nudge), stack)
    cell_wide = await _connected(Database(upkeep, role=UPKEEP_ROLE, size=2, unreachable=reviver.nudge), stack)
    cell, is_empty = await _cell(database, new_id)
    keyring, notices = _keyring(place, cell, is_empty, now())
    return Ground(
        place=place,
        cluster=cluster,
        app=app,
        database=database,
        cell_wide=cell_wide,
        cell=cell,
        keyring=keyring,
        notices=notices,
        vault=Vault(keyring, dimensions=dimensions, now=now, retention=place.retention),
    )


async def _connected(database: Database, stack: AsyncExitStack) -> Database:
    stack.push_async_callback(database.close)
    await database.open()
    return database


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

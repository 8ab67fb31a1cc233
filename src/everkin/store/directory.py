"""Who is who in this cell: people by a keyed hash of their name, companions, bonds."""

from datetime import datetime

from everkin.errors import NotFound
from everkin.mind.identity import BondId, CompanionId, NewId, UserId
from everkin.mind.ports.memories import Companion, Person
from everkin.store.database import Database, Row, count, one, rows, run
from everkin.store.personas import put_event
from everkin.store.queries import queries
from everkin.store.vault import Vault
from everkin.store.words import pack, unpack


class PostgresDirectory:
    """Users by keyed name, companions, and the bonds between them."""

    def __init__(self, database: Database, vault: Vault, *, new_id: NewId) -> None:
        self._database, self._vault, self._new_id = database, vault, new_id
        self._sql = queries("directory")

    async def person(self, name: str, *, create: bool) -> Person | None:
        id = await self._listed(name) or (await self._enlist(name) if create else None)
        return None if id is None else await self.require(id)

    async def _listed(self, name: str) -> UserId | None:
        async with self._database.transaction() as connection:
            row = await one(connection, self._sql["get_person"], {"name_hash": self._vault.name_hash(name)})
        return None if row is None else UserId(row["user_id"])

    async def _enlist(self, name: str) -> UserId:
        """Keys first, then the user's row, then the listing: a crash between leaves nobody half made."""
        id = UserId(self._new_id())
        keys = await self._vault.create_user(id)
        values: Row = {"user": id, "sealed": keys.seal_profile(pack(name=name)), "time_zone": ""}
        async with self._database.as_user(id) as connection:
            await run(connection, self._sql["put_user"], values)
            await run(connection, self._sql["put_person"], {"user": id, "name_hash": self._vault.name_hash(name)})
        listed = await self._listed(name)
        assert listed is not None
        return listed

    async def require(self, id: UserId) -> Person:
        """Who has this id. Raises NotFound."""
        keys = await self._vault.user(id)
        async with self._database.as_user(id) as connection:
            row = await one(connection, self._sql["get_user"], {"user": id})
        if row is None:
            raise NotFound("There is no such user.", next="They may have been erased a moment ago.")
        name = unpack(keys.open_profile(row["sealed"])).get("name") or ""
        return Person(id=id, name=name, time_zone=row["time_zone"], epoch=row["epoch"])

    async def set_time_zone(self, user: UserId, zone: str) -> None:
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["set_time_zone"], {"user": user, "time_zone": zone})

    async def companion(self, name: str) -> Companion | None:
        async with self._database.transaction() as connection:
            row = await one(connection, self._sql["get_companion"], {"name": name})
        return None if row is None else _companion(row)

    async def companions(self) -> list[Companion]:
        async with self._database.transaction() as connection:
            return [_companion(row) for row in await rows(connection, self._sql["list_companions"])]

    async def put_companion(self, *, name: str, persona: str, version: str, at: datetime) -> Companion:
        id = CompanionId(self._new_id())
        values: Row = {
            "companion": id,
            "name": name,
            "persona": persona,
            "document": persona,
            "version": version,
            "at": at,
        }
        async with self._database.transaction() as connection:
            if await count(connection, self._sql["put_companion"], values):
                await run(connection, queries("personas")["put_version"], values)
                await put_event(connection, id, act="put", version=version, at=at)
            row = await one(connection, self._sql["get_companion"], {"name": name})
        assert row is not None
        return _companion(row)

    async def bond(self, user: UserId, companion: CompanionId, *, create: bool) -> BondId | None:
        where: Row = {"user": user, "companion": companion}
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["get_bond"], where)
            if row is None and create:
                await run(connection, self._sql["put_bond"], {**where, "bond": self._new_id()})
                row = await one(connection, self._sql["get_bond"], where)
        return None if row is None else BondId(row["bond_id"])

    async def companion_of(self, user: UserId, bond: BondId) -> Companion | None:
        """The character of a bond; None when the bond is gone."""
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["companion_of"], {"user": user, "bond": bond})
        return None if row is None else _companion(row)

    async def time_zone(self, user: UserId) -> str | None:
        """Where the user's days begin; None for the house's default."""
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["get_user"], {"user": user})
        return None if row is None else str(row["time_zone"] or "") or None

    async def bonds(self, user: UserId) -> list[BondId]:
        async with self._database.as_user(user) as connection:
            return [BondId(row["bond_id"]) for row in await rows(connection, self._sql["list_bonds"], {"user": user})]


def _companion(row: Row) -> Companion:
    return Companion(
        id=CompanionId(row["companion_id"]), name=row["name"], persona=row["persona"], version=row["version"]
    )

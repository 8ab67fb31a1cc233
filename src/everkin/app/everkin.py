"""Everkin as a caller sees it: opened, its people and companions, files, and the machine room."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from everkin.absorb import kindred, themes
from everkin.app.backends import configured_embedder, configured_gateway, indexed_by, place_of
from everkin.app.bond import Bond
from everkin.app.hearing import hearing
from everkin.app.house import Given, House, built
from everkin.app.initiative import courier_of
from everkin.app.jobs import jobs_of
from everkin.app.personas import PersonaShelf
from everkin.config.settings import Settings
from everkin.errors import InvalidInput, NotFound
from everkin.exchange.observation import Observed
from everkin.exchange.sessions import Sessions
from everkin.language.terms import Terms
from everkin.mind.erased import Erased
from everkin.mind.identity import NewId
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.gateway import Gateway
from everkin.mind.ports.initiative import Courier
from everkin.mind.ports.job import Job
from everkin.mind.ports.memories import Companion, Person
from everkin.mind.quality import Day
from everkin.portability import Format, Report, read
from everkin.recall import Recaller
from everkin.store.ground import Notices
from everkin.store.store import Store, opened


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Whether requests can be served, and how each part stands, by name."""

    ready: bool
    parts: Mapping[str, str]


SOMEBODY_ELSE = "somebody else talks with a companion of this name, now in one bond; import each with its own --user"
"""Said of a conversation in a file of several people's talk that was imported for one user."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What an import read and what it changed."""

    read: Report
    observed: Observed
    bonds: tuple[tuple[str, str], ...] = field(repr=False)


class Everkin:
    """The open door. `Everkin.open()` is the embedded default: nothing leaves the machine, nothing is asked."""

    def __init__(self, house: House) -> None:
        self._house = house

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        data: str | Path | None = None,
        dsn: str | None = None,
        keyring: str | Path | None = None,
        settings: Settings | None = None,
        gateway: Gateway | None = None,
        courier: Courier | None = None,
        embedder: Embedder | None = None,
        now: Callable[[], datetime] | None = None,
        new_id: NewId | None = None,
        keep_server: bool = False,
    ) -> "AsyncIterator[Everkin]":
        """Open a cell, starting its PostgreSQL where needed; closed when left.

        `data` is a folder (default `~/.everkin`), `dsn` any PostgreSQL >= 16 with pgvector instead of it. What is not
        given comes from `settings`, and those from the environment and `everkin.toml`. First start about 1.5 s, later 0.5 s.
        """
        settings = settings or Settings()
        clock, ids = now or _now, new_id or _new_id
        async with AsyncExitStack() as stack:
            reader = embedder or await configured_embedder(stack, settings)
            place = place_of(settings, data, dsn, keyring)
            store = await stack.enter_async_context(
                opened(
                    place,
                    stamp=reader.stamp,
                    dimensions=reader.dimensions,
                    indexed=indexed_by(reader, Terms()),
                    themes=themes,
                    now=clock,
                    new_id=ids,
                    kindred=kindred,
                    keep_server=keep_server,
                )
            )
            voice = gateway or await configured_gateway(stack, store)
            postman = courier or courier_of(settings, stack, clock)
            house = built(
                Given(
                    store=store,
                    embedder=reader,
                    gateway=voice,
                    courier=postman,
                    settings=settings,
                    now=clock,
                    new_id=ids,
                )
            )
            stack.push_async_callback(house.sessions.close)
            await stack.enter_async_context(hearing(store.hints, house.sessions))
            stack.push_async_callback(house.studio.close, settings.stop_seconds)
            yield cls(house)

    # -- people and companions

    async def bond(self, *, user: str, companion: str, create: bool = True) -> Bond:
        """One user with one companion, made on first use. Raises NotFound when `create` is False and there is none."""
        character = await self._house.store.directory.companion(_name(companion, "companion"))
        if character is None and create:
            character = await self.put_companion(companion, "")
        person = await self._house.store.directory.person(_name(user, "user"), create=create)
        id = None
        if person is not None and character is not None:
            id = await self._house.store.directory.bond(person.id, character.id, create=create)
        if person is None or character is None or id is None:
            raise NotFound("There is no such bond.", next="Check the names, or say something to begin one.")
        casting = await self._house.registry.casting(person.id, id, at=self._house.now())
        if casting is None:
            raise NotFound("There is no such bond.", next="It was erased a moment ago.")
        return Bond(
            house=self._house,
            user=user,
            companion=companion,
            user_id=person.id,
            bond_id=id,
            persona=casting.persona,
            zone=self._zone(person),
        )

    async def person(self, user: str) -> Person:
        """Raises NotFound."""
        person = await self._house.store.directory.person(_name(user, "user"), create=False)
        if person is None:
            raise NotFound("There is no such user.", next="They may have been erased.")
        return person

    async def set_time_zone(self, user: str, zone: str) -> None:
        """Where this user's days begin and end: an IANA name such as Europe/Lisbon. Raises InvalidInput, NotFound."""
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidInput("There is no such time zone.", next="Use an IANA name such as Europe/Lisbon.") from None
        await self._house.store.directory.set_time_zone((await self.person(user)).id, zone)

    async def companions(self) -> list[Companion]:
        return await self._house.store.directory.companions()

    async def companion(self, name: str) -> Companion | None:
        return await self._house.store.directory.companion(name) if _writable(name) else None

    async def put_companion(self, name: str, persona: str) -> Companion:
        """Keep a persona document (docs/personas.md; or plain words) under this name, and give it to everybody.

        What was before stays among the versions. Whoever is in a conversation ends that one with the persona it began
        with. Raises PersonaRefused, which names each error by its line.
        """
        return await self.personas.put(_name(name, "companion"), persona)

    @property
    def personas(self) -> PersonaShelf:
        """Versions of personas: released, rolled out, promoted, rolled back, and what changed when."""
        return PersonaShelf(self._house.store, self._house.registry, self._house.now)

    async def erase(self, *, user: str) -> Erased:
        """Destroy a user's keys and rows. Nothing of theirs can be opened afterwards, in any copy. Raises NotFound."""
        person = await self.person(user)
        self._house.sessions.forget(person.id)
        bonds = await self._house.store.directory.bonds(person.id)
        self._house.retrospects.forget(bonds)
        await self._house.store.matters.drop(person.id, bonds)
        erased = await self._house.store.erasure.erase_user(person.id)
        await self._house.forget(person.id)
        return erased

    # -- files

    async def import_file(
        self,
        path: Path,
        *,
        user: str | None = None,
        companion: str | None = None,
        format: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> ImportReport:
        """Observe every conversation in a file. Again changes nothing. The names are the file's own unless given.

        Without `user` all of it is the default user's, under whatever names they went by; where those names differ
        with one companion the report warns that two people's talk may have become one bond.
        Raises InvalidInput for a file that cannot be read at all; a bad line is reported, and the rest imported.
        """
        report, total = Report(), Observed()
        bonds: dict[tuple[str, str], None] = {}
        called: dict[tuple[str, str], str] = {}
        zone = ZoneInfo(self._house.settings.zone)
        wanted = Format(format) if format else None
        for imported in read(path, now=self._house.now(), report=report, format=wanted, zone=zone, progress=progress):
            names = (
                user or self._house.settings.user,
                companion or imported.companion or self._house.settings.companion,
            )
            names = (names[0], names[1].lower())
            if user is None and imported.user and called.setdefault(names, imported.user) != imported.user:
                report.warn(f"conversation {report.conversations}", SOMEBODY_ELSE)
            bond = await self.bond(user=names[0], companion=names[1])
            total += await bond.observe(imported.messages, conversation=imported.conversation)
            bonds[names] = None
        return ImportReport(read=report, observed=replace(total, keys=()), bonds=tuple(bonds))

    # -- the machine room

    def jobs(self) -> list[Job]:
        """What has to be done regularly, by one process or many: `serve` and `work` run them."""
        return jobs_of(self._house)

    async def quality(self, *, days: int = 30, sample: bool = False) -> list[Day]:
        """How good the memories of this cell are, by daily samples, newest first; `sample` takes today's now."""
        if sample:
            await self._house.sampler.sample(self._house.now())
        return await self._house.store.samples.days(limit=days)

    async def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        """Vectors of texts, one row each; a long text is read up to the model's limit."""
        return await self._house.embedder.embed(texts)

    async def health(self) -> Health:
        """Asks each part; costs one round trip to the database."""
        parts = {"database": await self._house.store.database.ping(), "embedder": self._house.embedder.stamp}
        shelf = self._house.store.shelf
        parts["hot tier"] = f"redis: {await shelf.ping()}" if shelf else "in this process"
        if self._house.settings.keyring_mirror:
            parts["keyring mirror"] = "behind" if self._house.store.keyring.mirror_behind else "ready"
        providers = await self._house.gateway.status()
        parts |= {f"provider {each.name}": each.breaker for each in providers}
        return Health(ready=parts["database"] == "ready", parts=parts)

    @property
    def notices(self) -> Notices:
        """What a person should be told about this opening: a new recovery phrase, data that seems lost."""
        return self._house.store.notices

    @property
    def embedder_stamp(self) -> str:
        """`name:version:quantisation:golden-class` of the embedder every vector here comes from."""
        return self._house.embedder.stamp

    async def finish_replies(self, seconds: float) -> None:
        """Give the replies that are being told so long to come to their end; then cut them off, marked as interrupted."""
        await self._house.studio.close(seconds)

    def now(self) -> datetime:
        """The moment that counts as now here."""
        return self._house.now()

    @property
    def gateway(self) -> Gateway:
        return self._house.gateway

    @property
    def sessions(self) -> Sessions:
        """How turns were answered: from what a session had at hand, or by a retrieval, and why."""
        return self._house.sessions

    @property
    def settings(self) -> Settings:
        return self._house.settings

    @property
    def recaller(self) -> Recaller:
        """For measurements; apps ask a bond."""
        return self._house.recaller

    @property
    def store(self) -> Store:
        """For the doctor and the operator's tools; apps have no need of it."""
        return self._house.store

    def _zone(self, person: Person) -> ZoneInfo:
        return ZoneInfo(person.time_zone or self._house.settings.zone)


def _name(name: str, what: str) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > 200 or not _writable(name):
        raise InvalidInput(f"A {what}'s name is a text of 1 to 200 characters.", next="Give one.")
    return name


def _writable(name: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, and no half of a character."""
    return "\0" not in name and not any("\ud800" <= one <= "\udfff" for one in name)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> UUID:
    return uuid7()

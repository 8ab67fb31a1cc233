"""Opening Everkin: which backends serve, and what hangs together with what."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from everkin.absorb import Absorber, Enricher, Feelings, Shelf, Tracer, themes
from everkin.absorb.entities import kindred
from everkin.app.bond import Bond
from everkin.app.hearing import hearing
from everkin.app.initiative import courier_of, overtures_of
from everkin.app.personas import PersonaShelf
from everkin.app.quality import sampler_of
from everkin.app.sessions import sessions_of
from everkin.character.initiative import Overtures
from everkin.character.registry import Registry
from everkin.character.steadiness import Steadiness
from everkin.config.providers import ProvidersSettings, read_providers
from everkin.config.settings import NO_ARCHIVE, Settings, config_table
from everkin.errors import ConfigError, InvalidInput, NotFound
from everkin.exchange.broadcast import Studio
from everkin.exchange.correction import Corrector
from everkin.exchange.debt import Creditor, Debts
from everkin.exchange.observation import Observed, Observer
from everkin.exchange.occasion import passed_on
from everkin.exchange.people import Circles
from everkin.exchange.reconciliation import Reconciler
from everkin.exchange.scene import Scene
from everkin.exchange.sessions import Sessions
from everkin.exchange.turn import Rooms, Started, TurnEvent, Turns
from everkin.exchange.understudy import NAME as UNDERSTUDY
from everkin.language import dates
from everkin.language.embedder import LocalEmbedder, RemoteEmbedder
from everkin.language.emotion import emotion_reader
from everkin.language.terms import Terms
from everkin.language.tokens import estimate
from everkin.mind.erased import Erased
from everkin.mind.identity import NewId, UserId
from everkin.mind.memory import Verdict
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.gateway import Exhausted, Finished, Gateway, Prompt, Shown, TextDelta, Usage
from everkin.mind.ports.initiative import Courier
from everkin.mind.ports.job import Job
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.memories import Companion, Person
from everkin.mind.ports.owed import Owed
from everkin.mind.quality import Day
from everkin.mind.risk import Finding
from everkin.mind.thesaurus import thesaurus
from everkin.mind.tier import Policy
from everkin.mind.timespan import TimeSpan
from everkin.portability import Format, Report, read
from everkin.providers import ProviderGateway, with_local_ollama
from everkin.recall import Accounts, LookingBack, Recaller, Weeks
from everkin.recall.recaller import Tools
from everkin.safety.guard import screen
from everkin.safety.resources import country_of, resource_text
from everkin.store.hints import Change
from everkin.store.store import Notices, Place, Store, opened
from everkin.upkeep import Archiving, Consolidation, Decay, Digesting, Sampler


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """Everything that is open, wired together; what bonds work with."""

    store: Store
    observer: Observer
    corrector: Corrector
    circles: Circles
    enricher: Enricher
    recaller: Recaller
    retrospects: LookingBack
    accounts: Accounts
    sessions: Sessions
    turns: Turns
    debts: Debts
    sampler: Sampler
    decay: Decay
    archiving: Archiving
    consolidation: Consolidation
    digesting: Digesting
    weeks: Weeks
    studio: Studio
    overtures: Overtures
    reconciler: Reconciler
    registry: Registry
    steadiness: Steadiness
    gateway: Gateway
    embedder: Embedder
    settings: Settings
    now: Callable[[], datetime]
    new_id: NewId

    async def forget(self, user: UserId) -> None:
        """Something of a user's was erased: what is at hand of theirs goes, here and in every other process."""
        self.sessions.forget(user)
        await self.store.hints.tell(user, Change.ERASED)

    async def changed(self, user: UserId) -> None:
        """Something of a user's was put right: what is at hand of theirs is fetched anew, here and elsewhere."""
        self.sessions.changed(user)
        await self.store.hints.tell(user, Change.REVISED)

    @property
    def tokens(self) -> int:
        """Tokens of composed context at the configured service level."""
        return self.settings.budgets.get(self.settings.service_level, 4000)

    async def housekeeping(
        self, messages: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any], streamed: bool
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answer what nobody said: passed to the providers as it came, remembered nowhere."""
        yield Started(
            message_id=str(self.new_id()),
            verdict=Verdict.NOTHING,
            confidence=0.0,
            recollections=(),
            resources=None,
            context_tokens=0,
        )
        prompt = Prompt(
            messages=passed_on(messages),
            parameters=parameters,
            shown=Shown.APPEND_ONLY if streamed else Shown.NOWHERE,
        )
        async with aclosing(self.gateway.stream(prompt)) as events:
            async for event in events:
                if isinstance(event, Exhausted):
                    yield TextDelta(UNTITLED)
                    yield _untitled(event)
                else:
                    yield event


UNTITLED = "Conversation"
"""What the understudy calls a conversation when a client wants a title for it."""


def _untitled(event: Exhausted) -> Finished:
    return Finished(
        text=UNTITLED,
        provider=UNDERSTUDY,
        model=UNDERSTUDY,
        finish_reason="stop",
        usage=Usage(prompt_tokens=0, completion_tokens=1, estimated=True),
        attempts=event.attempts,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Whether requests can be served, and how each part stands, by name."""

    ready: bool
    parts: Mapping[str, str]


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
        self._bonds: dict[tuple[str, str], Bond] = {}

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
            voice = gateway or await _gateway(stack, store)
            postman = courier or courier_of(settings, stack, clock)
            house = _house(store, reader, voice, postman, settings, clock, ids)
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

        Raises InvalidInput for a file that cannot be read at all; a bad line is reported, and the rest imported.
        """
        report, total = Report(), Observed()
        bonds: dict[tuple[str, str], None] = {}
        zone = ZoneInfo(self._house.settings.zone)
        wanted = Format(format) if format else None
        for imported in read(path, now=self._house.now(), report=report, format=wanted, zone=zone, progress=progress):
            names = (
                user or self._house.settings.user,
                companion or imported.companion or self._house.settings.companion,
            )
            names = (names[0], names[1].lower())
            bond = await self.bond(user=names[0], companion=names[1])
            total += await bond.observe(imported.messages, conversation=imported.conversation)
            bonds[names] = None
        return ImportReport(read=report, observed=replace(total, keys=()), bonds=tuple(bonds))

    # -- the machine room

    def jobs(self) -> list[Job]:
        """What has to be done regularly, by one process or many: `serve` and `work` run them."""
        house = self._house
        return [
            Job(
                name="answer_owed_turns",
                period=timedelta(seconds=5),
                grace=timedelta(minutes=2),
                run=lambda: house.debts.pay(house.now()),
            ),
            Job(
                name="probe_providers",
                period=timedelta(seconds=30),
                grace=timedelta(minutes=2),
                run=house.gateway.probe,
            ),
            Job(
                name="destroy_due_keys",
                period=timedelta(hours=1),
                grace=timedelta(hours=1),
                run=house.store.purge,
            ),
            house.consolidation.job(),
            house.digesting.job(house.now),
            house.decay.job(house.now),
            house.overtures.job(house.now),
            *([house.sampler.job(house.now)] if house.settings.sampled_a_day else []),
            *([house.archiving.job(house.now)] if house.settings.archive != NO_ARCHIVE else []),
            Job(
                name="compact_indexes",
                period=timedelta(days=1),
                grace=timedelta(days=1),
                run=house.store.compaction.run,
            ),
            Job(
                name="fade_emotions",
                period=timedelta(hours=1),
                grace=timedelta(hours=1),
                run=lambda: house.store.emotions.fade(_hour(house.now())),
            ),
            Job(
                name="judge_rollouts",
                period=timedelta(minutes=1),
                grace=timedelta(minutes=15),
                run=lambda: house.registry.judge(house.now()),
            ),
            *self._enrichment(),
        ]

    def _enrichment(self) -> list[Job]:
        """Nothing unless it is switched on and there is a provider to ask."""
        house = self._house
        if not house.settings.enrich or not house.gateway.window():
            return []
        return [
            Job(
                name="enrich_sessions",
                period=timedelta(minutes=10),
                grace=timedelta(hours=2),
                run=lambda: house.enricher.run(house.now()),
            )
        ]

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


def _house(
    store: Store,
    embedder: Embedder,
    gateway: Gateway,
    courier: Courier | None,
    settings: Settings,
    now: Callable[[], datetime],
    new_id: NewId,
) -> House:
    terms = Terms()
    absorber = Absorber(embedder, terms, _timespans, new_id=new_id)
    feelings = Feelings(emotion_reader(embedder.stamp), _timespans)
    tracer = Tracer(terms, _timespans)
    observer = Observer(
        store.transcripts, store.memories, store.people, absorber, feelings, tracer, screen, new_id=new_id
    )
    weeks = Weeks(store.digests, store.memories)
    recaller = Recaller(
        Tools(
            matters=store.asked,
            salient=store.matters,
            memories=store.memories,
            transcripts=store.transcripts,
            embedder=embedder,
            lexicon=terms,
            times=_timespans,
            related=thesaurus(),
            weeks=weeks,
        )
    )
    steadiness = Steadiness(store.voices, embedder)
    retrospects = LookingBack(store.arcs, store.transcripts, store.memories, store.disclosures, _timespans)
    sessions = sessions_of(store, embedder, terms)
    rooms = Rooms(
        transcripts=store.transcripts,
        memories=store.memories,
        disclosures=store.disclosures,
        replies=store.replies,
        owed=store.owed,
        recall=recaller,
        sessions=sessions,
        observer=observer,
        absorber=absorber,
        feelings=feelings,
        emotions=store.emotions,
        steadiness=steadiness,
        retrospects=retrospects,
        gateway=gateway,
        estimate=estimate,
        help_text=_help_text,
        new_id=new_id,
        monotonic=time.monotonic,
    )
    turns = Turns(rooms)
    registry = Registry(store.personas, estimate, new_id=new_id)
    creditor = Creditor(
        owed=store.owed,
        turns=turns,
        transcripts=store.transcripts,
        gateway=gateway,
        absorber=absorber,
        feelings=feelings,
        scene=partial(_scene_of, store, registry, settings),
        tokens=settings.budgets.get(settings.service_level, 4000),
        new_id=new_id,
    )
    return House(
        store=store,
        observer=observer,
        corrector=Corrector(store.transcripts, store.memories, absorber, observer),
        circles=Circles(people=store.people, memories=store.memories, erasable=store.erasure),
        enricher=Enricher(
            Shelf(
                enrichment=store.enrichment,
                transcripts=store.transcripts,
                memories=store.memories,
                absorber=absorber,
                gateway=gateway,
            )
        ),
        recaller=recaller,
        retrospects=retrospects,
        accounts=Accounts(store.arcs, store.transcripts, store.memories, retrospects),
        sessions=sessions,
        turns=turns,
        debts=Debts(creditor),
        sampler=sampler_of(store, recaller, terms, settings),
        decay=Decay(store.tiers, store.policy, sleep=asyncio.sleep),
        archiving=Archiving(store.archive, sleep=asyncio.sleep),
        consolidation=Consolidation(store.repeats, store.memories, sleep=asyncio.sleep),
        weeks=weeks,
        digesting=Digesting(store.digests, store.memories, terms, sleep=asyncio.sleep),
        studio=Studio(),
        overtures=overtures_of(store, retrospects, gateway, settings, courier, absorber, feelings, new_id),
        reconciler=Reconciler(store.transcripts, new_id=new_id),
        registry=registry,
        steadiness=steadiness,
        gateway=gateway,
        embedder=embedder,
        settings=settings,
        now=now,
        new_id=new_id,
    )


async def _scene_of(store: Store, registry: Registry, settings: Settings, owed: Owed) -> Scene | None:
    """Who an owed turn is between; None when either is gone."""
    companion = await store.directory.companion_of(owed.user, owed.bond)
    casting = await registry.casting(owed.user, owed.bond, at=store.now())
    if companion is None or casting is None:
        return None
    return Scene(
        user=owed.user,
        bond=owed.bond,
        conversation=owed.conversation,
        companion=companion.name,
        persona=casting.persona,
        service_level=settings.service_level,
        zone=ZoneInfo(await store.directory.time_zone(owed.user) or settings.zone),
    )


def _help_text(finding: Finding, zone: ZoneInfo) -> str:
    """Where to turn in the country that the user's time zone lies in."""
    return resource_text(finding.category, finding.level, country=country_of(zone=zone.key))


def _timespans(text: str, at: datetime, zone: ZoneInfo) -> list[TimeSpan]:
    return dates.find(text, at=at, zone=zone)


async def configured_embedder(stack: AsyncExitStack, settings: Settings) -> Embedder:
    """The one that ships, warm, unless the settings name a server. Raises ConfigError."""
    if settings.embedder_url is None:
        local = LocalEmbedder()
        stack.push_async_callback(local.close)
        await local.warm()
        return local
    if settings.embedder_model is None or settings.embedder_dimensions is None:
        raise ConfigError(
            "An embedder is named by its address, and not which model it is.",
            next="Set embedder_model, and embedder_dimensions to the length of its vectors.",
        )
    remote = RemoteEmbedder(
        base_url=settings.embedder_url,
        api_key=settings.embedder_key.get_secret_value() if settings.embedder_key else "none",
        model=settings.embedder_model,
        dimensions=settings.embedder_dimensions,
    )
    stack.push_async_callback(remote.close)
    return remote


def indexed_by(embedder: Embedder, lexicon: Lexicon) -> Callable[[str], list[Sequence[str]]]:
    """The index terms of each passage of a text, as the absorber reads them."""
    return lambda text: [lexicon.stems(passage) for passage in embedder.passages(text)]


def place_of(settings: Settings, data: str | Path | None, dsn: str | None, keyring: str | Path | None) -> Place:
    """What is said in the call counts before what is set; a connection string before a folder."""
    address = dsn or (settings.dsn.get_secret_value() if settings.dsn and data is None else None)
    folder = None if address else Path(data or settings.data).expanduser()
    ring = Path(keyring).expanduser() if keyring else settings.keyring
    beside = str((settings.data.expanduser() if address else folder or settings.data) / "archive")
    archive = beside if settings.archive in (None, NO_ARCHIVE) else settings.archive
    return Place(
        data=folder,
        dsn=address,
        keyring=ring.expanduser() if ring else None,
        archives=(archive, settings.archive_copy) if settings.archive_copy else (archive,),
        shared_facts=frozenset(settings.shared_facts),
        zone=settings.zone,
        policy=Policy(forgets=settings.forget),
        redis=settings.redis.get_secret_value() if settings.redis else None,
    )


async def _gateway(stack: AsyncExitStack, store: Store) -> Gateway:
    settings = await with_local_ollama(configured_providers())
    return await stack.enter_async_context(ProviderGateway(settings, ledger=store.breakers, estimate=estimate))


def configured_providers() -> ProvidersSettings:
    """What the environment and `everkin.toml` say of providers. Raises ConfigError."""
    return read_providers(os.environ, config_table())


def _name(name: str, what: str) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > 200 or not _writable(name):
        raise InvalidInput(f"A {what}'s name is a text of 1 to 200 characters.", next="Give one.")
    return name


def _writable(name: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, and no half of a character."""
    return "\0" not in name and not any("\ud800" <= one <= "\udfff" for one in name)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> UUID:
    return uuid7()

"""The house: everything that is open, and what hangs together with what."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from everkin.absorb import Absorber, Enricher, Feelings, LateReading, Shelf, Tracer, meant
from everkin.absorb.subjects import is_somebody_else, spoken_of
from everkin.app.initiative import overtures_of
from everkin.app.quality import sampler_of
from everkin.app.sessions import sessions_of
from everkin.character.initiative import Overtures
from everkin.character.registry import Registry
from everkin.character.steadiness import Steadiness
from everkin.config.settings import Settings
from everkin.exchange.broadcast import Studio
from everkin.exchange.correction import Corrector
from everkin.exchange.debt import Creditor, Debts
from everkin.exchange.observation import Observer
from everkin.exchange.people import Circles
from everkin.exchange.reconciliation import Reconciler
from everkin.exchange.rooms import Rooms
from everkin.exchange.scene import Scene
from everkin.exchange.sessions import Sessions
from everkin.exchange.turn import Turns
from everkin.language import dates
from everkin.language.emotion import emotion_reader
from everkin.language.terms import Terms
from everkin.language.tokens import estimate
from everkin.mind.identity import NewId, UserId
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.gateway import Gateway
from everkin.mind.ports.initiative import Courier
from everkin.mind.ports.owed import Owed
from everkin.mind.risk import Finding
from everkin.mind.thesaurus import thesaurus
from everkin.mind.timespan import TimeSpan
from everkin.recall import Accounts, LookingBack, Recaller, Subjects, Weeks
from everkin.recall.recaller import Tools
from everkin.recall.whose import AboutWhom
from everkin.safety.guard import screen
from everkin.safety.resources import country_of, resource_text
from everkin.store.hints import Change
from everkin.store.store import Store
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
    late: LateReading
    weeks: Weeks
    subjects: Subjects
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a house is built from: the backends that serve, and the settings."""

    store: Store
    embedder: Embedder
    gateway: Gateway
    courier: Courier | None
    settings: Settings
    now: Callable[[], datetime]
    new_id: NewId
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ears:
    """What reads every message that comes in."""

    absorber: Absorber
    feelings: Feelings
    observer: Observer


def built(given: Given) -> House:
    """The house, wired together; nothing is read or begun."""
    store, new_id = given.store, given.new_id
    ears, weeks = _ears(given), Weeks(store.digests, store.memories)
    recaller = _recaller(given, weeks)
    steadiness = Steadiness(store.voices, given.embedder)
    retrospects = LookingBack(store.arcs, store.transcripts, store.memories, store.disclosures, _timespans)
    sessions = sessions_of(store, given.embedder, given.terms)
    turns = Turns(_rooms(given, ears, recaller, sessions, steadiness, retrospects))
    registry = Registry(store.personas, estimate, new_id=new_id)
    return House(
        store=store,
        observer=ears.observer,
        corrector=Corrector(store.transcripts, store.memories, ears.absorber, ears.observer),
        circles=Circles(people=store.people, memories=store.memories, erasable=store.erasure),
        enricher=_enricher(given, ears),
        recaller=recaller,
        retrospects=retrospects,
        accounts=Accounts(store.arcs, store.transcripts, store.memories, retrospects),
        sessions=sessions,
        turns=turns,
        debts=_debts(given, ears, turns, registry),
        sampler=sampler_of(store, recaller, given.terms, given.settings),
        decay=Decay(store.tiers, store.policy, sleep=asyncio.sleep),
        archiving=Archiving(store.archive, sleep=asyncio.sleep),
        consolidation=Consolidation(store.repeats, store.memories, sleep=asyncio.sleep),
        weeks=weeks,
        subjects=Subjects(store.matters, store.asked, store.memories, store.transcripts, given.terms),
        digesting=Digesting(store.digests, store.memories, given.terms, sleep=asyncio.sleep),
        late=LateReading(store.vectors, given.embedder, given.terms),
        studio=Studio(),
        overtures=overtures_of(
            store, retrospects, given.gateway, given.settings, given.courier, ears.observer, ears.feelings, new_id
        ),
        reconciler=Reconciler(store.transcripts, new_id=new_id),
        registry=registry,
        steadiness=steadiness,
        gateway=given.gateway,
        embedder=given.embedder,
        settings=given.settings,
        now=given.now,
        new_id=new_id,
    )


def _ears(given: Given) -> _Ears:
    store = given.store
    absorber = Absorber(given.embedder, given.terms, _timespans, new_id=given.new_id)
    feelings = Feelings(emotion_reader(given.embedder.stamp), _timespans)
    tracer = Tracer(given.terms, _timespans)
    observer = Observer(
        store.transcripts, store.memories, store.people, absorber, feelings, tracer, screen, new_id=given.new_id
    )
    return _Ears(absorber=absorber, feelings=feelings, observer=observer)


def _recaller(given: Given, weeks: Weeks) -> Recaller:
    store = given.store
    return Recaller(
        Tools(
            matters=store.asked,
            salient=store.matters,
            memories=store.memories,
            transcripts=store.transcripts,
            embedder=given.embedder,
            lexicon=given.terms,
            times=_timespans,
            related=thesaurus(),
            people=meant,
            weeks=weeks,
            subjects=AboutWhom(spoken_of=spoken_of, is_somebody_else=is_somebody_else),
        )
    )


def _rooms(
    given: Given, ears: _Ears, recaller: Recaller, sessions: Sessions, steadiness: Steadiness, retrospects: LookingBack
) -> Rooms:
    store = given.store
    return Rooms(
        transcripts=store.transcripts,
        memories=store.memories,
        disclosures=store.disclosures,
        replies=store.replies,
        owed=store.owed,
        recall=recaller,
        sessions=sessions,
        observer=ears.observer,
        feelings=ears.feelings,
        emotions=store.emotions,
        steadiness=steadiness,
        retrospects=retrospects,
        gateway=given.gateway,
        estimate=estimate,
        help_text=_help_text,
        new_id=given.new_id,
        monotonic=time.monotonic,
    )


def _enricher(given: Given, ears: _Ears) -> Enricher:
    store = given.store
    return Enricher(
        Shelf(
            enrichment=store.enrichment,
            transcripts=store.transcripts,
            memories=store.memories,
            absorber=ears.absorber,
            gateway=given.gateway,
        )
    )


def _debts(given: Given, ears: _Ears, turns: Turns, registry: Registry) -> Debts:
    store, settings = given.store, given.settings
    return Debts(
        Creditor(
            owed=store.owed,
            turns=turns,
            transcripts=store.transcripts,
            gateway=given.gateway,
            observer=ears.observer,
            feelings=ears.feelings,
            scene=partial(_scene_of, store, registry, settings),
            tokens=settings.budgets.get(settings.service_level, 4000),
            new_id=given.new_id,
        )
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

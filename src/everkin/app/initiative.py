"""What writing first hangs together with."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from everkin.absorb import Feelings, Said
from everkin.app.courier import Webhook
from everkin.character.initiative import Desk, Overtures, Place, spoken
from everkin.character.registry import Registry
from everkin.config.settings import Settings
from everkin.errors import ConfigError, KeyDestroyed, NotFound
from everkin.exchange.observation import Observer
from everkin.language.tokens import estimate
from everkin.mind.identity import BondId, NewId, UserId
from everkin.mind.initiative import Overture
from everkin.mind.ports.arcs import Retrospects
from everkin.mind.ports.gateway import Gateway
from everkin.mind.ports.initiative import Courier
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.transcript import Role
from everkin.store.store import Store

THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


def overtures_of(
    store: Store,
    retrospects: Retrospects,
    gateway: Gateway,
    settings: Settings,
    courier: Courier | None,
    observer: Observer,
    feelings: Feelings,
    new_id: NewId,
) -> Overtures:
    registry = Registry(store.personas, estimate, new_id=new_id)

    async def place(user: UserId, bond: BondId) -> Place | None:
        try:
            person = await store.directory.require(user)
        except (NotFound, KeyDestroyed):
            return None
        companion = await store.directory.companion_of(user, bond)
        casting = await registry.casting(user, bond, at=store.now())
        if companion is None or casting is None:
            return None
        return Place(
            user=person.name,
            companion=companion.name,
            persona=casting.persona,
            zone=ZoneInfo(person.time_zone or settings.zone),
            service_level=settings.service_level,
        )

    async def message(user: UserId, bond: BondId, overture: Overture, place: Place, at: datetime) -> NewMessage:
        said = Said(role=Role.ASSISTANT, name=place.persona.name, content=overture.text, at=at)
        drafts = await observer.drafts(user, bond, said, zone=place.zone)
        felt = feelings.felt([said], [drafts], zone=place.zone)
        return replace(spoken(overture.text, overture.id, place, at), drafts=drafts, felt=felt[0])

    return Overtures(
        Desk(
            initiative=store.initiative,
            retrospects=retrospects,
            disclosures=store.disclosures,
            gateway=gateway,
            courier=courier,
            place=place,
            message=message,
            new_id=new_id,
        )
    )


def courier_of(settings: Settings, stack: AsyncExitStack, now: Callable[[], datetime]) -> Courier | None:
    """The webhook, where one is set. Raises ConfigError for one without a secret, or over an open line."""
    if settings.webhook is None:
        return None
    if settings.webhook_secret is None:
        raise ConfigError("A webhook is set, and no secret to sign with.", next="Set EVERKIN_WEBHOOK_SECRET.")
    address = urlsplit(settings.webhook)
    if address.scheme != "https" and (address.scheme != "http" or address.hostname not in THIS_MACHINE):
        raise ConfigError(
            "The webhook is no https address; messages would go over an open line.",
            next="Use https, or an address on this machine.",
        )
    webhook = Webhook(settings.webhook, settings.webhook_secret.get_secret_value(), now=now)
    stack.push_async_callback(webhook.close)
    return webhook

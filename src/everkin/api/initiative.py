"""The native routes of writing first: what the user allows, and what the companion wrote."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from everkin.api import failure, wire
from everkin.api.answers import OvertureTold
from everkin.api.bodies import ConsentBody
from everkin.api.door import TheDoor, TheKnownBond
from everkin.api.telling import open_telling
from everkin.app import Bond
from everkin.errors import EverkinError
from everkin.mind.identity import OvertureId
from everkin.mind.initiative import Consent, Overture

router = APIRouter(prefix="/v1/bonds/{user}/{companion}/initiative", tags=["initiative"])

LOOK_AGAIN_S: Final = 5.0


@router.get("")
async def consent(bond: TheKnownBond) -> ConsentBody:
    """Whether, when and how often the companion may write first. Off until the user turns it on."""
    return _told(bond, await bond.consent())


@router.put("")
async def allow(door: TheDoor, bond: TheKnownBond, ask: ConsentBody) -> ConsentBody:
    """What holds from now on. Turned off, whatever has reached nobody yet is never said."""
    if ask.zone:
        await door.kin.set_time_zone(bond.user, ask.zone)
        bond = await door.kin.bond(user=bond.user, companion=bond.companion, create=False)
    consent = Consent(**ask.model_dump(exclude={"zone"}))
    await bond.allow(consent)
    return _told(bond, consent)


@router.get("/messages")
async def messages(
    bond: TheKnownBond, after: UUID | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[OvertureTold]:
    """What the companion wrote first, in order, behind `after`. Asked again from before one, it comes again with the same id."""
    found = await bond.overtures(after=OvertureId(after) if after else None, limit=limit)
    return [OvertureTold.model_validate(overture) for overture in found]


# It has no end, so it is not among the routes that tools call one after another; docs/arcs.md tells of it.
@router.get("/stream", response_model=None, include_in_schema=False)
async def stream(door: TheDoor, bond: TheKnownBond, last_event_id: Annotated[UUID | None, Header()] = None) -> Response:
    """The same as server-sent events, as they come; `Last-Event-ID` goes on behind one. Open until one side hangs up."""
    return await open_telling(_listening(bond, last_event_id), Messages(), door.tellings)


async def _listening(bond: Bond, after: UUID | None) -> AsyncGenerator[Overture | None, None]:
    """None is a keep-alive; the first comes at once, so that the stream is open before there is anything to say."""
    last = OvertureId(after) if after else None
    yield None
    while True:
        for overture in await bond.overtures(after=last):
            last = overture.id
            yield overture
        await asyncio.sleep(LOOK_AGAIN_S)
        yield None


class Messages:
    """`message` events, each with the overture's id."""

    def event(self, event: Any) -> bytes:
        if event is None:
            return wire.KEEP_ALIVE
        told = OvertureTold.model_validate(event).model_dump(mode="json")
        return f"id: {event.id}\n".encode() + wire.frame(told, event="message")

    def end(self) -> bytes:
        return b""

    def failed(self, error: EverkinError) -> bytes:
        return wire.frame(failure.form(error), event="error")


def _told(bond: Bond, consent: Consent) -> ConsentBody:
    return ConsentBody.model_validate(consent).model_copy(update={"zone": bond.zone.key})

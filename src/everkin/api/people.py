"""The native routes of users and companions."""

from typing import Annotated

from fastapi import APIRouter, Query

from everkin.api.answers import CompanionTold, ErasedTold, PersonTold, QualityTold
from everkin.api.bodies import PersonaAsk, ZoneAsk
from everkin.api.door import Name, TheCaller, TheDoor
from everkin.api.guard import Caller
from everkin.errors import NotAllowed, NotFound

router = APIRouter(prefix="/v1", tags=["people"])


@router.get("/users/{user}")
async def user(door: TheDoor, caller: TheCaller, user: Name) -> PersonTold:
    return PersonTold.model_validate(await door.kin.person(caller.acting_as(user)))


@router.put("/users/{user}/time-zone", status_code=204)
async def set_time_zone(door: TheDoor, caller: TheCaller, user: Name, ask: ZoneAsk) -> None:
    """Where this user's days begin and end, as an IANA name."""
    await door.kin.set_time_zone(caller.acting_as(user), ask.zone)


@router.delete("/users/{user}")
async def erase_user(door: TheDoor, caller: TheCaller, user: Name) -> ErasedTold:
    """Erase a user for good: their keys are destroyed, and with them every copy of their words."""
    return ErasedTold.model_validate(await door.kin.erase(user=caller.acting_as(user)))


@router.get("/companions")
async def companions(door: TheDoor) -> list[CompanionTold]:
    return [CompanionTold.model_validate(companion) for companion in await door.kin.companions()]


@router.get("/companions/{companion}")
async def companion(door: TheDoor, companion: Name) -> CompanionTold:
    known = await door.kin.companion(companion)
    if known is None:
        raise NotFound("There is no companion of this name.", next="GET /v1/companions lists them.")
    return CompanionTold.model_validate(known)


@router.put("/companions/{companion}")
async def put_companion(door: TheDoor, caller: TheCaller, companion: Name, ask: PersonaAsk) -> CompanionTold:
    """Make a companion, or give it another persona: YAML, or plain words."""
    _may_change_companions(caller)
    return CompanionTold.model_validate(await door.kin.put_companion(companion, ask.persona))


@router.get("/quality")
async def quality(
    door: TheDoor, caller: TheCaller, days: Annotated[int, Query(ge=1, le=1000)] = 30
) -> list[QualityTold]:
    """How good the memories of this cell are, by daily samples, newest first."""
    if caller.user is not None:
        raise NotAllowed("These are numbers of everybody's memories.", next="Use the app's own key.")
    return [QualityTold.model_validate(day) for day in await door.kin.quality(days=days)]


def _may_change_companions(caller: Caller) -> None:
    if caller.user is not None:
        raise NotAllowed("A companion is everybody's; a user's key may not change it.", next="Use the app's own key.")

"""The native routes of my people: who is who in a bond, and putting it right."""

from uuid import UUID

from fastapi import APIRouter

from everkin.api.answers import ErasedTold, PortraitTold
from everkin.api.bodies import CallAsk, MergeAsk, UnmergeAsk
from everkin.api.door import TheKnownBond
from everkin.mind.identity import EntityId

router = APIRouter(prefix="/v1/bonds/{user}/{companion}/people", tags=["my people"])


@router.get("")
async def everybody(bond: TheKnownBond) -> list[PortraitTold]:
    """Everybody and every pet the user spoke of, the last spoken of first; what is known of them is on their page."""
    return [PortraitTold.model_validate(portrait) for portrait in await bond.people()]


@router.get("/{person}")
async def page(bond: TheKnownBond, person: UUID) -> PortraitTold:
    """One of them: names, relation, when and how often spoken of, and the facts, current and past, with their messages."""
    return PortraitTold.model_validate(await bond.person(EntityId(person)))


@router.patch("/{person}")
async def call(bond: TheKnownBond, person: UUID, ask: CallAsk) -> PortraitTold:
    """Put right what they are called, or what they are to the user. What is left out stays."""
    return PortraitTold.model_validate(await bond.call_person(EntityId(person), name=ask.name, relation=ask.relation))


@router.post("/{person}/merge")
async def merge(bond: TheKnownBond, person: UUID, ask: MergeAsk) -> PortraitTold:
    """Two that are one; `unmerge` takes it back."""
    return PortraitTold.model_validate(await bond.merge_people(EntityId(person), EntityId(ask.other)))


@router.post("/{person}/unmerge")
async def unmerge(bond: TheKnownBond, person: UUID, ask: UnmergeAsk) -> list[PortraitTold]:
    """An alias is somebody else; answers with both."""
    pages = await bond.unmerge_people(EntityId(person), EntityId(ask.alias))
    return [PortraitTold.model_validate(portrait) for portrait in pages]


@router.delete("/{person}")
async def erase(bond: TheKnownBond, person: UUID) -> ErasedTold:
    """Erase every message that names them, and all that was learnt from those, for good."""
    return ErasedTold.model_validate(await bond.erase_person(EntityId(person)))

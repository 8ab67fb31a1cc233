"""The native routes of personas as code: for the app's own key, never for a user's."""

from datetime import timedelta

from fastapi import APIRouter

from everkin.api.answers import FlawTold, HistoryTold, LintTold, RolloutTold, SpellTold, VersionTold, VoiceTold
from everkin.api.bodies import PersonaAsk, RolloutAsk, VersionAsk
from everkin.api.door import Name, TheCaller, TheDoor, TheKnownBond
from everkin.api.guard import Caller
from everkin.app.personas import lint
from everkin.character.schema import schema
from everkin.errors import NotAllowed

router = APIRouter(prefix="/v1", tags=["personas"])


@router.get("/persona.schema.json")
async def persona_schema() -> dict[str, object]:
    """The JSON Schema of persona documents."""
    return schema()


@router.post("/companions/{companion}/persona/lint")
async def lint_persona(companion: Name, ask: PersonaAsk) -> LintTold:
    """Everything that is wrong with a document, by line; nothing is kept."""
    return LintTold(flaws=[FlawTold.model_validate(flaw) for flaw in lint(companion, ask.persona)])


@router.get("/companions/{companion}/persona")
async def persona_history(door: TheDoor, caller: TheCaller, companion: Name) -> HistoryTold:
    """Versions, what changed for everybody and when, and the rollout that is open, with what speaks for and against it."""
    _for_operators(caller)
    return HistoryTold.model_validate(await door.kin.personas.history(companion))


@router.get("/companions/{companion}/persona/{version}")
async def persona_version(door: TheDoor, caller: TheCaller, companion: Name, version: Name) -> VersionTold:
    """One released document, as it was released."""
    _for_operators(caller)
    return VersionTold.model_validate(await door.kin.personas.version(companion, version))


@router.post("/companions/{companion}/persona/release")
async def release_persona(door: TheDoor, caller: TheCaller, companion: Name, ask: PersonaAsk) -> VersionTold:
    """Keep a document as a version that can be rolled out; nobody gets it yet."""
    _for_operators(caller)
    return VersionTold.model_validate(await door.kin.personas.release(companion, ask.persona))


@router.post("/companions/{companion}/persona/rollout")
async def roll_out_persona(door: TheDoor, caller: TheCaller, companion: Name, ask: RolloutAsk) -> RolloutTold:
    """Give a version to a share of all bonds, or widen the rollout that is open. Halted by itself when replies are worse."""
    _for_operators(caller)
    every = None if ask.every_hours is None else timedelta(hours=ask.every_hours)
    rollout = await door.kin.personas.rollout(companion, ask.shares, version=ask.version, every=every)
    return RolloutTold.model_validate(rollout)


@router.post("/companions/{companion}/persona/promote")
async def promote_persona(door: TheDoor, caller: TheCaller, companion: Name, ask: VersionAsk) -> VersionTold:
    """Give everybody a version, by default the one that is being rolled out."""
    _for_operators(caller)
    version = await door.kin.personas.promote(companion, ask.version)
    return VersionTold.model_validate(await door.kin.personas.version(companion, version))


@router.post("/companions/{companion}/persona/rollback")
async def roll_back_persona(door: TheDoor, caller: TheCaller, companion: Name, ask: VersionAsk) -> VersionTold:
    """Take back what is being rolled out, else what everybody has; or go back to a version. Answers with what counts now."""
    _for_operators(caller)
    version = await door.kin.personas.rollback(companion, ask.version)
    return VersionTold.model_validate(await door.kin.personas.version(companion, version))


@router.get("/bonds/{user}/{companion}/personas")
async def worn(bond: TheKnownBond) -> list[SpellTold]:
    """What changed, and when: every version of the persona that this bond has spoken in."""
    return [SpellTold.model_validate(spell) for spell in await bond.personas()]


@router.get("/bonds/{user}/{companion}/voice")
async def voice(bond: TheKnownBond) -> VoiceTold:
    """How the persona has come to speak with this user, and whether its voice has been drifting."""
    return VoiceTold.model_validate(await bond.voice())


@router.delete("/bonds/{user}/{companion}/voice", status_code=204)
async def reset_adaptation(bond: TheKnownBond) -> None:
    """Speak with this user as the persona was written, and learn anew from here."""
    await bond.reset_adaptation()


def _for_operators(caller: Caller) -> None:
    if caller.user is not None:
        raise NotAllowed("A companion is everybody's; a user's key may not do this.", next="Use the app's own key.")

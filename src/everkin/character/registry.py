"""The registry: releasing, promoting and rolling back versions of a persona, and which of them a bond speaks in."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from everkin.character import document
from everkin.errors import Conflict, InvalidInput, NotFound
from everkin.mind.context import Estimate
from everkin.mind.identity import BondId, CompanionId, NewId, UserId
from everkin.mind.persona import Persona, version_of
from everkin.mind.ports.memories import Companion
from everkin.mind.ports.personas import Personas, Version, Wardrobe
from everkin.mind.rollout import Rollout, RolloutState, judge, require_shares, widened, worn

OUTCOMES_AT_ONCE = 5000
PREFIX_MIN = 4
"""Letters of a version's name that are enough, where only one begins with them."""
_KNOWN_MAX = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Casting:
    """Which persona a bond speaks in at a moment. `worn` is what it wore before; `cause` why it differs, "" if it does not."""

    persona: Persona = field(repr=False)
    worn: str | None
    cause: str
    rollout: Rollout | None


class Registry:
    """Holds nothing between calls that could grow old; every change is a compare-and-set, and says so when somebody else was first."""

    def __init__(self, personas: Personas, estimate: Estimate, *, new_id: NewId) -> None:
        self._personas, self._estimate, self._new_id = personas, estimate, new_id
        self._known: OrderedDict[tuple[CompanionId, str], Version] = OrderedDict()

    async def release(self, companion: Companion, text: str, *, at: datetime) -> Version:
        """Keep a document as a version that can be rolled out; nobody gets it yet. The same text again changes nothing.

        Raises PersonaRefused, which names every error by its line.
        """
        document.require(companion.name, text, self._estimate)
        version = version_of(text)
        await self._personas.release(companion.id, version, text, at=at)
        return Version(version=version, document=text, released_at=at)

    async def put(self, companion: Companion, text: str, *, at: datetime) -> str:
        """Release a document and give it to everybody; the version. Whoever is in a conversation ends that one first."""
        released = await self.release(companion, text, at=at)
        if released.version != companion.version:
            await self._change(companion, released.version, "put", at)
        return released.version

    async def promote(self, companion: Companion, version: str | None = None, *, at: datetime) -> str:
        """Give everybody a released version, by default the one that is being rolled out. Raises NotFound, Conflict."""
        rollout = await self._personas.rollout(companion.id)
        if version is None and rollout is None:
            raise NotFound(
                f"No version of {companion.name} is on its way.",
                kept="Nothing was changed.",
                next="Name the version to promote; `everkin persona history` lists them.",
            )
        wanted = (
            rollout.version if version is None and rollout else (await self.require(companion, version or "")).version
        )
        await self._change(companion, wanted, "promote", at)
        return wanted

    async def rollback(self, companion: Companion, version: str | None = None, *, at: datetime) -> str:
        """Take back: what is being rolled out, else what everybody has; or go back to a version by name. What counts now.

        Raises NotFound for a version that was never released, or where there is nothing to go back to.
        """
        rollout = await self._personas.rollout(companion.id)
        if version is None and rollout is not None:
            ended = replace(rollout, state=RolloutState.ENDED)
            if not await self._personas.move_rollout(ended, act="withdraw", at=at):
                raise _overtaken(companion)
            return companion.version
        wanted = (await self.require(companion, version)).version if version else await self._before(companion)
        await self._change(companion, wanted, "rollback", at)
        return wanted

    async def rollout(
        self,
        companion: Companion,
        shares: Sequence[float],
        *,
        version: str | None = None,
        every: timedelta | None = None,
        at: datetime,
    ) -> Rollout:
        """Give a released version (by default the newest) to the first of `shares` of the bonds, or widen an open rollout.

        The shares after the first follow by themselves, each `every` so long, while nothing speaks against it.
        """
        require_shares(shares)
        opened = await self._personas.rollout(companion.id)
        if opened is not None:
            return await self._widen(companion, opened, shares, version, every, at)
        candidate = await self._candidate(companion, version)
        rollout = Rollout(
            id=self._new_id(),
            companion=companion.id,
            version=candidate,
            control=companion.version,
            share=shares[0],
            steps=tuple(shares[1:]),
            every=every,
            opened_at=at,
            stepped_at=at,
        )
        if not await self._personas.open_rollout(rollout):
            raise _overtaken(companion)
        return rollout

    async def require(self, companion: Companion, version: str) -> Version:
        """A released version by its name or the beginning of it. Raises NotFound."""
        released = await self._personas.versions(companion.id)
        found = [one for one in released if one.version.startswith(version)] if len(version) >= PREFIX_MIN else []
        if len(found) != 1:
            raise NotFound(
                f"{companion.name} never had such a version: it was not released here."
                if not found
                else f"Several versions of {companion.name} begin like this.",
                kept=f"{companion.version} is still what everybody has.",
                next="`everkin persona history` lists the versions there are.",
            )
        return found[0]

    async def judge(self, now: datetime) -> int:
        """Count what became known of open rollouts; halt or widen where it is time. How many were moved."""
        return len(await self._personas.count(lambda one: judge(one, now), at=now, limit=OUTCOMES_AT_ONCE))

    async def casting(self, user: UserId, bond: BondId, *, at: datetime) -> Casting | None:
        """Which persona the bond speaks in at `at`; None when the bond is gone. Changes nothing."""
        wardrobe = await self._personas.wardrobe(user, bond)
        if wardrobe is None:
            return None
        wanted = _wanted(wardrobe, bond)
        version = worn(wardrobe.wearing, wanted, last_said=wardrobe.last_said, at=at)
        kept = await self._kept(wardrobe.companion, version) or await self._kept(wardrobe.companion, wardrobe.current)
        assert kept is not None
        return Casting(
            persona=document.persona_of(wardrobe.name, kept.document, self._estimate),
            worn=wardrobe.wearing,
            cause="" if kept.version == wardrobe.wearing else _cause(wardrobe, kept.version),
            rollout=wardrobe.rollout,
        )

    async def take(self, user: UserId, bond: BondId, casting: Casting, *, at: datetime) -> None:
        """The bond speaks as it was cast: note a change, and how its replies in a rollout were received."""
        if casting.cause:
            await self._personas.wear(
                user, bond, casting.persona.version, over=casting.worn, cause=casting.cause, at=at
            )
        if casting.rollout is not None:
            await self._personas.settle(user, bond, casting.rollout, at=at)

    async def _kept(self, companion: CompanionId, version: str) -> Version | None:
        """A version, from memory where it was read before: it never changes."""
        known = self._known.get((companion, version)) or await self._personas.version(companion, version)
        if known is not None:
            self._known[companion, version] = known
            while len(self._known) > _KNOWN_MAX:
                self._known.popitem(last=False)
        return known

    async def _widen(
        self,
        companion: Companion,
        rollout: Rollout,
        shares: Sequence[float],
        version: str | None,
        every: timedelta | None,
        at: datetime,
    ) -> Rollout:
        if version is not None and not rollout.version.startswith(version):
            raise InvalidInput(
                f"{rollout.version} of {companion.name} is on its way already.",
                kept="It goes on.",
                next="Promote it or roll it back first.",
            )
        wider = replace(widened(rollout, shares, at), every=every or rollout.every)
        if not await self._personas.move_rollout(wider, act="widen", at=at):
            raise _overtaken(companion)
        return replace(wider, revision=wider.revision + 1)

    async def _candidate(self, companion: Companion, version: str | None) -> str:
        if version is not None:
            candidate = (await self.require(companion, version)).version
        else:
            candidate = (await self._personas.versions(companion.id))[-1].version
        if candidate == companion.version:
            raise InvalidInput(
                f"Everybody has {candidate} of {companion.name} already.",
                kept="Nothing was changed.",
                next="Release another version first: everkin persona release.",
            )
        return candidate

    async def _before(self, companion: Companion) -> str:
        changes = [
            one for one in await self._personas.events(companion.id) if one.act in ("put", "promote", "rollback")
        ]
        before = next(
            (one.previous for one in reversed(changes) if one.version == companion.version and one.previous), None
        )
        if before is None:
            raise NotFound(
                f"{companion.name} has had one version only; there is nothing to go back to.",
                kept="Nothing was changed.",
                next="`everkin persona history` lists what there was.",
            )
        return before

    async def _change(self, companion: Companion, version: str, act: str, at: datetime) -> None:
        if not await self._personas.set_current(companion.id, version, over=companion.version, act=act, at=at):
            raise _overtaken(companion)


def _wanted(wardrobe: Wardrobe, bond: BondId) -> str:
    rollout = wardrobe.rollout
    return rollout.version if rollout and rollout.includes(bond) else wardrobe.current


def _cause(wardrobe: Wardrobe, version: str) -> str:
    if wardrobe.wearing is None:
        return "first"
    if wardrobe.rollout and version == wardrobe.rollout.version:
        return "rollout"
    return "change"


def _overtaken(companion: Companion) -> Conflict:
    return Conflict(
        f"Somebody else changed {companion.name}'s persona a moment ago.",
        kept="Theirs stands; yours was not applied.",
        next="Look at `everkin persona history`, then decide again.",
    )

"""Personas as code, over Python: `kin.personas`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from everkin.character import document
from everkin.character.registry import Registry
from everkin.errors import InvalidInput, NotFound
from everkin.language.tokens import estimate
from everkin.mind.persona import Persona, version_of
from everkin.mind.ports.memories import Companion
from everkin.mind.ports.personas import PersonaEvent, Version
from everkin.mind.ports.voices import Drifted
from everkin.mind.rollout import Rollout
from everkin.store.store import Store

NAME_MAX = 200
lint = partial(document.lint, estimate=estimate)
"""`lint(name, text)`: everything that is wrong with a text as a persona, by line."""


def persona_of(name: str, text: str) -> Persona:
    """The compiled persona of a text, whatever its flaws."""
    return document.persona_of(name, text, estimate)


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonaHistory:
    """A companion's versions, what happened to them in order, and the rollout that is open."""

    companion: str
    current: str
    versions: tuple[Version, ...] = field(repr=False)
    events: tuple[PersonaEvent, ...]
    rollout: Rollout | None


class PersonaShelf:
    """Every verb names a companion, and raises NotFound where there is none, Conflict where somebody else was first."""

    def __init__(self, store: Store, registry: Registry, now: Callable[[], datetime]) -> None:
        self._store, self._registry, self._now = store, registry, now

    async def put(self, name: str, text: str) -> Companion:
        """Release a document and give it to everybody; makes the companion where there is none. Raises PersonaRefused."""
        words = text or f"You are {name}."
        companion = await self._made(name, words)
        await self._registry.put(companion, words, at=self._now())
        return await self._require(name)

    async def release(self, name: str, text: str) -> Version:
        """Keep a document as a version that can be rolled out; nobody gets it yet. Again: no change.

        The first one of a companion makes it, and is everybody's. Raises PersonaRefused.
        """
        return await self._registry.release(await self._made(name, text), text, at=self._now())

    async def promote(self, name: str, version: str | None = None) -> str:
        """Give everybody a released version, by default the one being rolled out; its name."""
        return await self._registry.promote(await self._require(name), version, at=self._now())

    async def rollback(self, name: str, version: str | None = None) -> str:
        """Take back what is on its way, else what everybody has, or go back to `version`; what counts now.

        Raises NotFound for a version that was never released.
        """
        return await self._registry.rollback(await self._require(name), version, at=self._now())

    async def rollout(
        self, name: str, shares: Sequence[float], *, version: str | None = None, every: timedelta | None = None
    ) -> Rollout:
        """Give the newest released version, or `version`, to a share of the bonds; or widen a rollout that is open.

        Of several shares, each above the last and none above 0.95, the first counts now and the others `every` so long,
        as long as replies are received no worse than with the old version. Raises InvalidInput.
        """
        return await self._registry.rollout(
            await self._require(name), shares, version=version, every=every, at=self._now()
        )

    async def history(self, name: str) -> PersonaHistory:
        """What there is and what changed for everybody; what changed for one bond is `bond.personas()`."""
        companion = await self._require(name)
        return PersonaHistory(
            companion=companion.name,
            current=companion.version,
            versions=tuple(await self._store.personas.versions(companion.id)),
            events=tuple(await self._store.personas.events(companion.id)),
            rollout=await self._store.personas.rollout(companion.id),
        )

    async def version(self, name: str, version: str | None = None) -> Version:
        """A released version by its name or the beginning of it; by default the one that everybody has."""
        companion = await self._require(name)
        return await self._registry.require(companion, version or companion.version)

    async def drifted(self, name: str, *, limit: int = 100) -> list[Drifted]:
        """The bonds in which its voice has drifted, the furthest first: ids and numbers."""
        return await self._store.voices.drifted((await self._require(name)).id, limit=limit)

    async def _require(self, name: str) -> Companion:
        companion = await self._store.directory.companion(name) if document.is_text(name) else None
        if companion is None:
            raise NotFound(
                "There is no companion of this name.",
                kept="Nothing was changed.",
                next="`everkin companions list` shows who there is.",
            )
        return companion

    async def _made(self, name: str, text: str) -> Companion:
        if not name.strip() or len(name) > NAME_MAX or not document.is_text(name):
            raise InvalidInput(f"A companion's name is a text of 1 to {NAME_MAX} characters.", next="Give one.")
        document.require(name, text, estimate)
        companion = await self._store.directory.companion(name)
        if companion is not None:
            return companion
        return await self._store.directory.put_companion(
            name=name, persona=text, version=version_of(text), at=self._now()
        )

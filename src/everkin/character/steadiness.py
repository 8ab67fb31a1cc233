"""Steadiness: how a persona adapts to one person, and whether its voice stays its own."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.errors import EmbedderUnavailable
from everkin.mind.adaptation import MESSAGES, adapted, positions
from everkin.mind.drift import Drift, Voice, drift, learned, strangeness
from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.manner import manner
from everkin.mind.persona import Persona
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.voices import Voices

REPLIES: Final = 64
"""The last so many say whether a voice drifts."""
HISTORY: Final = 30
_AFTER: Final = timedelta(seconds=1)
"""A reply stands a moment after the words it answers."""
_VOICES_MAX: Final = 64
"""Voices of so many versions are kept at hand."""


class Steadiness:
    """Keeps the voices of a few personas at hand; everything else is read anew."""

    def __init__(self, voices: Voices, embedder: Embedder) -> None:
        self._voices, self._embedder = voices, embedder
        self._known: OrderedDict[str, Voice | None] = OrderedDict()

    async def adapted(self, user: UserId, bond: BondId, persona: Persona, *, at: datetime) -> Persona:
        """The persona as it speaks with this user. One query, and none for a persona without dials that move."""
        if all(dial.is_fixed for dial in persona.dials.values()):
            return persona
        return adapted(persona, await self._voices.shown(user, bond, until=at, limit=MESSAGES))

    async def positions(self, user: UserId, bond: BondId, persona: Persona, *, at: datetime) -> dict[str, float]:
        """Where the dials stand with this user."""
        return positions(persona.dials, await self._voices.shown(user, bond, until=at, limit=MESSAGES))

    async def strangeness(self, persona: Persona, text: str) -> float | None:
        """How far a text is from the persona's voice, 0 .. 1; None for one with too few exemplars. Embeds the text."""
        voice = await self._voice(persona)
        return None if voice is None else strangeness(voice, manner(text), (await self._embedder.embed([text]))[0])

    async def spoken(
        self,
        user: UserId,
        bond: BondId,
        persona: Persona,
        message: MessageKey,
        text: str,
        vector: NDArray[Any] | None,
        *,
        at: datetime,
    ) -> None:
        """A reply was spoken and kept: score it, and raise or lower the alarm. Without vectors nothing is scored."""
        try:
            voice = await self._voice(persona)
        except EmbedderUnavailable:
            return
        if voice is None or vector is None:
            return
        history = await self._voices.likeness(user, bond, vector, before=at, last=HISTORY)
        strange = strangeness(voice, manner(text), vector, history=history)
        await self._voices.score(user, bond, message, version=persona.version, strangeness=strange)
        await self._voices.raise_alarm(user, bond, await self.drift(user, bond, persona, at=at), at=at)

    async def drift(self, user: UserId, bond: BondId, persona: Persona, *, at: datetime) -> Drift:
        """Where the bond's voice stands, by its last replies under this version."""
        return drift(await self._voices.scores(user, bond, version=persona.version, until=at + _AFTER, last=REPLIES))

    async def _voice(self, persona: Persona) -> Voice | None:
        if persona.version not in self._known:
            replies = [exemplar.reply for exemplar in persona.exemplars]
            vectors = await self._embedder.embed(replies) if replies else np.zeros((0, self._embedder.dimensions))
            self._known[persona.version] = learned([manner(reply) for reply in replies], vectors)
            while len(self._known) > _VOICES_MAX:
                self._known.popitem(last=False)
        return self._known[persona.version]

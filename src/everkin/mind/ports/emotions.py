"""What reads feelings out of texts, and where what messages add to them is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from everkin.mind.emotion import Reading, Sums
from everkin.mind.identity import BondId, UserId
from everkin.mind.marker import MarkerKind, Mention


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """A word about something that markers are about, before its message has a key."""

    kind: MarkerKind
    strength: float
    event: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Felt:
    """What one message adds to the feelings of both: an impulse of `emotion.SHAPE`, and at most one mention."""

    impulse: NDArray[np.int8] = field(repr=False)
    spoken: Spoken | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A bond's feelings at the moment they were asked for: sums, and the mentions that markers may follow from."""

    sums: Sums
    mentions: tuple[Mention, ...]


class EmotionReader(Protocol):
    def read(self, texts: Sequence[str], vectors: NDArray[Any] | None) -> list[Reading]:
        """What each text shows, in order. `vectors` are the embedder's, a row each; None reads by words alone."""
        ...


class Emotions(Protocol):
    """Feelings of one bond. What messages add is written with them (`NewMessage.felt`) and goes when they go."""

    async def standing(self, user: UserId, bond: BondId, *, at: datetime) -> Standing:
        """How things stand at `at`, which may lie in the past; then it costs reading what each message added."""
        ...

    async def history(self, user: UserId, bond: BondId, *, moments: Sequence[datetime]) -> list[Sums]:
        """The sums at each of the moments, which are in order, from what each message added: nothing erased is in it."""
        ...

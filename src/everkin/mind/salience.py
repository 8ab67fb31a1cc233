"""Salience: what a memory is worth now, by one model that explains itself; no job has to run for it to be right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

DECAY: Final = 0.3
"""Exponent d of the power law of forgetting; 0.3 predicts best which words return in the next session."""

KEPT_TIMES: Final = 4
"""How many of the latest references keep their exact time (k in Petrov's approximation)."""

USE_WEIGHT: Final = 0.2
"""A reference by the system counts this much of one by a person, and only when the reply used it."""

NEWEST: Final = timedelta(minutes=1)
"""References younger than this count as this old: the power law has no value at zero."""


class Kind(StrEnum):
    """What a memory is about, as far as forgetting cares."""

    SAFETY = "safety"
    IDENTITY = "identity"
    KIN = "kin"
    PET = "pet"
    DIAGNOSIS = "diagnosis"
    BEREAVEMENT = "bereavement"
    PREFERENCE = "preference"
    EVENT = "event"
    SMALL_TALK = "small_talk"

    @property
    def floor(self) -> float:
        """The salience below which a memory of this kind never sinks; 1 never leaves the warm tier."""
        return _FLOORS[self]


_FLOORS: Final = {
    Kind.SAFETY: 1.0,
    Kind.IDENTITY: 1.0,
    Kind.KIN: 1.0,
    Kind.PET: 1.0,
    Kind.DIAGNOSIS: 1.0,
    Kind.BEREAVEMENT: 1.0,
    Kind.PREFERENCE: 0.4,
    Kind.EVENT: 0.15,
    Kind.SMALL_TALK: 0.0,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """The references to one memory, small enough for a narrow table: a weight, the first time and the last few.

    `latest` is newest first, at most `KEPT_TIMES` long, each with its weight (1 a session in which a person spoke of
    it, `USE_WEIGHT` a use in a reply); `weight` is the sum over all references ever, those forgotten here included.
    """

    first: datetime
    weight: float
    latest: tuple[tuple[datetime, float], ...]

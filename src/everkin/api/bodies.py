"""The bodies of the native routes: what may be sent. What comes back is in `answers`."""

from collections.abc import Sequence
from datetime import datetime, time
from enum import IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from everkin.mind.scratchpad import CHARACTERS_MAX, NOTES_MAX, Scratchpad

MESSAGES_MAX = 10_000
PERSONA_MAX = 100_000

Limit = Annotated[int, Field(ge=1, le=1000)]
EnumName = Annotated[str, BeforeValidator(lambda value: value.name.lower() if isinstance(value, IntEnum) else value)]


class Body(BaseModel):
    """Read from JSON, or from a value of ours with the same names."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True, allow_inf_nan=False)


class Said(Body):
    """One message to be observed. `id` is the caller's own; the same id and text again changes nothing."""

    role: str
    content: str
    id: str | None = None
    name: str | None = None
    at: datetime | None = None
    parent: str | None = None
    device: str | None = None


class ObserveAsk(Body):
    messages: Annotated[list[Said], Field(max_length=MESSAGES_MAX)]
    conversation: str | None = None
    device: str | None = None


class RecallAsk(Body):
    question: str
    at: datetime | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    explain: bool = False


class Noted(Body):
    """A note on the scratchpad of one exchange: what your model thinks, what a tool says. It is kept nowhere."""

    text: Annotated[str, Field(max_length=CHARACTERS_MAX)]
    kind: Annotated[str, Field(max_length=40)] = "thought"
    order: float | None = None


Scratch = Annotated[list[Noted], Field(max_length=NOTES_MAX)]


def scratchpad_of(notes: Sequence[Noted]) -> Scratchpad:
    """Closed by whoever ends the exchange."""
    pad = Scratchpad()
    for noted in notes:
        pad.note(noted.text, kind=noted.kind, order=noted.order)
    return pad


class ContextAsk(Body):
    question: str
    tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    at: datetime | None = None
    conversation: str | None = None
    scratch: Scratch = Field(default_factory=list)
    explain: bool = False


class ReplyAsk(Body):
    text: str
    at: datetime | None = None
    conversation: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    scratch: Scratch = Field(default_factory=list)
    stream: bool = False


class PinAsk(Body):
    pinned: bool = True


class SearchAsk(Body):
    text: str
    limit: Limit = 20


class EditAsk(Body):
    text: Annotated[str, Field(min_length=1)]


class CallAsk(Body):
    """What is left out stays as it is."""

    name: str | None = None
    relation: str | None = None


class MergeAsk(Body):
    other: UUID


class UnmergeAsk(Body):
    alias: UUID


class PersonaAsk(Body):
    persona: Annotated[str, Field(min_length=1, max_length=PERSONA_MAX)]


class ZoneAsk(Body):
    zone: str


class ReviewAsk(Body):
    decision: Literal["confirm", "dismiss", "reopen"]


class ConsentBody(Body):
    """Whether, when and how often a companion may write first. Quiet hours are on the user's own clock, in `zone` (null: leave it)."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True, extra="forbid")

    enabled: bool
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    per_day: Annotated[int, Field(ge=0, le=20)] = 1
    per_week: Annotated[int, Field(ge=0, le=140)] = 3
    zone: str | None = None


class VersionAsk(Body):
    """`version` is a released one's name, or the beginning of it."""

    version: Annotated[str, Field(min_length=4, max_length=64)] | None = None


class RolloutAsk(Body):
    """Shares of all bonds, 0 .. 0.95, each above the last; those after the first follow every so many hours."""

    shares: Annotated[list[float], Field(min_length=1, max_length=20)]
    version: Annotated[str, Field(min_length=4, max_length=64)] | None = None
    every_hours: Annotated[float, Field(gt=0, le=10_000)] | None = None

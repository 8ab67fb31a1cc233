"""The bodies of the native routes: what may be sent, and what comes back."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from everkin.mind.entity import EntityRef, Reason
from everkin.mind.fact import Origin, Predicate
from everkin.mind.memory import Verdict
from everkin.mind.scratchpad import CHARACTERS_MAX, NOTES_MAX, Scratchpad
from everkin.mind.transcript import Delivery, Role

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


class AliasTold(Body):
    """One way in which somebody is spoken of; `why` says why it is taken for them."""

    id: UUID
    name: str | None
    relation: str | None
    whose: str | None
    mentions: int
    first_at: datetime
    last_at: datetime
    why: Reason | None


class TraitTold(Body):
    """A fact about somebody: `current`, or past."""

    id: UUID
    predicate: Predicate
    value: str
    text: str
    polarity: bool
    unsure: bool
    since: datetime | None
    until: datetime | None
    said_at: datetime
    message_ids: Sequence[str]
    current: bool


class PortraitTold(Body):
    """Somebody of the user's people. `traits` are empty in a list."""

    id: UUID
    name: str | None
    relation: str | None
    whose: str | None
    aliases: Sequence[AliasTold]
    first_at: datetime
    last_at: datetime
    mentions: int
    traits: Sequence[TraitTold]


class PersonaAsk(Body):
    persona: Annotated[str, Field(min_length=1, max_length=PERSONA_MAX)]


class FactTold(Body):
    """A semantic memory taken apart: `subject` `predicate` `value`, or not so where `polarity` is false."""

    subject: Annotated[str, BeforeValidator(lambda subject: subject.key if isinstance(subject, EntityRef) else subject)]
    predicate: Predicate
    value: str
    polarity: bool
    hedge: float
    origin: Origin


class ZoneAsk(Body):
    zone: str


class PersonTold(Body):
    name: str
    time_zone: str
    epoch: int


class MemoryTold(Body):
    id: UUID
    kind: EnumName
    text: str
    message_ids: Sequence[str]
    role: Role
    name: str | None
    at: datetime
    recorded_at: datetime
    fact: FactTold | None
    importance: float
    pinned: bool
    shared: bool
    safety: bool
    valid_from: datetime | None
    valid_to: datetime | None
    superseded_by: UUID | None
    uses: int
    last_used_at: datetime | None


class RecollectionTold(Body):
    memory: MemoryTold
    score: float
    confidence: float
    why: Sequence[str]
    excerpt: str | None


class RecalledTold(Body):
    verdict: Verdict
    confidence: float
    recollections: Sequence[RecollectionTold]
    why: Sequence[str]
    degraded: Sequence[str]
    explanation: dict[str, Any] | None


class WhyTold(Body):
    """In words for a person, with the messages it came from."""

    why: str
    sources: Sequence["MessageTold"]


class MessageTold(Body):
    """A message word for word, as the source of a memory."""

    id: str
    role: Role
    name: str | None
    content: str
    at: datetime
    delivery: Delivery
    device: str | None


class ContextTold(Body):
    messages: Sequence[dict[str, Any]]
    tokens: int
    budget: int
    cut: dict[str, int]
    explanation: dict[str, Any] | None
    recollections: Sequence[RecollectionTold]
    verdict: Verdict
    confidence: float


class ObservedTold(Body):
    kept: int
    unchanged: int
    revised: int
    disclosures: int


class DisclosureTold(Body):
    """The words stay with the message; `level` says how grave it is."""

    id: UUID
    message: UUID
    category: EnumName
    level: EnumName
    at: datetime
    state: EnumName
    reviewed_at: datetime | None


class ReviewAsk(Body):
    decision: Literal["confirm", "dismiss", "reopen"]


class MarkerTold(Body):
    """What stays with the user for a while; `cause` is the message that began it."""

    kind: EnumName
    cause: UUID
    onset: datetime
    renewed: datetime
    expires: datetime
    strength: float
    event: datetime | None


class StateTold(Body):
    """`persona` is (name, version). `emotion` is how the user seems, by axis."""

    persona: tuple[str, str]
    disclosures: Sequence[DisclosureTold]
    emotion: dict[str, float]
    companion_emotion: dict[str, float]
    markers: Sequence[MarkerTold]
    arcs: Sequence[str]
    open_threads: Sequence[str]


class ErasedTold(Body):
    messages: int
    memories: int
    later: bool


class CompanionTold(Body):
    name: str
    persona: str
    version: str


class QualityTold(Body):
    """One day's sample of the cell's memories: shares of 0 to 1, and counts."""

    day: date
    sampled: int
    grounded: float
    duplicate: float
    contradicted: float
    used: float
    readable: float
    came_back: float
    found: float
    flagged: int
    pruned: int


class HealthTold(Body):
    ready: bool
    parts: dict[str, str]

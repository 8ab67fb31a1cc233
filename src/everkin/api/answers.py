"""What the native routes answer with, and the terminal as JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator

from everkin.api.bodies import Body, EnumName
from everkin.mind.entity import EntityRef, Reason
from everkin.mind.fact import Origin, Predicate
from everkin.mind.memory import Verdict
from everkin.mind.milestone import Milestone
from everkin.mind.transcript import Delivery, Role


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


class FactTold(Body):
    """A semantic memory taken apart: `subject` `predicate` `value`, or not so where `polarity` is false."""

    subject: Annotated[str, BeforeValidator(lambda subject: subject.key if isinstance(subject, EntityRef) else subject)]
    predicate: Predicate
    value: str
    polarity: bool
    hedge: float
    origin: Origin


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
    tier: EnumName
    fading_since: datetime | None


class WeekTold(Body):
    """A week in the few messages that tell most of it, the most telling first. `messages` is how many it had."""

    start: datetime
    end: datetime
    messages: int
    memories: Sequence[MemoryTold]


class LifeEventTold(Body):
    """One event of a life: whose (empty: the user's), between when and when as far as was said, and what it is known from."""

    milestone: Milestone
    who: str
    text: str
    start: datetime | None
    end: datetime | None
    when: datetime
    told_at: datetime
    memory: UUID
    message_ids: Sequence[str]


class TopicTold(Body):
    """Something the two talk about, in a few words that tell it apart. `messages` is how many there are; `memories` some of them."""

    id: UUID
    words: Sequence[str]
    messages: int
    first_at: datetime
    last_at: datetime
    memories: Sequence[MemoryTold]


class RecollectionTold(Body):
    memory: MemoryTold
    score: float
    confidence: float
    why: Sequence[str]
    excerpt: str | None
    features: dict[str, float] | None
    """Each feature of the score by its name, where `explain` asked for them."""


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
    fate: Sequence[str]
    """Why it is still here, or why it faded: its tier, its worth, the reasons."""
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
    degraded: Sequence[str]
    """What recall went without: `vectors` when the embedder is down, `archive` when old talk is out of reach."""


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


class MarkerTold(Body):
    """What stays with the user for a while; `cause` is the message that began it."""

    kind: EnumName
    cause: UUID
    onset: datetime
    renewed: datetime
    expires: datetime
    strength: float
    event: datetime | None


class ArcTold(Body):
    """What has been different for weeks. `upwards`: brighter, longer away, saying more; `size` in their own standard deviations."""

    axis: str
    since: datetime
    noticed: datetime
    until: datetime | None
    upwards: bool | None
    size: float
    sessions: int
    text: str


class ThreadTold(Body):
    """What is ahead of the user, in their own words; `message` said so, `starts` to `ends` is when (null: not said).

    `ask_at` is from when a companion may ask how it went.
    """

    text: str
    message: UUID
    at: datetime
    starts: datetime | None
    ends: datetime | None
    ask_at: datetime | None


class AnniversaryTold(Body):
    occasion: str
    day: date
    years: int | None
    who: str
    message_ids: Sequence[str]


class ThemeTold(Body):
    word: str
    sessions: int
    first_at: datetime
    last_at: datetime
    messages: Sequence[UUID]


class ArcsTold(Body):
    arcs: Sequence[ArcTold]
    themes: Sequence[ThemeTold]
    open_threads: Sequence[ThreadTold]
    anniversaries: Sequence[AnniversaryTold]


class SentenceTold(Body):
    """One sentence of a summary. `message_ids` are what it rests on; editing one of `memories` puts it right."""

    text: str
    message_ids: Sequence[str]
    memories: Sequence[UUID]


class OvertureTold(Body):
    """A message that the companion wrote first. The same `id` however often you get it; it is the transcript's id too."""

    id: UUID
    text: str
    reason: EnumName
    decided_at: datetime


class StateTold(Body):
    """`persona` is (name, version). `emotion` is how the user seems, by axis."""

    persona: tuple[str, str]
    disclosures: Sequence[DisclosureTold]
    emotion: dict[str, float]
    companion_emotion: dict[str, float]
    markers: Sequence[MarkerTold]
    arcs: Sequence[ArcTold]
    open_threads: Sequence[ThreadTold]
    anniversaries: Sequence[AnniversaryTold]
    drifted: bool


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


class FlawTold(Body):
    """`line` counts from 1; `rule` is a word to look it up by."""

    line: int
    rule: str
    severity: str
    what: str
    next: str


class LintTold(Body):
    flaws: Sequence[FlawTold]


class VersionTold(Body):
    version: str
    document: str
    released_at: datetime


class ReleasedTold(Body):
    version: str
    released_at: datetime


class PersonaEventTold(Body):
    act: str
    version: str
    previous: str | None
    share: float | None
    at: datetime


class TallyTold(Body):
    """How many bonds counted, and the mean share of their first replies that they kept."""

    bonds: int
    mean: float


class EvidenceTold(Body):
    candidate: TallyTold
    control: TallyTold


class RolloutTold(Body):
    version: str
    control: str
    state: str
    share: float
    steps: Sequence[float]
    opened_at: datetime
    stepped_at: datetime
    evidence: EvidenceTold


class HistoryTold(Body):
    companion: str
    current: str
    versions: Sequence[ReleasedTold]
    events: Sequence[PersonaEventTold]
    rollout: RolloutTold | None


class SpellTold(Body):
    """`cause` is first, change (of what everybody has) or rollout."""

    version: str
    cause: str
    since: datetime


class VoiceTold(Body):
    """`drift` is 0 (the persona's own voice) .. 1 (somebody else's), a moving mean over the last replies."""

    version: str
    core: str
    dials: dict[str, float]
    drift: float
    replies: int
    alarm: bool

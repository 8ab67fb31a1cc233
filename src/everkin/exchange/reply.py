"""What a turn asks for, and a reply as it comes and as it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from everkin.exchange import understudy
from everkin.mind.memory import Recollection, Verdict
from everkin.mind.ports.gateway import (
    Attempt,
    Event,
    Finished,
    Interrupted,
    Shown,
    ToolDelta,
    Usage,
)
from everkin.mind.scratchpad import Scratchpad
from everkin.mind.transcript import Delivery, Utterance


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The first event of every reply: what was recalled for it, and the help shown before it when somebody is in danger."""

    message_id: str
    verdict: Verdict
    confidence: float
    recollections: tuple[Recollection, ...]
    resources: str | None
    context_tokens: int
    degraded: tuple[str, ...] = ()
    """What recall went without, by name: `vectors` when the embedder is down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A reply as it ended. `understudy` says that no model spoke; `delivery` whether it came to its own end."""

    message_id: str
    text: str = field(repr=False)
    provider: str
    model: str
    finish_reason: str
    usage: Usage
    delivery: Delivery
    understudy: bool
    started: Started
    attempts: tuple[Attempt, ...] = ()
    tool_calls: tuple[ToolDelta, ...] = field(default=(), repr=False)
    """What a model wants done with the client's own tools, each in one piece."""

    @classmethod
    def of(cls, started: Started, end: Finished | Interrupted, tools: Sequence[ToolDelta] = ()) -> "Reply":
        """A reply from its first event, its last, and the tool calls between."""
        finished = end if isinstance(end, Finished) else None
        return cls(
            message_id=started.message_id,
            text=end.text,
            provider=finished.provider if finished else "",
            model=finished.model if finished else "",
            finish_reason=finished.finish_reason if finished else "error",
            usage=finished.usage if finished else Usage(prompt_tokens=0, completion_tokens=0, estimated=True),
            delivery=Delivery.COMPLETE if finished else Delivery.INTERRUPTED,
            understudy=finished is not None and finished.provider == understudy.NAME,
            started=started,
            attempts=end.attempts,
            tool_calls=tuple(tools),
        )


TurnEvent = Started | Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """What one turn asks: the words to be answered, which of them are new, and how the answer is wanted.

    `news` is what is kept of it (empty for a swipe: the question stands already). `shown` says what the client can do
    with text it has been sent; `left_as` is what becomes of the reply when its reader leaves.
    """

    question: str = field(repr=False)
    news: Sequence[Utterance] = ()
    client: str = field(default="", repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tokens: int = 4000
    shown: Shown = Shown.REPLACEABLE
    left_as: Delivery = Delivery.INTERRUPTED
    scratchpad: Scratchpad | None = None
    """What the app put down for this exchange alone; closed when it is over."""

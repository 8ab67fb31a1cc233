"""The gateway: one neutral prompt in, one stream of events out, whatever becomes of the providers behind it.

Every stream ends with exactly one of three events, and nothing follows it:

- `Finished`: an answer whose end was proven (a finish reason, and text or tool calls);
- `Interrupted`: text (or a tool call) was handed out, its provider died, and nobody could go on from there;
- `Exhausted`: nothing was handed out, and no provider could answer. The understudy's cue.

A consumer keeps one string. `TextDelta` appends to it, `Replaced` sets it anew, and at the end it equals
`Finished.text` or `Interrupted.text`. The stream owns connections, so it is closed by the one who opened it:

    async with aclosing(gateway.stream(prompt, seconds=300)) as events:
        async for event in events:
            ...

Closing it, or cancelling the task that reads it, stops the generation and frees connection and slot before it returns.
No event and no error holds a user's words in its `repr`.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from everkin.mind.transcript import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatMessage:
    """One message as a provider sees it.

    `content` is text, or OpenAI's list of parts (text and image_url). `tool_calls` (on an assistant's message) and
    `tool_call_id` (on a tool's) have OpenAI's form; other upstreams get them translated.
    """

    role: Role
    content: str | Sequence[Mapping[str, Any]] = field(repr=False)
    name: str | None = field(default=None, repr=False)
    tool_calls: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    tool_call_id: str | None = None


class Shown(StrEnum):
    """Where the text goes, and so what can be done about it when its provider dies in the middle."""

    NOWHERE = "nowhere"
    """Buffered: nobody sees it before the end. Another provider answers from the start; the first half is dropped."""
    REPLACEABLE = "replaceable"
    """A native stream: what was shown can be taken back with `Replaced`."""
    APPEND_ONLY = "append_only"
    """An OpenAI stream: what was shown stays. `Replaced` is never sent; a join that fails becomes a new paragraph."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """What is asked, in no provider's dialect.

    `parameters` has OpenAI's names (temperature, max_tokens, stop, seed, tools, tool_choice, response_format, …); an
    upstream drops those it has no word for. `service_level` and `companion` choose the order of providers;
    `provider` (a pin) is tried first, the others stand by, and one that does not exist is ignored.
    """

    messages: Sequence[ChatMessage] = field(repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    shown: Shown = Shown.NOWHERE
    service_level: str = ""
    companion: str | None = None
    provider: str | None = None
    continuable: bool = True
    """False when another provider must never go on from half an answer. JSON (by `response_format` or by its look) and
    tool calls are never continued, whatever this says."""


class FaultKind(StrEnum):
    """What can go wrong with one attempt at one provider. `everkin.providers.fault` says what each one costs."""

    REFUSED = "refused"
    NAME_UNKNOWN = "name_unknown"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    NO_ANSWER = "no_answer"
    UNAUTHORIZED = "unauthorized"
    MODEL_UNKNOWN = "model_unknown"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    REJECTED = "rejected"
    TOO_LONG = "too_long"
    NOT_A_STREAM = "not_a_stream"
    IN_BAND_ERROR = "in_band_error"
    EMPTY = "empty"
    FILTERED = "filtered"
    NO_CONTENT = "no_content"
    STALLED = "stalled"
    TOO_SLOW = "too_slow"
    TRUNCATED = "truncated"
    GARBLED = "garbled"
    DECLINED = "declined"
    BUSY = "busy"
    RESTING = "resting"
    OUT_OF_TIME = "out_of_time"
    ENDLESS = "endless"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One failed attempt. `status` is HTTP's, `code` the provider's own short slug, `retry_after_s` what it asked for.

    Never the provider's message: it may quote the prompt.
    """

    kind: FaultKind
    status: int | None = None
    code: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One provider asked once. `fault` is None for the one that answered (or was only out-run by another).

    `first_content_ms` counts from the start of this attempt to its first text, reasoning or tool call.
    """

    provider: str
    model: str
    fault: Fault | None = None
    first_content_ms: float | None = None
    total_ms: float = 0.0
    hedge: bool = False
    continuation: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Tokens as the last provider counted them; `estimated` when it did not and we did (always on the high side)."""

    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Append this to the text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The model's thinking, passed through; never part of the text, never remembered."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolDelta:
    """A fragment of the tool call at `index`: `id` and `name` come once, `arguments` is to be concatenated."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = field(default="", repr=False)


def whole_calls(tools: Sequence[ToolDelta]) -> tuple[ToolDelta, ...]:
    """The calls, each in one piece, in their order."""
    calls: dict[int, ToolDelta] = {}
    for piece in tools:
        told = calls.get(piece.index)
        calls[piece.index] = (
            replace(
                told, id=told.id or piece.id, name=told.name or piece.name, arguments=told.arguments + piece.arguments
            )
            if told
            else piece
        )
    return tuple(calls[index] for index in sorted(calls))


@dataclass(frozen=True, slots=True)
class Replaced:
    """The text is now `text`, and all reasoning and tool calls before this are void. Never on an append-only stream."""

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Switched:
    """Another provider takes over: for metadata and logs, not for the reader. `after` is the provider that was left."""

    after: str
    to: str
    fault: Fault
    continuation: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing to say yet, and still there: send the client a keep-alive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """The end of a proven answer. `finish_reason` has OpenAI's words: stop, length, tool_calls, content_filter.

    `provider` and `model` are those of the last attempt, `attempts` all of them in the order they were started;
    `joined` names how a continuation was joined (see `everkin.providers.join`), None when one provider said it all.
    """

    text: str = field(repr=False)
    provider: str
    model: str
    finish_reason: str
    usage: Usage
    attempts: tuple[Attempt, ...]
    joined: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interrupted:
    """The end of an answer that nobody could complete: `text` is what was handed out, `fault` what stopped it last."""

    text: str = field(repr=False)
    fault: Fault
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exhausted:
    """No provider could answer, and nothing was handed out.

    `fault` is the last one that says most (REJECTED and TOO_LONG: the request is to blame, and asking again is vain);
    None when no provider is configured. `retry_after_s` is when the first of them may be ready again, if known.
    """

    fault: Fault | None
    attempts: tuple[Attempt, ...]
    retry_after_s: float | None = None


Event = TextDelta | ReasoningDelta | ToolDelta | Replaced | Switched | Waiting | Finished | Interrupted | Exhausted


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderStatus:
    """One configured provider as it stands. `breaker` is closed, open or half_open; `resting_until` for an open one."""

    name: str
    kind: str
    model: str
    host: str
    context_window: int
    breaker: str
    failures: int
    resting_until: datetime | None
    in_flight: int
    slots: int


class Gateway(Protocol):
    """Ordered providers behind one door."""

    def stream(self, prompt: Prompt, *, seconds: float | None = None) -> AsyncGenerator[Event, None]:
        """The events of one reply, at most `seconds` from now in all (None: the configured total).

        Raises nothing of the providers' making. Close the generator when you leave early.
        """
        ...

    def window(self, *, service_level: str = "", companion: str | None = None) -> int:
        """Tokens (prompt and reply together) of the provider that would be asked first; 0 when there is none.

        A later provider with a smaller window gets the prompt with its oldest turns left out.
        """
        ...

    async def status(self) -> Sequence[ProviderStatus]:
        """Every provider in its configured order."""
        ...

    async def test(self, provider: str) -> Attempt:
        """Ask one provider for one word, past its breaker, and tell the breaker how it went; costs a few tokens.

        Raises NotFound for a provider that is not configured.
        """
        ...

    async def models(self, provider: str) -> Sequence[str]:
        """The model names a provider offers; ProviderError when it cannot be asked, NotFound as above."""
        ...

    async def probe(self) -> None:
        """Ask, with one word, each provider whose rest is over, so that no user's turn has to be the probe."""
        ...

    async def aclose(self) -> None:
        """Close every connection; streams still open end with their connections."""
        ...

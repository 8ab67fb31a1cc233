"""A reply on the native route: numbered events, or one body."""

from typing import Any, Final

from everkin.api import failure, wire
from everkin.api.answers import RecollectionTold
from everkin.errors import EverkinError
from everkin.exchange.broadcast import Numbered
from everkin.exchange.reply import Reply, Started, TurnEvent
from everkin.mind.ports.gateway import (
    Finished,
    Interrupted,
    ReasoningDelta,
    Replaced,
    Switched,
    TextDelta,
    ToolDelta,
    Usage,
    Waiting,
)


def recalled(told: Started) -> dict[str, Any]:
    """What a reply was answered from."""
    return {
        "message_id": told.message_id,
        "verdict": told.verdict,
        "confidence": told.confidence,
        "degraded": list(told.degraded),
        "recollections": [RecollectionTold.model_validate(one).model_dump(mode="json") for one in told.recollections],
        "resources": told.resources,
    }


def usage(counted: Usage) -> dict[str, int]:
    """In OpenAI's words."""
    return {
        "prompt_tokens": counted.prompt_tokens,
        "completion_tokens": counted.completion_tokens,
        "total_tokens": counted.prompt_tokens + counted.completion_tokens,
    }


def reply_told(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "provider": reply.provider,
        "model": reply.model,
        "finish_reason": reply.finish_reason,
        "usage": usage(reply.usage),
        "understudy": reply.understudy,
        "delivery": reply.delivery,
    } | recalled(reply.started)


class Events:
    """`started`; `text`, `reasoning`, `tool`, `replaced` and `switched` as they come; `finished` or `interrupted`.

    A reader keeps one string: `text` appends to it, `replaced` sets it anew.
    """

    def event(self, event: Numbered) -> bytes:
        name, data = _told(event.event)
        return wire.frame(data, event=name, number=event.number) if data is not None else _SILENT[name]

    def end(self) -> bytes:
        return b""

    def failed(self, error: EverkinError) -> bytes:
        return wire.frame(failure.form(error), event="error")


_SILENT: Final = {"waiting": wire.KEEP_ALIVE, "": b""}
"""What has no frame of its own: a keep-alive, and what a client of this form is not told."""


def _told(event: TurnEvent) -> tuple[str, dict[str, Any] | None]:
    match event:
        case Started():
            return "started", recalled(event)
        case TextDelta() | Replaced() | ReasoningDelta():
            return _NAMES[type(event)], {"text": event.text}
        case ToolDelta():
            return "tool", _tool(event)
        case Switched():
            return "switched", {"after": event.after, "to": event.to}
        case Finished():
            return "finished", _finished(event)
        case Interrupted():
            return "interrupted", {"text": event.text, "fault": event.fault.kind}
        case Waiting():
            return "waiting", None
        case _:
            return "", None


_NAMES: Final = {TextDelta: "text", Replaced: "replaced", ReasoningDelta: "reasoning"}


def _tool(delta: ToolDelta) -> dict[str, Any]:
    return {"index": delta.index, "id": delta.id, "name": delta.name, "arguments": delta.arguments}


def _finished(end: Finished) -> dict[str, Any]:
    return {
        "text": end.text,
        "provider": end.provider,
        "model": end.model,
        "finish_reason": end.finish_reason,
        "usage": usage(end.usage),
        "understudy": end.provider == "understudy",
    }

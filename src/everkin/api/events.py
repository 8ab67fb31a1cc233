"""A reply on the native route: numbered events, or one body."""

from typing import Any

from everkin.api import failure, wire
from everkin.api.bodies import RecollectionTold
from everkin.errors import EverkinError
from everkin.exchange.turn import Reply, Started
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

    def __init__(self) -> None:
        self._number = 0

    def event(self, event: Any) -> bytes:
        match event:
            case Started():
                return self._frame("started", recalled(event))
            case TextDelta():
                return self._frame("text", {"text": event.text})
            case ReasoningDelta():
                return self._frame("reasoning", {"text": event.text})
            case ToolDelta():
                return self._frame("tool", _tool(event))
            case Replaced():
                return self._frame("replaced", {"text": event.text})
            case Switched():
                return self._frame("switched", {"after": event.after, "to": event.to})
            case Finished():
                return self._frame("finished", _finished(event))
            case Interrupted():
                return self._frame("interrupted", {"text": event.text, "fault": event.fault.kind})
            case Waiting():
                return wire.KEEP_ALIVE
            case _:
                return b""

    def end(self) -> bytes:
        return b""

    def failed(self, error: EverkinError) -> bytes:
        return self._frame("error", failure.form(error))

    def _frame(self, event: str, data: dict[str, Any]) -> bytes:
        self._number += 1
        return wire.frame(data, event=event, number=self._number)


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

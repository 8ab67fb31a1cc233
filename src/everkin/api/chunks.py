"""A reply on OpenAI's route: `chat.completion`, or its chunks."""

from typing import Any

from everkin.api import failure, wire
from everkin.api.events import usage
from everkin.errors import EverkinError, ProviderError
from everkin.exchange.reply import Reply, Started
from everkin.mind.ports.gateway import Finished, Interrupted, ReasoningDelta, TextDelta, ToolDelta, Usage, Waiting


def extension(told: Started) -> dict[str, Any]:
    """The `everkin` object: what was recalled, without a word of it."""
    return {
        "message_id": told.message_id,
        "verdict": told.verdict,
        "confidence": told.confidence,
        "degraded": list(told.degraded),
        "recollections": [
            {
                "id": str(one.memory.id),
                "at": one.memory.at.isoformat(),
                "confidence": one.confidence,
                "message_ids": list(one.memory.message_ids),
            }
            for one in told.recollections
        ],
    }


def completion(reply: Reply, *, id: str, model: str, made: int) -> dict[str, Any]:
    return {
        "id": id,
        "object": "chat.completion",
        "created": made,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": _message(reply),
                "finish_reason": reply.finish_reason,
                "logprobs": None,
            }
        ],
        "usage": usage(reply.usage),
        "everkin": extension(reply.started) | {"provider": reply.provider, "understudy": reply.understudy},
    }


def _message(reply: Reply) -> dict[str, Any]:
    """Content is null where there are tool calls alone, as OpenAI has it."""
    told = {"role": "assistant", "content": reply.text or (None if reply.tool_calls else ""), "refusal": None}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in reply.tool_calls
    ]
    return told | ({"tool_calls": calls} if calls else {})


class Chunks:
    """The chunks of one reply: the role, deltas, the finish reason, usage where it was asked for, `[DONE]`."""

    def __init__(self, *, id: str, model: str, made: int, usage: bool) -> None:
        self._head = {"id": id, "object": "chat.completion.chunk", "created": made, "model": model}
        self._usage = usage

    def event(self, event: Any) -> bytes:
        match event:
            case Started():
                return self._chunk({"role": "assistant", "content": ""}, everkin=extension(event))
            case TextDelta():
                return self._chunk({"content": event.text})
            case ReasoningDelta():
                return self._chunk({"reasoning_content": event.text})
            case ToolDelta():
                return self._chunk({"tool_calls": [_tool(event)]})
            case Finished():
                return self._finish(event)
            case Interrupted():
                return self.failed(_broken_off())
            case Waiting():
                return wire.KEEP_ALIVE
            case _:
                return b""

    def end(self) -> bytes:
        return wire.DONE

    def failed(self, error: EverkinError) -> bytes:
        """OpenAI's clients raise on a chunk with `error`; none of them would take a missing end for one."""
        return wire.frame(failure.form(error))

    def _finish(self, end: Finished) -> bytes:
        told = {"provider": end.provider, "understudy": end.provider == "understudy"}
        finish = self._chunk({}, finish_reason=end.finish_reason, everkin=told)
        return finish + (self._counted(end.usage) if self._usage else b"")

    def _counted(self, counted: Usage) -> bytes:
        return wire.frame(self._head | {"choices": [], "usage": usage(counted)})

    def _chunk(self, delta: dict[str, Any], *, finish_reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        told = self._head | {"choices": [choice]} | more
        return wire.frame(told | {"usage": None} if self._usage else told)


def _tool(delta: ToolDelta) -> dict[str, Any]:
    function = {"name": delta.name, "arguments": delta.arguments}
    told = {"index": delta.index, "function": {key: value for key, value in function.items() if value is not None}}
    return told | ({"id": delta.id, "type": "function"} if delta.id else {})


def _broken_off() -> ProviderError:
    return ProviderError(
        "The reply was broken off: its provider failed, and no other could go on.",
        kept="What was said so far is kept, marked as interrupted.",
        next="Ask again.",
    )

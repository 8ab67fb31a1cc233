"""The frames of three protocols, as a provider sends them: OpenAI's, Anthropic's and Ollama's."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from everkin.testing.faults.script import Script, tokens_of


class Dialect(Protocol):
    """The frames of one protocol. `keep_alive` and `bad_json` are sent as they are."""

    content_type: str
    keep_alive: bytes
    bad_json: bytes
    bad_utf8: bytes
    only_done: bytes

    def opening(self) -> Iterator[bytes]: ...
    def reasoning(self, text: str) -> bytes: ...
    def token(self, text: str) -> bytes: ...
    def tool_call(self, index: int, call: Mapping[str, Any]) -> Iterator[bytes]: ...
    def closing(self, reason: str, tokens: int, *, usage: bool) -> Iterator[bytes]: ...
    def error(self) -> bytes: ...
    def whole(self, text: str, script: Script) -> dict[str, Any]: ...


def _sse(value: Mapping[str, Any], event: str = "") -> bytes:
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


class OpenAIDialect:
    content_type = "text/event-stream"
    keep_alive = b": still here\n\n"
    bad_json = b'data: {"choices": [{"delta": {"cont\n\n'
    bad_utf8 = b'data: {"choices": [{"index": 0, "delta": {"content": " caf\xc3\x28"}}]}\n\n'
    only_done = b"data: [DONE]\n\n"

    def opening(self) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": ""})

    def reasoning(self, text: str) -> bytes:
        return self._chunk({"reasoning_content": text})

    def token(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def tool_call(self, index: int, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = call["function"]
        head = {
            "index": index,
            "id": call["id"],
            "type": "function",
            "function": {"name": function["name"], "arguments": ""},
        }
        yield self._chunk({"tool_calls": [head]})
        for token in tokens_of(function["arguments"]):
            yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": token}}]})

    def closing(self, reason: str, tokens: int, *, usage: bool) -> Iterator[bytes]:
        yield self._chunk({}, reason)
        if usage:
            yield _sse({**self._frame(), "choices": [], "usage": _usage(tokens)})
        yield self.only_done

    def error(self) -> bytes:
        return _sse({"error": {"message": "The engine is overloaded.", "type": "server_error", "code": "overloaded"}})

    def whole(self, text: str, script: Script) -> dict[str, Any]:
        message = {"role": "assistant", "content": text or None}
        if script.tool_calls:
            message["tool_calls"] = list(script.tool_calls)  # type: ignore[assignment]
        choice = {"index": 0, "message": message, "finish_reason": script.finish_reason}
        return {**self._frame("chat.completion"), "choices": [choice], "usage": _usage(len(tokens_of(text)))}

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> bytes:
        return _sse({**self._frame(), "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    def _frame(self, kind: str = "chat.completion.chunk") -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": "scripted"}


class AnthropicDialect:
    content_type = "text/event-stream"
    keep_alive = b'event: ping\ndata: {"type": "ping"}\n\n'
    bad_json = b'data: {"type": "content_block_del\n\n'
    bad_utf8 = b'data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "\xff"}}\n\n'
    only_done = b'event: message_stop\ndata: {"type": "message_stop"}\n\n'
    _reasons: Final = {
        "stop": "end_turn",
        "length": "max_tokens",
        "tool_calls": "tool_use",
        "content_filter": "refusal",
    }

    def opening(self) -> Iterator[bytes]:
        message = {"id": "msg_1", "role": "assistant", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}
        yield self._event("message_start", message=message)
        yield self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})

    def reasoning(self, text: str) -> bytes:
        return self._delta(0, {"type": "thinking_delta", "thinking": text})

    def token(self, text: str) -> bytes:
        return self._delta(0, {"type": "text_delta", "text": text})

    def tool_call(self, index: int, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = call["function"]
        block = {"type": "tool_use", "id": call["id"], "name": function["name"], "input": {}}
        yield self._event("content_block_start", index=index + 1, content_block=block)
        for token in tokens_of(function["arguments"]):
            yield self._delta(index + 1, {"type": "input_json_delta", "partial_json": token})

    def closing(self, reason: str, tokens: int, *, usage: bool) -> Iterator[bytes]:
        told = {"usage": {"output_tokens": tokens}} if usage else {}
        yield self._event("content_block_stop", index=0)
        yield self._event("message_delta", delta={"stop_reason": self._reasons.get(reason, reason)}, **told)
        yield self.only_done

    def error(self) -> bytes:
        return self._event("error", error={"type": "overloaded_error", "message": "Overloaded"})

    def whole(self, text: str, script: Script) -> dict[str, Any]:
        reason = self._reasons.get(script.finish_reason, script.finish_reason)
        content = [{"type": "text", "text": text}] if text else []
        return {"id": "msg_1", "type": "message", "role": "assistant", "content": content, "stop_reason": reason}

    def _delta(self, index: int, delta: Mapping[str, Any]) -> bytes:
        return self._event("content_block_delta", index=index, delta=delta)

    def _event(self, event: str, **values: Any) -> bytes:
        return _sse({"type": event, **values}, event)


class OllamaDialect:
    content_type = "application/x-ndjson"
    keep_alive = b"\n"
    bad_json = b'{"model": "scripted", "mess\n'
    bad_utf8 = b'{"message": {"role": "assistant", "content": "\xff"}, "done": false}\n'
    only_done = b'{"model": "scripted", "done": true}\n'

    def opening(self) -> Iterator[bytes]:
        return iter(())

    def reasoning(self, text: str) -> bytes:
        return self._line({"thinking": text, "content": ""})

    def token(self, text: str) -> bytes:
        return self._line({"content": text})

    def tool_call(self, index: int, call: Mapping[str, Any]) -> Iterator[bytes]:
        function = {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
        yield self._line({"content": "", "tool_calls": [{"function": function}]})

    def closing(self, reason: str, tokens: int, *, usage: bool) -> Iterator[bytes]:
        counted = {"prompt_eval_count": 9, "eval_count": tokens} if usage else {}
        yield self._line(
            {"content": ""}, done=True, done_reason="stop" if reason == "tool_calls" else reason, **counted
        )

    def error(self) -> bytes:
        return b'{"error": "an error was encountered while running the model"}\n'

    def whole(self, text: str, script: Script) -> dict[str, Any]:
        return {
            "model": "scripted",
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "stop",
        }

    def _line(self, message: Mapping[str, Any], **values: Any) -> bytes:
        line = {"model": "scripted", "message": {"role": "assistant", **message}, "done": False, **values}
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}


DIALECTS: Final[Mapping[str, Dialect]] = {
    "/v1/chat/completions": OpenAIDialect(),
    "/v1/messages": AnthropicDialect(),
    "/api/chat": OllamaDialect(),
}
"""By the path at which each is asked."""

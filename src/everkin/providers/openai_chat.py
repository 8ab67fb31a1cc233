"""OpenAI's chat completions, as every compatible server speaks them (vLLM, llama.cpp, Together, OpenRouter, …)."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

from everkin.mind.ports.gateway import (
    ChatMessage,
    FaultKind,
    Prompt,
    ReasoningDelta,
    TextDelta,
    ToolDelta,
    Usage,
)
from everkin.providers.fault import failed
from everkin.providers.frame import dicts, events, json_object
from everkin.providers.upstream import Ending, Piece, Wire


class OpenAIChat:
    """Asks for a stream with usage; a server that answers with one whole JSON instead is understood too."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._headers = wire, wire.headers

    async def speak(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        async with self._wire.open(
            "POST", "/chat/completions", headers=self._headers, body=_body(self._wire.settings.model, prompt)
        ) as response:
            if response.headers.get("content-type", "").startswith("application/json"):
                for piece in _pieces(json_object(await response.aread()), "message"):
                    yield piece
                return
            async for data in events(response.aiter_bytes()):
                if data == b"[DONE]":
                    return
                for piece in _pieces(json_object(data), "delta"):
                    yield piece

    async def models(self) -> Sequence[str]:
        answer = await self._wire.get("/models", self._headers)
        return [str(model["id"]) for model in dicts(answer.get("data"))]


def _body(model: str, prompt: Prompt) -> dict[str, Any]:
    return {
        **prompt.parameters,
        "model": model,
        "messages": [_message(message) for message in prompt.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _message(message: ChatMessage) -> dict[str, Any]:
    sent: dict[str, Any] = {"role": message.role.value, "content": message.content}
    if message.name:
        sent["name"] = message.name
    if message.tool_calls:
        sent["tool_calls"] = list(message.tool_calls)
        sent["content"] = message.content or None
    if message.tool_call_id:
        sent["tool_call_id"] = message.tool_call_id
    return sent


def _pieces(chunk: Mapping[str, Any], part: str) -> Iterator[Piece]:
    """The pieces of one chunk (`part` is delta) or of a whole completion (`part` is message)."""
    if error := chunk.get("error"):
        code = (error.get("code") or error.get("type")) if isinstance(error, dict) else None
        raise failed(FaultKind.IN_BAND_ERROR, code=code)
    for choice in dicts(chunk.get("choices")):
        if not choice.get("index"):
            yield from _said(choice.get(part) or {})
            if choice.get("finish_reason"):
                yield Ending(str(choice["finish_reason"]))
    if usage := chunk.get("usage"):
        yield Usage(
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
        )


def _content(content: object) -> Iterator[Piece]:
    """Text, or the list of parts that some servers stream."""
    for part in [{"type": "text", "text": content}] if isinstance(content, str) else dicts(content):
        if part.get("type") == "text" and part["text"]:
            yield TextDelta(part["text"])


def _said(delta: Mapping[str, Any]) -> Iterator[Piece]:
    if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
        yield ReasoningDelta(str(reasoning))
    yield from _content(delta.get("content") or delta.get("refusal"))
    for position, call in enumerate(dicts(delta.get("tool_calls"))):
        function = call.get("function") or {}
        yield ToolDelta(
            int(call.get("index", position)), call.get("id"), function.get("name"), function.get("arguments") or ""
        )

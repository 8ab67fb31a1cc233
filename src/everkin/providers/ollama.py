"""Ollama's own chat protocol: unlike its OpenAI route, it lets us say how large the context window is."""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any, Final

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
from everkin.providers.frame import dicts, json_object, lines
from everkin.providers.upstream import Ending, Piece, Wire

_OPTIONS: Final = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "stop": "stop",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "max_tokens": "num_predict",
    "max_completion_tokens": "num_predict",
}


class OllamaChat:
    """Newline-delimited JSON; the last object says `done` and why."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._headers = wire, wire.headers

    async def speak(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        settings = self._wire.settings
        body = _body(settings.model, settings.context_window, prompt)
        async with self._wire.open("POST", "/api/chat", headers=self._headers, body=body) as response:
            calls = 0
            async for line in lines(response.aiter_bytes()):
                if line:
                    chunk = json_object(line)
                    for piece in _pieces(chunk, calls):
                        calls += isinstance(piece, ToolDelta)
                        yield piece
                    if chunk.get("done"):
                        return

    async def models(self) -> Sequence[str]:
        answer = await self._wire.get("/api/tags", self._headers)
        return [str(model["name"]) for model in dicts(answer.get("models"))]


def _body(model: str, window: int, prompt: Prompt) -> dict[str, Any]:
    asked = prompt.parameters
    options = {ours: asked[theirs] for theirs, ours in _OPTIONS.items() if asked.get(theirs) is not None}
    body: dict[str, Any] = {
        "model": model,
        "stream": True,
        "messages": [_message(message) for message in prompt.messages],
        "options": {**options, "num_ctx": window},
    }
    if tools := asked.get("tools"):
        body["tools"] = tools
    if form := _format(asked.get("response_format") or {}):
        body["format"] = form
    return body


def _format(response_format: Mapping[str, Any]) -> Any:
    if response_format.get("type") == "json_schema":
        return response_format["json_schema"]["schema"]
    return "json" if response_format.get("type") == "json_object" else None


def _message(message: ChatMessage) -> dict[str, Any]:
    content = message.content
    text: Sequence[Mapping[str, Any]] = [{"type": "text", "text": content}]
    parts = text if isinstance(content, str) else content
    sent: dict[str, Any] = {
        "role": message.role.value,
        "content": "\n".join(str(part["text"]) for part in parts if part.get("type") == "text"),
    }
    images = [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]
    if images:
        sent["images"] = [url.partition(",")[2] for url in images if url.startswith("data:")]
    if message.tool_calls:
        sent["tool_calls"] = [_call(call["function"]) for call in message.tool_calls]
    return sent


def _call(function: Mapping[str, Any]) -> dict[str, Any]:
    return {"function": {"name": function["name"], "arguments": json.loads(function["arguments"] or "{}")}}


def _pieces(chunk: Mapping[str, Any], calls: int) -> Iterator[Piece]:
    if "error" in chunk:
        raise failed(FaultKind.IN_BAND_ERROR)
    message = chunk.get("message") or {}
    if thinking := message.get("thinking"):
        yield ReasoningDelta(str(thinking))
    if text := message.get("content"):
        yield TextDelta(str(text))
    for call in dicts(message.get("tool_calls")):
        function = call["function"]
        yield ToolDelta(calls, f"call_{calls}", function["name"], json.dumps(function["arguments"]))
        calls += 1
    if chunk.get("done") and chunk.get("done_reason"):
        yield Ending("tool_calls" if calls and chunk["done_reason"] == "stop" else str(chunk["done_reason"]))
        yield Usage(
            prompt_tokens=int(chunk.get("prompt_eval_count") or 0), completion_tokens=int(chunk.get("eval_count") or 0)
        )

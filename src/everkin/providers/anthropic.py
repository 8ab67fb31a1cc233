"""Anthropic's messages, as its own API and compatible servers speak them."""

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
from everkin.mind.transcript import Role
from everkin.providers.fault import failed
from everkin.providers.frame import dicts, events, json_object
from everkin.providers.upstream import Ending, Piece, Wire

VERSION: Final = "2023-06-01"
_REASONS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class AnthropicMessages:
    """System messages become the system prompt, neighbours of one role are merged, and a talk that the assistant opened
    gets a user's "…" before it, as the protocol wants turns. There is no JSON mode: `response_format` is dropped."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        settings = wire.settings
        self._headers = {"x-api-key": settings.api_key, "anthropic-version": VERSION, **settings.headers}

    async def speak(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        settings = self._wire.settings
        body = _body(settings.model, settings.max_tokens, prompt)
        async with self._wire.open("POST", "/v1/messages", headers=self._headers, body=body) as response:
            prompt_tokens = 0
            async for data in events(response.aiter_bytes()):
                event = json_object(data)
                if event["type"] == "message_stop":
                    return
                if event["type"] == "message_start":
                    prompt_tokens = int(event["message"].get("usage", {}).get("input_tokens", 0))
                for piece in _pieces(event, prompt_tokens):
                    yield piece

    async def models(self) -> Sequence[str]:
        answer = await self._wire.get("/v1/models", self._headers)
        return [str(model["id"]) for model in dicts(answer.get("data"))]


def _body(model: str, max_tokens: int, prompt: Prompt) -> dict[str, Any]:
    asked = prompt.parameters
    body: dict[str, Any] = {
        "model": model,
        "stream": True,
        "max_tokens": asked.get("max_completion_tokens") or asked.get("max_tokens") or max_tokens,
        "messages": _turns(prompt.messages),
    }
    system = "\n\n".join(_text(message.content) for message in prompt.messages if message.role is Role.SYSTEM)
    if system:
        body["system"] = system
    for name in ("temperature", "top_p", "top_k"):
        if asked.get(name) is not None:
            body[name] = asked[name]
    if stop := asked.get("stop"):
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if tools := asked.get("tools"):
        body["tools"] = [_tool(tool["function"]) for tool in tools]
        if choice := _tool_choice(asked.get("tool_choice")):
            body["tool_choice"] = choice
    return body


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": function["name"],
        "description": function.get("description", ""),
        "input_schema": function.get("parameters") or {"type": "object"},
    }


def _tool_choice(choice: object) -> dict[str, Any] | None:
    if isinstance(choice, Mapping):
        return {"type": "tool", "name": choice["function"]["name"]}
    return {"required": {"type": "any"}, "none": {"type": "none"}, "auto": {"type": "auto"}}.get(str(choice))


def _turns(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for message in _opened_by_user(messages):
        if message.role is Role.SYSTEM:
            continue
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        blocks = list(_blocks(message))
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _opened_by_user(messages: Sequence[ChatMessage]) -> Iterator[ChatMessage]:
    first = next((message for message in messages if message.role is not Role.SYSTEM), None)
    if first is not None and first.role is Role.ASSISTANT:
        yield ChatMessage(role=Role.USER, content="…")
    yield from messages


def _blocks(message: ChatMessage) -> Iterator[dict[str, Any]]:
    if message.role is Role.TOOL:
        yield {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": _text(message.content)}
        return
    text: Sequence[Mapping[str, Any]] = [{"type": "text", "text": message.content}]
    parts = text if isinstance(message.content, str) else message.content
    for part in parts:
        if part.get("type") == "text" and part["text"].strip():
            yield {"type": "text", "text": part["text"]}
        elif part.get("type") == "image_url":
            yield {"type": "image", "source": _image(part["image_url"]["url"])}
    for call in message.tool_calls:
        arguments = json.loads(call["function"]["arguments"] or "{}")
        yield {"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": arguments}


def _image(url: str) -> dict[str, str]:
    if url.startswith("data:"):
        head, _, data = url.partition(",")
        return {"type": "base64", "media_type": head[5:].split(";")[0], "data": data}
    return {"type": "url", "url": url}


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part["text"]) for part in content if part.get("type") == "text")


def _pieces(event: Mapping[str, Any], prompt_tokens: int) -> Iterator[Piece]:
    match event["type"]:
        case "error":
            raise failed(FaultKind.IN_BAND_ERROR, code=event["error"].get("type"))
        case "content_block_start" if event["content_block"]["type"] == "tool_use":
            block = event["content_block"]
            yield ToolDelta(int(event["index"]), block["id"], block["name"])
        case "content_block_delta":
            yield from _said(int(event["index"]), event["delta"])
        case "message_delta":
            if reason := event["delta"].get("stop_reason"):
                yield Ending(_REASONS.get(reason, str(reason)))
            if usage := event.get("usage"):
                yield Usage(prompt_tokens=prompt_tokens, completion_tokens=int(usage.get("output_tokens", 0)))


def _said(index: int, delta: Mapping[str, Any]) -> Iterator[Piece]:
    match delta["type"]:
        case "text_delta" if delta["text"]:
            yield TextDelta(delta["text"])
        case "thinking_delta" if delta["thinking"]:
            yield ReasoningDelta(delta["thinking"])
        case "input_json_delta" if delta["partial_json"]:
            yield ToolDelta(index, arguments=delta["partial_json"])

"""An LLM server that plays any fault at any moment, for your tests and ours.

    async with FaultyServer(Script(text="Hello, Alice. How was the sea?", mishap=Mishap.RST, after=3)) as server:
        client = AsyncOpenAI(base_url=server.openai_url, api_key="none")

It speaks OpenAI's chat completions, Anthropic's messages and Ollama's chat, streamed and whole, over raw sockets: it
can reset a connection, break a chunk's frame or fall silent, which no HTTP framework lets you do. It never decides by
the clock: what hangs, hangs until the client leaves, and the pace of a drip is yours to set.
"""

import asyncio
import json
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

UNKNOWN_HOST_URL: Final = "http://no-such-host.invalid"
"""DNS failure needs no server: the name is reserved never to exist (RFC 6761)."""
BODY_BYTES_MAX: Final = 16 * 1024 * 1024


class Mishap(StrEnum):
    """What goes wrong. Those in `MIDWAY` happen `after` so many tokens, the others instead of an answer."""

    NONE = "none"
    RESET = "reset"
    CLOSE = "close without answer"
    HANG = "hang before headers"
    UNAUTHORIZED = "401"
    RATE_LIMITED = "429"
    RATE_LIMITED_RETRY_AFTER = "429 with Retry-After"
    ERROR_500 = "500"
    HTML_503 = "503 with HTML"
    HTML_200 = "200 with HTML"
    HEADERS_HANG = "headers, then hang"
    HEADERS_FIN = "headers, then FIN"
    ERROR_FIRST = "in-band error first"
    EMPTY_STOP = "empty stop"
    ONLY_DONE = "only [DONE]"
    KEEP_ALIVES = "keep-alives for ever"
    RST = "RST"
    FIN = "FIN"
    STALL = "stall"
    BAD_JSON = "bad JSON"
    BAD_UTF8 = "invalid UTF-8"
    ERROR_IN_BAND = "in-band error"
    BROKEN_CHUNK = "broken chunk frame"
    CLEAN_EOF = "clean EOF, no finish_reason"
    DRIP = "drip"
    LINGER = "finish reason, then hang"


MIDWAY: Final = frozenset(
    {
        Mishap.RST,
        Mishap.FIN,
        Mishap.STALL,
        Mishap.BAD_JSON,
        Mishap.BAD_UTF8,
        Mishap.ERROR_IN_BAND,
        Mishap.BROKEN_CHUNK,
        Mishap.CLEAN_EOF,
        Mishap.DRIP,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        return list(self.body.get("messages", ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """How one request is answered.

    `text` may be a function of the request. `after` counts the tokens (words) that are sent before a midway mishap;
    -1 is all but the last. `pace_s` is the pause before each token, `drip_s` the one a DRIP changes to. `tool_calls`
    are OpenAI's, sent instead of text. `streams` False is a server that sends one JSON whatever it was asked.
    """

    text: str | Callable[[Asked], str] = "Hello."
    mishap: Mishap = Mishap.NONE
    after: int = 20
    reasoning: str = ""
    tool_calls: Sequence[Mapping[str, Any]] = ()
    finish_reason: str = "stop"
    usage: bool = True
    streams: bool = True
    retry_after: str = "2"
    pace_s: float = 0.0
    drip_s: float = 0.5
    keep_alive_s: float = 0.05


def refused_url() -> str:
    """The address of a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def tokens_of(text: str) -> list[str]:
    """The words of `text`, each with the white space before it; joined they are `text` up to white space at its end."""
    return re.findall(r"\s*\S+", text)


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


_DIALECTS: Final[Mapping[str, Dialect]] = {
    "/v1/chat/completions": OpenAIDialect(),
    "/v1/messages": AnthropicDialect(),
    "/api/chat": OllamaDialect(),
}
_LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "/v1/models": {"object": "list", "data": [{"id": "scripted", "object": "model"}]},
    "/api/tags": {"models": [{"name": "scripted", "model": "scripted"}]},
    "/api/version": {"version": "0.0.0"},
}


class FaultyServer:
    """Plays one `Script` a request, in order; the last one for ever after. `asked` keeps what came in."""

    def __init__(self, *scripts: Script) -> None:
        self.asked: list[Asked] = []
        self._scripts: Sequence[Script] = scripts or (Script(),)
        self._played = 0
        self._connections: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def play(self, *scripts: Script) -> None:
        """From now on these."""
        self._scripts, self._played = scripts, 0

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._connections)

    async def requests(self, count: int, seconds: float = 5.0) -> None:
        """Return once `count` requests have come in; TimeoutError when they have not after `seconds`."""
        async with asyncio.timeout(seconds):
            while len(self.asked) < count:
                self._news.clear()
                await self._news.wait()

    async def quiet(self, seconds: float = 5.0) -> None:
        """Return once no connection is open; TimeoutError when one still is after `seconds`: somebody leaks."""
        async with asyncio.timeout(seconds):
            await self._quiet.wait()

    async def __aenter__(self) -> "FaultyServer":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.openai_url = f"{self.url}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        self._quiet.clear()
        task.add_done_callback(self._disconnected)

    def _disconnected(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        if not self._connections:
            self._quiet.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stage = _Stage(reader, writer)
        try:
            while (asked := await _read_request(reader)) is not None:
                if not await self._answer(asked, stage):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked, stage: "_Stage") -> bool:
        """Whether the connection may be used again."""
        if asked.path in _LISTS:
            return await stage.whole(200, _LISTS[asked.path])
        if asked.path not in _DIALECTS:
            return await stage.whole(404, {"error": {"message": "No such route.", "type": "not_found"}})
        self.asked.append(asked)
        self._news.set()
        script = self._scripts[min(self._played, len(self._scripts) - 1)]
        self._played += 1
        text = script.text if isinstance(script.text, str) else script.text(asked)
        return await _Play(script, text, _DIALECTS[asked.path], stage, asked).run()


class _Stage:
    """One connection, and what can be done to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def whole(self, status: int, value: Mapping[str, Any], **headers: str) -> bool:
        return await self.body(status, json.dumps(value).encode(), content_type="application/json", **headers)

    async def body(self, status: int, body: bytes, **headers: str) -> bool:
        self._head(status, content_length=str(len(body)), **headers)
        self._writer.write(body)
        await self._writer.drain()
        return True

    async def start(self, content_type: str) -> None:
        self._head(200, content_type=content_type, transfer_encoding="chunked")
        await self._writer.drain()

    async def chunk(self, data: bytes) -> None:
        self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self._writer.drain()

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def finish(self) -> bool:
        await self.raw(b"0\r\n\r\n")
        return True

    async def hang(self) -> bool:
        """Silence until the client leaves."""
        await self._reader.read()
        return False

    def reset(self) -> bool:
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        return False

    def _head(self, status: int, **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Scripted", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())


class _Play:
    """One script on one stage."""

    def __init__(self, script: Script, text: str, dialect: Dialect, stage: _Stage, asked: Asked) -> None:
        self._script, self._text, self._dialect, self._stage = script, text, dialect, stage
        self._streamed = script.streams and bool(asked.body.get("stream", isinstance(dialect, OllamaDialect)))

    async def run(self) -> bool:
        error = _HTTP_ERRORS.get(self._script.mishap)
        if error is not None:
            return await self._refuse(*error)
        match self._script.mishap:
            case Mishap.RESET:
                return self._stage.reset()
            case Mishap.CLOSE:
                return False
            case Mishap.HANG:
                return await self._stage.hang()
            case Mishap.HTML_200:
                return await self._stage.body(200, _HTML, content_type="text/html")
        return await (self._stream() if self._streamed else self._whole())

    async def _refuse(self, status: int, error: Mapping[str, Any] | None) -> bool:
        headers = {}
        if self._script.mishap is Mishap.RATE_LIMITED_RETRY_AFTER:
            headers["retry_after"] = self._script.retry_after
        if error is None:
            return await self._stage.body(status, _HTML, content_type="text/html", **headers)
        return await self._stage.whole(status, {"error": error}, **headers)

    async def _whole(self) -> bool:
        """An answer that is not streamed: a midway mishap happens in the middle of its body."""
        stage, mishap = self._stage, self._script.mishap
        if mishap in (Mishap.NONE, Mishap.DRIP, Mishap.LINGER, Mishap.EMPTY_STOP):
            text = "" if mishap is Mishap.EMPTY_STOP else self._text
            return await stage.whole(200, self._dialect.whole(text, self._script))
        body = json.dumps(self._dialect.whole(self._text, self._script)).encode()
        await stage.start("application/json")
        if mishap in MIDWAY:
            await stage.chunk(body[: len(body) // 2])
            return await self._spoil()
        return await self._instead()

    async def _stream(self) -> bool:
        script = self._script
        await self._stage.start(self._dialect.content_type)
        if script.mishap not in (Mishap.NONE, Mishap.LINGER, *MIDWAY):
            return await self._instead()
        sent = 0
        stop = self._stop()
        pace = script.pace_s
        async for frame in self._frames():
            if sent == stop:
                if script.mishap is not Mishap.DRIP:
                    return await self._spoil()
                pace = script.drip_s
            if pace:
                await asyncio.sleep(pace)
            await self._stage.chunk(frame)
            sent += 1
        if sent == stop and script.mishap is not Mishap.DRIP:
            return await self._spoil()
        return await self._close(list(self._dialect.closing(script.finish_reason, sent, usage=script.usage)))

    async def _close(self, frames: Sequence[bytes]) -> bool:
        lingers = self._script.mishap is Mishap.LINGER
        for frame in frames[: -1 if lingers and len(frames) > 1 else None]:
            await self._stage.chunk(frame)
        return await (self._stage.hang() if lingers else self._stage.finish())

    def _stop(self) -> int | None:
        if self._script.mishap not in MIDWAY:
            return None
        count = len(tokens_of(self._text))
        return max(0, count + self._script.after) if self._script.after < 0 else min(self._script.after, count)

    async def _frames(self) -> AsyncIterator[bytes]:
        """What is said, one token a frame; before it, uncounted, how the dialect opens."""
        for frame in self._dialect.opening():
            await self._stage.chunk(frame)
        if self._script.reasoning:
            await self._stage.chunk(self._dialect.reasoning(self._script.reasoning))
        if self._script.tool_calls:
            for index, call in enumerate(self._script.tool_calls):
                for frame in self._dialect.tool_call(index, call):
                    yield frame
            return
        for token in tokens_of(self._text):
            yield self._dialect.token(token)

    async def _instead(self) -> bool:
        """After the headers of a 200, something other than an answer."""
        stage, dialect = self._stage, self._dialect
        match self._script.mishap:
            case Mishap.HEADERS_HANG:
                return await stage.hang()
            case Mishap.ERROR_FIRST:
                await stage.chunk(dialect.error())
                return await stage.finish()
            case Mishap.EMPTY_STOP:
                for frame in (*dialect.opening(), *dialect.closing("stop", 0, usage=True)):
                    await stage.chunk(frame)
                return await stage.finish()
            case Mishap.ONLY_DONE:
                await stage.chunk(dialect.only_done)
                return await stage.finish()
            case Mishap.KEEP_ALIVES:
                return await self._keep_alive()
        return False

    async def _keep_alive(self) -> bool:
        while True:
            await self._stage.chunk(self._dialect.keep_alive)
            await asyncio.sleep(self._script.keep_alive_s)

    async def _spoil(self) -> bool:
        stage, dialect = self._stage, self._dialect
        match self._script.mishap:
            case Mishap.RST:
                return stage.reset()
            case Mishap.STALL:
                return await stage.hang()
            case Mishap.BAD_JSON:
                await stage.chunk(dialect.bad_json)
                return await stage.finish()
            case Mishap.BAD_UTF8:
                await stage.chunk(dialect.bad_utf8)
                return await stage.finish()
            case Mishap.ERROR_IN_BAND:
                await stage.chunk(dialect.error())
                return await stage.finish()
            case Mishap.BROKEN_CHUNK:
                await stage.raw(b"zz\r\nthis is no chunk\r\n")
                return await stage.hang()
            case Mishap.CLEAN_EOF:
                return await stage.finish()
        return False


_HTML: Final = b"<!doctype html><title>Sorry</title><h1>We will be right back.</h1>"
_HTTP_ERRORS: Final[Mapping[Mishap, tuple[int, Mapping[str, Any] | None]]] = {
    Mishap.UNAUTHORIZED: (401, {"message": "No such key.", "type": "invalid_request_error", "code": "invalid_api_key"}),
    Mishap.RATE_LIMITED: (429, {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}),
    Mishap.RATE_LIMITED_RETRY_AFTER: (
        429,
        {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"},
    ),
    Mishap.ERROR_500: (500, {"message": "It broke.", "type": "server_error", "code": None}),
    Mishap.HTML_503: (503, None),
}


async def _read_request(reader: asyncio.StreamReader) -> Asked | None:
    """The next request of a connection; None when the client left."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(min(int(headers.get("content-length", 0)), BODY_BYTES_MAX))
    path = first.split(" ")[1].partition("?")[0]
    return Asked(path=path, headers=headers, body=json.loads(body) if body else {})

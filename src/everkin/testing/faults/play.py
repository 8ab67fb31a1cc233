"""One script on one stage: the answer, and what goes wrong with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from everkin.testing.faults.dialects import Dialect, OllamaDialect
from everkin.testing.faults.script import MIDWAY, Asked, Mishap, Script, tokens_of
from everkin.testing.faults.stage import Stage

_HTML: Final = b"<!doctype html><title>Sorry</title><h1>We will be right back.</h1>"
_SLOW_DOWN: Final = {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}
_HTTP_ERRORS: Final[Mapping[Mishap, tuple[int, Mapping[str, Any] | None]]] = {
    Mishap.UNAUTHORIZED: (401, {"message": "No such key.", "type": "invalid_request_error", "code": "invalid_api_key"}),
    Mishap.RATE_LIMITED: (429, _SLOW_DOWN),
    Mishap.RATE_LIMITED_RETRY_AFTER: (429, _SLOW_DOWN),
    Mishap.ERROR_500: (500, {"message": "It broke.", "type": "server_error", "code": None}),
    Mishap.HTML_503: (503, None),
}


class Play:
    """One script on one stage."""

    def __init__(self, script: Script, text: str, dialect: Dialect, stage: Stage, asked: Asked) -> None:
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

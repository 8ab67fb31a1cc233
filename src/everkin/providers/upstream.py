"""What the gateway needs of a provider's protocol, and what all protocols over HTTP share."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import httpx

from everkin.config.providers import ProviderSettings
from everkin.mind.ports.gateway import FaultKind, Prompt, ReasoningDelta, TextDelta, ToolDelta, Usage
from everkin.providers.fault import Failed, failed, fault_of_status, fault_of_transport
from everkin.providers.frame import json_object

ERROR_BODY_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ending:
    """The provider said why it stopped, in OpenAI's words; only usage may follow."""

    finish_reason: str


Piece = TextDelta | ReasoningDelta | ToolDelta | Ending | Usage


class Upstream(Protocol):
    """One protocol spoken to one provider."""

    def speak(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The pieces of one streamed answer, none of them empty. Raises `Failed`, and nothing else, when the provider
        does; ends without an `Ending` when the provider did. Sets no deadline but the one on connecting."""
        ...

    async def models(self) -> Sequence[str]:
        """The model names on offer; raises `Failed`."""
        ...


@dataclass(frozen=True, slots=True)
class Wire:
    """HTTP to one provider: a shared connection pool, its settings, and the clock that Retry-After dates need."""

    client: httpx.AsyncClient
    settings: ProviderSettings
    now: Callable[[], datetime]

    @property
    def headers(self) -> dict[str, str]:
        """The key as a bearer's, where there is one, and what the settings add or put in its place."""
        key = self.settings.api_key
        return {**({"authorization": f"Bearer {key}"} if key else {}), **self.settings.headers}

    @asynccontextmanager
    async def open(
        self, method: str, path: str, *, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """A response with status 200 that is not a web page, body unread; `Failed` for any other and any transport
        error inside the block, and for JSON of a shape we do not know."""
        answered = False
        try:
            url = f"{self.settings.base_url.rstrip('/')}{path}"
            timeout = httpx.Timeout(None, connect=self.settings.deadlines.connect)
            async with self.client.stream(method, url, json=body, headers=headers, timeout=timeout) as response:
                answered = True
                await self.check(response)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise Failed(fault_of_transport(error, answered=answered)) from None
        except (KeyError, TypeError, AttributeError, ValueError):
            raise failed(FaultKind.GARBLED) from None

    async def check(self, response: httpx.Response) -> None:
        """Nothing for a 200 that may be an answer, else `Failed`."""
        if response.status_code != 200:
            code = await _error_code(response)
            raise Failed(fault_of_status(response.status_code, response.headers, code, self.now()))
        if response.headers.get("content-type", "").startswith("text/html"):
            raise failed(FaultKind.NOT_A_STREAM, status=200)

    async def get(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        async with self.open("GET", path, headers=headers) as response:
            return json_object(await response.aread())


async def _error_code(response: httpx.Response) -> object:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ERROR_BODY_BYTES_MAX:
            return None
    return error_code(body)


def error_code(body: bytes) -> object:
    """The short code in an error body of any of the protocols; None where there is none."""
    try:
        error = json_object(body).get("error")
    except Failed:
        return None
    return (error.get("code") or error.get("type")) if isinstance(error, dict) else None

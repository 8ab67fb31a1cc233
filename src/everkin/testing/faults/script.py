"""What goes wrong, and when: the script of one request."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


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


def tokens_of(text: str) -> list[str]:
    """The words of `text`, each with the white space before it; joined they are `text` up to white space at its end."""
    return re.findall(r"\s*\S+", text)

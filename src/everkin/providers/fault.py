"""The named faults: what each one costs its provider, and which one a status, an exception or a stream's end is."""

import math
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import Final

import httpx

from everkin.errors import ProviderError
from everkin.mind.ports.gateway import Fault, FaultKind


@dataclass(frozen=True, slots=True)
class Cost:
    """What a fault is, in a reader's words, and what it costs.

    `points` go to the breaker (it opens at 3). `again`: the same provider may be asked a second time in the same
    request. `slow`: nothing mends this soon (a wrong key), so the breaker starts with its longest rest.
    """

    meaning: str
    points: int
    again: bool = True
    slow: bool = False


COSTS: Final[Mapping[FaultKind, Cost]] = {
    FaultKind.REFUSED: Cost("nobody listens at its address", 3),
    FaultKind.NAME_UNKNOWN: Cost("its host name cannot be resolved", 3),
    FaultKind.UNREACHABLE: Cost("no connection in time, or no TLS", 3),
    FaultKind.RESET: Cost("the connection was reset", 2),
    FaultKind.NO_ANSWER: Cost("the connection was closed without an answer", 2),
    FaultKind.UNAUTHORIZED: Cost("401, 402 or 403: key, payment or permission", 3, again=False, slow=True),
    FaultKind.MODEL_UNKNOWN: Cost("404: no such model, or a wrong base URL", 3, again=False, slow=True),
    FaultKind.RATE_LIMITED: Cost("429", 3),
    FaultKind.OVERLOADED: Cost("503 or 529", 2),
    FaultKind.SERVER_ERROR: Cost("another 5xx", 1),
    FaultKind.REJECTED: Cost("another 4xx: this provider does not take the request", 0, again=False),
    FaultKind.TOO_LONG: Cost("the prompt does not fit its context window", 0, again=False),
    FaultKind.NOT_A_STREAM: Cost("a web page or a redirect instead of an answer", 3, again=False),
    FaultKind.IN_BAND_ERROR: Cost("an error inside the stream", 1),
    FaultKind.EMPTY: Cost("it ended without having said anything", 1),
    FaultKind.FILTERED: Cost("its content filter left nothing", 0, again=False),
    FaultKind.NO_CONTENT: Cost("no content within the first deadline", 2),
    FaultKind.STALLED: Cost("too long a silence between contents", 1),
    FaultKind.TOO_SLOW: Cost("not at its end within the total deadline", 1),
    FaultKind.TRUNCATED: Cost("it ended without a finish reason", 1),
    FaultKind.GARBLED: Cost("bad JSON, invalid UTF-8, a broken chunk, or an answer of unknown shape", 1),
    FaultKind.DECLINED: Cost("it would not go on from another's half answer", 0, again=False),
    FaultKind.BUSY: Cost("all of its slots are taken", 0),
    FaultKind.RESTING: Cost("its breaker is open", 0),
    FaultKind.ENDLESS: Cost("it did not stop talking", 1, again=False),
    FaultKind.OUT_OF_TIME: Cost("the caller's own time ran out", 0, again=False),
}
RETRY_AFTER_S_MAX: Final = 3600.0


class Failed(ProviderError):
    """One attempt failed with a named fault; raised by an upstream, and never seen outside this room."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"The provider failed: {fault.kind}.")


def failed(kind: FaultKind, *, status: int | None = None, code: object = None) -> Failed:
    return Failed(Fault(kind=kind, status=status, code=slug(code)))


def fault_of_status(status: int, headers: Mapping[str, str], code: object, now: datetime) -> Fault:
    """The fault of an HTTP answer that is not a 200."""
    return Fault(
        kind=_kind_of_status(status, slug(code) or ""),
        status=status,
        code=slug(code),
        retry_after_s=retry_after(headers, now),
    )


def _kind_of_status(status: int, code: str) -> FaultKind:
    if status == 413 or (status == 400 and "context_length" in code):
        return FaultKind.TOO_LONG
    if status >= 500:
        return FaultKind.OVERLOADED if status in (503, 529) else FaultKind.SERVER_ERROR
    if status < 400:
        return FaultKind.NOT_A_STREAM
    return _CLIENT_ERRORS.get(status, FaultKind.REJECTED)


_CLIENT_ERRORS: Final = {
    401: FaultKind.UNAUTHORIZED,
    402: FaultKind.UNAUTHORIZED,
    403: FaultKind.UNAUTHORIZED,
    404: FaultKind.MODEL_UNKNOWN,
    408: FaultKind.NO_CONTENT,
    429: FaultKind.RATE_LIMITED,
}


def fault_of_transport(error: Exception, *, answered: bool) -> Fault:
    """The fault of a connection's failure; `answered` once the response's headers had come."""
    return Fault(kind=_kind_of_transport(error, answered=answered))


def _kind_of_transport(error: Exception, *, answered: bool) -> FaultKind:
    causes = list(_causes(error))
    if any(isinstance(cause, gaierror) for cause in causes):
        return FaultKind.NAME_UNKNOWN
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return FaultKind.REFUSED
    if any(isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, ssl.SSLError)) for cause in causes):
        return FaultKind.UNREACHABLE
    if any(isinstance(cause, httpx.RemoteProtocolError) for cause in causes):
        if not answered:
            return FaultKind.NO_ANSWER
        return FaultKind.TRUNCATED if "peer closed" in str(error) else FaultKind.GARBLED
    return FaultKind.RESET


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds we are asked to stay away (`retry-after-ms`, `retry-after` as seconds or HTTP date), 0 to 3600."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        seconds: float | None = milliseconds / 1000
    else:
        text = headers.get("retry-after")
        seconds = _number(text)
        if seconds is None and text:
            seconds = _until(text, now)
    return None if seconds is None else min(max(seconds, 0.0), RETRY_AFTER_S_MAX)


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str, now: datetime) -> float | None:
    try:
        at = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=now.tzinfo)).timestamp() - now.timestamp()


def slug(code: object) -> str | None:
    """A provider's error code if it looks like one: its messages may quote the prompt, a short slug does not."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", code) else None

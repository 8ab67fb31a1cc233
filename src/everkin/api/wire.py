"""Values on the wire: JSON, and server-sent events of it."""

import json
from typing import Any, Final

from fastapi.responses import JSONResponse

KEEP_ALIVE: Final = b": still here\n\n"
DONE: Final = b"data: [DONE]\n\n"


def encoded(value: Any) -> bytes:
    """JSON on one line. A text that is no Unicode (half of an emoji, cut by somebody) is escaped and so kept as it is."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def frame(data: dict[str, Any], *, event: str | None = None, number: int | None = None) -> bytes:
    """One event, as https://html.spec.whatwg.org/multipage/server-sent-events.html wants it."""
    head = f"id: {number}\n" if number is not None else ""
    head += f"event: {event}\n" if event else ""
    return head.encode() + b"data: " + encoded(data) + b"\n\n"


class Answer(JSONResponse):
    """A body of JSON that any text passes through unchanged."""

    def render(self, content: Any) -> bytes:
        return encoded(content)

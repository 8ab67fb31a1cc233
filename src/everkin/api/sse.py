"""Server-sent events: bytes as https://html.spec.whatwg.org/multipage/server-sent-events.html wants them."""

import json
from typing import Any, Final

KEEP_ALIVE: Final = b": still here\n\n"


def frame(data: dict[str, Any] | str, *, event: str | None = None, number: int | None = None) -> bytes:
    """One event. JSON escapes line breaks, so `data` is always a single line."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    lines = [f"id: {number}"] if number is not None else []
    lines += [f"event: {event}"] if event else []
    return "\n".join([*lines, f"data: {text}", "", ""]).encode("utf-8", "replace")

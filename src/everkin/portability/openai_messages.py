"""OpenAI messages: a conversation a line (`{"messages": [...]}`), or a message a line (`{"role", "content"}`).

Beyond OpenAI's own fields a message may carry `id`, `name` and a date (`at`, `created_at`, `timestamp`, `create_time`
or `date`), and a line a `conversation_id`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from everkin.portability.role import role
from everkin.portability.source import Source
from everkin.portability.thread import Imported, Thread, clean
from everkin.portability.timeline import Clock

_DATES = ("at", "created_at", "timestamp", "create_time", "date")


def read(source: Source, clock: Clock) -> Iterator[Imported]:
    """Lines of one message that follow one another under one `conversation_id`, or under none, are one conversation."""
    loose, label = Thread(source.report), None
    for place, value in source.values():
        match value:
            case {"messages": [*messages]}:
                whole = Thread(source.report, label=value.get("conversation_id") or value.get("id"))
                for number, message in enumerate(messages, 1):
                    _add(whole, message, f"{place}, message {number}", source)
                yield from whole.finish(clock)
            case dict():
                if clean(value.get("conversation_id")) != label:
                    yield from loose.finish(clock)
                    label = clean(value.get("conversation_id"))
                    loose = Thread(source.report, label=label)
                _add(loose, value, place, source)
            case _:
                source.report.skip(place, "not a message")
    yield from loose.finish(clock)


def _add(thread: Thread, message: Any, place: str, source: Source) -> None:
    if not isinstance(message, Mapping):
        source.report.skip(place, "not a message")
        return
    thread.add(
        place,
        role(message.get("role")),
        _words(message.get("content")),
        parent=thread.tip,
        name=message.get("name"),
        stamp=next((message[key] for key in _DATES if message.get(key)), None),
        id=message.get("id"),
    )


def _words(content: object) -> str:
    """A string, or parts of which those that are text count; a picture or a call of a tool has no words."""
    match content:
        case str():
            return content
        case [*parts]:
            return "\n".join(text for part in parts if (text := _words(part)))
        case {"text": str(text)}:
            return text
        case _:
            return ""

"""Everkin conversation set: one whole conversation a line, its messages numbered and dated.

`{"id", "user", "companion", "messages": [{"id", "session", "at", "role", "name", "text"}], "questions": [...]}`.
Neither sessions (they follow from the dates) nor questions (they are for measuring) are read.
"""

from collections.abc import Iterator
from typing import Any

from everkin.portability.role import role
from everkin.portability.source import Source
from everkin.portability.thread import Imported, Thread
from everkin.portability.timeline import Clock


def read(source: Source, clock: Clock) -> Iterator[Imported]:
    for place, value in source.values():
        match value:
            case {"messages": [*messages]}:
                names = {"user": value.get("user"), "companion": value.get("companion")}
                thread = Thread(source.report, label=value.get("id"), **names)
                for number, message in enumerate(messages, 1):
                    _add(thread, message, f"{place}, message {number}", source)
                yield from thread.finish(clock)
            case _:
                source.report.skip(place, "no conversation")


def _add(thread: Thread, message: Any, place: str, source: Source) -> None:
    match message:
        case {"text": str(words), **rest}:
            speaker, name = role(rest.get("role")), rest.get("name")
            thread.add(place, speaker, words, parent=thread.tip, name=name, stamp=rest.get("at"), id=rest.get("id"))
        case _:
            source.report.skip(place, "not a message")

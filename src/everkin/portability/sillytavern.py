"""SillyTavern chats: a header line, then a message a line with its swipes."""

from collections.abc import Iterator, Mapping
from typing import Any

from everkin.mind.transcript import Role
from everkin.portability.source import Source
from everkin.portability.thread import Imported, Thread
from everkin.portability.timeline import Clock

_NO_NAME = "unused"
"""What group chats write where the header has a name."""


def read(source: Source, clock: Clock) -> Iterator[Imported]:
    """One file is one conversation; the names come from the header, else from the messages."""
    thread = Thread(source.report)
    for place, line in source.values():
        match line:
            case {"mes": str()}:
                _add(thread, line, place, source)
            case {"chat_metadata": _} | {"user_name": _} | {"character_name": _}:
                if thread.tip is None:
                    thread = Thread(
                        source.report, user=_name(line, "user_name"), companion=_name(line, "character_name")
                    )
            case _:
                source.report.skip(place, "not a message")
    yield from thread.finish(clock)


def _name(header: Mapping[str, Any], key: str) -> object:
    return None if header.get(key) == _NO_NAME else header.get(key)


def _add(thread: Thread, line: Mapping[str, Any], place: str, source: Source) -> None:
    """The swipes that were not chosen, then the one that was: all answer the message before."""
    speaker = _role(line)
    if speaker is None:
        source.report.skip(place, "a note of SillyTavern's own")
        return
    before, name, chosen = thread.tip, line.get("name"), _chosen(line)
    for number, words, sent in _swipes(line):
        if number == chosen:
            continue
        if before is None:
            source.report.skip(place, "an opening that was not chosen")
        else:
            thread.add(place, speaker, words, parent=before, name=name, stamp=sent, swipe=number)
    thread.add(place, speaker, line["mes"], parent=before, name=name, stamp=line.get("send_date"), swipe=chosen)


def _role(line: Mapping[str, Any]) -> Role | None:
    """A message only hidden from the prompt (`is_system` without a type) was said all the same."""
    extra = line.get("extra")
    kind = extra.get("type") if isinstance(extra, Mapping) else None
    if kind == "narrator":
        return Role.SYSTEM
    if line.get("is_system") and kind:
        return None
    return Role.USER if line.get("is_user") else Role.ASSISTANT


def _chosen(line: Mapping[str, Any]) -> int:
    chosen = line.get("swipe_id")
    return chosen if isinstance(chosen, int) and chosen in (number for number, *_ in _swipes(line)) else 0


def _swipes(line: Mapping[str, Any]) -> Iterator[tuple[int, str, object]]:
    swipes, info = line.get("swipes"), line.get("swipe_info")
    for number, words in enumerate(swipes if isinstance(swipes, list) else ()):
        told = info[number] if isinstance(info, list) and number < len(info) else None
        sent = told.get("send_date") if isinstance(told, Mapping) else None
        if isinstance(words, str):
            yield number, words, sent or line.get("send_date")

"""A user's own chats as conversations to measure on, whichever program wrote them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from everkin.bench.conversation import Conversation
from everkin.mind.transcript import Utterance
from everkin.portability import Format, Imported, Report, read


def imported(path: Path, *, now: datetime, zone: tzinfo, format: Format | None = None) -> list[Conversation]:
    """One life for each companion in the file, in time order and without questions. Raises InvalidInput, as `read` does.

    Of swipes and edits only what the talk went on from is in it; ids are `conversation/message`.
    """
    told: dict[str, list[Imported]] = {}
    for one in read(path, now=now, report=Report(), format=format, zone=zone):
        told.setdefault(one.companion or "companion", []).append(one)
    return [_life(companion, threads) for companion, threads in told.items()]


def _life(companion: str, threads: Sequence[Imported]) -> Conversation:
    said = [(thread.conversation, message) for thread in threads for message in _current(thread.messages)]
    said.sort(key=lambda pair: pair[1].at.timestamp() if pair[1].at else 0.0)
    messages = [(label, replace(message, id=f"{label}/{message.id}", parent=None)) for label, message in said]
    return Conversation(
        id=companion,
        user=next((thread.user for thread in threads if thread.user), "user"),
        companion=companion,
        messages=tuple(message for _, message in messages),
        sessions={str(message.id): label for label, message in messages},
        questions=(),
    )


def _current(messages: Sequence[Utterance]) -> list[Utterance]:
    """The branch that ends in the last message."""
    known = {message.id: message for message in messages}
    branch: list[Utterance] = []
    at = messages[-1] if messages else None
    while at is not None:
        branch.append(at)
        at = known.get(at.parent) if at.parent else None
    return branch[::-1]

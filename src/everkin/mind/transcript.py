"""A transcript: messages kept word for word, in a tree whose branches are swipes and edits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from everkin.mind.identity import BlockId, ConversationId, MessageKey

SESSION_GAP = timedelta(hours=4)
"""A silence longer than this ends a session."""


class Role(StrEnum):
    """Who speaks; what OpenAI calls `developer` is `system` here, `function` is `tool`."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


class Delivery(StrEnum):
    """How a message came to its end. Only `complete` and what a person stopped are a speaker's own last word."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """One message as somebody hands it over. `id` is theirs, scoped by (bond, conversation); `at` is aware, or None for now.

    `parent` names the id this one answers; None means the one before it in the same hand-over, or the end of the
    conversation's current branch.
    """

    role: Role
    content: str
    id: str | None = None
    name: str | None = None
    at: datetime | None = None
    parent: str | None = None
    device: str | None = None
    """Where it was typed, in the app's own word; None: unsaid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One stored utterance. `ordinal` counts up within the bond in the order of arrival; `at` is when it was said."""

    key: MessageKey
    id: str
    conversation: ConversationId
    parent: MessageKey | None
    role: Role
    content: str
    name: str | None
    at: datetime
    ordinal: int
    block: BlockId
    delivery: Delivery = Delivery.COMPLETE
    current: bool = True
    """False once a revision or another swipe took its place: still kept, no longer remembered from."""
    device: str | None = None


def sessions(times: Sequence[datetime], gap: timedelta = SESSION_GAP) -> list[int]:
    """The session number of each of `times`, which are in order; a silence longer than `gap` starts the next."""
    numbers: list[int] = []
    for position, at in enumerate(times):
        if position == 0:
            numbers.append(0)
        else:
            numbers.append(numbers[-1] + (at - times[position - 1] > gap))
    return numbers


def speaker_names(messages: Iterable[Message]) -> dict[Role, str]:
    """The last name each role spoke under."""
    return {message.role: message.name for message in messages if message.name}

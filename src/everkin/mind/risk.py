"""What safety must never forget: how grave, what about, and how a disclosure lives until a person has reviewed it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from everkin.errors import InvalidInput
from everkin.mind.identity import DisclosureId, MessageKey


class Category(IntEnum):
    """What it is about; in all of them the speaker is the one at risk. The numbers are stored: add, never renumber."""

    SUICIDE = 0
    SELF_HARM = 1
    ABUSE = 2


class Level(IntEnum):
    """How grave, in order; from `HIGH` on the resource text is shown. The numbers are stored: add, never renumber."""

    CONCERN = 1
    """Long past, half in jest, or not quite said: worth remembering with care."""
    HIGH = 2
    """Said in the first person, of the present."""
    IMMINENT = 3
    """With a decision, a time, a means at hand, a farewell, or something already done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a guard found in one text: the gravest. `rule` names the rule that found it, and holds nobody's words."""

    category: Category
    level: Level
    rule: str


class State(IntEnum):
    """Where a disclosure stands. The numbers are stored: add, never renumber."""

    OPEN = 0
    REVIEWED = 1
    DISMISSED = 2


class Review(IntEnum):
    """What a person decides about a disclosure; nothing else moves one."""

    CONFIRM = 0
    DISMISS = 1
    REOPEN = 2


TRANSITIONS: Mapping[tuple[State, Review], State] = {
    (State.OPEN, Review.CONFIRM): State.REVIEWED,
    (State.OPEN, Review.DISMISS): State.DISMISSED,
    (State.REVIEWED, Review.REOPEN): State.OPEN,
    (State.REVIEWED, Review.DISMISS): State.DISMISSED,
    (State.DISMISSED, Review.REOPEN): State.OPEN,
}
"""The whole life of a disclosure; what is not listed cannot happen."""

STANDING = frozenset({State.OPEN})
"""The states in which it stands in every context, if it is grave, and the companion does not write first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disclosure:
    """One message that disclosed one thing. The words stay with the message; its memory is pinned in every state."""

    id: DisclosureId
    message: MessageKey
    category: Category
    level: Level
    at: datetime
    state: State = State.OPEN
    reviewed_at: datetime | None = None


def is_grave(disclosure: Disclosure) -> bool:
    """Whether it stands in every context until it is reviewed. A mere concern is kept, never fades, and is told to who asks."""
    return disclosure.level > Level.CONCERN


def reviewed(disclosure: Disclosure, review: Review, *, at: datetime) -> Disclosure:
    """The disclosure after a person's decision. Raises InvalidInput for one that its state does not allow."""
    state = TRANSITIONS.get((disclosure.state, review))
    if state is None:
        raise InvalidInput(
            f"A disclosure that is {disclosure.state.name.lower()} cannot be moved by {review.name.lower()}.",
            kept="It stands as it was.",
            next="Read its state again: somebody may have reviewed it first.",
        )
    return replace(disclosure, state=state, reviewed_at=at)

"""What a caller hands over, made into utterances or refused by its place in the list, never by its words."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from everkin.errors import InvalidInput
from everkin.exchange.occasion import text_of
from everkin.mind.ranking import FEATURE_NAMES
from everkin.mind.transcript import Role, Utterance

CONTENT_CHARACTERS_MAX = 4_000_000
YEARS = range(1000, 9500)
"""Of which a life can be told: time before and after any moment of it can still be counted."""
TOKENS_LEAST = 8
"""What the form of a context costs without a word in it."""


def utterances(
    messages: Sequence[Mapping[str, Any] | Utterance], zone: ZoneInfo, *, device: str | None = None
) -> list[Utterance]:
    """All of them, or InvalidInput for the first that cannot be taken. A time without a zone is the user's own.

    `device` is where those come from that name none themselves.
    """
    device = _word("observe", "device", device)
    if not isinstance(messages, Sequence):
        raise _refused("messages is not a list", "Send a list of {role, content}.")
    return [_utterance(f"messages[{position}]", message, zone, device) for position, message in enumerate(messages)]


def _utterance(place: str, message: Mapping[str, Any] | Utterance, zone: ZoneInfo, device: str | None) -> Utterance:
    if isinstance(message, Utterance):
        message = {name: getattr(message, name) for name in Utterance.__slots__}
    if not isinstance(message, Mapping):
        raise _refused(f"{place} is not a mapping", "Send {role, content} and, where known, id, name, at, parent.")
    content = text_of(message.get("content"), place)
    if len(content) > CONTENT_CHARACTERS_MAX:
        raise _refused(f"{place}.content has more than {CONTENT_CHARACTERS_MAX} characters", "Send it in parts.")
    return Utterance(
        role=_role(place, message.get("role")),
        content=content,
        id=_word(place, "id", message.get("id")),
        name=_word(place, "name", message.get("name")),
        at=None if (at := message.get("at")) is None else moment(f"{place}.at", at, zone),
        parent=_word(place, "parent", message.get("parent")),
        device=_word(place, "device", message.get("device")) or device,
    )


def _role(place: str, role: Any) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise _refused(f"{place}.role is none of {', '.join(Role)}", "Correct the role.") from None


def _word(place: str, field: str, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 1000:
        raise _refused(f"{place}.{field} is not a text of at most 1000 characters", "Shorten it, or leave it out.")
    return value


def moment(place: str, value: Any, zone: ZoneInfo) -> datetime:
    """A time in UTC; one without a zone is on the clock of `zone`. Raises InvalidInput for what is no time."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        found = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _refused(f"{place} is not a time", "Write it as 2026-05-09T13:56:00+02:00 (ISO 8601).") from None
    if found.year not in YEARS:
        raise _refused(f"{place} is not in the years {YEARS.start} to {YEARS.stop - 1}", "Correct the year.")
    return found


def words(place: str, value: Any) -> str:
    """A text; one without words is answered, not refused. Raises InvalidInput for what is no text."""
    if not isinstance(value, str):
        raise _refused(f"{place} is not a text", "Send a string.")
    return value


def features(off: Collection[str]) -> frozenset[str]:
    """Names of features to leave out. Raises InvalidInput for what is none."""
    if isinstance(off, str) or not FEATURE_NAMES.issuperset(off):
        raise _refused("off names what is no feature", f"Use some of {', '.join(sorted(FEATURE_NAMES))}.")
    return frozenset(off)


def number(place: str, value: Any, *, least: int = 1) -> int:
    """A whole number from `least` up. Raises InvalidInput."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _refused(f"{place} is not a whole number from {least} up", "Correct it, or leave it out.")
    return value


def _refused(what: str, next: str) -> InvalidInput:
    return InvalidInput(f"{what}.", kept="Nothing of this call was stored.", next=next)

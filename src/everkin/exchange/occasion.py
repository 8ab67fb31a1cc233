"""What kind of request a client makes: a turn of the conversation, or housekeeping that nobody said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from everkin.errors import InvalidInput
from everkin.mind.transcript import Role

_HOUSEKEEPING: Final = re.compile(
    r"^\s*(?:###\s*task:|create a (?:concise|short)\b.{0,40}\b(?:title|phrase)\b|"
    r"(?:please\s+)?(?:generate|provide|write|suggest|come up with)\b.{0,80}\b(?:title|tags?|follow-?up questions?|search quer(?:y|ies)|"
    r"autocomplet\w*|emoji)\b.{0,80}\b(?:conversation|chat|history|message|dialogue|above|following)\b|"
    r"(?:summari[sz]e|give a short title to) (?:the|this) (?:above |following |chat |whole )?(?:conversation|chat|history)\b|"
    r"\[(?:pause|stop) (?:your|the) role-?play)",
    re.IGNORECASE | re.DOTALL,
)
"""How chat clients ask for titles, tags, follow-ups and summaries; people rarely begin a sentence like this."""

_ROLES: Final = {"developer": Role.SYSTEM, "function": Role.TOOL, **{role.value: role for role in Role}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message of a client's request, its content as text."""

    role: Role
    content: str = field(repr=False)
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """A request as read: the app's own instructions, and what was said, oldest first.

    `is_turn` is False for what is answered but not remembered: titles and tags, a request without a person's words at
    its end.
    """

    client: str = field(repr=False)
    said: tuple[Line, ...]
    is_turn: bool


def read(messages: Sequence[Mapping[str, Any]]) -> Occasion:
    """Raises InvalidInput for what is no list of chat messages; the place is named, the words are not."""
    lines = [_line(position, message) for position, message in enumerate(messages)]
    said = tuple(line for line in lines if line.role in (Role.USER, Role.ASSISTANT))
    last = lines[-1] if lines else None
    if last is None:
        raise InvalidInput("The request has no messages.", next="Send at least one message of the role user.")
    is_turn = last.role is Role.USER and bool(last.content.strip()) and not _HOUSEKEEPING.match(last.content)
    client = "\n\n".join(line.content for line in lines if line.role is Role.SYSTEM)
    return Occasion(client=client, said=said, is_turn=is_turn)


def _line(position: int, message: Mapping[str, Any]) -> Line:
    role = _ROLES.get(str(message.get("role")))
    if role is None:
        raise InvalidInput(
            f"messages[{position}].role is none of {', '.join(_ROLES)}.", kept="Nothing was stored.", next="Correct it."
        )
    name = message.get("name")
    return Line(role=role, content=text_of(message.get("content"), f"messages[{position}]"), name=name or None)


def text_of(content: Any, place: str) -> str:
    """The text of a message's content: a string, OpenAI's list of parts (other parts than text leave nothing), or null."""
    match content:
        case None:
            return ""
        case str():
            return content
        case Sequence():
            parts = [part for part in content if isinstance(part, Mapping)]
            return "\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
        case _:
            raise InvalidInput(
                f"{place}.content is neither text nor a list of parts.",
                kept="Nothing was stored.",
                next="Send a string, or a list of {type, text} parts.",
            )

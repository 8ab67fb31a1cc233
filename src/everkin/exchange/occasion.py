"""What kind of request a client makes: a turn of the conversation, or housekeeping that nobody said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from everkin.errors import InvalidInput
from everkin.mind.ports.gateway import ChatMessage
from everkin.mind.transcript import Role

_HOUSEKEEPING: Final = re.compile(
    r"^\s*(?:###\s*task:|create a (?:concise|short)\b.{0,40}\b(?:title|phrase)\b|"
    r"(?:please\s+)?(?:generate|provide|write|suggest|come up with)\b.{0,80}\b(?:title|tags?|follow-?up questions?|search quer(?:y|ies)|"
    r"autocomplet\w*)\b.{0,80}\b(?:conversation|chat|history|dialogue)\b|"
    r"(?:summari[sz]e|give a short title to) (?:the|this) (?:above |following |chat |whole )?(?:conversation|chat|history)\b|"
    r"analy[sz]e this conversation and provide\b|your task is to reflect the speaker's likely facial expression\b|"
    r"you have been provided with a set of responses from various models\b)",
    re.IGNORECASE | re.DOTALL,
)
"""How chat clients ask for titles, tags, follow-ups and summaries; people rarely begin a sentence like this."""

_ERRAND: Final = re.compile(
    r"\A\s*(?:detect the language used in the following text\b|"
    r"(?:generate|provide|write|create) a (?:concise|short|brief)\b.{0,60}\btitle\b.{0,60}\b(?:conversation|chat)\b|"
    r"available tools:.*\byour task is to choose and return the correct tool|"
    r"ignore (?:all )?previous instructions\W+(?:summari[sz]e|classify)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""The same as an instruction beside somebody's words; no companion's own instructions begin like this."""

_NUDGE: Final = re.compile(
    r"^\[\s*(?:write (?:your|a|the) (?:next )?(?:reply|message|response)(?: only)? from the point of view of|"
    r"continue (?:your last message|the following message)|(?:pause|stop) (?:your|the) role-?play)",
    re.IGNORECASE | re.MULTILINE,
)
"""How they ask, in brackets, for words in the user's own voice, for more of the last reply, or for a summary."""

_DOCUMENTS: Final = re.compile(
    r"\A\s*### task:\s*respond to the user query using the provided context\b.*</context>(?P<question>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""A real question behind documents that the client has looked up for it (Open WebUI); the documents are not said."""

NAME_CHARACTERS_MAX: Final = 1000

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
    if not lines:
        raise InvalidInput("The request has no messages.", next="Send at least one message of the role user.")
    instructions = [line.content for line in lines if line.role is Role.SYSTEM]
    spoken = [line for line in lines if line.role is not Role.SYSTEM]
    if spoken and (framed := _DOCUMENTS.match(spoken[-1].content)):
        instructions.append(spoken[-1].content[: framed.start("question")])
        spoken[-1] = replace(spoken[-1], content=framed["question"].strip())
    return Occasion(
        client="\n\n".join(instructions),
        said=tuple(line for line in spoken if line.role is not Role.TOOL and line.content.strip()),
        is_turn=_is_turn(spoken, instructions),
    )


def _is_turn(spoken: Sequence[Line], instructions: Sequence[str]) -> bool:
    """A person's words stand last, whatever instructions a client puts behind them, and nobody asks for anything else."""
    last = spoken[-1] if spoken else None
    if last is None or last.role is not Role.USER or not last.content.strip():
        return False
    asked = [last.content, *instructions]
    return not _HOUSEKEEPING.match(last.content) and not any(
        _ERRAND.match(text) or _NUDGE.search(text) for text in asked
    )


def passed_on(messages: Sequence[Mapping[str, Any]]) -> list[ChatMessage]:
    """A request as it came, for a provider: pictures, names, tool calls and their results included."""
    return [
        ChatMessage(
            role=_ROLES[str(message["role"])],
            content=message.get("content") or "",
            name=message.get("name") or None,
            tool_calls=message.get("tool_calls") or (),
            tool_call_id=message.get("tool_call_id"),
        )
        for message in messages
    ]


def _line(position: int, message: Mapping[str, Any]) -> Line:
    role = _ROLES.get(str(message.get("role")))
    if role is None:
        raise InvalidInput(
            f"messages[{position}].role is none of {', '.join(_ROLES)}.", kept="Nothing was stored.", next="Correct it."
        )
    name = message.get("name") or None
    if name is not None and (not isinstance(name, str) or len(name) > NAME_CHARACTERS_MAX):
        raise InvalidInput(
            f"messages[{position}].name is not a text of at most {NAME_CHARACTERS_MAX} characters.",
            kept="Nothing was stored.",
            next="Shorten it, or leave it out.",
        )
    return Line(role=role, content=text_of(message.get("content"), f"messages[{position}]"), name=name)


def text_of(content: Any, place: str) -> str:
    """The text of a message's content: a string, OpenAI's list of parts (other parts than text leave nothing), or null."""
    match content:
        case None:
            return ""
        case str():
            return content
        case list() | tuple() if all(isinstance(part, Mapping) for part in content):
            return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text")
        case _:
            raise InvalidInput(
                f"{place}.content is neither text nor a list of parts.",
                kept="Nothing was stored.",
                next="Send a string, or a list of {type, text} parts.",
            )

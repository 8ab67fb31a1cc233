"""Why something is known: where a memory came from, in words for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from everkin.mind.fact import Origin
from everkin.mind.memory import Memory
from everkin.mind.transcript import Message, Role


def why(
    memory: Memory, sources: Sequence[Message], *, later: str = "", names: Mapping[Role, str], zone: ZoneInfo
) -> str:
    """The words it came from with who said them and when, and what has become of it since; a line each.

    `later` is what took its place; `names` what each role is called, where the message does not say.
    """
    lines = [_opening(memory), *(f"{_said(message, names, zone)}: {message.content}" for message in sources)]
    if len(sources) > 1:
        lines.append(f"It came up {len(sources)} times.")
    if later:
        lines.append(f"It is no longer taken to be so. Later: {later}")
    if memory.pinned:
        lines.append("It is pinned, so it never fades.")
    return "\n".join(lines)


def _opening(memory: Memory) -> str:
    if memory.fact is None:
        return "It is what was said, word for word."
    match memory.fact.origin:
        case Origin.HEARD:
            return f"“{memory.text}” was understood from these words."
        case Origin.CORRECTED:
            return f"“{memory.text}” is how a person put right what was understood from these words."
        case Origin.MODEL:
            return f"“{memory.text}” is what a language model understood from these words."


def _said(message: Message, names: Mapping[Role, str], zone: ZoneInfo) -> str:
    return f"{message.name or names.get(message.role, message.role.value)}, {_day(message.at, zone)}"


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y}"

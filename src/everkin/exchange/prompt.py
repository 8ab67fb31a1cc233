"""What goes into a prompt beside memories: how the two feel, the last words of the session; and the prompt itself. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from everkin.exchange.scene import Scene
from everkin.mind.bearing import own, seeming
from everkin.mind.context import Context
from everkin.mind.emotion import COMPANION, EVEN, USER, read
from everkin.mind.marker import markers
from everkin.mind.ports.emotions import Standing
from everkin.mind.ports.gateway import ChatMessage, Prompt, Shown
from everkin.mind.transcript import SESSION_GAP, Message, Role


def bearing(standing: Standing, scene: Scene, at: datetime) -> str:
    """How the user seems and how the companion feels, in words; empty while there is nothing to say."""
    user = read(standing.sums, USER, EVEN, at)
    companion = read(standing.sums, COMPANION, scene.persona.temperament, at)
    told = [seeming(user, markers(standing.mentions, at), scene.zone), own(companion)]
    return " ".join(sentence for sentence in told if sentence)


def prompt_of(
    context: Context,
    *,
    companion: str,
    service_level: str,
    parameters: Mapping[str, Any] | None = None,
    shown: Shown = Shown.NOWHERE,
) -> Prompt:
    """A composed context as the gateway takes it."""
    messages = [ChatMessage(role=Role(m["role"]), content=m["content"]) for m in context.messages]
    return Prompt(
        messages=messages, parameters=parameters or {}, shown=shown, companion=companion, service_level=service_level
    )


def running(messages: Sequence[Message], at: datetime) -> list[Message]:
    """The last words of the session that is still going on; what lies behind a silence is remembered, not repeated."""
    kept: list[Message] = []
    later = at
    for message in reversed([message for message in messages if message.at <= at]):
        if later - message.at > SESSION_GAP:
            break
        later = message.at
        if message.content.strip():
            kept.append(message)
    return kept[::-1]

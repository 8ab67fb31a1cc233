"""Who speaks, in the words other programs use for it."""

from everkin.mind.transcript import Role

_ROLES = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "ai": Role.ASSISTANT,
    "bot": Role.ASSISTANT,
    "companion": Role.ASSISTANT,
    "gpt": Role.ASSISTANT,
    "model": Role.ASSISTANT,
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "tool": Role.TOOL,
    "function": Role.TOOL,
}


def role(name: object) -> Role | None:
    """The role a source calls `name`, or None when that is none."""
    return _ROLES.get(name.strip().lower()) if isinstance(name, str) else None

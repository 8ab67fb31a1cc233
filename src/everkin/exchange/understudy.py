"""The understudy: when no provider answers, an honest word from memory, and no more than that."""

from zoneinfo import ZoneInfo

from everkin.mind.context import heading
from everkin.mind.memory import Recalled, Verdict
from everkin.mind.persona import Persona
from everkin.mind.transcript import Role

NAME = "understudy"
OPENING = "({name} cannot speak just now: no language model is answering. This is the understudy, reading from memory.)"
KEPT = "What you said is kept."
SHOWN = 3


def line(recalled: Recalled, persona: Persona, zone: ZoneInfo) -> str:
    """What it says: who speaks, what was found with its day, or plainly that nothing was; the same for the same recall."""
    return "\n\n".join([OPENING.format(name=persona.name), _remembered(recalled, persona, zone), KEPT])


def _remembered(recalled: Recalled, persona: Persona, zone: ZoneInfo) -> str:
    if recalled.verdict is Verdict.NOTHING or not recalled.recollections:
        return persona.gap
    opening = "I remember this:" if recalled.verdict is Verdict.FOUND else "I am not sure, but this may belong to it:"
    quotes = [
        f"{heading(r.memory.at, zone)} {r.memory.name or _who(r.memory.role)}: {r.excerpt or r.memory.text}"
        for r in recalled.recollections[:SHOWN]
    ]
    return "\n".join([opening, *quotes])


def _who(role: Role) -> str:
    return "you" if role is Role.USER else "I"

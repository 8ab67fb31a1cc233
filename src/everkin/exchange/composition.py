"""Composing a context: safety first, then persona, what is remembered with dates, what is not known, and the last words last."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from everkin.mind.context import MESSAGE_OVERHEAD_TOKENS, Context, Estimate, Line, choose, tail, told, worth
from everkin.mind.memory import Recalled, Verdict
from everkin.mind.persona import Persona
from everkin.mind.risk import Disclosure
from everkin.mind.transcript import Message, Role

SAFETY = (
    "This person has told you that they may be in danger ({what}; said on {day}). Stay warm and calm, take it seriously, "
    "never give any means or method, ask how they are now, and encourage them to talk to people near them and to the "
    "help that was shown to them. Do not promise secrecy."
)
REMEMBERED = "What you remember of earlier conversations (each day's words as they were said):"
UNSURE = "You are not sure that these memories answer what is asked; say so if you use them."
UNKNOWN = 'Nothing you remember answers what is asked. Do not guess or invent it; say something like: "{gap}"'
NOW = "It is {now:%A} {now.day} {now:%B %Y}, {now:%H:%M} where they are."

RECENT_SHARE = 0.25
"""At most this share of the budget goes to the last words of the running conversation, the rest to what is remembered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """All that a context may be made of, gathered. `question` is what is said now; `client` the app's own system prompt."""

    question: str = field(repr=False)
    persona: Persona
    recalled: Recalled
    disclosures: Sequence[Disclosure]
    recent: Sequence[Message]
    client: str = field(default="", repr=False)
    names: dict[Role, str] = field(default_factory=dict, repr=False)
    at: datetime
    zone: ZoneInfo


def compose(material: Material, *, tokens: int, estimate: Estimate) -> Context:
    """Never over `tokens`: what has to stand (safety, persona, the question) is cut to fit before anything is left out whole.

    Order of claims on the budget: the question, safety, persona, the statement of what is not known, the client's own
    prompt, the last words of the conversation, memories by value per token.
    """
    room = _Room(tokens, estimate)
    question = room.claim_message(material.question)
    safety = room.claim(_safety(material))
    persona = room.claim(material.persona.prompt)
    now = room.claim(NOW.format(now=material.at.astimezone(material.zone)))
    gap = room.claim(_gap(material))
    client = room.claim(material.client)
    recent, spent = tail(material.recent, budget=int(room.left * RECENT_SHARE), estimate=estimate)
    room.left -= spent
    shown = {message["content"] for message in recent} | {material.question}
    lines = [line for line in _lines(material) if line.text not in shown]
    chosen, _, cut = choose(lines, budget=room.left - estimate(REMEMBERED) - 1, estimate=estimate, zone=material.zone)
    memory = f"{REMEMBERED}\n{told(chosen, material.zone)}" if chosen else ""
    system = "\n\n".join(part for part in (safety, persona, client, memory, gap, now) if part)
    messages = [*([{"role": "system", "content": system}] if system else []), *recent]
    messages.append({"role": "user", "content": question})
    return Context(
        messages=tuple(messages),
        tokens=sum(estimate(message["content"]) + MESSAGE_OVERHEAD_TOKENS for message in messages),
        budget=tokens,
        verdict=material.recalled.verdict,
        confidence=material.recalled.confidence,
        recollections=tuple(line.recollection for line in chosen if line.recollection),
        cut={"memories": cut, "recent": len(material.recent) - len(recent)},
        explanation=material.recalled.explanation,
    )


@dataclass(slots=True)
class _Room:
    """What is left of the budget while the fixed parts claim their share."""

    left: int
    estimate: Estimate

    def __post_init__(self) -> None:
        self.left -= 2 * MESSAGE_OVERHEAD_TOKENS

    def claim(self, text: str) -> str:
        """The text, or as much of its beginning as there is room for."""
        kept = fitted(text, self.left - 1, self.estimate)
        self.left -= self.estimate(kept) + 1 if kept else 0
        return kept

    def claim_message(self, text: str) -> str:
        """The end of the text matters most in what a person says; half of the budget is its limit."""
        kept = fitted(text[::-1], self.left // 2, self.estimate)[::-1]
        self.left -= self.estimate(kept)
        return kept


def fitted(text: str, tokens: int, estimate: Estimate) -> str:
    """The longest beginning of the text that costs at most `tokens`, by bisection."""
    if tokens <= 0:
        return ""
    if estimate(text) <= tokens:
        return text
    low, high = 0, min(len(text), tokens * 8)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low]


def _safety(material: Material) -> str:
    return "\n".join(
        SAFETY.format(
            what=disclosure.category.name.lower().replace("_", " "),
            day=f"{disclosure.at.astimezone(material.zone):%d %B %Y}",
        )
        for disclosure in material.disclosures[:3]
    )


def _gap(material: Material) -> str:
    match material.recalled.verdict:
        case Verdict.NOTHING:
            return UNKNOWN.format(gap=material.persona.gap)
        case Verdict.WEAK:
            return UNSURE
        case Verdict.FOUND:
            return ""


def _lines(material: Material) -> list[Line]:
    return [
        Line(
            at=recollection.memory.at,
            speaker=recollection.memory.name
            or material.names.get(recollection.memory.role, recollection.memory.role.value),
            text=recollection.excerpt or recollection.memory.text,
            value=worth(rank),
            recollection=recollection,
        )
        for rank, recollection in enumerate(material.recalled.recollections)
    ]

"""Composing a context: safety first, then persona, what is known and remembered with dates, what is not, the last words last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from everkin.mind.context import (
    MESSAGE_OVERHEAD_TOKENS,
    Choice,
    Context,
    Estimate,
    Known,
    Line,
    choose,
    fit,
    heading,
    recent_share,
    tail,
    told,
    worth,
)
from everkin.mind.fact import STANDING, names_subject
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Kind, Memory, Recalled, Recollection, Verdict
from everkin.mind.persona import Persona
from everkin.mind.risk import Disclosure, is_grave
from everkin.mind.scratchpad import Note
from everkin.mind.transcript import Message, Role

SAFETY = (
    "This person has told you that they may be in danger ({what}; said on {day}). Stay warm and calm, take it seriously, "
    "never give any means or method, ask how they are now, and encourage them to talk to people near them and to the "
    "help that was shown to them. Do not promise secrecy."
)
KNOWN = "What you know (with the day it was told):"
ASKED = "What you know of what is asked:"
REMEMBERED = "What you remember of earlier conversations (each day's words as they were said):"
UNSURE = "You are not sure that these memories answer what is asked; say so if you use them."
UNKNOWN = (
    "Nothing you remember seems to answer what is asked. Unless one of these lines plainly does, and is about the very person "
    'asked about, do not guess or invent it; say something like: "{gap}"'
)
SCRATCH = "Your own notes in this exchange, which nobody else has heard:"
NOW = "It is {now:%A} {now.day} {now:%B %Y}, {now:%H:%M} where they are."

STANDING_SHARE = 0.10
FACTS_SHARE = 0.15
"""Of the budget: at most this much for facts that stand whatever is asked, and for all facts together."""
SCRATCH_SHARE = 0.2
"""Of the budget, for the notes of an exchange; the last ones in order are kept."""
FACTS_RANKED = 20
"""A recalled fact beyond this rank is told only when it names somebody the question names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """All that a context may be made of, gathered. `question` is what is said now; `client` the app's own system prompt.

    `state` is a line on how the companion feels; `facts` those that stand now; `later` what took the place of what a
    memory says; `neighbours` the messages beside the best recollections.
    """

    question: str = field(repr=False)
    persona: Persona
    recalled: Recalled
    disclosures: Sequence[Disclosure]
    recent: Sequence[Message]
    state: str = field(default="", repr=False)
    facts: Sequence[Memory] = ()
    later: Mapping[MemoryId, str] = field(default_factory=dict, repr=False)
    neighbours: Mapping[MemoryId, Sequence[Message]] = field(default_factory=dict, repr=False)
    client: str = field(default="", repr=False)
    scratch: Sequence[Note] = field(default=(), repr=False)
    names: dict[Role, str] = field(default_factory=dict, repr=False)
    at: datetime
    zone: ZoneInfo


def compose(material: Material, *, tokens: int, estimate: Estimate, explain: bool = False) -> Context:
    """Never over `tokens`: what has to stand (safety, persona, the question) is cut to fit before anything is left out whole.

    Order of claims on the budget: the question, safety, persona, state, what is not known, the client's own prompt,
    current facts, the last words of the conversation, memories by value per token, their neighbours. In the text what
    changes least comes first and the time last, so that a provider's prompt cache holds as much as can be.
    """
    priced = cache(estimate)
    room = tokens
    while True:
        draft = _Draft(material, room, priced)
        context = draft.context(tokens, explain=explain)
        if context.tokens <= tokens or room <= 0:
            return context
        room -= context.tokens - tokens  # an estimate of the whole may be above the sum of its parts'


class _Draft:
    """One attempt at a context, with `room` tokens to spend."""

    def __init__(self, material: Material, room: int, estimate: Estimate) -> None:
        self._its, self._estimate = material, estimate
        self._room = claims = _Room(room, estimate)
        self._question = claims.claim_message(material.question)
        self._safety = claims.claim("safety", _safety(material))
        self._persona = claims.claim("persona", material.persona.prompt)
        self._state = claims.claim("state", material.state)
        self._now = claims.claim("now", NOW.format(now=material.at.astimezone(material.zone)))
        self._gap = claims.claim("gap", _gap(material))
        self._client = claims.claim("client", material.client)
        self._scratch = claims.claim("scratch", _scratch(material, int(room * SCRATCH_SHARE), estimate))
        self._standing, self._asked, self._unknown = self._facts(room)
        self._recent = self._running(room)
        self._memories = self._remembered()
        self._beside = self._neighbours()

    def context(self, budget: int, *, explain: bool) -> Context:
        messages = self._messages()
        recalled = self._its.recalled
        return Context(
            messages=messages,
            tokens=sum(self._estimate(message["content"]) + MESSAGE_OVERHEAD_TOKENS for message in messages),
            budget=budget,
            verdict=recalled.verdict,
            confidence=recalled.confidence,
            recollections=self._shown(),
            cut={
                "facts": len(self._unknown),
                "recent": len(self._its.recent) - len(self._recent),
                "memories": len(self._memories.cut),
                "neighbours": len(self._beside.cut),
            },
            degraded=recalled.degraded,
            explanation=self._explanation() if explain else None,
        )

    def _messages(self) -> tuple[dict[str, str], ...]:
        lines = sorted((*self._memories.lines, *self._beside.lines), key=lambda line: line.at)
        system = "\n\n".join(
            part
            for part in (
                self._safety,
                self._persona,
                self._client,
                _titled(KNOWN, (fact.text for fact in self._standing)),
                _titled(ASKED, (fact.text for fact in self._asked)),
                _titled(REMEMBERED, [told(lines, self._its.zone)] if lines else ()),
                self._state,
                self._scratch,
                self._gap,
                self._now,
            )
            if part
        )
        opening = [{"role": "system", "content": system}] if system else []
        return (*opening, *self._recent, {"role": "user", "content": self._question})

    def _facts(self, room: int) -> tuple[list[Known], list[Known], list[Known]]:
        """Those that stand whatever is asked, those that are asked about, and those without room."""
        limit = max(
            0, min(self._room.left, int(room * FACTS_SHARE)) - self._estimate(KNOWN) - self._estimate(ASKED) - 4
        )
        standing, cut, spent = fit(
            _standing(self._its), budget=min(limit, int(room * STANDING_SHARE)), estimate=self._estimate
        )
        told_already = {fact.memory.id for fact in standing}
        wanted = [fact for fact in _asked(self._its, cut) if fact.memory.id not in told_already]
        asked, unasked, more = fit(wanted, budget=limit - spent, estimate=self._estimate)
        if standing or asked:
            self._room.spend("facts", spent + more + self._estimate(KNOWN) + self._estimate(ASKED) + 4)
        left_out = {fact.memory.id: fact for fact in (*cut, *unasked)}
        kept = {fact.memory.id for fact in (*standing, *asked)}
        return standing, asked, [fact for id, fact in left_out.items() if id not in kept]

    def _running(self, room: int) -> list[dict[str, str]]:
        share = recent_share(self._its.recalled.confidence, self._its.recalled.parts)
        budget = min(self._room.left, int(room * share))
        recent, spent = tail(self._its.recent, budget=budget, estimate=self._estimate)
        self._room.spend("recent", spent)
        return recent

    def _remembered(self) -> Choice:
        shown = {message["content"] for message in self._recent} | {self._its.question}
        lines = [line for line in _lines(self._its) if line.text not in shown]
        budget = self._room.left - self._estimate(REMEMBERED) - 4
        choice = choose(lines, budget=budget, estimate=self._estimate, zone=self._its.zone)
        if choice.lines:
            self._room.spend("memories", choice.tokens + self._estimate(REMEMBERED) + 4)
        return choice

    def _neighbours(self) -> Choice:
        """What stands beside the recollections that were told, where there is room left; nothing is told twice."""
        told = (
            {line.text for line in self._memories.lines} | {m["content"] for m in self._recent} | {self._its.question}
        )
        held = {line.recollection.memory.id for line in self._memories.lines if line.recollection}
        lines = [line for line in _beside(self._its, held) if line.text not in told]
        days = {heading(line.at, self._its.zone) for line in self._memories.lines}
        choice = choose(lines, budget=self._room.left - 1, estimate=self._estimate, zone=self._its.zone, days=days)
        self._room.spend("neighbours", choice.tokens)
        return choice

    def _shown(self) -> tuple[Recollection, ...]:
        facts = [fact.recollection for fact in (*self._standing, *self._asked)]
        said = [line.recollection for line in self._memories.lines]
        ids = {recollection.memory.id for recollection in (*facts, *said) if recollection}
        return tuple(each for each in self._its.recalled.recollections if each.memory.id in ids)

    def _explanation(self) -> dict[str, Any]:
        kept = {each.memory.id for each in self._shown()}
        return {
            "recall": self._its.recalled.explanation,
            "tokens": dict(self._room.spent),
            "recent_share": recent_share(self._its.recalled.confidence, self._its.recalled.parts),
            "recollections": [
                {
                    "memory": str(each.memory.id),
                    "rank": rank,
                    "kind": each.memory.kind.name.lower(),
                    "score": each.score,
                    "worth": round(worth(rank), 4),
                    "tokens": self._estimate(each.excerpt or each.memory.text),
                    "features": each.features,
                    "kept": each.memory.id in kept,
                }
                for rank, each in enumerate(self._its.recalled.recollections)
            ],
            "facts": {
                "standing": [str(fact.memory.id) for fact in self._standing],
                "asked": [str(fact.memory.id) for fact in self._asked],
                "cut": [str(fact.memory.id) for fact in self._unknown],
            },
            "cut": {
                "no_room": [str(line.recollection.memory.id) for line in self._memories.cut if line.recollection],
                "neighbours": len(self._beside.cut),
                "recent": len(self._its.recent) - len(self._recent),
                "shortened": list(self._room.shortened),
            },
        }


class _Room:
    """What is left of the budget while the parts claim their share, and what each has taken."""

    def __init__(self, tokens: int, estimate: Estimate) -> None:
        self.left = tokens - 2 * MESSAGE_OVERHEAD_TOKENS
        self.spent: dict[str, int] = {}
        self.shortened: list[str] = []
        self._estimate = estimate

    def spend(self, part: str, tokens: int) -> None:
        self.left -= tokens
        self.spent[part] = tokens

    def claim(self, part: str, text: str) -> str:
        """The text, or as much of its beginning as there is room for."""
        return self._keep(part, text, fitted(text, self.left - 2, self._estimate), joint=2)

    def claim_message(self, text: str) -> str:
        """The end of the text matters most in what a person says; half of the budget is its limit."""
        return self._keep("question", text, fitted(text[::-1], self.left // 2, self._estimate)[::-1], joint=0)

    def _keep(self, part: str, text: str, kept: str, *, joint: int) -> str:
        if kept:
            self.spend(part, self._estimate(kept) + joint)
        if len(kept) < len(text):
            self.shortened.append(part)
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


def _titled(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"{title}\n{body}" if body else ""


def _safety(material: Material) -> str:
    return "\n".join(
        SAFETY.format(
            what=disclosure.category.name.lower().replace("_", " "),
            day=f"{disclosure.at.astimezone(material.zone):%d %B %Y}",
        )
        for disclosure in [each for each in material.disclosures if is_grave(each)][:3]
    )


def _gap(material: Material) -> str:
    if not material.recalled.asked:
        return ""
    match material.recalled.verdict:
        case Verdict.NOTHING:
            return UNKNOWN.format(gap=material.persona.gap)
        case Verdict.WEAK:
            return UNSURE
        case Verdict.FOUND:
            return ""


def _scratch(material: Material, tokens: int, estimate: Estimate) -> str:
    """The last notes that fit, in their order."""
    lines: list[str] = []
    left = tokens - estimate(SCRATCH)
    for note in reversed(material.scratch):
        line = f"- ({note.kind}) {note.text}"
        left -= estimate(line) + 1
        if left < 0:
            break
        lines.append(line)
    return _titled(SCRATCH, reversed(lines))


def _standing(material: Material) -> list[Known]:
    """Facts of the kinds that always matter, those that matter most first, the user's own before others'."""
    recalled = {each.memory.id: each for each in material.recalled.recollections}
    ranked = sorted(
        (memory for memory in material.facts if memory.fact and memory.fact.predicate in STANDING),
        key=lambda memory: (memory.role is not Role.USER, _weight(memory), -memory.at.timestamp()),
    )
    return [_known(material, memory, recalled.get(memory.id)) for memory in ranked]


def _weight(memory: Memory) -> int:
    return STANDING.index(memory.fact.predicate) if memory.fact else len(STANDING)


def _asked(material: Material, left: Sequence[Known]) -> list[Known]:
    """Facts that the question is about: first those on somebody or something it names, then as recall ranked them."""
    asked = [
        _known(material, each.memory, each)
        for rank, each in enumerate(material.recalled.recollections)
        if each.memory.kind is Kind.SEMANTIC and (rank < FACTS_RANKED or _is_named(material, each.memory))
    ]
    candidates = {fact.memory.id: fact for fact in (*(k for k in left if _is_named(material, k.memory)), *asked)}
    return sorted(candidates.values(), key=lambda fact: not _is_named(material, fact.memory))


def _is_named(material: Material, memory: Memory) -> bool:
    return memory.fact is not None and names_subject(material.question, memory.fact)


def _known(material: Material, memory: Memory, recollection: Recollection | None) -> Known:
    day = memory.at.astimezone(material.zone)
    later = material.later.get(memory.id)
    text = f"- {memory.text} [{day.day} {day:%B %Y}]" + (f" [no longer so; later: {later}]" if later else "")
    return Known(memory=memory, text=text, recollection=recollection)


def _lines(material: Material) -> list[Line]:
    return [
        Line(
            at=recollection.memory.at,
            speaker=_speaker(material, recollection.memory.name, recollection.memory.role),
            text=recollection.excerpt or recollection.memory.text,
            value=worth(rank),
            recollection=recollection,
            later=material.later.get(recollection.memory.id, ""),
        )
        for rank, recollection in enumerate(material.recalled.recollections)
        if recollection.memory.kind is not Kind.SEMANTIC
    ]


def _beside(material: Material, told: set[MemoryId]) -> list[Line]:
    """The messages beside recollections that were told; each is worth what its recollection is."""
    rank = {each.memory.id: rank for rank, each in enumerate(material.recalled.recollections)}
    return [
        Line(
            at=message.at,
            speaker=_speaker(material, message.name, message.role),
            text=message.content,
            value=worth(rank.get(memory, len(rank))),
        )
        for memory, messages in material.neighbours.items()
        if memory in told
        for message in messages
    ]


def _speaker(material: Material, name: str | None, role: Role) -> str:
    return name or material.names.get(role, role.value)

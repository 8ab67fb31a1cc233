"""The context of one reply: what goes in, in which order, inside a budget of tokens. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from everkin.mind.memory import Memory, Recollection, Verdict
from everkin.mind.transcript import Message, Role

Estimate = Callable[[str], int]
"""Tokens of a text, on the high side."""

MESSAGE_OVERHEAD_TOKENS = 4
"""What a chat format spends on each message beside its words."""
RECENT_SHARE = 0.25
"""At most this share of the budget goes to the last words of the running conversation, the rest to what is remembered."""
RECENT_SHARE_ASIDE = 0.12
MIDDLING = (0.3, 0.7)
"""Confidences between which recall may have it or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a model is given. `messages` are {role, content} in OpenAI's form and never cost more than the budget.

    `tokens` is our estimate, on the high side. `recollections` are those whose words are in it, best first; `cut` counts, by
    what they were, the pieces that found no room. `explanation`, where asked for, names every score and every cut by the
    ids of memories, never by their words.
    """

    messages: tuple[dict[str, str], ...] = field(repr=False)
    tokens: int
    budget: int
    verdict: Verdict
    confidence: float
    recollections: tuple[Recollection, ...]
    cut: dict[str, int]
    degraded: tuple[str, ...] = ()
    """What recall went without, by name, as `Recalled.degraded` has it."""
    explanation: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One dated thing that may be told: the message of a memory or a neighbour of one. `value` (see `worth`) decides who gets room.

    `later` is the fact that has taken the place of what this says; it is told with it.
    """

    at: datetime
    speaker: str = field(repr=False)
    text: str = field(repr=False)
    value: float
    recollection: Recollection | None = None
    later: str = field(default="", repr=False)

    @property
    def said(self) -> str:
        return f"{self.speaker}: {_indented(self.text)}" + (f" [later: {self.later}]" if self.later else "")


def _indented(text: str) -> str:
    """Lines of one message under its speaker, without blank ones, so that none is taken for somebody's next words."""
    lines = text.splitlines()
    return text.rstrip() if len(lines) == 1 else "\n  ".join(line.rstrip() for line in lines if line.strip())


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What got room, in time order, what did not, best first, and what it cost."""

    lines: tuple[Line, ...] = ()
    cut: tuple[Line, ...] = ()
    tokens: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A fact in one line; with its recollection where recall brought it."""

    memory: Memory
    text: str = field(repr=False)
    recollection: Recollection | None = None


def worth(rank: int) -> float:
    """What the recollection at this rank (0 is the best) is worth: falls as 1 / (rank + 5), whatever the scores' scale."""
    return 1 / (rank + 5)


def density(line: Line, tokens: int) -> float:
    """Worth over the root of its length, so that one long message does not push out five short ones."""
    return line.value / sqrt(max(1, tokens))


def choose(
    lines: Sequence[Line], *, budget: int, estimate: Estimate, zone: ZoneInfo, days: Iterable[str] = ()
) -> Choice:
    """The lines that fit, best value per token first.

    Each line is told once. A day's heading is paid by the first line of that day; those in `days` are paid already.
    """
    unique = {(line.at, line.said): line for line in lines}
    priced = [(line, estimate(said) + 1) for (_, said), line in unique.items()]
    priced.sort(key=lambda pair: (-density(*pair), pair[0].at))
    chosen: list[Line] = []
    cut: list[Line] = []
    paid = set(days)
    left = budget
    for line, tokens in priced:
        day = heading(line.at, zone)
        cost = tokens + (0 if day in paid else estimate(day) + 1)
        if cost > left:
            cut.append(line)
            continue
        left -= cost
        paid.add(day)
        chosen.append(line)
    return Choice(lines=tuple(sorted(chosen, key=lambda line: line.at)), cut=tuple(cut), tokens=budget - left)


def fit(facts: Sequence[Known], *, budget: int, estimate: Estimate) -> tuple[list[Known], list[Known], int]:
    """(Those that fit, first come first served and back in time order; those that do not; tokens)."""
    kept: list[Known] = []
    cut: list[Known] = []
    spent = 0
    for fact in facts:
        cost = estimate(fact.text) + 1
        fits = spent + cost <= budget
        (kept if fits else cut).append(fact)
        spent += cost if fits else 0
    return sorted(kept, key=lambda fact: fact.memory.at), cut, spent


def recent_share(confidence: float, parts: int) -> float:
    """The share of the budget that the running talk may take: less where a middling recall or a question of several
    parts needs more memories to be sure of.
    """
    return RECENT_SHARE_ASIDE if parts > 1 or MIDDLING[0] <= confidence <= MIDDLING[1] else RECENT_SHARE


def heading(at: datetime, zone: ZoneInfo) -> str:
    """The day as a person would write it above a diary entry."""
    return _heading(at.astimezone(zone).date())


@lru_cache(maxsize=4096)
def _heading(day: date) -> str:
    return f"[{day:%A} {day.day} {day:%B %Y}]"


def told(lines: Iterable[Line], zone: ZoneInfo) -> str:
    """Lines grouped by day, oldest first."""
    days = []
    for day, said in groupby(lines, key=lambda line: heading(line.at, zone)):
        days.append("\n".join([day, *(line.said for line in said)]))
    return "\n".join(days)


def tail(messages: Sequence[Message], *, budget: int, estimate: Estimate) -> tuple[list[dict[str, str]], int]:
    """The last messages that fit, in order, and what they cost; it stops at the first that does not fit."""
    kept: list[dict[str, str]] = []
    spent = 0
    for message in reversed(messages):
        cost = estimate(message.content) + MESSAGE_OVERHEAD_TOKENS
        if spent + cost > budget:
            break
        spent += cost
        kept.append({"role": message.role.value, "content": message.content})
    while (
        kept and kept[-1]["role"] == Role.ASSISTANT.value
    ):  # begin with the person's words, as every chat format wants
        spent -= estimate(kept[-1]["content"]) + MESSAGE_OVERHEAD_TOKENS
        kept.pop()
    return kept[::-1], spent

"""The context of one reply: what goes in, in which order, inside a budget of tokens. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from everkin.mind.memory import Recollection, Verdict
from everkin.mind.transcript import Message, Role

Estimate = Callable[[str], int]
"""Tokens of a text, on the high side."""

MESSAGE_OVERHEAD_TOKENS = 4
"""What a chat format spends on each message beside its words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a model is given. `messages` are {role, content} in OpenAI's form and never cost more than the budget.

    `tokens` is our estimate, on the high side. `recollections` are those whose words are in it; `cut` counts, by what
    they were, the pieces that found no room.
    """

    messages: tuple[dict[str, str], ...] = field(repr=False)
    tokens: int
    budget: int
    verdict: Verdict
    confidence: float
    recollections: tuple[Recollection, ...]
    cut: dict[str, int]
    explanation: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One dated thing that may be told: the message of a memory or a neighbour of one. `value` (see `worth`) decides who gets room."""

    at: datetime
    speaker: str = field(repr=False)
    text: str = field(repr=False)
    value: float
    recollection: Recollection | None = None

    @property
    def said(self) -> str:
        return f"{self.speaker}: {self.text}"


def worth(rank: int) -> float:
    """What the recollection at this rank (0 is the best) is worth: falls as 1 / (rank + 5), whatever the scores' scale."""
    return 1 / (rank + 5)


def density(line: Line, tokens: int) -> float:
    """Worth over the root of its length, so that one long message does not push out five short ones."""
    return line.value / sqrt(max(1, tokens))


def choose(lines: Sequence[Line], *, budget: int, estimate: Estimate, zone: ZoneInfo) -> tuple[list[Line], int, int]:
    """The lines that fit, best value per token first: (in time order, tokens they cost with day headings, how many were cut).

    Each line is told once. A day's heading is paid by the first line of that day.
    """
    priced = [(line, estimate(line.said) + 1) for line in {(line.at, line.said): line for line in lines}.values()]
    priced.sort(key=lambda pair: (-density(*pair), pair[0].at))
    chosen: list[Line] = []
    days: set[str] = set()
    left = budget
    for line, tokens in priced:
        day = heading(line.at, zone)
        cost = tokens + (0 if day in days else estimate(day) + 1)
        if cost <= left:
            left -= cost
            days.add(day)
            chosen.append(line)
    chosen.sort(key=lambda line: line.at)
    return chosen, budget - left, len(priced) - len(chosen)


def heading(at: datetime, zone: ZoneInfo) -> str:
    """The day as a person would write it above a diary entry."""
    local = at.astimezone(zone)
    return f"[{local:%A} {local.day} {local:%B %Y}]"


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

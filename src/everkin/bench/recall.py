"""Asking: every question of a conversation to a bond that has observed it, and how each was answered."""

import random
import re
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from everkin.app import Bond, Everkin
from everkin.bench.conversation import Conversation, Question
from everkin.mind.memory import Recollection, Verdict

CHARACTERS_PER_TOKEN: Final = 4.5
PASSAGE: Final = 200
"""Characters of a long message that have to stand in a context for it to count as kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One question as it was answered. `figures` are by name (R@10, all@10, S-any@5, kept …); times in milliseconds."""

    id: str
    category: str
    answerable: bool
    foreign: bool
    """From another conversation, asked here with the names exchanged: nothing here can answer it."""
    verdict: Verdict
    confidence: float
    hit: bool
    """Evidence among the first ten."""
    figures: dict[str, float]
    recall_ms: float
    context_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What to ask for: how many recollections, which tokens of context (0: none), which features to leave out."""

    limit: int = 50
    tokens: int = 4000
    off: frozenset[str] = frozenset()
    foreign: int = 0
    """Questions of other conversations to ask each one."""


async def observe(kin: Everkin, conversation: Conversation, name: str) -> tuple[Bond, float]:
    """A bond that has heard it all, and the seconds that took."""
    bond = await kin.bond(user=name, companion="bench")
    started = time.perf_counter()
    await bond.observe(list(conversation.messages))
    return bond, time.perf_counter() - started


async def ask(
    bond: Bond, conversation: Conversation, others: Sequence[Conversation], asked: Asked, rng: random.Random
) -> AsyncGenerator[Row, None]:
    """Every question of the conversation, then some of the others', one call at a time."""
    for question in conversation.questions:
        yield await _row(bond, conversation, question, asked, foreign=False)
    for question in foreign_questions(conversation, others, asked.foreign, rng):
        yield await _row(bond, conversation, question, asked, foreign=True)


def foreign_questions(
    conversation: Conversation, others: Sequence[Conversation], count: int, rng: random.Random
) -> list[Question]:
    """Some of the other conversations' answerable questions, put about the two of this one, after its end."""
    end = max(m.at for m in conversation.messages if m.at)
    pool = [
        replace(question, text=_renamed(question.text, other, conversation), at=max(question.at, end))
        for other in others
        if other.id != conversation.id
        for question in other.questions
        if question.answerable
    ]
    return rng.sample(pool, min(count, len(pool)))


async def _row(bond: Bond, conversation: Conversation, question: Question, asked: Asked, *, foreign: bool) -> Row:
    started = time.perf_counter()
    recalled = await bond.recall(question.text, at=question.at, limit=asked.limit, off=asked.off)
    recall_ms = (time.perf_counter() - started) * 1e3
    got = distinct_ids(recalled.recollections)
    gold = () if foreign else question.evidence
    figures = retrieval(got, gold, conversation) if gold else {}
    context_ms = 0.0
    if gold and asked.tokens:
        started = time.perf_counter()
        context = await bond.context(question.text, at=question.at, tokens=asked.tokens)
        context_ms = (time.perf_counter() - started) * 1e3
        text = _plain("\n".join(m["content"] for m in context.messages))[: int(CHARACTERS_PER_TOKEN * asked.tokens)]
        figures |= {f"kept@{asked.tokens}": _kept(conversation, gold, text)}
    return Row(
        id=question.id,
        category=question.category,
        answerable=question.answerable and not foreign,
        foreign=foreign,
        verdict=recalled.verdict,
        confidence=recalled.confidence,
        hit=question.answerable and bool(set(got[:10]) & set(gold)),
        figures=figures,
        recall_ms=recall_ms,
        context_ms=context_ms,
    )


def distinct_ids(recollections: Sequence[Recollection]) -> list[str]:
    """The message ids in the order in which they first appear."""
    return list(dict.fromkeys(id for r in recollections for id in r.memory.message_ids))


def retrieval(got: Sequence[str], gold: Sequence[str], conversation: Conversation) -> dict[str, float]:
    """R@5/10/20 (mean share of the evidence), all@10, and the sessions among the first five distinct ones."""
    figures = {f"R@{k}": len(set(gold) & set(got[:k])) / len(set(gold)) for k in (5, 10, 20)}
    figures["all@10"] = float(figures["R@10"] == 1)
    sessions = set(list(dict.fromkeys(conversation.sessions.get(id, "?") for id in got))[:5])
    wanted = {conversation.sessions[id] for id in gold if id in conversation.sessions}
    return figures | {"S-any@5": float(bool(wanted & sessions)), "S-all@5": float(wanted <= sessions)}


def _kept(conversation: Conversation, gold: Sequence[str], text: str) -> float:
    said = {m.id: m.content for m in conversation.messages}
    return sum(_stands_in(said.get(id, ""), text) for id in gold) / len(gold)


def _stands_in(message: str, text: str) -> bool:
    words = _plain(message)
    if len(words) <= PASSAGE:
        return words in text
    return any(words[start : start + PASSAGE] in text for start in range(0, len(words) - PASSAGE + 1, 40))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _renamed(text: str, theirs: Conversation, ours: Conversation) -> str:
    names = {theirs.user: ours.user, theirs.companion: ours.companion}
    pattern = r"\b(" + "|".join(map(re.escape, names)) + r")\b"
    return re.sub(pattern, lambda match: names[match[1]], text)

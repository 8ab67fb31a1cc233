"""Answer quality with the user's own model: recall composes, the model answers, and a judge (or word overlap) marks it."""

import re
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from everkin.app import Bond
from everkin.bench.conversation import Conversation, Question
from everkin.mind.ports.gateway import ChatMessage, Finished, Gateway, Prompt
from everkin.mind.transcript import Role

INSTRUCTION: Final = (
    "Answer the question from what is remembered above, in as few words as possible. If it cannot be answered from "
    'that, answer exactly: "I don\'t know."'
)
JUDGEMENT: Final = (
    "Question: {question}\nReference answer: {answer}\nGiven answer: {given}\n\n"
    "Does the given answer say the same as the reference answer, other wording and more detail allowed? Answer yes or no."
)
_UNKNOWN: Final = re.compile(
    r"\b(?:i (?:do not|don't) know|not (?:been )?told|no (?:information|memory)|haven't told)\b", re.I
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One answer as it was marked. `overlap` is F1 of its words with the reference; `judged` what the judge said, if any.

    An unanswerable question is right when the answer admits it.
    """

    id: str
    category: str
    overlap: float
    judged: bool | None
    failed: bool = False
    given: str = field(default="", repr=False)


async def answers(
    bond: Bond, conversation: Conversation, gateway: Gateway, *, tokens: int, judge: str | None = None
) -> AsyncGenerator[Answered, None]:
    """Every question that has a reference answer, or none in the conversation. `judge` names the provider that marks."""
    for question in conversation.questions:
        if question.answer is None and question.answerable:
            continue
        given = await _given(bond, question, gateway, tokens)
        if given is None:
            yield Answered(id=question.id, category=question.category, overlap=0.0, judged=None, failed=True)
            continue
        admitted = bool(_UNKNOWN.search(given))
        overlap = word_overlap(given, question.answer or "") if question.answerable else float(admitted)
        judged = await _judged(question, given, gateway, judge) if judge and question.answerable else None
        yield Answered(id=question.id, category=question.category, overlap=overlap, judged=judged, given=given)


async def _given(bond: Bond, question: Question, gateway: Gateway, tokens: int) -> str | None:
    context = await bond.context(question.text, tokens=tokens, at=question.at)
    messages = [ChatMessage(role=Role(m["role"]), content=m["content"]) for m in context.messages]
    messages.insert(-1, ChatMessage(role=Role.SYSTEM, content=INSTRUCTION))
    return await _said(gateway, Prompt(messages=messages, parameters={"temperature": 0}))


async def _judged(question: Question, given: str, gateway: Gateway, judge: str) -> bool | None:
    words = JUDGEMENT.format(question=question.text, answer=question.answer, given=given)
    message = ChatMessage(role=Role.USER, content=words)
    verdict = await _said(gateway, Prompt(messages=[message], parameters={"temperature": 0}, provider=judge))
    return None if verdict is None else verdict.strip().lower().startswith("yes")


async def _said(gateway: Gateway, prompt: Prompt) -> str | None:
    async with aclosing(gateway.stream(prompt)) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event.text
    return None


def word_overlap(given: str, reference: str) -> float:
    """F1 of the bags of words, as SQuAD counts it (Rajpurkar et al. 2016), articles and punctuation left out."""
    left, right = (Counter(re.findall(r"\w+", _bare(text))) for text in (given, reference))
    common = sum((left & right).values())
    if not common:
        return 0.0
    precision, recall = common / left.total(), common / right.total()
    return 2 * precision * recall / (precision + recall)


def _bare(text: str) -> str:
    return re.sub(r"\b(?:a|an|the)\b", " ", text.lower())

"""What is measured on: conversations with questions whose evidence is known, or questions made from the words themselves."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from everkin.errors import InvalidInput
from everkin.mind.transcript import Role, Utterance

OWN_CATEGORY: Final = "known-item"
"""Questions made of a message's own rarest words: easier than what people ask, and free of labels."""
WITHHELD_CATEGORY: Final = "withheld"
"""Such questions on messages that the memory is never told: it has to say that it does not know."""
WITHHELD_SHARE: Final = 0.25
"""Of the questions made."""
OWN_TERMS: Final = (4, 4)
"""A message with at least so many index terms is asked for by so many of its rarest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question asked `at` a moment; `evidence` are ids of messages, empty or somebody else's when not `answerable`."""

    id: str
    text: str = field(repr=False)
    at: datetime
    category: str
    evidence: tuple[str, ...]
    answerable: bool = True
    answer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """A life to be observed, and what is asked of it. `sessions` says which session each message id is of."""

    id: str
    user: str = field(repr=False)
    companion: str = field(repr=False)
    messages: tuple[Utterance, ...] = field(repr=False)
    sessions: Mapping[str, str] = field(repr=False)
    questions: tuple[Question, ...] = field(repr=False)


def load(path: Path) -> Iterator[Conversation]:
    """A conversation set: one JSON object a line, plain or .gz. Raises InvalidInput with the line's number."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _conversation(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise InvalidInput(f"Line {number} of {path.name} is no conversation of a set.") from None


def _conversation(raw: Mapping[str, Any]) -> Conversation:
    return Conversation(
        id=str(raw["id"]),
        user=raw["user"],
        companion=raw["companion"],
        messages=tuple(
            Utterance(id=m["id"], role=Role(m["role"]), name=m.get("name"), content=m["text"], at=_time(m["at"]))
            for m in raw["messages"]
        ),
        sessions={m["id"]: str(m.get("session", "")) for m in raw["messages"]},
        questions=tuple(_question(q) for q in raw.get("questions", ())),
    )


def _question(raw: Mapping[str, Any]) -> Question:
    return Question(
        id=raw["id"],
        text=raw["text"],
        at=_time(raw["at"]),
        category=raw.get("category", "all"),
        evidence=tuple(raw.get("evidence", ())),
        answerable=raw.get("answerable", True),
        answer=None if raw.get("answer") is None else str(raw["answer"]),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def own_questions(
    conversation: Conversation, stems: Callable[[str], Sequence[str]], *, count: int, rng: random.Random
) -> Conversation:
    """The conversation with up to `count` questions more, each the rarest words of one message, asked after its end.

    The messages that a quarter of them ask about are taken out of the conversation: those questions have no answer.
    """
    words = {m.id: _words(m.content, stems) for m in conversation.messages if m.id and m.at}
    seen = Counter(stem for stemmed in words.values() for stem in stemmed)
    least, asked = OWN_TERMS
    eligible = sorted(id for id, stemmed in words.items() if len(stemmed) >= least)
    if not eligible:
        return conversation
    end = max(m.at for m in conversation.messages if m.at)
    chosen = rng.sample(eligible, min(count, len(eligible)))
    withheld = frozenset(chosen[: int(WITHHELD_SHARE * len(chosen))])
    questions = []
    for id in chosen:
        rarest = sorted(words[id], key=lambda stem: (seen[stem], stem))[:asked]
        text = " ".join(words[id][stem] for stem in rarest)
        questions.append(_own(id, text, end, known=id not in withheld))
    return replace(
        conversation,
        messages=tuple(m for m in conversation.messages if m.id not in withheld),
        questions=(*conversation.questions, *questions),
    )


def _own(message: str, text: str, at: datetime, *, known: bool) -> Question:
    return Question(
        id=f"own-{message}",
        text=text,
        at=at,
        category=OWN_CATEGORY if known else WITHHELD_CATEGORY,
        evidence=(message,) if known else (),
        answerable=known,
    )


def _words(text: str, stems: Callable[[str], Sequence[str]]) -> dict[str, str]:
    """Each index term of a text with one word that it came from."""
    return {stem: word for word in text.split() for stem in stems(word)}

"""Sixty questions about people who go by several names: what was said of them is found, and who is meant makes the difference."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Final

import pytest

from everkin.bench import Asked, Conversation, Question
from everkin.bench.offline import answered, heard, put
from everkin.bench.talk import said
from everkin.language.embedder import LocalEmbedder
from everkin.mind.memory import Verdict
from everkin.mind.transcript import Role, Utterance

LIVES: Final = Path(__file__).with_name("people.txt")
SMALL_TALK: Final = 40
"""Messages a session."""
ROLES: Final = {">": Role.USER, "<": Role.ASSISTANT}
OFF: Final = frozenset({"person"})


def lives() -> Iterator[Conversation]:
    """As they stand in the file, each with small talk of its own."""
    for number, text in enumerate(re.split(r"^== ", LIVES.read_text(encoding="utf-8"), flags=re.M)[1:]):
        title, *lines = text.splitlines()
        yield life(*title.split(), lines=lines, rng=random.Random(number))


def life(user: str, companion: str, *, lines: list[str], rng: random.Random) -> Conversation:
    names = {Role.USER: user, Role.ASSISTANT: companion}
    messages: list[Utterance] = []
    asked: list[tuple[str, tuple[str, ...]]] = []
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for line in filter(None, lines):
        if line.startswith("? "):
            text, ids = line[2:].split(" | ")
            asked.append((text, tuple(ids.split())))
        elif line[0].isdigit():
            at = datetime.fromisoformat(f"{line}T18:00+00:00")
            messages += chatter(at - timedelta(days=1), names, rng)
        else:
            id, sign, text = line.split(" ", 2)
            at += timedelta(minutes=1)
            messages.append(Utterance(id=id, role=ROLES[sign], name=names[ROLES[sign]], content=text, at=at))
    return Conversation(
        id=user,
        user=user,
        companion=companion,
        messages=tuple(messages),
        sessions={},
        questions=tuple(
            Question(id=f"{user}-{n}", text=text, at=at + timedelta(days=30), category="people", evidence=ids)
            for n, (text, ids) in enumerate(asked)
        ),
    )


def chatter(at: datetime, names: dict[Role, str], rng: random.Random) -> Iterator[Utterance]:
    for minute in range(SMALL_TALK):
        role = (Role.USER, Role.ASSISTANT)[minute % 2]
        yield Utterance(
            id=f"{at:%m%d}-{minute}",
            role=role,
            name=names[role],
            content=said(role is Role.USER, rng),
            at=at + timedelta(minutes=minute),
        )


@pytest.mark.slow
async def test_what_was_said_of_them_is_found_under_any_name() -> None:
    embedder = LocalEmbedder(threads=1)
    figures, verdicts = {}, {}
    texts = [question for one in lives() for question in one.questions]
    for name, asked in (("with", Asked()), ("without", Asked(off=OFF))):
        rows = []
        for one in lives():
            remembered = await heard(one, embedder)
            puts = await put(remembered, one, [one], asked, embedder, random.Random(0))
            rows += [answered(remembered, each, one, asked) for each in puts]
        verdicts[name] = {one.text: row.verdict for one, row in zip(texts, rows, strict=True)}
        figures[name] = {k: fmean(row.figures[k] for row in rows) for k in ("R@5", "R@10")}
    print(f"{len(rows)} questions: {figures}")
    assert len(rows) == 60
    assert figures["with"]["R@5"] >= max(0.85, figures["without"]["R@5"] + 0.2)
    some, none = (
        {text for text, verdict in each.items() if verdict is not Verdict.NOTHING} for each in verdicts.values()
    )
    assert "What happened with my ex?" in some - none
    assert figures["with"]["R@10"] >= max(0.93, figures["without"]["R@10"] + 0.2)

"""Invented lives, imported like any other, and asked about: how much of the evidence is among the first ten."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from everkin import Everkin
from everkin.portability.samples import LIFE, QUESTIONS
from support.house import Clock

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Life:
    """A file of messages and what is asked of it; `floor` is the share of evidence that must be found, on average."""

    language: str
    messages: Path
    questions: Path
    floor: float


LIVES = [
    Life(language="en", messages=LIFE, questions=QUESTIONS, floor=0.70),
    *(
        Life(language=code, messages=HERE / f"{code}.jsonl", questions=HERE / f"{code}.questions.json", floor=0.75)
        for code in ("de", "es", "ja", "zh")
    ),
]


def share(question: dict[str, Any], found: list[str]) -> float:
    return sum(id in found[:10] for id in question["evidence"]) / len(question["evidence"])


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.language)
async def test_the_evidence_is_among_the_first_ten(kin: Everkin, clock: Clock, life: Life) -> None:
    asked = json.loads(life.questions.read_text(encoding="utf-8"))
    clock.at = datetime.fromisoformat(asked["asked_at"])
    report = await kin.import_file(life.messages, user="someone", companion="friend")
    assert report.read.skipped == []
    bond = await kin.bond(user="someone", companion="friend")
    scores = {}
    for question in asked["questions"]:
        recalled = await bond.recall(question["text"], at=clock.at, limit=10)
        found = [id for recollection in recalled.recollections for id in recollection.memory.message_ids]
        scores[question["id"]] = share(question, found)
    mean = sum(scores.values()) / len(scores)
    print(f"{life.language}: R@10 {mean:.3f} (n = {len(scores)}); missed: {[id for id, s in scores.items() if not s]}")
    assert mean >= life.floor

"""The invented lives in other languages: long enough, well formed, and nobody in them is in danger."""

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from everkin.safety import screen

HERE = Path(__file__).parent
LANGUAGES = ("de", "es", "ja", "zh")


def lines(language):
    return [json.loads(line) for line in (HERE / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_life_has_over_a_hundred_messages_in_order(language):
    messages = lines(language)
    assert len(messages) >= 115
    assert len({message["id"] for message in messages}) == len(messages)
    assert all(a < b for a, b in pairwise(datetime.fromisoformat(message["at"]) for message in messages))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sixty_questions_are_each_answered_by_what_the_user_said(language):
    said = {message["id"] for message in lines(language) if message["role"] == "user"}
    questions = json.loads((HERE / f"{language}.questions.json").read_text(encoding="utf-8"))["questions"]
    assert len({question["text"] for question in questions}) == 60
    assert all(question["evidence"] and said.issuperset(question["evidence"]) for question in questions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_in_it_is_in_danger(language):
    assert [message["id"] for message in lines(language) if screen(message["content"])] == []

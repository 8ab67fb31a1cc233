"""Nora's life with Lucy: it reads like any import, it is whole, and each question's answer is in it."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from everkin.character.document import persona_of
from everkin.language.tokens import estimate
from everkin.mind.transcript import Role, sessions
from everkin.portability import Format, Report, detect, read
from everkin.portability.samples import LIFE, PERSONA, QUESTIONS
from everkin.safety import screen

ASKED = json.loads(QUESTIONS.read_text(encoding="utf-8"))


@pytest.fixture
def report():
    return Report()


@pytest.fixture
def life(report):
    [whole] = read(LIFE, now=datetime(2025, 11, 1, tzinfo=UTC), report=report)
    return whole


@pytest.fixture
def messages(life):
    return life.messages


def test_the_ordinary_importer_reads_it_without_a_remark(life, report):
    assert detect(LIFE) is Format.OPENAI
    assert (life.user, life.companion) == ("Nora", "Lucy")
    assert (report.skipped, report.warnings) == ([], [])


def test_it_is_months_long_in_dozens_of_sessions(messages):
    times = [message.at for message in messages]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert times[-1] - times[0] > timedelta(days=240)
    numbers = sessions(times)
    assert numbers[-1] + 1 >= 45
    assert [int(message.id.split("-")[0]) for message in messages] == [number + 1 for number in numbers]


def test_every_question_has_its_evidence(messages):
    known = {message.id: message for message in messages}
    for question in ASKED["questions"]:
        assert question["evidence"]
        for id in [*question["evidence"], *question.get("superseded", [])]:
            assert known[id].role is Role.USER


def test_nobody_in_it_is_in_danger(messages):
    assert [message.id for message in messages if screen(message.content)] == []


def test_lucys_persona_says_who_she_is_and_how_she_admits_a_gap():
    lucy = persona_of("lucy", PERSONA.read_text(encoding="utf-8"), estimate)
    assert lucy.name == "Lucy"
    assert lucy.gap.startswith("I don't think you've told me that.")
    assert all(f"{part.capitalize()}:" in lucy.prompt for part in ("values", "boundaries", "style"))

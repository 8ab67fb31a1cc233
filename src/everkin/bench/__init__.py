"""Measuring a memory on conversations, through the public API alone; nothing here changes how anything is remembered."""

from everkin.bench.answers import Answered, answers
from everkin.bench.conversation import Conversation, Question, load, own_questions
from everkin.bench.figures import Figure, bootstrap
from everkin.bench.measurement import (
    OVERALL,
    Abstention,
    Measured,
    Voice,
    abstention,
    answer_quality,
    by_category,
    calibration,
    measure,
    speed,
    temporary_cell,
)
from everkin.bench.own import imported
from everkin.bench.recall import Asked, Row, ask, observe

__all__ = [
    "OVERALL",
    "Abstention",
    "Answered",
    "Asked",
    "Conversation",
    "Figure",
    "Measured",
    "Question",
    "Row",
    "Voice",
    "abstention",
    "answer_quality",
    "answers",
    "ask",
    "bootstrap",
    "by_category",
    "calibration",
    "imported",
    "load",
    "measure",
    "observe",
    "own_questions",
    "speed",
    "temporary_cell",
]

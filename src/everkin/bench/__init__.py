"""Measuring a memory on conversations, through the public API alone; nothing here changes how anything is remembered."""

from everkin.bench.conversation import Conversation, Question, load, own_questions
from everkin.bench.figures import Figure, bootstrap
from everkin.bench.recall import Asked, Row, ask

__all__ = ["Asked", "Conversation", "Figure", "Question", "Row", "ask", "bootstrap", "load", "own_questions"]

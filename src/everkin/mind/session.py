"""A session between two turns: what it talks about and has at hand, and whether the next turn needs anything else. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from everkin.mind.identity import MessageKey
from everkin.mind.question import Kind, kind_of
from everkin.mind.topic import HARD, SOFT, Heard, Topic, asks_of_the_past, shift
from everkin.mind.transcript import SESSION_GAP
from everkin.mind.working_memory import WorkingMemory

_TOLD = frozenset({Kind.STATEMENT, Kind.SMALL_TALK})


class Step(StrEnum):
    """Why a turn looks things up, or does not; the words are what `explain` shows."""

    GOES_ON = "the topic goes on"
    LEAVES = "the topic is leaving"
    SHIFTED = "another topic"
    ASKED = "something is asked"
    BEGUN = "a session begins"
    BLIND = "there is no vector to compare"

    @property
    def hit(self) -> bool:
        """Whether what is at hand will do."""
        match self:
            case Step.GOES_ON | Step.LEAVES:
                return True
            case Step.SHIFTED | Step.ASKED | Step.BEGUN | Step.BLIND:
                return False
        assert_never(self)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Session:
    """As the cache holds it. `own` are the messages of its last exchange."""

    topic: Topic = field(default_factory=Topic)
    working: WorkingMemory = field(default_factory=WorkingMemory)
    spoken_at: datetime
    own: frozenset[MessageKey] = frozenset()

    @property
    def nbytes(self) -> int:
        """About what it holds in RAM."""
        return self.working.nbytes + sum(each.vector.nbytes + 80 * len(each.terms) for each in self.topic.last)

    def over(self, at: datetime) -> bool:
        """Whether a silence, or a clock that was turned back by more than one, ended it."""
        return abs(at - self.spoken_at) > SESSION_GAP


def asks(text: str) -> bool:
    """Whether a turn wants something looked up: a question, an instruction, or words that ask to remember."""
    return kind_of(text) not in _TOLD or asks_of_the_past(text)


def step(session: Session | None, text: str, message: Heard | None, at: datetime) -> tuple[Step, float]:
    """What a turn does, and the shift of its topic. A question is always looked up: what is asked has to be judged."""
    if session is None or session.over(at) or not session.topic.last:
        return Step.BEGUN, 0.0
    if message is None:
        return Step.BLIND, 0.0
    turned = shift(session.topic, message)
    if turned >= HARD:
        return Step.SHIFTED, turned
    if asks(text):
        return Step.ASKED, turned
    return (Step.LEAVES if turned >= SOFT else Step.GOES_ON), turned

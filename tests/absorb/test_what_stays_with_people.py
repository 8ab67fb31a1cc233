"""Which messages speak of a loss, a celebration, an illness, a quarrel, something awaited; and which only seem to."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from everkin.absorb import Feelings, Said
from everkin.language import dates
from everkin.language.emotion import emotion_reader
from everkin.mind.identity import MemoryId
from everkin.mind.marker import ONSET, MarkerKind
from everkin.mind.memory import Kind
from everkin.mind.ports.emotions import Felt
from everkin.mind.ports.transcripts import Draft, Passage
from everkin.mind.transcript import Role

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
LEFT = (
    Draft(id=MemoryId(UUID(int=1)), kind=Kind.EPISODIC, text=None, passages=(Passage(vector=None, terms=(), flags=0),)),
)


def felt(text: str, role: Role = Role.USER) -> Felt:
    feelings = Feelings(emotion_reader(), lambda text, at, zone: dates.find(text, at=at, zone=zone))
    [found] = feelings.felt([Said(role=role, name=None, content=text, at=MAY)], [LEFT], zone=ZONE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My grandmother passed away last night.", MarkerKind.GRIEF),
        ("We lost our old dog Rufus on Sunday.", MarkerKind.GRIEF),
        ("My best friend died in March.", MarkerKind.GRIEF),
        ("I got the job!!", MarkerKind.CELEBRATION),
        ("Guess what, we are engaged!", MarkerKind.CELEBRATION),
        ("My sister was just diagnosed with something rare.", MarkerKind.ILLNESS),
        ("I had a huge fight with Bob yesterday.", MarkerKind.QUARREL),
        ("My exam is tomorrow and I can't sleep.", MarkerKind.ANTICIPATION),
    ],
)
def test_what_is_said_outright_begins_a_marker(text: str, kind: MarkerKind) -> None:
    spoken = felt(text).spoken
    assert spoken is not None
    assert spoken.kind is kind
    assert spoken.strength >= ONSET


@pytest.mark.parametrize("text", ["I keep thinking of the funeral.", "She has to go back to the hospital."])
def test_what_is_touched_on_begins_none(text: str) -> None:
    spoken = felt(text).spoken
    assert spoken is not None
    assert spoken.strength < ONSET


@pytest.mark.parametrize(
    "text",
    [
        "My battery died again.",
        "In the movie my friend died in the end.",
        "I lost my dad's keys.",
        "If my cat died I would be sad.",
        "The exam was yesterday.",
        "I like to read about weddings.",
    ],
)
def test_what_only_sounds_like_it_is_none(text: str) -> None:
    assert felt(text).spoken is None


def test_what_lucy_says_marks_nothing_of_alice() -> None:
    assert felt("My grandmother passed away last night.", Role.ASSISTANT).spoken is None


def test_a_message_that_leaves_no_memory_moves_nobody() -> None:
    feelings = Feelings(emotion_reader(), lambda text, at, zone: [])
    said = Said(role=Role.SYSTEM, name=None, content="I am so happy!", at=MAY)
    assert feelings.felt([said], [()], zone=ZONE) == [None]

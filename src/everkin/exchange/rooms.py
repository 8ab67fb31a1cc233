"""The rooms a turn goes through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from everkin.absorb import Feelings
from everkin.character.steadiness import Steadiness
from everkin.exchange.observation import Observer
from everkin.exchange.scene import Recall, Scene
from everkin.exchange.sessions import Sessions
from everkin.mind.context import Estimate
from everkin.mind.fact import STANDING
from everkin.mind.identity import NewId
from everkin.mind.memory import Memory
from everkin.mind.ports.arcs import Retrospect, Retrospects
from everkin.mind.ports.emotions import Emotions
from everkin.mind.ports.gateway import Gateway
from everkin.mind.ports.memories import Disclosures, Memories, Replies
from everkin.mind.ports.owed import OwedTurns
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.risk import Finding

STANDING_FACTS = 64
"""How many standing facts are read for one context; a tenth of its budget holds fewer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rooms:
    """What a turn works with, handed in by the composition root."""

    transcripts: Transcripts
    memories: Memories
    disclosures: Disclosures
    replies: Replies
    owed: OwedTurns
    recall: Recall
    sessions: Sessions
    observer: Observer
    feelings: Feelings
    emotions: Emotions
    steadiness: Steadiness
    retrospects: Retrospects
    gateway: Gateway
    estimate: Estimate
    help_text: Callable[[Finding, ZoneInfo], str]
    """The words that point to help, whatever a provider says."""
    new_id: NewId
    monotonic: Callable[[], float]


async def standing_facts(rooms: Rooms, scene: Scene, at: datetime) -> list[Memory]:
    """The facts that always matter, as of `at`."""
    return await rooms.memories.facts(scene.user, scene.bond, kinds=STANDING, at=at, limit=STANDING_FACTS)


async def looked_back(rooms: Rooms, scene: Scene, at: datetime, facts: list[Memory]) -> Retrospect:
    """The weeks before `at`."""
    return await rooms.retrospects.look_back(scene.user, scene.bond, at=at, zone=scene.zone, facts=facts)

"""Where a turn takes place, and recall as it is asked for there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from everkin.exchange.sessions import Where
from everkin.mind.identity import BondId, ConversationId, UserId
from everkin.mind.memory import Recalled
from everkin.mind.persona import Persona
from everkin.mind.worth import Purpose


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Where a turn takes place: who with whom, in which conversation, under which persona, in which time zone."""

    user: UserId
    bond: BondId
    conversation: ConversationId
    companion: str
    persona: Persona
    zone: ZoneInfo
    service_level: str = ""
    """Whose order of providers it is; "" for the installation's own."""


class Recall(Protocol):
    """What a turn needs of the recall room."""

    async def recall(
        self,
        user: UserId,
        bond: BondId,
        question: str,
        *,
        at: datetime,
        limit: int,
        zone: ZoneInfo,
        companion: str,
        explain: bool = False,
        fill: int | None = None,
        purpose: Purpose = Purpose.ANSWER,
    ) -> Recalled: ...


def where_of(scene: Scene) -> Where:
    return Where(user=scene.user, bond=scene.bond, conversation=scene.conversation)


async def recalled(
    recall: Recall,
    scene: Scene,
    at: datetime,
    text: str,
    limit: int,
    *,
    purpose: Purpose = Purpose.CONTEXT,
    explain: bool = False,
    fill: int | None = None,
) -> Recalled:
    """Recall in full, in this scene and at this moment, for its context; with `fill`, as much as so many tokens hold."""
    return await recall.recall(
        scene.user,
        scene.bond,
        text,
        at=at,
        limit=limit,
        zone=scene.zone,
        companion=scene.persona.name,
        explain=explain,
        fill=fill,
        purpose=purpose,
    )

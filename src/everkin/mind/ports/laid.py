"""Where running sessions lie for other processes of the cell."""

from typing import Protocol

from everkin.mind.identity import BondId, ConversationId, UserId
from everkin.mind.ports.stands import Stand
from everkin.mind.session import Session


class Laid(Protocol):
    """Sessions, each with the stand it was good at; whoever takes one compares that before it answers. Nothing raises."""

    async def get(self, user: UserId, bond: BondId, conversation: ConversationId) -> tuple[Session, Stand] | None:
        """What was laid there last; None where nothing lies, or nothing that can be read."""
        ...

    async def put(
        self, user: UserId, bond: BondId, conversation: ConversationId, session: Session, stand: Stand
    ) -> None: ...

"""Where memories are weighed and moved between tiers, many users at a time."""

from datetime import datetime
from typing import Protocol

from everkin.mind.tier import Moved, Policy


class Tiers(Protocol):
    """The tiers of a whole cell, seen as numbers."""

    async def weigh_some(self, policy: Policy, *, now: datetime) -> Moved | None:
        """Put the memories of the next users that are due where they belong, in one commit; None when nobody is due."""
        ...


class Cold(Protocol):
    """The cold tier of a whole cell."""

    async def archive_some(self, *, now: datetime) -> int | None:
        """Move what is cold of the next user that is due out of the warm tier; how many messages, None when nobody is due."""
        ...

    async def promote_fading(self, *, now: datetime) -> int | None:
        """Bring back what policy may forget by now of the next user, to be weighed; how many blocks, None when there are none."""
        ...

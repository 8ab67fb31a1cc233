"""What brings a database server back that has gone away under those who use it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from everkin.errors import StoreError

logger = structlog.get_logger()


class Reviver:
    """Revives at most once at a time, in the background: who found the server gone is told so, who comes next waits."""

    def __init__(self, revive: Callable[[], Awaitable[None]]) -> None:
        """`revive` starts the server if it does not answer, and leaves one alone that does."""
        self._revive = revive
        self._task: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Somebody could not reach the server."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go())

    async def close(self) -> None:
        """Returns when nothing is being revived any more."""
        if self._task:
            await asyncio.wait([self._task])

    async def _go(self) -> None:
        try:
            await self._revive()
        except StoreError as error:
            logger.warning("database_not_revived", error=type(error).__name__, what=error.what)

"""Hints between the processes of a cell: something of a user's became another. The truth is the epoch, which is read anyway."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from psycopg import AsyncConnection, Error

from everkin.errors import StoreError
from everkin.mind.identity import UserId
from everkin.store.database import Database, run
from everkin.store.queries import queries

log = structlog.get_logger()

AGAIN_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long until a lost line is tried again, ever more seldom."""


class Change(StrEnum):
    """What became of it."""

    ERASED = "erased"
    REVISED = "revised"


class Hints:
    """LISTEN and NOTIFY of PostgreSQL, on a connection of its own. A hint that is lost costs nothing but time.

    Told are ids of users, to whoever may connect to the database. Behind a pooler that shares connections between
    transactions none arrive.
    """

    def __init__(
        self, conninfo: str, database: Database, *, own: UUID, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """`own` names this process: it does not hear itself."""
        self._conninfo, self._database, self._own, self._sleep = conninfo, database, own, sleep
        self._sql = queries("hints")
        self.listening = asyncio.Event()

    async def tell(self, user: UserId, change: Change) -> None:
        """Every other process of the cell, soon; never raises."""
        with suppress(StoreError):
            async with self._database.statement() as connection:
                await run(connection, self._sql["tell"], {"hint": f"{self._own} {change} {user}"})

    async def listen(self, heard: Callable[[UserId, Change], None]) -> None:
        """Until cancelled; `heard` is called with whoever is named, and must not wait."""
        lost = 0
        while True:
            try:
                async with await AsyncConnection.connect(self._conninfo, autocommit=True) as line:
                    await line.execute(self._sql["listen"])
                    self.listening.set()
                    lost = 0
                    async for hint in line.notifies():
                        self._hear(hint.payload, heard)
            except (Error, OSError) as error:
                log.debug("hints_lost", error=type(error).__name__)
            self.listening.clear()
            await self._sleep(AGAIN_S[min(lost, len(AGAIN_S) - 1)])
            lost += 1

    def _hear(self, payload: str, heard: Callable[[UserId, Change], None]) -> None:
        with suppress(ValueError):  # somebody else's words on this channel
            sender, change, user = payload.split(" ")
            if sender != str(self._own):
                heard(UserId(UUID(user)), Change(change))

"""Hearing what other processes of the cell erase or put right, so that it is so in this one at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import assert_never

from everkin.exchange.sessions import Sessions
from everkin.mind.identity import UserId
from everkin.store.hints import Change, Hints


@asynccontextmanager
async def hearing(hints: Hints, sessions: Sessions) -> AsyncIterator[None]:
    """For as long as it is open. What is missed the user's epoch says at the next turn."""

    def heard(user: UserId, change: Change) -> None:
        match change:
            case Change.ERASED:
                sessions.forget(user)
            case Change.REVISED:
                sessions.changed(user)
            case _:
                assert_never(change)

    task = asyncio.create_task(hints.listen(heard), name="hints")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

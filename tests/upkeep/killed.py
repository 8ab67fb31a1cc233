"""A process of its own that archives, or brings back, and is killed (SIGKILL) at one step of it.

    python killed.py DSN KEYRING DATA STEP NOW

STEP is a statement of archive.sql or a function of obstore, with + behind it for right after it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import obstore

from everkin import Everkin
from everkin.config.settings import Settings
from everkin.store.archive import archive
from everkin.store.queries import queries
from everkin.testing.voice import ScriptedGateway


def dying(act: Callable[..., Any], late: bool, statement: str | None = None) -> Callable[..., Any]:
    async def acted(*given: Any) -> Any:
        if statement is not None and given[1] != statement:
            return await act(*given)
        if late:
            await act(*given)
        return os.kill(os.getpid(), signal.SIGKILL)

    return acted


def arm(step: str, late: bool) -> None:
    if step.endswith("_async"):
        setattr(obstore, step, dying(getattr(obstore, step), late))
        return
    for name in ("run", "rows", "count"):
        setattr(archive, name, dying(getattr(archive, name), late, queries("archive")[step]))


async def main(dsn: str, keyring: str, data: str, step: str, now: str) -> None:
    settings = Settings(data=Path(data), zone="UTC", archive=str(Path(data) / "archive"))
    at = datetime.fromisoformat(now)
    arm(step.rstrip("+"), step.endswith("+"))
    async with Everkin.open(
        dsn=dsn, keyring=keyring, settings=settings, gateway=ScriptedGateway(), now=lambda: at
    ) as kin:
        while await kin.store.archive.archive_some(now=at) is not None:
            pass
        bond = await kin.bond(user="alice", companion="lucy")
        await kin.store.archive.promote(bond.user_id, [memory.id for memory in await bond.memories(limit=500)])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

"""An open house on a real database: its own keyring, a clock that stands still, ids in order, a voice that is scripted."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from everkin import Everkin
from everkin.config.settings import Settings
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.gateway import Gateway
from everkin.mind.ports.initiative import Courier
from everkin.testing.voice import ScriptedGateway

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Clock:
    """Moves only when told to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


Opener = Callable[..., AbstractAsyncContextManager[Everkin]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opener(database: str, tmp_path: Path, clock: Clock) -> Opener:
    """Opens the same database and keyring again and again, as several processes would."""

    unused = tmp_path / "unused"

    @asynccontextmanager
    async def opened(
        *,
        gateway: Gateway | None = None,
        keyring: Path | None = None,
        courier: Courier | None = None,
        embedder: Embedder | None = None,
        **told: Any,
    ) -> AsyncIterator[Everkin]:
        async with Everkin.open(
            dsn=database,
            keyring=keyring or tmp_path / "keyring",
            settings=Settings(**{"data": unused, "zone": "UTC", "archive": str(unused / "archive"), **told}),
            gateway=gateway or ScriptedGateway(),
            courier=courier,
            embedder=embedder,
            now=clock,
        ) as kin:
            yield kin

    return opened


@pytest.fixture
async def kin(opener: Opener) -> AsyncIterator[Everkin]:
    async with opener() as opened:
        yield opened

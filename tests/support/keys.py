"""Whose keys they are, when and where, and what lies in a folder of them."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import Keyring

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
CELL = uuid.UUID(int=7)
ALICE, BOB, CHARLIE = (UserId(uuid.UUID(int=number)) for number in (0xA11CE, 0xB0B, 0xC4A211E))


def blocks(count: int) -> list[BlockId]:
    return [BlockId(uuid.uuid4()) for _ in range(count)]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def user_file(folder: Path, user: UserId) -> Path:
    return folder / "users" / user.hex[-2:] / str(user)


def reopened(folder: Path, mirror: Path | None = None) -> Keyring:
    return Keyring.open(folder, cell=CELL, mirror=mirror)

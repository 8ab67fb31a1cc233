"""A keyring that was just made, its mirror on another disk, and the phrase."""

from pathlib import Path

import pytest

from everkin.store.keyring import Keyring
from support.keys import CELL, NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keyring" / str(CELL)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "usb" / "everkin"


@pytest.fixture
def made(folder: Path, mirror: Path) -> tuple[Keyring, str]:
    mirror.parent.mkdir()
    keyring, phrase = Keyring.create(folder, cell=CELL, place="/home/alice/.everkin", now=NOW, mirror=mirror)
    assert phrase is not None
    return keyring, phrase


@pytest.fixture
def keyring(made: tuple[Keyring, str]) -> Keyring:
    return made[0]


@pytest.fixture
def phrase(made: tuple[Keyring, str]) -> str:
    return made[1]

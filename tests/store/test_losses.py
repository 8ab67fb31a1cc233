"""What an owner is told when the keyring or the data is lost, and what a first run that a crash cut short leads to."""

import shutil
from pathlib import Path

import pytest

from everkin.errors import KeyringMissing
from support.house import Opener


async def test_a_crash_between_the_cells_name_and_its_keyring_is_mended(opener: Opener, tmp_path: Path):
    async with opener() as kin:
        first = kin.notices.phrase
    shutil.rmtree(tmp_path / "keyring")  # as if it had never been made: nobody lives here yet
    async with opener() as kin:
        second = kin.notices.phrase
    async with opener() as kin:  # told again until somebody lives here, should nobody have read it
        assert kin.notices.phrase == second != first
        await kin.bond(user="alice", companion="lucy")
    async with opener() as kin:
        assert kin.notices.phrase is None


async def test_a_lost_keyring_is_never_made_anew_where_somebody_lives(opener: Opener, tmp_path: Path):
    async with opener() as kin:
        await kin.bond(user="alice", companion="lucy")
    shutil.move(tmp_path / "keyring", tmp_path / "away")
    with pytest.raises(KeyringMissing, match="everkin keyring restore"):
        async with opener():
            pass
    assert not (tmp_path / "keyring").exists()
    shutil.move(tmp_path / "away", tmp_path / "keyring")
    async with opener() as kin:
        assert await kin.person("alice")


async def test_lost_data_is_told_by_the_keyring_that_is_left(opener: Opener, tmp_path: Path, database: str):
    shelf = tmp_path / "keyrings"
    async with opener(keyring=shelf / "of-before") as kin:
        place = kin.store.keyring.place
    async with opener(keyring=shelf / "of-now") as kin:
        assert [place in warning and "of-before" in warning for warning in kin.notices.warnings] == [True]

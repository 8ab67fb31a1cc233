"""Alice keeps her keys on a second disk, which is not always plugged in."""

import shutil
from pathlib import Path

import pytest

from everkin.config.settings import load
from everkin.errors import ConfigError
from everkin.store.keyring import Keyring
from support.cold import job
from support.house import Opener


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".key", ".new")
    }


async def test_what_was_said_meanwhile_lies_there_a_day_later(opener: Opener, tmp_path: Path):
    """The disk was away when Bob came to the house; once it is back, mirror and phrase alone bring every key back."""
    disk = tmp_path / "disk"
    disk.mkdir()
    async with opener(keyring_mirror=disk / "keys") as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.observe([{"role": "user", "content": "My dog is called Biscuit."}])
        assert (await kin.health()).parts["keyring mirror"] == "ready"

        shutil.move(disk, tmp_path / "drawer")
        bob = await kin.bond(user="bob", companion="lucy")
        await bob.observe([{"role": "user", "content": "I work at the harbour."}])
        assert (await kin.health()).parts["keyring mirror"] == "behind"

        shutil.move(tmp_path / "drawer", disk)
        assert await job(kin, "follow_in_mirror").run() > 0
        assert (await kin.health()).parts["keyring mirror"] == "ready"
        assert bytes_of(disk / "keys") == bytes_of(kin.store.keyring.folder)
        phrase = kin.notices.phrase
    assert phrase is not None
    lost = tmp_path / "keyring"
    shutil.rmtree(lost)
    Keyring.restore(lost, phrase, source=disk / "keys")
    async with opener() as kin:
        bond = await kin.bond(user="bob", companion="lucy")
        assert (await bond.recall("Where do I work?")).recollections[0].memory.text == "I work at the harbour."


async def test_without_a_mirror_nothing_has_to_follow(kin):
    """No second disk, no job and no line about it."""
    assert "follow_in_mirror" not in {each.name for each in kin.jobs()}
    assert "keyring mirror" not in (await kin.health()).parts


async def test_while_backups_are_kept_so_is_the_key_of_what_was_erased(opener: Opener, clock):
    """Bob keeps backups for ten days: what Alice erased is dark here at once, and in them when they have run out."""
    async with opener(retention_days=10) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.observe([{"role": "user", "content": "My dog is called Biscuit."}])
        (memory, *_) = await bond.memories()
        block = (await bond.sources(memory.id))[0].block
        erased = await bond.erase(memory.id)
        assert erased.later
        assert await kin.store.purge() == 0
        clock.pass_by(days=11)
        assert await kin.store.purge() > 0
        assert block not in kin.store.keyring.block_keys(bond.user_id, [block])


@pytest.mark.parametrize("days", [-1, 4000])
def test_a_retention_is_a_number_of_days(days, monkeypatch):
    """What is none is refused by its name."""
    monkeypatch.setenv("EVERKIN_RETENTION_DAYS", str(days))
    with pytest.raises(ConfigError, match="retention_days"):
        load()

"""Users and their session blocks: keys are made, erased at once or later, and followed in a mirror that may be away."""

import os
import shutil
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from everkin.errors import (
    KeyDestroyed,
    NotFound,
    SealBroken,
)
from everkin.store.keyring import Erasure, Keyring, Kind
from everkin.store.keyring import keyring as keyring_module
from everkin.store.keyring.userfile import SLOT_BYTES
from everkin.store.seal import new_key, open_sealed, seal
from support.keys import ALICE, BOB, CELL, CHARLIE, MONTH, NOW, blocks, files, reopened, user_file


def test_a_user_has_one_key_for_good(folder: Path, keyring: Keyring):
    key = keyring.create_user(ALICE)
    assert len(key) == 32
    assert keyring.create_user(ALICE) == keyring.user_key(ALICE) == reopened(folder).user_key(ALICE) == key
    assert keyring.create_user(BOB) != key


def test_nobody_and_somebody_erased_are_told_apart(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    keyring.destroy_user(ALICE, now=NOW)
    for each in (keyring, reopened(folder)):
        with pytest.raises(KeyDestroyed):
            each.user_key(ALICE)
        with pytest.raises(KeyDestroyed):
            each.create_user(ALICE)
        with pytest.raises(NotFound):
            each.user_key(CHARLIE)


def test_erasing_a_user_again_is_harmless(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    for _ in range(2):
        keyring.destroy_user(ALICE, now=NOW)
    keyring.destroy_user(CHARLIE, now=NOW)
    assert [erasure.user for erasure in keyring.erasures()] == [ALICE, CHARLIE]


def test_a_hundred_blocks_are_one_append(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    before = user_file(folder, ALICE).stat().st_size
    said = blocks(100)
    keyring.new_blocks(ALICE, said)
    keyring.new_blocks(ALICE, said)  # again is harmless
    assert user_file(folder, ALICE).stat().st_size == before + 100 * SLOT_BYTES
    keys = keyring.block_keys(ALICE, said)
    assert len(set(keys.values())) == 100
    assert keyring.cached(ALICE, said) == keys
    assert reopened(folder).cached(ALICE, said) is None
    assert reopened(folder).block_keys(ALICE, said) == keys


def test_a_process_finds_the_blocks_that_another_made(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    other = reopened(folder)
    other.user_key(ALICE)
    first, second = blocks(2)
    keyring.new_blocks(ALICE, [first])
    other.new_blocks(ALICE, [second, first])
    assert keyring.block_keys(ALICE, [first, second]) == other.block_keys(ALICE, [first, second])


def test_a_destroyed_block_is_not_there_and_the_others_are(folder: Path, mirror: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    gone, kept = blocks(2)
    keyring.new_blocks(ALICE, [gone, kept])
    other = reopened(folder)
    assert len(other.block_keys(ALICE, [gone, kept])) == 2
    keyring.destroy_blocks(ALICE, [gone], now=NOW, due=NOW)
    for each in (keyring, other, reopened(folder)):
        assert each.block_keys(ALICE, [gone, kept]).keys() == {kept}
        assert each.cached(ALICE, [gone]) == {}
    for place in (folder, mirror):
        assert gone.bytes not in user_file(place, ALICE).read_bytes()


def test_a_lost_block_is_not_taken_for_an_erased_one(keyring: Keyring):
    keyring.create_user(ALICE)
    with pytest.raises(NotFound, match="none was erased"):
        keyring.block_keys(ALICE, blocks(1))


def test_an_erased_block_waits_for_the_backups_to_run_out(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    said, memory = blocks(1), uuid.uuid4()
    keyring.new_blocks(ALICE, said)
    keyring.destroy_blocks(ALICE, said, now=NOW, due=NOW + MONTH, memory=memory)
    assert keyring.purge(NOW + MONTH - timedelta(seconds=1)) == 0
    assert keyring.block_keys(ALICE, said).keys() == set(said)
    later = reopened(folder)
    assert later.purge(NOW + MONTH) == 1
    assert later.purge(NOW + MONTH) == 0
    assert keyring.block_keys(ALICE, said) == {}


def test_a_block_that_was_to_go_later_can_go_now(keyring: Keyring):
    keyring.create_user(ALICE)
    said = blocks(1)
    keyring.new_blocks(ALICE, said)
    keyring.destroy_blocks(ALICE, said, now=NOW, due=NOW + MONTH)
    keyring.destroy_blocks(ALICE, said, now=NOW, due=NOW)
    assert keyring.block_keys(ALICE, said) == {}
    assert keyring.purge(NOW + MONTH) == 0


def test_the_ledger_tells_a_restored_database_what_to_erase_again(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    keyring.create_user(BOB)
    said, memory = blocks(1), uuid.uuid4()
    keyring.new_blocks(BOB, said)
    keyring.destroy_user(ALICE, now=NOW)
    keyring.destroy_blocks(BOB, said, now=NOW + MONTH, due=NOW + 2 * MONTH, memory=memory)
    assert list(reopened(folder).erasures()) == [
        Erasure(kind=Kind.USER, user=ALICE, id=ALICE, at=NOW, due=NOW),
        Erasure(kind=Kind.BLOCK, user=BOB, id=said[0], at=NOW + MONTH, due=NOW + 2 * MONTH, memory=memory),
    ]


def test_keys_that_left_memory_are_read_again(keyring: Keyring, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keyring_module, "USERS_HELD_MAX", 1)
    keys = {user: keyring.create_user(user) for user in (ALICE, BOB, CHARLIE)}
    keyring.forget(CHARLIE)
    assert {user: keyring.user_key(user) for user in keys} == keys
    assert keyring.cached(ALICE, []) is None


class OwnersKms:
    """A master key that is not in the keyring's folder, as a KMS's is."""

    def __init__(self) -> None:
        self.key = new_key()

    def wrap(self, key: bytes, *, aad: bytes) -> bytes:
        return b"kms/v1/" + seal(self.key, key, aad=aad) + b"=="

    def unwrap(self, wrapped: bytes, *, aad: bytes) -> bytes:
        return open_sealed(self.key, wrapped[7:-2], aad=aad)


def test_a_kms_keeps_the_master_key(folder: Path):
    kms = OwnersKms()
    keyring, phrase = Keyring.create(folder, cell=CELL, place="", now=NOW, master=kms)
    key, said = keyring.create_user(ALICE), blocks(2)
    keyring.new_blocks(ALICE, said)
    again = Keyring.open(folder, cell=CELL, master=kms)
    assert (phrase, (folder / "master.key").exists()) == (None, False)
    assert again.user_key(ALICE) == key
    assert again.block_keys(ALICE, said) == keyring.block_keys(ALICE, said)
    with pytest.raises(SealBroken):
        Keyring.open(folder, cell=CELL, master=OwnersKms())


def mirrored(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(folder).items() if name != "master.key"}


def test_the_mirror_holds_all_but_the_master_key(folder: Path, mirror: Path, keyring: Keyring):
    said = blocks(4)
    for user in (ALICE, BOB):
        keyring.create_user(user)
    keyring.new_blocks(ALICE, said[:2])
    keyring.new_blocks(ALICE, said[2:])
    keyring.destroy_blocks(ALICE, said[1:3], now=NOW, due=NOW)
    keyring.destroy_user(BOB, now=NOW)
    assert files(mirror) == mirrored(folder)
    assert not keyring.mirror_behind


def test_a_mirror_that_is_named_later_is_filled(folder: Path, tmp_path: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    reopened(folder, tmp_path / "second")
    assert files(tmp_path / "second") == mirrored(folder)


def test_a_mirror_that_is_away_stops_nobody_and_catches_up(folder: Path, mirror: Path, keyring: Keyring):
    said = blocks(3)
    for user in (ALICE, BOB):
        keyring.create_user(user)
    keyring.new_blocks(ALICE, said[:1])
    shutil.move(mirror.parent, mirror.parent.with_name("unplugged"))

    keyring.new_blocks(ALICE, said[1:2])
    keyring.create_user(CHARLIE)
    keyring.destroy_user(BOB, now=NOW)
    keyring.destroy_blocks(ALICE, said[:1], now=NOW, due=NOW)
    assert keyring.mirror_behind
    assert not mirror.parent.exists(), "nothing is written where a disk is not mounted"
    assert keyring.purge(NOW) == 0, "an erasure is not done before the mirror has followed"

    shutil.move(mirror.parent.with_name("unplugged"), mirror.parent)
    with user_file(mirror, BOB).open("rb") as bobs, user_file(mirror, ALICE).open("rb") as alices:
        bobs_before = bobs.read()
        keyring.new_blocks(ALICE, said[2:])
        assert keyring.sync_mirror(NOW) > 0
        assert said[0].bytes not in alices.read(), "overwritten where it lay, not left in free blocks of the disk"
        assert os.pread(bobs.fileno(), len(bobs_before), 0) != bobs_before
    assert files(mirror) == mirrored(folder)
    assert not keyring.mirror_behind
    assert keyring.sync_mirror(NOW) == 0
    assert keyring.purge(NOW) == 0

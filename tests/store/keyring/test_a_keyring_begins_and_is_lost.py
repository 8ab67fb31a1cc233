"""A first run, and what may be lost afterwards: the master key, the whole keyring, the phrase, the data."""

import errno
import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mnemonic import Mnemonic

from everkin.errors import (
    ConfigError,
    EverkinError,
    InvalidInput,
    KeyDestroyed,
    KeyringMissing,
    SchemaTooNew,
    SealBroken,
    StorageFull,
)
from everkin.store.keyring import Keyring, LocalMasterKey, durable, orphans, prove, require_outside
from support.keys import ALICE, BOB, CELL, NOW, blocks, files, reopened


def test_a_first_run_gives_a_phrase_that_proves_itself(folder: Path, phrase: str):
    assert len(phrase.split()) == 24
    prove(folder, phrase)
    prove(folder, "  " + phrase.upper().replace(" ", "\n ") + "\n")


def test_the_keyring_is_its_owners_alone(folder: Path, mirror: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    for place in (folder, mirror):
        modes = {path.stat().st_mode & 0o777 for path in place.rglob("*") if path.is_file()}
        assert modes == {0o600}
        assert {path.stat().st_mode & 0o777 for path in (place, *place.rglob("*")) if path.is_dir()} == {0o700}


@pytest.mark.parametrize("exposed", [".", "master.key"])
def test_a_keyring_that_others_can_read_is_not_opened(folder: Path, keyring: Keyring, exposed: str):
    (folder / exposed).chmod(0o755)
    with pytest.raises(ConfigError, match="chmod"):
        reopened(folder)


def test_no_keyring_is_begun_in_a_folder_that_others_can_read(tmp_path: Path):
    """Else its phrase would never be shown."""
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigError):
        Keyring.create(tmp_path, cell=CELL, place="", now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_two_processes_that_start_at_once_make_one_keyring(folder: Path):
    with ThreadPoolExecutor(2) as both:
        starts = [both.submit(Keyring.create, folder, cell=CELL, place="", now=NOW) for _ in range(2)]
        (first, one), (second, other) = [start.result() for start in starts]
    assert one == other is not None
    assert first.create_user(ALICE) == second.user_key(ALICE)


def test_a_first_run_that_a_crash_cut_short_begins_again(folder: Path):
    _, first = Keyring.create(folder, cell=CELL, place="", now=NOW)
    (folder / "cell.json").unlink()  # it is written last
    _, second = Keyring.create(folder, cell=CELL, place="", now=NOW)
    assert first != second
    assert second is not None
    prove(folder, second)


def test_a_keyring_may_not_lie_with_the_data(tmp_path: Path):
    require_outside(tmp_path / "keyring", tmp_path / "data")
    with pytest.raises(ConfigError, match="inside the data folder"):
        require_outside(tmp_path / "data" / ".." / "data" / "keys", tmp_path / "data")


def test_a_lost_master_key_comes_back_from_the_phrase(folder: Path, keyring: Keyring, phrase: str):
    key = keyring.create_user(ALICE)
    (folder / "master.key").unlink()
    with pytest.raises(KeyringMissing, match=r"master\.key is not there\..* recovery phrase"):
        reopened(folder)
    assert Keyring.restore(folder, phrase).user_key(ALICE) == key
    assert reopened(folder).user_key(ALICE) == key


def test_a_lost_keyring_comes_back_from_mirror_and_phrase(folder: Path, mirror: Path, keyring: Keyring, phrase: str):
    key, said = keyring.create_user(ALICE), blocks(3)
    keyring.create_user(BOB)
    keyring.new_blocks(ALICE, said)
    keys = keyring.block_keys(ALICE, said)
    keyring.destroy_blocks(ALICE, said[:1], now=NOW, due=NOW)
    keyring.destroy_user(BOB, now=NOW)
    shutil.rmtree(folder)

    restored = Keyring.restore(folder, phrase, source=mirror)

    assert restored.user_key(ALICE) == key
    assert restored.block_keys(ALICE, said) == {block: keys[block] for block in said[1:]}
    with pytest.raises(KeyDestroyed):
        restored.user_key(BOB)
    assert reopened(folder, mirror).cell_key == keyring.cell_key


def test_a_keyring_is_not_restored_over_another(folder: Path, mirror: Path, keyring: Keyring, phrase: str):
    keyring.create_user(ALICE)
    before = files(folder)
    with pytest.raises(KeyringMissing, match="holds keys already"):
        Keyring.restore(folder, phrase, source=mirror)
    assert files(folder) == before


def test_a_phrase_of_another_keyring_is_told_as_such(folder: Path, tmp_path: Path, keyring: Keyring):
    _, others = Keyring.create(tmp_path / "other", cell=uuid.UUID(int=8), place="", now=NOW)
    assert others is not None
    before = files(folder)
    with pytest.raises(SealBroken, match="belongs to another keyring"):
        Keyring.restore(folder, others)
    assert files(folder) == before


def slipped(phrase: str) -> dict[str, str]:
    """What is wrong with a phrase, and the phrase with that wrong in it."""
    words, bip39 = phrase.split(), Mnemonic("english")
    misfits = (" ".join([first, *words[1:]]) for first in bip39.wordlist)
    return {
        "has 23": " ".join(words[:-1]),
        "number 2, 5": " ".join([*words[:1], "flumph", *words[2:4], "wibble", *words[5:]]),
        "do not fit together": next(misfit for misfit in misfits if not bip39.check(misfit)),
    }


def test_a_slip_in_the_phrase_is_found_and_no_word_of_it_repeated(
    folder: Path, tmp_path: Path, keyring: Keyring, phrase: str
):
    """What is said of a slip is the same for any phrase, so it can hold no word of this one."""
    _, another = Keyring.create(tmp_path / "other", cell=uuid.UUID(int=8), place="", now=NOW)
    assert another is not None
    for slip, wrong in slipped(phrase).items():
        with pytest.raises(InvalidInput, match=slip) as caught:
            prove(folder, wrong)
        with pytest.raises(InvalidInput) as of_another:
            prove(folder, slipped(another)[slip])
        assert str(caught.value) == str(of_another.value)
        assert not {"flumph", "wibble"} & set(str(caught.value).split())


def test_data_without_its_keyring_says_what_to_do(folder: Path):
    with pytest.raises(KeyringMissing) as caught:
        reopened(folder)
    assert "There is no keyring in" in caught.value.what
    assert "The data is whole" in caught.value.kept
    assert "mirror" in caught.value.next


def test_a_keyring_whose_data_is_gone_is_found_by_the_place(folder: Path, keyring: Keyring):
    assert orphans(folder.parent, "/home/alice/.everkin") == [folder]
    assert orphans(folder.parent, "/home/bob/.everkin") == []


def test_another_cells_keyring_is_refused(folder: Path, keyring: Keyring):
    with pytest.raises(KeyringMissing, match="belongs to cell"):
        Keyring.open(folder, cell=uuid.UUID(int=8))


def test_another_cells_mirror_is_refused(folder: Path, tmp_path: Path, keyring: Keyring):
    Keyring.create(tmp_path / "other", cell=uuid.UUID(int=8), place="", now=NOW)
    with pytest.raises(KeyringMissing, match="belongs to cell"):
        reopened(folder, tmp_path / "other")


def test_another_master_key_is_refused(folder: Path, keyring: Keyring):
    LocalMasterKey().save(folder / "master.key")
    with pytest.raises(SealBroken, match="belongs to another keyring"):
        reopened(folder)


def test_a_keyring_without_its_note_is_not_made_anew_over_its_users(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    (folder / "cell.json").unlink()
    before = files(folder)
    with pytest.raises(KeyringMissing, match="holds keys already"):
        Keyring.create(folder, cell=CELL, place="", now=NOW)
    assert files(folder) == before


@pytest.mark.parametrize(
    ("note", "error"),
    [("", SealBroken), ("[]", SealBroken), ('{"format": 1}', SealBroken), ('{"format": 2}', SchemaTooNew)],
)
def test_a_note_that_cannot_be_read_is_named(folder: Path, keyring: Keyring, note: str, error: type[EverkinError]):
    (folder / "cell.json").write_text(note)
    with pytest.raises(error):
        reopened(folder)


def test_a_keyring_that_vanishes_under_a_running_server_is_named(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    shutil.move(folder, folder.with_name("away"))
    with pytest.raises(KeyringMissing, match="cannot be used"):
        keyring.user_key(ALICE)
    shutil.move(folder.with_name("away"), folder)
    assert len(keyring.user_key(ALICE)) == 32


def test_a_full_disk_is_named():
    with pytest.raises(StorageFull), durable.named(Path("/keys")):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

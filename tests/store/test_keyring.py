"""The keyring through a life: a first run, losses, erasures, two processes, a mirror that is away, a crash at any moment."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from mnemonic import Mnemonic

from everkin.errors import (
    ConfigError,
    EverkinError,
    InvalidInput,
    KeyDestroyed,
    KeyringMissing,
    NotFound,
    SchemaTooNew,
    SealBroken,
    StorageFull,
)
from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import Erasure, Keyring, Kind, LocalMasterKey, durable, orphans, prove, require_outside
from everkin.store.keyring import keyring as keyring_module
from everkin.store.keyring.ledger import Ledger
from everkin.store.keyring.shelf import Shelf
from everkin.store.keyring.userfile import SLOT_BYTES
from everkin.store.seal import new_key, open_sealed, seal

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


def reopened(folder: Path, mirror: Path | None = None) -> Keyring:
    return Keyring.open(folder, cell=CELL, mirror=mirror)


# -- the first run


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


# -- what may be lost


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


# -- users and their session blocks


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


# -- the mirror


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


# -- crashes and company


def test_an_erasure_that_a_crash_interrupted_is_finished(folder: Path, mirror: Path, keyring: Keyring):
    said = blocks(2)
    for user in (ALICE, BOB):
        keyring.create_user(user)
    keyring.new_blocks(BOB, said)
    Ledger(Shelf(folder, mirror)).append(  # what was on disk when the power went
        [
            Erasure(kind=Kind.USER, user=ALICE, id=ALICE, at=NOW, due=NOW),
            Erasure(kind=Kind.BLOCK, user=BOB, id=said[0], at=NOW, due=NOW),
        ]
    )
    after = reopened(folder, mirror)
    with pytest.raises(KeyDestroyed):
        after.user_key(ALICE)
    assert after.block_keys(BOB, said).keys() == {said[1]}
    assert user_file(folder, ALICE).exists()
    assert after.purge(NOW) == 2
    for place in (folder, mirror):
        assert not user_file(place, ALICE).exists()
        assert said[0].bytes not in user_file(place, BOB).read_bytes()


@pytest.mark.parametrize("torn", [1, 17, SLOT_BYTES - 1, SLOT_BYTES, SLOT_BYTES + 40, 3 * SLOT_BYTES])
@pytest.mark.parametrize("filling", ["zeros", "noise", "a start of true slots"])
def test_what_a_crash_left_half_written_is_passed_over(folder: Path, keyring: Keyring, torn: int, filling: str):
    keyring.create_user(ALICE)
    acknowledged, never, later = blocks(2), blocks(4), blocks(2)
    keyring.new_blocks(ALICE, acknowledged)
    path = user_file(folder, ALICE)
    sound = path.read_bytes()
    keyring.new_blocks(ALICE, never)
    tail = {
        "zeros": bytes(torn),
        "noise": Random(torn).randbytes(torn),
        "a start of true slots": path.read_bytes()[len(sound) :][:torn],
    }
    path.write_bytes(sound + tail[filling])

    after = reopened(folder)
    after.new_blocks(ALICE, later)
    assert len(reopened(folder).block_keys(ALICE, acknowledged + later)) == 4


def test_a_torn_entry_of_the_ledger_is_passed_over(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    keyring.create_user(BOB)
    keyring.destroy_user(ALICE, now=NOW)
    with (folder / "erasures.log").open("ab") as log:
        log.write(b"u\0\0torn")
    after = reopened(folder)
    after.destroy_user(BOB, now=NOW)
    assert [erasure.user for erasure in reopened(folder).erasures()] == [ALICE, BOB]


def test_damage_to_one_slot_is_damage_to_one_block(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    said = blocks(3)
    keyring.new_blocks(ALICE, said)
    path = user_file(folder, ALICE)
    content = bytearray(path.read_bytes())
    content[-SLOT_BYTES - 10] ^= 1
    path.write_bytes(content)
    after = reopened(folder)
    assert len(after.block_keys(ALICE, [said[0], said[2]])) == 2
    with pytest.raises(NotFound, match="mirror"):
        after.block_keys(ALICE, said)


def test_damage_to_a_users_head_is_named_and_touches_nobody_else(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    key = keyring.create_user(BOB)
    path = user_file(folder, ALICE)
    path.write_bytes(path.read_bytes()[:20])
    after = reopened(folder)
    with pytest.raises(SealBroken, match="damaged"):
        after.user_key(ALICE)
    assert after.user_key(BOB) == key


def test_a_key_file_put_in_another_users_place_does_not_open(folder: Path, keyring: Keyring):
    for user in (ALICE, BOB):
        keyring.create_user(user)
    shutil.copy(user_file(folder, ALICE), user_file(folder, BOB))
    with pytest.raises(SealBroken):
        reopened(folder).user_key(BOB)


PROCESS = """
import sys, uuid
from pathlib import Path
from everkin.store.keyring import Keyring
folder, cell, user, rounds = Path(sys.argv[1]), *map(uuid.UUID, sys.argv[2:4]), int(sys.argv[4])
keyring = Keyring.open(folder, cell=cell)
for _ in range(rounds):
    said = [uuid.uuid4() for _ in range(5)]
    keyring.new_blocks(user, said)
    keys = keyring.block_keys(user, said)
    print(*(f"{block.hex}:{keys[block].hex()}" for block in said), flush=True)
"""


def another_process(folder: Path, rounds: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", PROCESS, str(folder), str(CELL), str(ALICE), str(rounds)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def acknowledged(lines: Iterator[str]) -> dict[BlockId, bytes]:
    pairs = (pair.split(":") for line in lines if line.endswith("\n") for pair in line.split())
    return {BlockId(uuid.UUID(block)): bytes.fromhex(key) for block, key in pairs}


def test_two_processes_that_append_at_once_lose_nothing(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    ours = blocks(60)
    processes = [another_process(folder, rounds=40) for _ in range(2)]
    for block in ours:
        keyring.new_blocks(ALICE, [block])
    theirs = acknowledged(line for process in processes for line in process.communicate()[0].splitlines(keepends=True))
    assert [process.returncode for process in processes] == [0, 0]
    assert len(theirs) == 400
    assert keyring.block_keys(ALICE, list(theirs)) == theirs
    assert len(reopened(folder).block_keys(ALICE, ours)) == 60
    assert (user_file(folder, ALICE).stat().st_size - 460 * SLOT_BYTES) < SLOT_BYTES * 2


def test_a_killed_process_loses_nothing_it_acknowledged(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    rng, seen = Random(5), {}
    for _ in range(3):
        process = another_process(folder, rounds=100_000)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(rng.randint(1, 60))]
        process.send_signal(signal.SIGKILL)
        seen |= acknowledged(iter(lines)) | acknowledged(iter(process.communicate()[0].splitlines(keepends=True)))
        keyring.new_blocks(ALICE, blocks(1))
    assert reopened(folder).block_keys(ALICE, list(seen)) == seen


def test_what_another_process_erased_is_refused_at_once(folder: Path, keyring: Keyring):
    keyring.create_user(ALICE)
    held = blocks(1)
    keyring.new_blocks(ALICE, held)
    assert keyring.cached(ALICE, held)
    erase = "Keyring.open(folder, cell=cell).destroy_user(user, now=__import__('datetime').datetime.now().astimezone())"
    script = PROCESS.partition("keyring = ")[0] + erase
    subprocess.run([sys.executable, "-c", script, str(folder), str(CELL), str(ALICE), "0"], check=True)
    for ask in (keyring.user_key, keyring.refuse_erased, lambda user: keyring.cached(user, held)):
        with pytest.raises(KeyDestroyed):
            ask(ALICE)


def test_many_threads_share_one_keyring(folder: Path, keyring: Keyring):
    users = [UserId(uuid.uuid4()) for _ in range(6)]

    def live(user: UserId) -> dict[BlockId, bytes]:
        keyring.create_user(user)
        said = blocks(10)
        for block in said:
            keyring.new_blocks(user, [block])
            with suppress(NotFound):  # whose thread may not have begun yet
                keyring.user_key(users[0])
        keyring.destroy_blocks(user, said[:3], now=NOW, due=NOW)
        return keyring.block_keys(user, said)

    with ThreadPoolExecutor(6) as threads:
        lived = dict(zip(users, threads.map(live, users), strict=True))
    assert {user: reopened(folder).block_keys(user, list(keys)) for user, keys in lived.items()} == lived
    assert {len(keys) for keys in lived.values()} == {7}

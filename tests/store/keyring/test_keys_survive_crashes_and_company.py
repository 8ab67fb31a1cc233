"""A crash at any moment, damage, and other processes and threads at the same files."""

import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from everkin.errors import (
    KeyDestroyed,
    NotFound,
    SealBroken,
)
from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import Erasure, Keyring, Kind
from everkin.store.keyring.ledger import Ledger
from everkin.store.keyring.shelf import Shelf
from everkin.store.keyring.userfile import SLOT_BYTES
from support.keys import ALICE, BOB, CELL, NOW, blocks, reopened, user_file


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

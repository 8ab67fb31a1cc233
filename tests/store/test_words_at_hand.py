"""Words that were opened a moment ago are at hand, within bounds, and gone when they are erased, whoever erases them."""

from uuid import uuid4

import pytest

from everkin.mind.identity import BlockId, UserId
from everkin.store.opened import OpenedWords
from everkin.store.seal import new_key, seal
from support.house import Opener

ALICE, BOB = UserId(uuid4()), UserId(uuid4())


def sealed(text: str) -> bytes:
    return seal(new_key(), text.encode(), aad=b"somewhere")


def test_they_answer_for_their_own_row_alone() -> None:
    held, block, row, one = OpenedWords(), BlockId(uuid4()), uuid4(), sealed("heron")
    held.put(ALICE, block, row, one, {"content": "heron"})
    assert held.get(ALICE, row, one) == {"content": "heron"}
    assert held.get(ALICE, row, sealed("heron")) is None
    assert held.get(ALICE, uuid4(), one) is None
    assert held.get(BOB, row, one) is None


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_dropped_is_gone_and_the_rest_stays(whole: bool) -> None:
    held, gone, kept = OpenedWords(), BlockId(uuid4()), BlockId(uuid4())
    rows = [(user, block, uuid4(), sealed("x")) for user in (ALICE, BOB) for block in (gone, kept)]
    for user, block, row, one in rows:
        held.put(user, block, row, one, {"content": "x"})
    held.drop(ALICE, None if whole else gone)
    left = {(user, block) for user, block, row, one in rows if held.get(user, row, one)}
    assert left == {(user, block) for user, block, _, _ in rows if user == BOB or (not whole and block == kept)}


def test_they_stay_under_their_limit() -> None:
    held = OpenedWords(limit_bytes=100_000)
    for _ in range(500):
        held.put(ALICE, BlockId(uuid4()), uuid4(), sealed("y" * 100), {"content": "y" * 100})
    assert 50 < len(held) < 150


async def test_what_another_process_erases_is_no_longer_at_hand_here(opener: Opener) -> None:
    async with opener() as here, opener() as there:
        bond = await here.bond(user="alice", companion="lucy")
        await bond.observe([{"role": "user", "content": f"Secret {n} of the heron", "id": str(n)} for n in range(3)])
        assert len(await bond.memories()) == 3
        vault = here.store.transcripts._vault
        assert len(vault._opened) >= 3
        other = await there.bond(user="alice", companion="lucy")
        for memory in await other.memories():
            await other.erase(memory.id)
        assert (await bond.recall("What of the heron?")).recollections == ()
        assert len(vault._opened) == 0

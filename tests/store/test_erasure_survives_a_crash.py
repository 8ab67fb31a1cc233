"""The process dies between deleting Alice's words and destroying their key; the next start finishes the work."""

import pytest

from everkin.store.vault import Vault
from support.house import Opener


class Crash(Exception):
    """The process was killed here."""


async def test_the_key_goes_at_the_next_start(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opener() as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.observe([{"role": "user", "content": "I hid the letter."}, {"role": "user", "content": "It rains."}])
        hidden = (await bond.timeline())[-1]
        (message,) = await bond.sources(hidden.id)

        async def die(*_: object, **__: object) -> None:
            raise Crash

        with monkeypatch.context() as patch:
            patch.setattr(Vault, "destroy_blocks", die)
            with pytest.raises(Crash):
                await bond.erase(hidden.id)
        assert message.block in kin.store.keyring.block_keys(bond.user_id, [message.block])
    async with opener() as kin:
        assert kin.store.keyring.block_keys(bond.user_id, [message.block]) == {}
        assert await kin.store.erasure.sweep() == 0
        again = await kin.bond(user="alice", companion="lucy")
        assert [memory.text for memory in await again.timeline()] == ["It rains."]

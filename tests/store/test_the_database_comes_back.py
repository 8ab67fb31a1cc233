"""Alice's server has been up for weeks when her PostgreSQL is killed under it: it is started again, and she notices little."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from everkin import Everkin
from everkin.config.settings import Settings
from everkin.errors import StoreUnavailable
from everkin.testing.voice import ScriptedGateway
from support.servers import postmaster_pid, server_processes

ATTEMPTS = 10
"""Each waits for a connection, for half a minute at most."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("all_of_it", [False, True], ids=["postmaster", "every process"])
async def test_a_killed_server_is_started_again_while_the_house_is_open(
    lived_in: Path, tmp_path: Path, all_of_it
) -> None:
    settings = Settings(data=lived_in, keyring=tmp_path / "keys", zone="UTC")
    async with Everkin.open(settings=settings, gateway=ScriptedGateway()) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.observe([{"role": "user", "content": "I adopted a cat.", "id": "1"}])
        killed = postmaster_pid(lived_in / "cluster")
        for pid in server_processes(lived_in) if all_of_it else [killed]:
            os.kill(pid, signal.SIGKILL)
        for _ in range(ATTEMPTS):
            with suppress(StoreUnavailable):
                await bond.observe([{"role": "user", "content": "She is called Pebble.", "id": "2"}])
                break
        assert [memory.text for memory in await bond.timeline()] == ["She is called Pebble.", "I adopted a cat."]
        assert postmaster_pid(lived_in / "cluster") != killed
    assert server_processes(lived_in) == {}

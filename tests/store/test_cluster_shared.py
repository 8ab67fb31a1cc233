"""Alice's chat, her importer and her server all use one data folder at once."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from everkin.store.cluster import Cluster
from support.servers import postmaster_pid, server_processes
from support.visitor import Visitor


async def test_the_last_one_out_stops_the_server(lived_in: Path) -> None:
    alice = await Cluster.open(lived_in)
    with Visitor(lived_in) as bob:
        assert bob.dsn == alice.dsn(user=alice.superuser, database=alice.database)
        await alice.close()
        with psycopg.connect(bob.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert bob.leave() == 0
    assert server_processes(lived_in) == {}


async def test_two_in_one_process_count_as_two(lived_in: Path) -> None:
    first, second = await Cluster.open(lived_in), await Cluster.open(lived_in)
    await first.close()
    with psycopg.connect(second.dsn(user=second.superuser, database=second.database)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    await second.close()
    assert server_processes(lived_in) == {}


def test_many_who_come_at_once_start_one_server(folder: Path) -> None:
    """Five processes open a folder that has never been opened."""
    visitors = [Visitor(folder) for _ in range(5)]
    assert len({visitor.dsn for visitor in visitors}) == 1
    assert "host=" in visitors[0].dsn
    titles = server_processes(folder).values()
    assert sum("checkpointer" in title for title in titles) == 1
    for visitor in visitors:
        assert visitor.leave() == 0
    assert server_processes(folder) == {}


async def test_who_crashes_no_longer_counts(lived_in: Path) -> None:
    """Bob's process is killed; when Alice leaves, she is the last one."""
    with Visitor(lived_in) as bob:
        assert "host=" in bob.dsn
        alice = await Cluster.open(lived_in)
        bob.kill()
    await alice.close()
    assert server_processes(lived_in) == {}


async def test_the_server_of_one_who_crashed_alone_is_joined(lived_in: Path) -> None:
    """Bob's process is killed as the only one; the server he left is used, and stopped by the next who leaves."""
    with Visitor(lived_in) as bob:
        assert "host=" in bob.dsn
        before = postmaster_pid(lived_in / "cluster")
        bob.kill()
    alice = await Cluster.open(lived_in)
    assert postmaster_pid(lived_in / "cluster") == before
    await alice.close()
    assert server_processes(lived_in) == {}


async def test_one_who_keeps_leaves_the_server_running(lived_in: Path) -> None:
    keeper = await Cluster.open(lived_in, keep=True)
    await keeper.close()
    assert server_processes(lived_in)
    guest = await Cluster.open(lived_in)
    await guest.close()
    assert server_processes(lived_in) == {}


async def test_opening_can_be_cancelled_and_leaves_nothing(folder: Path) -> None:
    """Alice presses Ctrl-C while the store opens."""
    opening = asyncio.create_task(Cluster.open(folder))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert server_processes(folder) == {}
    again = await Cluster.open(folder)
    await again.close()
    assert server_processes(folder) == {}


async def test_the_event_loop_goes_on_while_a_store_opens(folder: Path) -> None:
    """A first start takes most of a second; nobody else's turn waits for it."""
    opening = asyncio.create_task(Cluster.open(folder))
    turns = 0
    while not opening.done():
        await asyncio.sleep(0)
        turns += 1
    await opening.result().close()
    assert turns > 100

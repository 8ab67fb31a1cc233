"""Alice's disk fills up; what was acknowledged is kept, and she is told what to do."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from everkin.errors import StorageFull
from everkin.store.cluster import Cluster
from support.servers import end_servers, server_processes


def can_mount(folder: Path) -> bool:
    tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
    if tried.returncode == 0:
        subprocess.run(["umount", folder], check=True)
    return tried.returncode == 0


@pytest.fixture
def disk(folder: Path) -> Iterator[Path]:
    """A disk of 10 MB, which `grow` makes larger."""
    place = folder / "disk"
    place.mkdir()
    if os.geteuid() != 0 or not can_mount(place):
        pytest.skip("mounting a small disk takes root; test_cluster_refuses.py tells the rest of this story")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=10m,mode=0711", "tmpfs", place], check=True)
    yield place
    end_servers(place)
    subprocess.run(["umount", "--lazy", place], check=True)


def grow(disk: Path, megabytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", disk], check=True)


def fill(disk: Path) -> None:
    """Down to the last byte."""
    with (disk / "data/everkin.filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(65536))


async def test_a_disk_too_small_to_begin_with(disk: Path) -> None:
    """Nothing half-made stays, and once there is room the same folder is opened."""
    with pytest.raises(StorageFull):
        await Cluster.open(disk / "data")
    assert not (disk / "data/cluster").exists()
    assert not (disk / "data/cluster.new").exists()
    grow(disk, 200)
    cluster = await Cluster.open(disk / "data")
    await cluster.close()
    assert server_processes(disk) == {}


async def test_a_disk_that_fills_up_later(disk: Path) -> None:
    grow(disk, 60)
    cluster = await Cluster.open(disk / "data")
    acknowledged = 0
    with psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database), autocommit=True) as alice:
        alice.execute("CREATE TABLE said (words text STORAGE EXTERNAL)")
        with suppress(psycopg.Error):
            while True:
                alice.execute("INSERT INTO said VALUES (repeat(md5(%s), 4000))", [str(acknowledged)])
                acknowledged += 1
    await cluster.close()
    fill(disk)
    with pytest.raises(StorageFull) as met:
        await Cluster.open(disk / "data")
    assert "kept" in met.value.kept
    (disk / "data/everkin.filler").unlink()
    grow(disk, 200)
    again = await Cluster.open(disk / "data")
    with psycopg.connect(again.dsn(user=again.superuser, database=again.database)) as alice:
        assert alice.execute("SELECT count(*) FROM said").fetchone() == (acknowledged,)
    await again.close()
    assert acknowledged > 10

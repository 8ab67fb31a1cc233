"""A memory that lives, in numbers: a decay pass over a million memories of one cell, and one with nothing to do."""

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import psycopg
from report import Table, quantile, write

from everkin import Bond, Everkin
from everkin.mind.tier import Policy
from everkin.upkeep import Decay

QUESTION = "What did I say about the garden?"
USERS, EACH = 100, 10_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE = """
INSERT INTO users (user_id, sealed) SELECT md5('user' || u)::uuid, '' FROM generate_series(1, %(users)s) u;
INSERT INTO bonds (user_id, bond_id, companion_id, next_row)
  SELECT md5('user' || u)::uuid, md5('bond' || u)::uuid, md5('companion')::uuid, %(each)s FROM generate_series(1, %(users)s) u;
"""
MEMORIES = """
INSERT INTO memories (user_id, memory_id, bond_id, kind, predicate, importance, at, recorded_at, block_id)
  SELECT md5('user' || u)::uuid, md5('memory' || u || '/' || n)::uuid, md5('bond' || u)::uuid, (n %% 5 = 0)::int,
         CASE WHEN n %% 5 = 0 THEN (ARRAY['likes', 'kin', 'event', 'plan', 'pet'])[1 + n %% 7 %% 5] END,
         (n * 7919 %% 1000) / 1000.0, t, t, md5('block' || u || '/' || n / 64)::uuid
  FROM generate_series(1, %(users)s) u, generate_series(1, %(each)s) n,
       LATERAL (SELECT %(now)s - interval '1 hour' * (n * 104729 %% 17520) AS t) AS said;
INSERT INTO memory_uses (user_id, memory_id, uses, first_used_at, last_used_at, mentions, mentioned_at)
  SELECT user_id, memory_id, 3, at, at + interval '9 days', 6,
         ARRAY[at + interval '8 days', at + interval '4 days', at + interval '2 days', at + interval '1 day']
  FROM memories WHERE get_byte(uuid_send(memory_id), 0) < 51;
ANALYZE;
"""
T = TypeVar("T")


async def timed(act: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    started = time.perf_counter()
    done = await act()
    return time.perf_counter() - started, done


def backend_mb(data: Path) -> float:
    """The most private memory of any one server process that belongs to this cluster, as it is now."""
    return max(private_mb(pid) for pid in servers(data))


def servers(data: Path) -> list[int]:
    postmaster = int(next(data.rglob("postmaster.pid")).read_text().splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *map(int, children)]


def private_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private", "SwapPss"))) / 1024


async def recalling(bond: Bond, stop: asyncio.Event) -> list[float]:
    seconds = []
    while not stop.is_set():
        took, _ = await timed(lambda: bond.recall(QUESTION))
        seconds.append(took)
        await asyncio.sleep(0.05)
    return seconds


async def watched(data: Path, act: Awaitable[T]) -> tuple[T, float]:
    """The result, and the peak of the largest server process, looked at twenty times a second."""
    task, peak = asyncio.ensure_future(act), 0.0
    while not task.done():
        peak = max(peak, await asyncio.to_thread(backend_mb, data))
        await asyncio.wait([task], timeout=0.05)
    return task.result(), peak


async def measured(data: Path) -> list[list[object]]:
    async with Everkin.open(data=data) as kin:
        cluster = kin.store.cluster
        assert cluster is not None
        bond = await kin.bond(user="ann", companion="lucy")
        words = ["garden", "river", "table", "autumn", "violin", "letter", "kitchen", "harbour"]
        await bond.observe(
            [
                {
                    "role": "user",
                    "content": f"The {words[n % 8]} and the {words[n // 8 % 8]}, {n}",
                    "at": NOW - timedelta(hours=n),
                }
                for n in range(2000)
            ]
        )
        with psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database)) as owner:
            for script in (PEOPLE, MEMORIES):
                for statement in filter(str.strip, script.split(";\n")):
                    owner.execute(statement.encode(), {"users": USERS, "each": EACH, "now": NOW})
        quiet = [(await timed(lambda: bond.recall(QUESTION)))[0] for _ in range(60)]
        decay, stop = Decay(kin.store.tiers, Policy(), sleep=asyncio.sleep), asyncio.Event()
        asking = asyncio.create_task(recalling(bond, stop))
        (seconds, moved), peak = await watched(data, timed(lambda: decay.decay(NOW)))
        stop.set()
        busy = await asking
        again, second = await timed(lambda: decay.decay(NOW + timedelta(days=1)))
        idle, nothing = await timed(lambda: decay.decay(NOW + timedelta(days=1, hours=1)))
        assert nothing.users == 0
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        [f"first pass over {moved.weighed:,} memories of {moved.users} users", f"{seconds:.1f} s", "under 60 s"],
        ["of these moved to another tier", f"{moved.heated + moved.warmed + moved.cooled:,}", ""],
        [
            "the next day's pass",
            f"{again:.1f} s, {second.heated + second.warmed + second.cooled:,} moved",
            "under 60 s",
        ],
        ["private memory of the largest server process, peak", f"{peak:.0f} MB", "at most 200 MB"],
        ["an hourly pass with nothing to do", f"{idle * 1e3:.0f} ms", "under 1 s"],
        ["recall p50 / p99, quiet", f"{quantile(quiet, 0.5) * 1e3:.1f} / {quantile(quiet, 0.99) * 1e3:.1f} ms", ""],
        [
            f"recall p50 / p99 during the pass (n = {len(busy)})",
            f"{quantile(busy, 0.5) * 1e3:.1f} / {quantile(busy, 0.99) * 1e3:.1f} ms",
            "p99 within 2x",
        ],
        ["whole client process at its peak, embedding model included", f"{own:.0f} MB", ""],
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        rows = asyncio.run(measured(home / "data"))
    note = "The decay pass on generated rows, embedded PostgreSQL, while one person goes on asking."
    write(
        "memory",
        "A memory that lives",
        "python tools/bench/memory.py",
        Table(head=["what", "measured", "goal"], rows=rows, note=note),
    )


if __name__ == "__main__":
    main()

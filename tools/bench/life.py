"""A simulated life of two years: what of it is found at the end, what it takes to keep, and how fast it answers.

    python tools/bench/life.py [--folder FOLDER [--timed]] [--messages 40000] [--days 730] [--more 10000] [--seed 0]

The life is invented (everkin.bench.life). Decay and archiving run day by day as the clock passes; at the end everything
that mattered is asked for, and every table, index and object is weighed against naive rows: JSON and float32 vectors.
Then the life goes on for `--more` messages, and the tiers are timed.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from report import Table, quantile, write

from everkin import Bond, Everkin
from everkin.bench.life import Life, lived
from everkin.config.settings import Settings
from everkin.language.embedder import LocalEmbedder
from everkin.mind.ports.job import Job
from everkin.mind.transcript import Utterance
from everkin.mind.worth import Purpose
from everkin.testing.voice import ScriptedGateway

DAY, MONTH = timedelta(days=1), 30
VACUUMED = """
SELECT s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid, LATERAL (
  SELECT coalesce(max(option_value::float8), current_setting('autovacuum_vacuum_scale_factor')::float8) AS share
  FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_vacuum_scale_factor') o
WHERE s.n_dead_tup > current_setting('autovacuum_vacuum_threshold')::int + o.share * greatest(c.reltuples, 0)
  OR s.n_ins_since_vacuum > current_setting('autovacuum_vacuum_insert_threshold')::int
    + current_setting('autovacuum_vacuum_insert_scale_factor')::float8 * greatest(c.reltuples, 0)
"""
"""What autovacuum would vacuum now, were it not outrun by the clock."""
FLOAT32 = 4
UTC_ZONE = ZoneInfo("UTC")
PASSES, MONTHLY = ("decay", "archive"), ("digest", "compact_indexes")
"""Run every day, and once a month."""
NAIVE = "naive rows: JSON and float32"


class Clock:
    """Moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True, kw_only=True)
class Lived:
    """An open house in which a life has been lived, and what that took."""

    kin: Everkin
    bond: Bond
    life: Life
    data: Path
    absorb_s: float
    upkeep_s: float
    warm_most: int
    """Rows of memories, at the end of the fullest month."""


def naive_bytes(messages: Iterable[Utterance], dimensions: int) -> int:
    """What a row a message takes at least, before any index: its fields as JSON, and its vector in float32."""
    total = 0
    for m in messages:
        fields: dict[str, Any] = {"id": m.id, "user": "ann", "companion": "lucy", "role": m.role.value}
        fields |= {"name": m.name, "content": m.content, "at": m.at.isoformat() if m.at else None}
        total += len(json.dumps(fields, ensure_ascii=False).encode()) + FLOAT32 * dimensions
    return total


def job(kin: Everkin, name: str) -> Job:
    return next(job for job in kin.jobs() if job.name == name)


def owner(kin: Everkin) -> psycopg.Connection:
    cluster = kin.store.cluster
    assert cluster is not None
    return psycopg.connect(cluster.dsn(user=cluster.superuser, database=cluster.database), autocommit=True)


class Rehearsed:
    """An embedder that knows by heart the texts it was given before: what is timed then is everything else."""

    def __init__(self, embedder: LocalEmbedder) -> None:
        self._embedder = embedder
        self.known: dict[str, Any] | None = None

    @property
    def stamp(self) -> str:
        return self._embedder.stamp

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def passages(self, text: str) -> list[str]:
        return self._embedder.passages(text)

    async def embed(self, texts: Sequence[str]) -> Any:
        if self.known is None:
            return await self._embedder.embed(texts)
        for text in texts:
            if text not in self.known:
                self.known[text] = (await self._embedder.embed([text]))[0]
        return np.stack([self.known[text] for text in texts])


async def live(kin: Everkin, clock: Clock, life: Life, data: Path) -> Lived:
    """Day by day: what was said is heard, some of it pinned, and the jobs run."""
    bond = await kin.bond(user="ann", companion="lucy")
    days: dict[int, list[Utterance]] = defaultdict(list)
    for message in life.messages:
        assert message.at is not None
        days[(message.at - life.messages[0].at) // DAY].append(message)  # type: ignore[operator]
    absorb_s = upkeep_s = 0.0
    warm_most = 0
    for day, said in sorted(days.items()):
        started = time.perf_counter()
        await bond.observe(said)
        await pin(bond, said, set(life.pinned))
        absorb_s += time.perf_counter() - started
        assert said[-1].at is not None
        clock.at = said[-1].at + timedelta(hours=1)
        started = time.perf_counter()
        for name in PASSES:
            await job(kin, name).run()
        upkeep_s += time.perf_counter() - started
        vacuum(kin)
        if day % MONTH == MONTH - 1:
            for name in MONTHLY:
                await job(kin, name).run()
            with owner(kin) as connection:
                warm = rows(connection, "memories")
                warm_most = max(warm_most, warm)
                print(
                    f"day {day}: {warm} memories in rows, {absorb_s:.0f} s absorbing, {upkeep_s:.0f} s upkeep",
                    file=sys.stderr,
                )
    return Lived(kin=kin, bond=bond, life=life, data=data, absorb_s=absorb_s, upkeep_s=upkeep_s, warm_most=warm_most)


def vacuum(kin: Everkin) -> None:
    """What the server does by itself once a minute."""
    with owner(kin) as connection:
        for (table,) in connection.execute(VACUUMED).fetchall():
            connection.execute(f"VACUUM ANALYZE {table}".encode())


async def pin(bond: Bond, said: list[Utterance], pinned: set[str]) -> None:
    wanted = {m.id for m in said} & pinned
    if not wanted:
        return
    memories = await bond.timeline(start=said[0].at, limit=len(said) + 10)
    for memory in memories:
        if wanted & set(memory.message_ids):
            await bond.pin(memory.id)


def rows(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int(found[0]) if found else 0


def storage(it: Lived, naive: int) -> Table:
    """Every table with its indexes and its overflow, the cold objects and the keyring, in bytes a message."""
    n = len(it.life.messages)
    with owner(it.kin) as connection:
        found = connection.execute(
            "SELECT c.relname, pg_relation_size(c.oid), pg_indexes_size(c.oid), pg_total_relation_size(c.oid), c.reltuples::bigint "
            "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 4 DESC"
        ).fetchall()
    lines: list[tuple[object, ...]] = []
    total = 0
    for name, heap, indexes, whole, count in found:
        total += whole
        if whole > 0.001 * naive:
            lines.append((name, max(count, 0), f"{heap / n:.1f}", f"{indexes / n:.1f}", f"{whole / n:.1f}"))
    small = total - sum(whole for _, _, _, whole, _ in found if whole > 0.001 * naive)
    lines.append(("all smaller tables", "", "", "", f"{small / n:.1f}"))
    objects = [path.stat() for path in (it.data / "archive").rglob("*") if path.is_file()]
    cold = sum(each.st_size for each in objects)
    keys = sum(path.stat().st_size for path in Path(os.environ["XDG_CONFIG_HOME"]).rglob("*") if path.is_file())
    lines.append(("cold objects", len(objects), "", "", f"{cold / n:.1f}"))
    lines.append(("keyring", "", "", "", f"{keys / n:.1f}"))
    total += cold + keys
    lines.append(("**all of it**", "", "", "", f"**{total / n:.1f}**"))
    lines.append((NAIVE, n, "", "", f"{naive / n:.1f}"))
    allocated = sum(each.st_blocks * 512 for each in objects) - cold
    lines.append(("**smaller by**", "", "", "", f"**{100 * (1 - total / naive):.1f} %**"))
    note = (
        f"{total / 1e6:.1f} MB for {n:,} messages of {mean_length(it.life):.0f} characters on average; "
        f"naive rows would take {naive / 1e6:.1f} MB before any index. Bytes a message; tables as autovacuum leaves them. A disk "
        f"with blocks of 4 KB allocates {allocated / n:.1f} more for the objects; a bucket does not."
    )
    return Table(head=("what", "rows", "heap", "indexes", "with all"), rows=lines, note=note)


def mean_length(life: Life) -> float:
    return sum(len(m.content) for m in life.messages) / len(life.messages)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One thing that mattered, asked for at the end."""

    kind: str
    found: bool
    seconds: float


async def answered(it: Lived, now: datetime) -> list[Answered]:
    """Everything that mattered, by its question; found when a message that says it is among the first ten."""
    lines = []
    for matter in it.life.important:
        started = time.perf_counter()
        recalled = await it.bond.recall(matter.question, at=now)
        took = time.perf_counter() - started
        got = {id for each in recalled.recollections for id in each.memory.message_ids}
        lines.append(Answered(kind=matter.kind, found=bool(got & set(matter.evidence)), seconds=took))
        if not lines[-1].found:
            print("missed:", matter.question, file=sys.stderr)
    return lines


def shares(lines: list[Answered]) -> list[tuple[object, ...]]:
    kinds = {"of the things that mattered, found among the first ten": lines}
    for kind in sorted({line.kind for line in lines}):
        kinds[f"- {kind}"] = [line for line in lines if line.kind == kind]
    goals = [">= 98 %"] + [""] * len(kinds)
    return [
        (
            name,
            f"{sum(x.found for x in each)} of {len(each)}, {100 * sum(x.found for x in each) / len(each):.1f} %",
            goal,
        )
        for (name, each), goal in zip(kinds.items(), goals, strict=False)
    ]


async def kept(it: Lived, now: datetime) -> list[tuple[object, ...]]:
    """What of all that mattered is found, what was pinned or said in need, and how long the questions took."""
    lines = await answered(it, now)
    seconds = [line.seconds for line in lines]
    memories = {id: m for m in await it.bond.memories(limit=10**6) if m.fact is None for id in m.message_ids}
    pinned = sum(id in memories and memories[id].pinned for id in it.life.pinned)
    hard = sum(id in memories and memories[id].safety for id in it.life.hard)
    words = sum(m.id in memories and memories[m.id].text == m.content for m in it.life.messages)
    open_still = len(await it.bond.disclosures())
    n = len(it.life.messages)
    with owner(it.kin) as connection:
        held = rows(connection, "memories")
        cold = sum(each for (each,) in connection.execute("SELECT messages FROM signposts"))
    pace = f"{quantile(seconds, 0.5) * 1e3:.1f} / {quantile(seconds, 0.99) * 1e3:.1f} ms"
    return [
        *shares(lines),
        ("pinned, and still there", f"{pinned} of {len(it.life.pinned)}", "0 lost"),
        (
            "said in need: still marked; disclosures still open",
            f"{hard} of {len(it.life.hard)}; {open_still}",
            "0 lost",
        ),
        ("messages still there, word for word", f"{words} of {n}", "all"),
        ("memories in rows at the end; at their most", f"{held}; {it.warm_most}", "bounded"),
        ("messages in the cold", f"{cold} of {n}, {100 * cold / n:.1f} %", ""),
        ("recall p50 / p99 of those questions, beside whatever else ran", pace, ""),
        ("absorbing it all; upkeep of all days", f"{it.absorb_s:.0f} s; {it.upkeep_s:.0f} s", ""),
    ]


async def timed(it: Lived, now: datetime, before: Callable[[], None], purpose: Purpose) -> list[float]:
    """Milliseconds of each question that mattered; `before` each of them, something is done to the cell."""
    took = []
    for matter in it.life.important:
        before()
        started = time.perf_counter()
        await it.kin.recaller.recall(
            it.bond.user_id,
            it.bond.bond_id,
            matter.question,
            at=now,
            limit=10,
            zone=UTC_ZONE,
            companion="Lucy",
            purpose=purpose,
        )
        took.append((time.perf_counter() - started) * 1e3)
    return took


async def tiers(it: Lived, messages: int, now: datetime, embedder: Rehearsed) -> Table:
    """How long a recall takes without its embedding, by the tier that answers it."""
    embedder.known = {}

    def cool() -> None:
        it.kin.store.asked.cool()
        it.kin.store.memories.cool()

    await timed(it, now, lambda: None, Purpose.ANSWER)  # every question is known by heart now, and the bond is in RAM
    runs = {
        ("hot: nothing was asked, the warm snapshot answers", "p99 < 10 ms"): (lambda: None, Purpose.AHEAD),
        ("asked, the cold blocks it needs in RAM", ""): (lambda: None, Purpose.ANSWER),
        ("cold: asked, no block in RAM", "p99 < 200 ms"): (cool, Purpose.ANSWER),
    }
    rows = []
    for (name, goal), (before, purpose) in runs.items():
        took = await timed(it, now, before, purpose)
        rows.append((name, len(took), f"{quantile(took, 0.5):.1f} ms", f"{quantile(took, 0.99):.1f} ms", goal))
    note = f"A bond of {messages:,} messages; a recall of ten without its embedding, one at a time."
    return Table(head=("tier", "n", "p50", "p99", "goal"), rows=rows, note=note)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--more", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the life is kept, to be timed again")
    parser.add_argument("--timed", action="store_true", help="only time the tiers of the life in that folder")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


async def measured(told: argparse.Namespace, home: Path) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + DAY
    life = lived(messages=told.messages, days=told.days, matters=matters_of(told), start=start, seed=told.seed)
    clock = Clock(start)
    async with opened(home, clock, None) as kin:
        it = await live(kin, clock, life, home / "data")
        dimensions = (await kin.embed(["how wide"])).shape[1]
        clock.at += DAY
        vacuum(kin)
        for name in MONTHLY:
            await job(kin, name).run()
        found = Table(head=("what", "measured", "goal"), rows=await kept(it, clock.at), note="At the end of it all.")
        tables = [storage(it, naive_bytes(life.messages, dimensions)), found]
        shown(told, "life", "A simulated life of two years", "python tools/bench/life.py --folder FOLDER", *tables)
        days = told.days * told.more // told.messages
        later = lived(messages=told.more, days=days, matters=0, pinned=0, start=clock.at + DAY, seed=told.seed + 1)
        await live(kin, clock, renamed(later), home / "data")
    (home / "now").write_text((clock.at + DAY).isoformat())


async def timed_again(told: argparse.Namespace, home: Path) -> None:
    """The tiers of a life that was lived before in that folder."""
    now = datetime.fromisoformat((home / "now").read_text())
    model = LocalEmbedder()
    await model.warm()
    embedder = Rehearsed(model)
    life = lived(messages=told.messages, days=told.days, matters=matters_of(told), start=now, seed=told.seed)
    async with opened(home, Clock(now), embedder) as kin:
        bond = await kin.bond(user="ann", companion="lucy")
        gc.collect()
        gc.freeze()  # as the server does at its start
        it = Lived(kin=kin, bond=bond, life=life, data=home / "data", absorb_s=0, upkeep_s=0, warm_most=0)
        table = await tiers(it, told.messages + told.more, now, embedder)
    shown(told, "tiers", "How fast the tiers answer", "python tools/bench/life.py --folder FOLDER --timed", table)


def opened(home: Path, clock: Clock, embedder: Rehearsed | None) -> Any:
    settings = Settings(zone="UTC", data=home / "data")
    return Everkin.open(data=home / "data", settings=settings, gateway=ScriptedGateway(), embedder=embedder, now=clock)


def matters_of(told: argparse.Namespace) -> int:
    return max(24, 240 * told.messages // 40_000)


def shown(told: argparse.Namespace, name: str, title: str, command: str, *tables: Table) -> None:
    """Into the page, if it is the life that the page is about."""
    if (told.messages, told.days, told.more, told.seed) == (40_000, 730, 10_000, 0):
        write(name, title, command, *tables)
    else:
        print(*tables, sep="\n\n")


def renamed(life: Life) -> Life:
    """The same life with ids of its own."""
    return replace(life, messages=tuple(replace(m, id=f"later-{m.id}") for m in life.messages))


def main() -> None:
    told = arguments()
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as temporary:
        home = told.folder or Path(temporary)
        home.mkdir(exist_ok=True)
        home.chmod(0o711)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        if not told.timed:
            asyncio.run(measured(told, home))
        asyncio.run(timed_again(told, home))


if __name__ == "__main__":
    main()

"""The spine in numbers: writing, recalling, a whole turn, starting, idling. Sample texts are the words of the sample life, mixed."""

import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from report import Table, quantile, write

from everkin import Bond, Everkin
from everkin.recall import Recaller
from everkin.testing.voice import ScriptedGateway

MEMORIES = 10_000
ON_ONE_CORE = 3_000
WORDS = 24
"""About 120 characters and 28 tokens: a message of a chat."""
START = datetime(2026, 1, 1, tzinfo=UTC)
REPLY = "I remember that well; you told me of it when we last spoke of the garden, and you laughed."


def vocabulary() -> list[str]:
    """Every word of the sample life as often as it stands there: words, stems and tokens come in natural shares."""
    lines = (files("everkin.portability.samples") / "lucy.jsonl").read_text(encoding="utf-8").splitlines()
    said = [entry.get("mes") or entry.get("content") or "" for entry in map(json.loads, lines)]
    return [word.strip('.,!?;:"()').lower() for text in said for word in text.split() if word.isascii()]


VOCABULARY = [word for word in vocabulary() if word]


def sentence(rng: random.Random, words: int = WORDS) -> str:
    return " ".join(rng.choices(VOCABULARY, k=words)).capitalize() + "."


def life(count: int, seed: int = 1) -> list[dict[str, object]]:
    rng = random.Random(seed)
    return [
        {
            "id": str(n),
            "role": "user" if n % 2 == 0 else "assistant",
            "name": "Ann" if n % 2 == 0 else "Lucy",
            "content": sentence(rng),
            "at": START + timedelta(minutes=11 * n),
        }
        for n in range(count)
    ]


async def timed(act: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await act()
    return (time.perf_counter() - started) * 1e3


async def observing(kin: Everkin) -> tuple[Bond, list[list[object]]]:
    """Bulk with embedding, then one message at a time apart from its embedding, which is made before and cached."""
    bond = await kin.bond(user="ann", companion="lucy")
    rate = await written(bond, life(MEMORIES))
    single = []
    for n, message in enumerate(life(300, seed=2)):
        await kin.embed([str(message["content"])])
        one = [{**message, "id": f"one-{n}", "at": START + timedelta(days=100, minutes=n)}]
        single.append(await timed(lambda one=one: bond.observe(one)))
    return bond, [
        ["observe, chat-length messages, embedding and all extraction included", f"{rate:.0f} /s", ""],
        ["one message acknowledged, embedding apart, p50", f"{quantile(single, 0.5):.1f} ms", ""],
        ["one message acknowledged, embedding apart, p99", f"{quantile(single, 0.99):.1f} ms", "under 15 ms"],
    ]


async def written(bond: Bond, messages: list[dict[str, object]]) -> float:
    started = time.perf_counter()
    await bond.observe(messages)
    return len(messages) / (time.perf_counter() - started)


async def asking(kin: Everkin, bond: Bond) -> list[list[object]]:
    rng = random.Random(3)
    questions = [f"What about {sentence(rng, 5)[:-1]}?" for _ in range(300)]
    await bond.recall(questions[0])
    gc.collect()
    gc.freeze()  # as the server does once it listens
    recalls = [await timed(lambda q=q: bond.recall(q)) for q in questions]
    hot = [await timed(lambda q=q: bond.recall(q)) for q in questions]
    house = bond.house
    warm = replace(
        bond, house=replace(house, recaller=Recaller(replace(house.recaller._tools, matters=kin.store.matters.warm)))
    )
    cold = [await timed(lambda q=q: warm.recall(q)) for q in questions[:150]]
    contexts = [await timed(lambda q=q: bond.context(f"And {q}")) for q in questions[:150]]
    return [
        *quantiles("recall", recalls, "under 15 ms", "under 50 ms"),
        *quantiles("recall from the hot snapshot, embedding apart", hot, "under 4 ms", "under 10 ms"),
        *quantiles("recall from PostgreSQL, embedding apart", cold, "", "under 50 ms"),
        *quantiles("context of 4000 tokens", contexts, "under 20 ms", "under 60 ms"),
    ]


async def turning(kin: Everkin, bond: Bond) -> list[list[object]]:
    """Everything from the user's message to the reply that is kept, with a voice that takes no time; embedding included."""
    rng = random.Random(4)
    turns = []
    for n in range(150):
        said = sentence(rng, 12)
        turns.append(await timed(lambda said=said, n=n: bond.reply(said, at=START + timedelta(days=200, minutes=n))))
        await kin.sessions.settle()
    return quantiles("a whole turn without the model", turns, "under 10 ms", "under 40 ms")


def quantiles(what: str, times: list[float], p50: str, p99: str) -> list[list[object]]:
    return [
        [f"{what}, p50", f"{quantile(times, 0.5):.1f} ms", p50],
        [f"{what}, p99", f"{quantile(times, 0.99):.1f} ms", p99],
    ]


def on_one_core() -> float:
    """Messages a second with everything, PostgreSQL included, on one processor core: in a process of its own."""
    command = [sys.executable, __file__, "--one-core"]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1])


async def observed_on_one_core(data: Path) -> float:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    async with Everkin.open(data=data) as kin:
        bond = await kin.bond(user="ann", companion="lucy")
        return await written(bond, life(ON_ONE_CORE))


def serving(data: Path, environment: dict[str, str]) -> list[list[object]]:
    """Start to the first answered request on an existing data folder, and what an idle server holds in memory."""
    command = [
        sys.executable,
        "-c",
        "from everkin.cli import main; main()",
        "serve",
        "--data",
        str(data),
        "--port",
        "8799",
    ]
    started = time.perf_counter()
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: urllib.request.urlopen("http://127.0.0.1:8799/readyz", timeout=1).status == 200)
        seconds = time.perf_counter() - started
        held = memory_mb(server.pid)
    finally:
        server.terminate()
        server.wait(30)
    return [
        ["`everkin serve` to the first answered request", f"{seconds:.1f} s", "under 5 s"],
        ["memory of the idle server, model included", f"{held:.0f} MB", "under 500 MB"],
    ]


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise TimeoutError("the server did not answer")


def memory_mb(pid: int) -> float:
    """Proportional set size, which counts shared pages once; resident size where the kernel does not tell."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


async def measured(data: Path) -> list[list[object]]:
    async with Everkin.open(data=data, gateway=ScriptedGateway(lambda prompt: REPLY)) as kin:
        bond, rows = await observing(kin)
        return rows + await asking(kin, bond) + await turning(kin, bond)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        if "--one-core" in sys.argv:
            print(asyncio.run(observed_on_one_core(home / "data")))
            return
        rows = [["the same on one core, PostgreSQL included", f"{on_one_core():.0f} /s", "at least 300 /s"]]
        all_rows = asyncio.run(measured(home / "data"))
        all_rows = all_rows[:1] + rows + all_rows[1:] + serving(home / "data", dict(os.environ))
    note = f"One bond of {MEMORIES:,} memories, embedded PostgreSQL, one process."
    write("spine", "The spine", "make bench", Table(head=["what", "measured", "goal"], rows=all_rows, note=note))


if __name__ == "__main__":
    main()

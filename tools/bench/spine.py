"""The spine in numbers: writing, recalling, starting, idling. Sample texts are made up word by word from a seed."""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from report import Table, quantile, write

from everkin import Bond, Everkin

VOCABULARY = [
    a + b + c for a in ("ba", "ko", "ri", "mu") for b in ("lan", "ser", "tip", "von") for c in ("da", "el", "o", "ist")
]
MEMORIES = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def sentence(rng: random.Random, words: int = 16) -> str:
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
    messages = life(MEMORIES)
    started = time.perf_counter()
    await bond.observe(messages)
    rate = len(messages) / (time.perf_counter() - started)
    single = []
    for n, message in enumerate(life(300, seed=2)):
        await kin.embed([f"{message['name']}: {message['content']}"])
        one = [{**message, "id": f"one-{n}", "at": START + timedelta(days=100, minutes=n)}]
        single.append(await timed(lambda one=one: bond.observe(one)))
    return bond, [
        ["observe, chat-length messages, embedding included", f"{rate:.0f} /s", "at least 300 /s"],
        ["one message acknowledged, embedding apart, p50", f"{quantile(single, 0.5):.1f} ms", ""],
        ["one message acknowledged, embedding apart, p99", f"{quantile(single, 0.99):.1f} ms", "under 15 ms"],
    ]


async def asking(bond: Bond) -> list[list[object]]:
    rng = random.Random(3)
    questions = [f"What about {sentence(rng, 5)[:-1]}?" for _ in range(300)]
    await bond.recall(questions[0])
    await asyncio.sleep(1)
    recalls = [await timed(lambda q=q: bond.recall(q)) for q in questions]
    contexts = [await timed(lambda q=q: bond.context(f"And {q}")) for q in questions[:150]]
    return [
        ["recall p50", f"{quantile(recalls, 0.5):.1f} ms", "under 15 ms"],
        ["recall p99", f"{quantile(recalls, 0.99):.1f} ms", "under 50 ms"],
        ["context of 4000 tokens p50", f"{quantile(contexts, 0.5):.1f} ms", "under 20 ms"],
        ["context of 4000 tokens p99", f"{quantile(contexts, 0.99):.1f} ms", "under 60 ms"],
    ]


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
    async with Everkin.open(data=data) as kin:
        bond, written = await observing(kin)
        return written + await asking(bond)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        rows = asyncio.run(measured(home / "data"))
        rows += serving(home / "data", dict(os.environ))
    note = f"One bond of {MEMORIES:,} memories, embedded PostgreSQL, one process."
    write("spine", "The spine", "make bench", Table(head=["what", "measured", "goal"], rows=rows, note=note))


if __name__ == "__main__":
    main()

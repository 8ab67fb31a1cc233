"""A bond of 100,000 memories: what a question costs when a life is long. With --folder the life stays, and a second run only asks."""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from report import Table, write
from spine import START, life, quantiles, sentence, timed

from everkin import Bond, Everkin
from everkin.recall import Recaller

MEMORIES = 100_000
AT_ONCE = 2_000
QUESTIONS = 150
LATER = START + timedelta(minutes=11 * MEMORIES, hours=1)
"""After the last of them was said."""


async def lived(kin: Everkin) -> Bond:
    """The bond with all it was told, now or in an earlier run."""
    bond = await kin.bond(user="ann", companion="lucy")
    stand = await kin.store.stands.stand(bond.user_id, bond.bond_id)
    if stand is not None and stand.next_row >= MEMORIES:
        return bond
    messages = life(MEMORIES)
    for start in range(0, MEMORIES, AT_ONCE):
        await bond.observe(messages[start : start + AT_ONCE])
        print(f"{start + AT_ONCE:,} of {MEMORIES:,}", file=sys.stderr, flush=True)
    return bond


async def asked(kin: Everkin, bond: Bond) -> list[list[object]]:
    rng = random.Random(3)
    questions = [f"What about {sentence(rng, 5)[:-1]}?" for _ in range(QUESTIONS)]
    await kin.store.matters.prefetch(bond.user_id, bond.bond_id)
    for question in questions:  # the query's embedding is measured apart
        await kin.embed([question])
        await bond.recall(question, at=LATER)
    hot = [await timed(lambda q=q: bond.recall(q, at=LATER)) for q in questions]
    tools = replace(bond.house.recaller._tools, matters=kin.store.matters.warm)
    warm = replace(bond, house=replace(bond.house, recaller=Recaller(tools)))
    read = [await timed(lambda q=q: warm.recall(q, at=LATER)) for q in questions]
    contexts = [await timed(lambda q=q: bond.context(f"And {q}", at=LATER)) for q in questions]
    return [
        *quantiles("recall from the hot snapshot, embedding apart", hot, "", "under 50 ms"),
        *quantiles("recall from PostgreSQL, embedding apart", read, "", "under 200 ms"),
        *quantiles("context of 4000 tokens, embedding included", contexts, "", ""),
    ]


async def measured(data: Path) -> list[list[object]]:
    async with Everkin.open(data=data) as kin:
        bond = await lived(kin)
        return await asked(kin, bond)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the life is kept for another run")
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as passing:
        home = parser.parse_args().folder or Path(passing)
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        home.chmod(0o711)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        rows = asyncio.run(measured(home / "data"))
    note = f"One bond of {MEMORIES:,} memories, embedded PostgreSQL, one process; {QUESTIONS} questions."
    table = Table(head=["what", "measured", "goal"], rows=rows, note=note)
    write("large", "A long life", "python tools/bench/large.py", table)


if __name__ == "__main__":
    main()

"""Recall with nearly everything in the cold: the same questions before and after, on conversation sets.

    EVERKIN_EVAL=folder python tools/bench/cold.py [--sets locomo,beam_100k] [--limit CONVERSATIONS]

Each conversation is observed and asked, then all that policy may archive is archived (no memory is salient enough to stay,
no message is recent enough), and it is asked again. Facts that stand and what is held for safety stay rows, as always.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

from life import Clock, owner, rows
from report import Table, write

from everkin import Bond, Everkin
from everkin.bench import Asked, Conversation, ask, bootstrap, load
from everkin.config.settings import Settings
from everkin.mind.tier import Policy
from everkin.testing.voice import ScriptedGateway

SETS = ("locomo", "beam_100k")
FREEZING = Policy(hot_share=0, warm_share=0, warm_min=0, warm_max=0, newborn=timedelta(0), tail=0)
YEARS = timedelta(days=3650)


@dataclass(frozen=True, kw_only=True)
class Both:
    """R@10 by question, warm and cold; how many episodic memories there were, and how many went cold."""

    warm: dict[str, float]
    cold: dict[str, float]
    memories: int
    archived: int


async def r10(bond: Bond, conversation: Conversation) -> dict[str, float]:
    asked = Asked(limit=10, tokens=0)
    found = [row async for row in ask(bond, conversation, (), asked, random.Random(7))]
    return {row.id: row.figures["R@10"] for row in found if row.answerable and row.figures}


async def freeze(kin: Everkin, clock: Clock) -> None:
    clock.at += timedelta(days=2)
    while await kin.store.tiers.weigh_some(FREEZING, now=clock()):
        pass
    kin.store.archive.policy = FREEZING
    while await kin.store.archive.archive_some(now=clock()) is not None:
        pass


async def both(conversation: Conversation, home: Path) -> Both:
    clock = Clock(datetime.now(UTC) + YEARS)
    data = home / "data"
    settings = Settings(zone="UTC", data=data)
    async with Everkin.open(
        data=data, keyring=home / "keys", settings=settings, gateway=ScriptedGateway(), now=clock
    ) as kin:
        bond = await kin.bond(user=conversation.id, companion="bench")
        await bond.observe(list(conversation.messages))
        warm = await r10(bond, conversation)
        with owner(kin) as connection:
            memories = rows(connection, "memories WHERE kind = 0")
        await freeze(kin, clock)
        cold = await r10(bond, conversation)
        with owner(kin) as connection:
            left = rows(connection, "memories WHERE kind = 0")
    return Both(warm=warm, cold=cold, memories=memories, archived=memories - left)


def line(name: str, found: Sequence[Both]) -> list[object]:
    warm = {id: value for each in found for id, value in each.warm.items()}
    cold = {id: value for each in found for id, value in each.cold.items()}
    apart = bootstrap([100 * (cold[id] - warm[id]) for id in warm])
    share = sum(each.archived for each in found) / sum(each.memories for each in found)
    return [
        name,
        len(warm),
        f"{100 * fmean(warm.values()):.2f}",
        f"{100 * fmean(cold.values()):.2f}",
        f"{apart}",
        f"{100 * share:.1f} %",
    ]


async def measured(folder: Path, name: str, limit: int | None, home: Path) -> list[object]:
    every = list(load(folder / f"{name}.jsonl.gz"))
    some = random.Random(7).sample(every, limit) if limit and limit < len(every) else every
    found = []
    for number, conversation in enumerate(some):
        place = home / f"{name}-{number}"
        place.mkdir()
        place.chmod(0o711)
        found.append(await both(replace(conversation, id=f"user{number}"), place))
    return line(name if len(some) == len(every) else f"{name}, {len(some)} of {len(every)}", found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=lambda names: names.split(","), default=SETS)
    parser.add_argument("--limit", type=int)
    told = parser.parse_args()
    folder = Path(
        os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the conversation sets.")
    )
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as temporary:
        home = Path(temporary)
        home.chmod(0o711)
        lines = [asyncio.run(measured(folder, name, told.limit, home)) for name in told.sets]
    note = "R@10 of the answerable questions; the difference with its 95 % interval. Goal: at least 90 % cold, within 0.5 points."
    head = ("set", "questions", "all warm", "cold", "difference", "of the messages in the cold")
    write("cold", "Recall from the cold", "python tools/bench/cold.py", Table(head=head, rows=lines, note=note))


if __name__ == "__main__":
    main()

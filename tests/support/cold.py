"""A hundred things that Alice said, one after another; they go cold, and each is in one tier at any moment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from everkin import Bond, Everkin
from everkin.mind.ports.job import Job
from everkin.mind.tier import Policy
from support.house import NOON, Clock

COLD = Policy(hot_share=0.02, warm_share=0.05, warm_min=0)
THINGS = ("kettle", "ladder", "marble", "pillow", "rocket", "saddle", "teapot", "umbrella", "walnut", "zipper")
LATE = 64
SAID = 100 + LATE
PLACES = ("attic", "bakery", "cellar", "desert", "elevator", "forest", "garage", "hangar", "igloo", "jungle")


async def lived(kin: Everkin, user: str = "alice") -> Bond:
    """A hundred things, each in a place of its own; and then the talk of the last evening, which stays at hand."""
    bond = await kin.bond(user=user, companion="lucy")
    await bond.observe(
        [
            {
                "id": str(n),
                "role": "user" if n % 2 else "assistant",
                "content": f"The {THINGS[n % 10]} was seen in the {PLACES[n // 10]}, of all places.",
                "at": NOON + timedelta(days=n // 20, minutes=n),
            }
            for n in range(100)
        ]
        + [
            {
                "id": f"late-{n}",
                "role": "user",
                "content": f"Number {n} was read out.",
                "at": NOON + timedelta(days=9, minutes=n),
            }
            for n in range(LATE)
        ]
    )
    return bond


async def cooled(kin: Everkin, clock: Clock) -> Any:
    clock.pass_by(days=400)
    while await kin.store.tiers.weigh_some(COLD, now=clock()):
        pass
    return await job(kin, "archive").run()


async def first(bond: Bond, thing: int = 34) -> list[str]:
    """The messages that come first when this one is asked for."""
    recalled = await bond.recall(f"Where was the {THINGS[thing % 10]} of the {PLACES[thing // 10]}?", limit=5)
    return [each.memory.message_ids[0] for each in recalled.recollections]


async def are_found(bond: Bond) -> bool:
    return all([str(thing) in await first(bond, thing) for thing in range(0, 100, 7)])


class Census:
    """Where each memory is: rows of the database, and blocks that a signpost leads to."""

    def __init__(self, kin: Everkin, bond: Bond, database: str) -> None:
        self.kin, self.bond, self.database = kin, bond, database

    async def taken(self) -> tuple[list[UUID], list[UUID]]:
        with psycopg.connect(self.database) as owner:
            warm = [id for (id,) in owner.execute("SELECT memory_id FROM memories WHERE kind = 0")]
        async with self.kin.store.database.as_user(self.bond.user_id) as connection:
            posts = (await self.kin.store.archive.posts(connection, self.bond.user_id)).posts
        cold = []
        for post in posts:
            block = await self.kin.store.archive.block(self.bond.user_id, post)
            assert block is not None
            cold += [row["memory_id"] for row in block.tables["memories"] if row["kind"] == 0]
        return warm, cold

    async def check(self) -> tuple[int, int]:
        """Each memory is in one tier; how many are warm, and how many cold."""
        warm, cold = await self.taken()
        assert not set(warm) & set(cold)
        assert len(warm) + len(cold) == len({*warm, *cold}) == SAID
        return len(warm), len(cold)


def job(kin: Everkin, name: str) -> Job:
    (found,) = [job for job in kin.jobs() if job.name == name]
    return found

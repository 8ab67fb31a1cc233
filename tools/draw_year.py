"""Draw a year of a simulated bond: `docs/a-year.png`. The life is invented, and the same on every run.

    python tools/draw_year.py [FILE.png|FILE.svg]

A user talks with Lucy about twice a week: an ordinary spring, a new job in May, a dog that dies in August, dark weeks
after it in which much is said of a father, and a winter that grows lighter. In June Lucy's persona gets another version.
"""

import asyncio
import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from everkin import Bond, Everkin
from everkin.cli import picture
from everkin.config.settings import Settings
from everkin.testing.voice import ScriptedGateway

BEGIN = datetime(2026, 1, 2, 19, tzinfo=UTC)
DAYS = 364
PLAIN = (
    "Work was fine, nothing special.", "I cooked lentils again.", "The garden is quiet these days.", "I read a little before bed.",
    "It rained all day, so I stayed in.", "My sister called, we talked about her kids.", "I went for a run along the river.",
    "Slept well for once.", "The bus was late again, which was annoying.", "I made a start on the shelves.",
)  # fmt: skip
BRIGHT = (
    "Today was lovely, I laughed so much with my sister!", "I am really proud of how the garden looks.", "That made me so happy.",
    "I love these light evenings.", "Thank you for cheering me on, it helped.", "We had a wonderful walk with the dog.",
)  # fmt: skip
DARK = (
    "I feel so sad today.", "Everything is grey and I am tired.", "I miss him, the house is so quiet.", "I cried again in the kitchen.",
    "My father does not understand it, he hurt me with what he said.", "I am disappointed in my father, again.",
    "I can't sleep and I feel lonely.", "It was a terrible week.",
)  # fmt: skip
MOMENTS = {
    datetime(2026, 5, 4, 19, tzinfo=UTC): "I have a job interview at the nursery on Friday, I am so nervous.",
    datetime(2026, 5, 9, 19, tzinfo=UTC): "The interview went really well, I got the job! I am so excited!",
    datetime(2026, 8, 17, 19, tzinfo=UTC): "My dog died this morning. I am heartbroken.",
    datetime(2026, 10, 3, 19, tzinfo=UTC): "I had an awful fight, my brother and I argued about everything.",
    datetime(2026, 12, 14, 19, tzinfo=UTC): "I'm engaged! I said yes and I am so happy!",
}


def evening(day: datetime, rng: random.Random) -> list[str]:
    """What is said on one evening of this year."""
    dark = datetime(2026, 8, 17, tzinfo=UTC) <= day < datetime(2026, 11, 10, tzinfo=UTC)
    bright = datetime(2026, 5, 9, tzinfo=UTC) <= day < datetime(2026, 7, 15, tzinfo=UTC) or day >= datetime(
        2026, 12, 1, tzinfo=UTC
    )
    lines = [
        rng.choice(
            DARK if dark and rng.random() < 0.75 else BRIGHT if rng.random() < (0.6 if bright else 0.25) else PLAIN
        )
    ]
    return lines + [rng.choice((*PLAIN, *(DARK if dark else BRIGHT))) for _ in range(rng.randint(2, 5))]


async def lived(bond: Bond, kin: Everkin) -> None:
    rng = random.Random(20260102)
    days = sorted({*MOMENTS, *(BEGIN + timedelta(days=n) for n in range(DAYS) if rng.random() < 0.3)})
    for n, day in enumerate(days):
        if day >= datetime(2026, 6, 12, tzinfo=UTC) and not any(
            at >= datetime(2026, 6, 12, tzinfo=UTC) for at in days[:n]
        ):
            await kin.put_companion("lucy", "You are Lucy, a calm friend who asks short questions.")
            bond = await kin.bond(user="ann", companion="lucy")
        said = [*([MOMENTS[day]] if day in MOMENTS else []), *evening(day, rng)]
        await bond.observe(
            [{"role": "user", "content": line, "at": day + timedelta(minutes=3 * k)} for k, line in enumerate(said)]
        )
        if n % 12 == 0 or n == len(days) - 1:
            await bond.reply("Good night!", at=day + timedelta(minutes=40))


async def main(path: Path) -> None:
    picture.require(path)
    with tempfile.TemporaryDirectory(prefix="everkin-year-") as folder:
        settings = Settings(zone="Europe/Lisbon", data=Path(folder) / "data")
        voice = ScriptedGateway(lambda prompt: "Good night, sleep well.")
        async with Everkin.open(
            data=Path(folder) / "data", keyring=Path(folder) / "keyring", settings=settings, gateway=voice
        ) as kin:
            await kin.put_companion("lucy", "You are Lucy, a calm friend.")
            bond = await kin.bond(user="ann", companion="lucy")
            await lived(bond, kin)
            year = await picture.gathered(bond, until=BEGIN + timedelta(days=DAYS), span=timedelta(days=DAYS))
            for arc in year.arcs:
                print(arc.text)
    picture.draw(year, path)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "a-year.png")))

"""`everkin quality`: how good the memories are, day by day."""

from typing import Annotated

import typer
from rich.table import Table

from everkin.api.bodies import QualityTold
from everkin.cli.opening import DataOption, DsnOption, JsonOption, KeyringOption, opened, run, settings
from everkin.cli.terminal import as_json, aside, out
from everkin.mind.quality import Day

SHARES = ("grounded", "readable", "duplicate", "contradicted", "used", "came_back", "found")


def quality(
    days: Annotated[int, typer.Option(min=1, max=1000, help="How far back.")] = 30,
    now: Annotated[bool, typer.Option("--now", help="Take today's sample first.")] = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """How good the memories are: a sample of them is opened and asked for each day."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            found = await kin.quality(days=days, sample=now)
        as_json([QualityTold.model_validate(day).model_dump(mode="json") for day in found]) if json else _show(found)

    run(work())


def _show(found: list[Day]) -> None:
    if not found:
        aside.print("No sample yet: `serve` and `work` take one a day, and `--now` takes one at once.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("day", "sampled", *SHARES, "flagged", "pruned"):
        table.add_column(name.replace("_", " "), justify="left" if name == "day" else "right")
    for day in found:
        shares = [f"{getattr(day, name):.0%}" for name in SHARES]
        table.add_row(f"{day.day}", f"{day.sampled}", *shares, f"{day.flagged}", f"{day.pruned}")
    out.print(table)

"""`everkin quality`: how good the memories are, day by day."""

from typing import Annotated

import typer

from everkin.api.answers import QualityTold
from everkin.cli.opening import Cell, JsonOption, in_cell
from everkin.cli.terminal import as_json, aside, out, rows, told
from everkin.mind.quality import Day

SHARES = ("grounded", "readable", "duplicate", "contradicted", "used", "came_back", "found")


@in_cell
def quality(
    cell: Cell,
    days: Annotated[int, typer.Option(min=1, max=1000, help="How far back.")] = 30,
    now: Annotated[bool, typer.Option("--now", help="Take today's sample first.")] = False,
    json: JsonOption = False,
) -> None:
    """How good the memories are: a sample of them is opened and asked for each day."""
    found = cell.enter(lambda kin: kin.quality(days=days, sample=now))
    as_json([told(QualityTold, day) for day in found]) if json else _show(found)


def _show(found: list[Day]) -> None:
    if not found:
        aside.print("No sample yet: `serve` and `work` take one a day, and `--now` takes one at once.")
        return
    table = rows(header=True)
    for name in ("day", "sampled", *SHARES, "flagged", "pruned"):
        table.add_column(name.replace("_", " "), justify="left" if name == "day" else "right")
    for day in found:
        shares = [f"{getattr(day, name):.0%}" for name in SHARES]
        table.add_row(f"{day.day}", f"{day.sampled}", *shares, f"{day.flagged}", f"{day.pruned}")
    out.print(table)

"""`everkin reembed`: move the data to the embedder that ships, with a progress bar; cut off, it goes on where it was."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from everkin.app import reembed as moved
from everkin.cli.opening import Cell, JsonOption, in_cell, run
from everkin.cli.terminal import as_json, aside, out


@in_cell
def reembed(cell: Cell, json: JsonOption = False) -> None:
    """Read every memory again with the embedder of this version. Stop what serves the data first; safe to run again."""
    known = cell.settings()

    async def work() -> int:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=aside, transient=True) as bar:
            task = bar.add_task("memories", total=None)
            return await moved(
                settings=known, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )

    count = run(work())
    as_json({"memories": count}) if json else out.print(f"Read {count} memories again. The data is the new embedder's.")

"""`everkin providers`: who speaks for the companions, in which order, and whether they can be reached."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from everkin.app import Everkin
from everkin.cli.opening import Cell, JsonOption, in_cell
from everkin.cli.terminal import as_json, aside, out, rows
from everkin.config.providers import read_providers, reorder
from everkin.config.settings import config_file, config_table
from everkin.errors import InvalidInput, ProviderError
from everkin.mind.ports.gateway import Attempt, ProviderStatus

app = typer.Typer(help="List, test or reorder the language models behind the companions.", no_args_is_help=True)

NOBODY: Final = "No provider is configured, and no local Ollama was found. The understudy answers."


@app.command("list")
@in_cell
def list_(cell: Cell, json: JsonOption = False) -> None:
    """Every provider in the order in which they are asked."""
    statuses = cell.enter(lambda kin: kin.gateway.status())
    as_json([_told(status) for status in statuses]) if json else _show(statuses)


@app.command("test")
@in_cell
def ask(cell: Cell, name: Annotated[str | None, typer.Argument(help="One of them; all, if left out.")] = None) -> None:
    """Ask for one word. Costs a few tokens each."""

    async def work(kin: Everkin) -> list[Attempt]:
        names = [name] if name else [status.name for status in await kin.gateway.status()]
        return [await kin.gateway.test(each) for each in names]

    attempts = cell.enter(work)
    for attempt in attempts:
        out.print(result(attempt))
    if not attempts:
        aside.print(NOBODY)
    if any(attempt.fault for attempt in attempts):
        raise ProviderError("Not every provider answered.", next="Look at the line of each that did not.")


@app.command()
def order(names: Annotated[list[str], typer.Argument(help="From first to last.")]) -> None:
    """Write this order into everkin.toml; the rest of the file stays as it is."""
    file = config_file() or Path("everkin.toml")
    known = {provider.name for provider in read_providers({}, config_table()).providers}
    if unknown := [name for name in names if name not in known]:
        raise InvalidInput(
            f"{file} has no provider called {', '.join(unknown)}.",
            kept="Nothing was changed.",
            next="`everkin providers list` shows their names.",
        )
    file.write_text(reorder(file.read_text(encoding="utf-8"), names), encoding="utf-8")
    out.print(f"{file}: {', '.join(names)}.", markup=False)


def result(attempt: Attempt) -> Text:
    """One line on how an attempt went; a fault by its name, never by what the provider said."""
    if attempt.fault is None:
        return Text.assemble((attempt.provider, "bold"), f" ({attempt.model}) answered in {attempt.total_ms:.0f} ms")
    status = f", HTTP {attempt.fault.status}" if attempt.fault.status else ""
    return Text.assemble((attempt.provider, "bold"), f" ({attempt.model}) failed: {attempt.fault.kind.value}{status}")


def _told(status: ProviderStatus) -> dict[str, Any]:
    return {name: getattr(status, name) for name in ("name", "kind", "model", "host", "context_window", "breaker")}


def _show(statuses: Any) -> None:
    table = rows(header=True)
    for column in ("", "kind", "model", "at", "window", "breaker"):
        table.add_column(column, header_style="dim")
    for each in statuses:
        table.add_row(
            Text(each.name, style="bold"), each.kind, each.model, each.host, str(each.context_window), each.breaker
        )
    out.print(table if statuses else NOBODY)

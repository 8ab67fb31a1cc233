"""`everkin providers`: who speaks for the companions, in which order, and whether they can be reached."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from everkin.cli.opening import DataOption, DsnOption, JsonOption, KeyringOption, opened, run, settings
from everkin.cli.terminal import as_json, aside, out
from everkin.config.providers import read_providers, reorder
from everkin.config.settings import config_file, config_table
from everkin.errors import InvalidInput, ProviderError
from everkin.mind.ports.gateway import Attempt, ProviderStatus

app = typer.Typer(help="List, test or reorder the language models behind the companions.", no_args_is_help=True)


@app.command("list")
def list_(
    data: DataOption = None, dsn: DsnOption = None, keyring: KeyringOption = None, json: JsonOption = False
) -> None:
    """Every provider in the order in which they are asked."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            statuses = await kin.gateway.status()
        as_json([_told(status) for status in statuses]) if json else _show(statuses)

    run(work())


@app.command("test")
def ask(
    name: Annotated[str | None, typer.Argument(help="One of them; all, if left out.")] = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
) -> None:
    """Ask for one word. Costs a few tokens each."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            names = [name] if name else [status.name for status in await kin.gateway.status()]
            attempts = [await kin.gateway.test(each) for each in names]
        for attempt in attempts:
            out.print(result(attempt))
        if not attempts:
            aside.print("No provider is configured, and no local Ollama was found. The understudy answers.")
        if any(attempt.fault for attempt in attempts):
            raise ProviderError("Not every provider answered.", next="Look at the line of each that did not.")

    run(work())


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
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("", "kind", "model", "at", "window", "breaker"):
        table.add_column(column, header_style="dim")
    for each in statuses:
        table.add_row(
            Text(each.name, style="bold"), each.kind, each.model, each.host, str(each.context_window), each.breaker
        )
    out.print(
        table if statuses else "No provider is configured, and no local Ollama was found. The understudy answers."
    )

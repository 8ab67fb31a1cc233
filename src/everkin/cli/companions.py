"""`everkin companions`: who there is to talk with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from everkin.api.answers import CompanionTold
from everkin.cli.opening import Cell, JsonOption, in_cell
from everkin.cli.personas import text_of
from everkin.cli.terminal import as_json, aside, out, rows, told
from everkin.mind.ports.memories import Companion

app = typer.Typer(help="List companions, or give one a persona.", no_args_is_help=True)


@app.command("list")
@in_cell
def list_(cell: Cell, json: JsonOption = False) -> None:
    """Every companion with the version of its persona."""
    companions = cell.enter(lambda kin: kin.companions())
    as_json([told(CompanionTold, one) for one in companions]) if json else _show(companions)


@app.command()
@in_cell
def put(
    cell: Cell,
    name: Annotated[str, typer.Argument(help="Also the model id for OpenAI clients.")],
    persona: Annotated[Path, typer.Argument(help="A file: YAML with identity, values, boundaries, style; or words.")],
) -> None:
    """Make a companion, or give it another persona."""
    document = text_of(persona)
    companion = cell.enter(lambda kin: kin.put_companion(name, document))
    out.print(f"{companion.name} has the persona {companion.version}.", markup=False)


def _show(companions: list[Companion]) -> None:
    table = rows()
    for one in companions:
        table.add_row(Text(one.name, style="bold"), one.version, Text(one.persona.strip().partition("\n")[0]))
    if companions:
        out.print(table)
    else:
        aside.print("Nobody yet. `everkin companions put` makes one, and so does a first word to somebody.")

"""`everkin companions`: who there is to talk with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from everkin.api.bodies import CompanionTold
from everkin.cli.opening import DataOption, DsnOption, JsonOption, KeyringOption, opened, run, settings
from everkin.cli.terminal import as_json, aside, out
from everkin.errors import InvalidInput
from everkin.mind.ports.memories import Companion

app = typer.Typer(help="List companions, or give one a persona.", no_args_is_help=True)


@app.command("list")
def list_(
    data: DataOption = None, dsn: DsnOption = None, keyring: KeyringOption = None, json: JsonOption = False
) -> None:
    """Every companion with the version of its persona."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            companions = await kin.companions()
        as_json([CompanionTold.model_validate(one).model_dump() for one in companions]) if json else _show(companions)

    run(work())


@app.command()
def put(
    name: Annotated[str, typer.Argument(help="Also the model id for OpenAI clients.")],
    persona: Annotated[Path, typer.Argument(help="A file: YAML with identity, values, boundaries, style; or words.")],
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
) -> None:
    """Make a companion, or give it another persona."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    document = _read(persona)

    async def work() -> None:
        async with opened(known) as kin:
            companion = await kin.put_companion(name, document)
        out.print(f"{companion.name} has the persona {companion.version}.", markup=False)

    run(work())


def _show(companions: list[Companion]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for one in companions:
        table.add_row(Text(one.name, style="bold"), one.version, Text(one.persona.strip().partition("\n")[0]))
    if companions:
        out.print(table)
    else:
        aside.print("Nobody yet. `everkin companions put` makes one, and so does a first word to somebody.")


def _read(persona: Path) -> str:
    try:
        return persona.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The persona cannot be read: {type(error).__name__}.",
            kept="Nothing was changed.",
            next="Name a text file.",
        ) from None

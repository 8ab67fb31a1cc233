"""`everkin keyring`: bring lost keys back with the recovery phrase."""

from pathlib import Path
from typing import Annotated

import typer

from everkin.cli.terminal import out, phrase_typed
from everkin.store.keyring import Keyring

app = typer.Typer(help="Bring lost keys back.", no_args_is_help=True)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="The keyring: where master.key is missing, or where all of it was.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="A mirror or copy, where the whole folder was lost.")
    ] = None,
) -> None:
    """Restore the keys of a cell. The phrase is asked for, and proved before anything is written."""
    phrase = phrase_typed()
    keyring = Keyring.restore(folder.expanduser(), phrase, source=source.expanduser() if source else None)
    out.print(f"The keys in {keyring.folder} open again.", markup=False)

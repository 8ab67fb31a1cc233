"""The command, its parts, and what becomes of an error that reaches it."""

import sys
from typing import Final

import typer

from everkin.cli import (
    asking,
    bench,
    companions,
    disclosures,
    doctor,
    erasing,
    importing,
    initiative,
    keyring,
    memories,
    people,
    personas,
    providers,
    quality,
    reembedding,
    serving,
    state,
    talking,
)
from everkin.cli.terminal import aside, failed
from everkin.errors import ConfigError, EverkinError, InvalidInput, NotFound
from everkin.ops.logs import describe

FAILED: Final = 1
INTERRUPTED: Final = 130
_CODES: Final = ((NotFound, 1), (InvalidInput, 65), (ConfigError, 78))
"""As sysexits.h has them: bad input, bad configuration; 1 for what just did not work."""
_BUG: Final = 70

app = typer.Typer(
    help="The state, memory and operations layer of AI companions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serving.serve)
app.command()(serving.work)
app.command()(talking.chat)
app.command("import")(importing.import_)
app.command()(asking.recall)
app.command()(asking.context)
app.command()(state.state)
app.command()(state.arcs)
app.command()(state.summary)
app.command()(state.weeks)
app.command()(state.events)
app.command()(state.topics)
app.command()(erasing.erase)
app.command()(bench.bench)
app.command()(doctor.doctor)
app.command()(quality.quality)
app.command()(reembedding.reembed)
app.add_typer(companions.app, name="companions")
app.add_typer(memories.app, name="memories")
app.add_typer(personas.app, name="persona")
app.add_typer(people.app, name="people")
app.add_typer(disclosures.app, name="disclosures")
app.add_typer(initiative.app, name="initiative")
app.add_typer(providers.app, name="providers")
app.add_typer(keyring.app, name="keyring")


def main() -> None:
    """Run the command; an error is told in words, never as a traceback, and decides the exit code."""
    try:
        app()
    except EverkinError as error:
        failed(error)
        sys.exit(next((code for kind, code in _CODES if isinstance(error, kind)), FAILED))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the top of the program: its message may hold a user's words
        told = describe(error)
        aside.print("Something went wrong that nobody planned for.", style="bold red")
        aside.print("Every message that was acknowledged is kept.")
        aside.print(f"Please report this: {told['error']} at {told['place']}.", markup=False)
        sys.exit(_BUG)

"""What every command shares: where the data is, how it is opened, how a coroutine is run."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from everkin.app import Everkin
from everkin.cli.terminal import aside, recovery
from everkin.config.settings import Settings, load
from everkin.ops import logs

DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder.", show_default="~/.everkin")]
DsnOption = Annotated[str | None, typer.Option("--dsn", help="A PostgreSQL of your own, instead of a data folder.")]
KeyringOption = Annotated[Path | None, typer.Option("--keyring", help="Folder of the keys, outside the data folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
UserOption = Annotated[str | None, typer.Option("--user", "-u", help="Whose memories.", show_default="me")]
CompanionOption = Annotated[
    str | None, typer.Option("--companion", "-c", help="Remembered by whom.", show_default="lucy")
]
AtOption = Annotated[str | None, typer.Option("--at", help="As of this moment (ISO 8601) instead of now.")]


def settings(**told: Any) -> Settings:
    """The settings, with what the command line says on top, and logs set up by them."""
    known = load(**told)
    logs.configure(level=known.log_level, style=known.log_format)
    return known


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a command's coroutine to its end."""

    async def watched() -> Any:
        logs.watch_loop(asyncio.get_running_loop())
        return await work

    return asyncio.run(watched())


@asynccontextmanager
async def opened(known: Settings) -> AsyncIterator[Everkin]:
    """The facade; says on standard error what a person should know about this opening."""
    async with Everkin.open(settings=known) as kin:
        notices = kin.notices
        if notices.phrase:
            aside.print(recovery(notices.phrase))
            aside.print(f"The keys themselves lie in {kin.store.keyring.folder}\n", markup=False, soft_wrap=True)
        for warning in notices.warnings:
            aside.print(warning, style="yellow")
        yield kin

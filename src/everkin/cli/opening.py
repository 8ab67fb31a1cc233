"""What every command shares: the options that name a cell and a bond, how these are opened, how a coroutine is run."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from functools import wraps
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from everkin.app import Bond, Everkin
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

Answer = TypeVar("Answer")
Command = Callable[..., None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """The cell that a command works in, as its options name it."""

    data: Path | None
    dsn: str | None
    keyring: Path | None

    def settings(self, **told: Any) -> Settings:
        """The settings, with what the command line says on top, and logs set up by them."""
        return settings(data=self.data, dsn=self.dsn, keyring=self.keyring, **told)

    def enter(self, work: Callable[[Everkin], Awaitable[Answer]], **told: Any) -> Answer:
        """What `work` answers, with the cell opened for it."""
        known = self.settings(**told)

        async def within() -> Answer:
            async with opened(known) as kin:
                return await work(kin)

        answer: Answer = run(within())
        return answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair(Cell):
    """A user and a companion of the cell, or the default ones."""

    user: str | None
    companion: str | None

    async def bond(self, kin: Everkin, *, create: bool = False) -> Bond:
        """Their bond; unless it is to be made, NotFound when there is none, for asking must not make one."""
        user, companion = self.user or kin.settings.user, self.companion or kin.settings.companion
        return await kin.bond(user=user, companion=companion, create=create)

    def ask(self, work: Callable[[Bond], Awaitable[Answer]]) -> Answer:
        """What `work` answers of a bond that exists."""

        async def within(kin: Everkin) -> Answer:
            return await work(await self.bond(kin))

        return self.enter(within)


_SHARED: Final[dict[str, Any]] = {
    "user": UserOption,
    "companion": CompanionOption,
    "data": DataOption,
    "dsn": DsnOption,
    "keyring": KeyringOption,
}


def in_cell(command: Command) -> Command:
    """A command whose first parameter is a `Cell` takes the options that name one, beside its own."""
    return _with_options(command, Cell)


def of_pair(command: Command) -> Command:
    """The same for a `Pair`. An option of the command's own goes before a shared one of that name."""
    return _with_options(command, Pair)


def _with_options(command: Command, kind: type[Cell]) -> Command:
    named = [each.name for each in fields(kind)]
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    shared = [_option(name) for name in named if name not in {each.name for each in own}]

    @wraps(command)
    def taking(**told: Any) -> None:
        command(kind(**{name: told[name] for name in named}), **{each.name: told[each.name] for each in own})

    parameters = sorted((each.replace(kind=Parameter.KEYWORD_ONLY) for each in (*own, *shared)), key=_place)
    taking.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    taking.__annotations__ = {each.name: each.annotation for each in parameters}
    return taking


def _option(name: str) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=_SHARED[name])


def _place(option: Parameter) -> int:
    """Where it stands in the help: what must be told, whose it is, what else may be told, where, and how to answer."""
    if option.default is Parameter.empty:
        return 0
    return {"user": 1, "companion": 1, "data": 3, "dsn": 3, "keyring": 3, "json": 4}.get(option.name, 2)


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

"""`everkin erase`: for good, after showing what will go."""

import sys
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from everkin.app import Everkin
from everkin.cli.asking import bond_of
from everkin.cli.opening import (
    CompanionOption,
    DataOption,
    DsnOption,
    JsonOption,
    KeyringOption,
    opened,
    run,
    settings,
)
from everkin.cli.terminal import as_json, aside, day, out
from everkin.config.settings import Settings
from everkin.errors import InvalidInput
from everkin.mind.erased import Erased
from everkin.mind.identity import MemoryId


def erase(
    user: Annotated[str, typer.Option("--user", "-u", help="Whose memories; without --memory, all that there is.")],
    memory: Annotated[UUID | None, typer.Option(help="One memory alone, by its id.")] = None,
    companion: CompanionOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Erase a user, or one memory, for good. Shows what will go, and asks."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            if memory is None:
                erased = await _erase_user(kin, user, yes=yes)
            else:
                erased = await _erase_memory(kin, known, user, companion, MemoryId(memory), yes=yes)
        show_erased(erased, json=json)

    run(work())


async def _erase_user(kin: Everkin, user: str, *, yes: bool) -> Erased:
    await kin.person(user)
    aside.print(f"This erases everything of the user {user}, with every companion:", markup=False)
    aside.print("their keys, and with them every message and memory, here and in every copy and backup.")
    confirm(user, yes=yes)
    return await kin.erase(user=user)


async def _erase_memory(
    kin: Everkin, known: Settings, user: str, companion: str | None, memory: MemoryId, *, yes: bool
) -> Erased:
    bond = await bond_of(kin, known, user, companion)
    aside.print("This erases the memory, all else that was learnt from these messages, and the messages themselves:")
    for message in await bond.sources(memory):
        aside.print(Text.assemble((f"  {day(message.at)} {message.name or message.role}: ", "dim"), message.content))
    confirm(user, yes=yes)
    return await bond.erase(memory)


def confirm(name: str, *, yes: bool) -> None:
    """Raises InvalidInput unless the name is typed once more."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput("Nobody is there to be asked.", kept="Nothing was erased.", next="Add --yes if you mean it.")
    aside.print("Nothing brings it back. To go on, type the user's name: ", end="")
    if sys.stdin.readline().strip() != name:
        raise InvalidInput("That is another name.", kept="Nothing was erased.")


def show_erased(erased: Erased, *, json: bool) -> None:
    """What went."""
    if json:
        as_json({"messages": erased.messages, "memories": erased.memories, "later": erased.later})
        return
    out.print(f"Erased {erased.messages} messages and {erased.memories} memories.")
    if erased.later:
        out.print("Copies in backups stay readable until these have run out, as your retention setting says.")

"""`everkin erase`: for good, after showing what will go."""

import sys
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from everkin.app import Bond, Everkin
from everkin.cli.opening import JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, aside, day, out
from everkin.errors import InvalidInput
from everkin.mind.erased import Erased
from everkin.mind.identity import MemoryId


@of_pair
def erase(
    pair: Pair,
    user: Annotated[str, typer.Option("--user", "-u", help="Whose memories; without --memory, all that there is.")],
    memory: Annotated[UUID | None, typer.Option(help="One memory alone, by its id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Erase a user, or one memory, for good. Shows what will go, and asks."""
    if memory is None:
        _erase_user(pair, user, yes=yes, json=json)
    else:
        erase_memory(pair, MemoryId(memory), yes=yes, json=json)


def _erase_user(pair: Pair, user: str, *, yes: bool, json: bool) -> None:
    async def work(kin: Everkin) -> Erased:
        await kin.person(user)
        aside.print(f"This erases everything of the user {user}, with every companion:", markup=False)
        aside.print("their keys, and with them every message and memory, here and in every copy and backup.")
        confirm(user, yes=yes)
        return await kin.erase(user=user)

    show_erased(pair.enter(work), json=json)


def erase_memory(pair: Pair, memory: MemoryId, *, yes: bool, json: bool) -> None:
    """Shows what goes with one memory, asks, and erases it."""

    async def work(bond: Bond) -> Erased:
        aside.print(
            "This erases the memory, all else that was learnt from these messages, and the messages themselves:"
        )
        for message in await bond.sources(memory):
            who = message.name or message.role
            aside.print(Text.assemble((f"  {day(message.at)} {who}: ", "dim"), message.content))
        confirm(bond.user, yes=yes)
        return await bond.erase(memory)

    show_erased(pair.ask(work), json=json)


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

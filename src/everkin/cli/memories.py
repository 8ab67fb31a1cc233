"""`everkin memories`: what is remembered, one by one: look, search, put right, pin, erase, and ask why."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from everkin.api.bodies import MemoryTold
from everkin.app import Bond
from everkin.cli import erasing
from everkin.cli.asking import asked
from everkin.cli.opening import (
    CompanionOption,
    DataOption,
    DsnOption,
    JsonOption,
    KeyringOption,
    UserOption,
    settings,
)
from everkin.cli.terminal import as_json, day, out
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory

app = typer.Typer(help="Look at single memories, put them right, pin or erase them.", no_args_is_help=True)

Id = Annotated[UUID, typer.Argument(help="The memory's id, as `list` and `search` show it.")]
LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]


@app.command("list")
def list_(
    user: UserOption = None,
    companion: CompanionOption = None,
    limit: LimitOption = 100,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """What is remembered, newest first."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    _show(asked(known, user, companion, lambda bond: bond.memories(limit=limit)), json=json)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words, or what they mean.")],
    user: UserOption = None,
    companion: CompanionOption = None,
    limit: LimitOption = 20,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Memories that share a word or the meaning with a text, nearest first."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    _show(asked(known, user, companion, lambda bond: bond.search(text, limit=limit)), json=json)


@app.command()
def edit(
    memory: Id,
    text: Annotated[str, typer.Argument(help="The right words; of a fact, its right value.")],
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Put a memory right. The old words stay in the transcript's tree."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    _show([asked(known, user, companion, lambda bond: bond.edit(MemoryId(memory), text))], json=json)


@app.command()
def pin(
    memory: Id,
    user: UserOption = None,
    companion: CompanionOption = None,
    off: Annotated[bool, typer.Option("--off", help="Let it fade again.")] = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
) -> None:
    """Keep a memory from fading."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    asked(known, user, companion, lambda bond: bond.pin(MemoryId(memory), not off))


@app.command()
def why(
    memory: Id,
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
) -> None:
    """Why is this known? The words it came from, what has become of it, and why it is still here or faded."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def told(bond: Bond) -> list[str]:
        return [await bond.why(MemoryId(memory)), *await bond.fate(MemoryId(memory))]

    out.print(Text("\n".join(asked(known, user, companion, told))))


@app.command()
def fading(
    user: UserOption = None,
    companion: CompanionOption = None,
    limit: LimitOption = 100,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """What policy has forgotten, and what it will forget unless it comes up again."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    _show(asked(known, user, companion, lambda bond: bond.fading(limit=limit)), json=json)


@app.command()
def restore(
    memory: Id,
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
) -> None:
    """Undo that policy forgot a memory, or is about to."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    asked(known, user, companion, lambda bond: bond.restore(MemoryId(memory)))


@app.command()
def erase(
    memory: Id,
    user: Annotated[str, typer.Option("--user", "-u", help="Whose memory.")],
    companion: CompanionOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Erase one memory and the messages it came from, for good. Shows what will go, and asks."""
    erasing.erase(user, memory, companion, yes, data, dsn, keyring, json)


def _show(memories: Sequence[Memory], *, json: bool) -> None:
    if json:
        as_json([MemoryTold.model_validate(memory).model_dump(mode="json") for memory in memories])
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for memory in memories:
        marks = " ".join(
            word
            for word, holds in (("pinned", memory.pinned), ("no longer so", memory.superseded_by is not None))
            if holds
        )
        table.add_row(
            str(memory.id),
            Text(day(memory.at), style="dim"),
            memory.kind.name.lower(),
            Text(memory.text),
            Text(marks, style="yellow"),
        )
    out.print(table)

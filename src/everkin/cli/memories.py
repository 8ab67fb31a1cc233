"""`everkin memories`: what is remembered, one by one: look, search, put right, pin, erase, and ask why."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from everkin.api.answers import MemoryTold
from everkin.app import Bond
from everkin.cli import erasing
from everkin.cli.opening import JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, day, out, rows, told
from everkin.mind.identity import MemoryId
from everkin.mind.memory import Memory

app = typer.Typer(help="Look at single memories, put them right, pin or erase them.", no_args_is_help=True)

Id = Annotated[UUID, typer.Argument(help="The memory's id, as `list` and `search` show it.")]
LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]


@app.command("list")
@of_pair
def list_(pair: Pair, limit: LimitOption = 100, json: JsonOption = False) -> None:
    """What is remembered, newest first."""
    _show(pair.ask(lambda bond: bond.memories(limit=limit)), json=json)


@app.command()
@of_pair
def search(
    pair: Pair,
    text: Annotated[str, typer.Argument(help="Words, or what they mean.")],
    limit: LimitOption = 20,
    json: JsonOption = False,
) -> None:
    """Memories that share a word or the meaning with a text, nearest first."""
    _show(pair.ask(lambda bond: bond.search(text, limit=limit)), json=json)


@app.command()
@of_pair
def edit(
    pair: Pair,
    memory: Id,
    text: Annotated[str, typer.Argument(help="The right words; of a fact, its right value.")],
    json: JsonOption = False,
) -> None:
    """Put a memory right. The old words stay in the transcript's tree."""
    _show([pair.ask(lambda bond: bond.edit(MemoryId(memory), text))], json=json)


@app.command()
@of_pair
def pin(pair: Pair, memory: Id, off: Annotated[bool, typer.Option("--off", help="Let it fade again.")] = False) -> None:
    """Keep a memory from fading."""
    pair.ask(lambda bond: bond.pin(MemoryId(memory), not off))


@app.command()
@of_pair
def why(pair: Pair, memory: Id) -> None:
    """Why is this known? The words it came from, what has become of it, and why it is still here or faded."""

    async def work(bond: Bond) -> list[str]:
        return [await bond.why(MemoryId(memory)), *await bond.fate(MemoryId(memory))]

    out.print(Text("\n".join(pair.ask(work))))


@app.command()
@of_pair
def fading(pair: Pair, limit: LimitOption = 100, json: JsonOption = False) -> None:
    """What policy has forgotten, and what it will forget unless it comes up again."""
    _show(pair.ask(lambda bond: bond.fading(limit=limit)), json=json)


@app.command()
@of_pair
def restore(pair: Pair, memory: Id) -> None:
    """Undo that policy forgot a memory, or is about to."""
    pair.ask(lambda bond: bond.restore(MemoryId(memory)))


@app.command()
@of_pair
def erase(
    pair: Pair,
    memory: Id,
    user: Annotated[str, typer.Option("--user", "-u", help="Whose memory.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Erase one memory and the messages it came from, for good. Shows what will go, and asks."""
    erasing.erase_memory(pair, MemoryId(memory), yes=yes, json=json)


def _show(memories: Sequence[Memory], *, json: bool) -> None:
    if json:
        as_json([told(MemoryTold, memory) for memory in memories])
        return
    table = rows()
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

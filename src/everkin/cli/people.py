"""`everkin people`: who is who, and putting it right: call, merge, unmerge, erase."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from everkin.api.answers import PortraitTold
from everkin.app import Bond
from everkin.cli.erasing import confirm, show_erased
from everkin.cli.opening import JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, aside, day, out, rows, told
from everkin.mind.entity import COMPANION
from everkin.mind.identity import EntityId
from everkin.mind.portrait import Portrait, Trait

app = typer.Typer(help="My people: who is who, and putting it right.", no_args_is_help=True)

Id = Annotated[UUID, typer.Argument(help="Their id, as `list` shows it, or that of one of their aliases.")]


@app.command("list")
@of_pair
def list_(pair: Pair, json: JsonOption = False) -> None:
    """Everybody and every pet, the last spoken of first."""
    _list(pair.ask(lambda bond: bond.people()), json=json)


@app.command()
@of_pair
def show(pair: Pair, person: Id, json: JsonOption = False) -> None:
    """One of them: what they are called, and what is known, current and past."""
    _show(pair.ask(lambda bond: bond.person(EntityId(person))), json=json)


@app.command()
@of_pair
def call(
    pair: Pair,
    person: Id,
    name: Annotated[str | None, typer.Option(help="What they are called.")] = None,
    relation: Annotated[str | None, typer.Option(help='What they are to you: "sister".')] = None,
    json: JsonOption = False,
) -> None:
    """Put right what somebody is called, or what they are to you."""
    _show(
        pair.ask(lambda bond: bond.call_person(EntityId(person), name=name, relation=relation)),
        json=json,
    )


@app.command()
@of_pair
def merge(
    pair: Pair, person: Id, other: Annotated[UUID, typer.Argument(help="Who is the same.")], json: JsonOption = False
) -> None:
    """Two that are one. `unmerge` takes it back."""
    _show(pair.ask(lambda bond: bond.merge_people(EntityId(person), EntityId(other))), json=json)


@app.command()
@of_pair
def unmerge(
    pair: Pair,
    person: Id,
    alias: Annotated[UUID, typer.Argument(help="The alias that is somebody else, as `show` lists it.")],
    json: JsonOption = False,
) -> None:
    """One that is two: an alias is somebody else."""
    _list(pair.ask(lambda bond: bond.unmerge_people(EntityId(person), EntityId(alias))), json=json)


@app.command()
@of_pair
def erase(
    pair: Pair,
    person: Id,
    user: Annotated[str, typer.Option("--user", "-u", help="Whose person.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Erase every message that names somebody, for good. Shows how many, and asks."""

    async def work(bond: Bond) -> None:
        portrait = await bond.person(EntityId(person))
        aside.print(Text(f"This erases the {portrait.mentions} messages that name {_who(portrait)},"))
        aside.print("and all that was learnt from these messages.")
        confirm(user, yes=yes)
        show_erased(await bond.erase_person(EntityId(person)), json=json)

    pair.ask(work)


def _list(portraits: Sequence[Portrait], *, json: bool) -> None:
    if json:
        as_json([told(PortraitTold, portrait) for portrait in portraits])
        return
    table = rows()
    for portrait in portraits:
        others = [alias.name for alias in portrait.aliases if alias.name and alias.name != portrait.name]
        table.add_row(
            str(portrait.id),
            Text(_who(portrait)),
            Text(", ".join(dict.fromkeys(others)), style="dim"),
            f"{portrait.mentions} ×",
            Text(f"{day(portrait.first_at)} to {day(portrait.last_at)}", style="dim"),
        )
    out.print(table)


def _show(portrait: Portrait, *, json: bool) -> None:
    if json:
        as_json(told(PortraitTold, portrait))
        return
    _list([portrait], json=False)
    table = rows()
    for alias in portrait.aliases:
        called = " ".join(part for part in (alias.relation and f"my {alias.relation}", alias.name) if part)
        table.add_row(str(alias.id), Text(called), f"{alias.mentions} ×", Text(alias.why or "", style="dim"))
    for trait in portrait.traits:
        table.add_row(str(trait.id), Text(trait.text), day(trait.said_at), _mark(trait))
    out.print(table)


def _mark(trait: Trait) -> Text:
    return Text("" if trait.current else "no longer so", style="yellow")


def _who(portrait: Portrait) -> str:
    whose = "the companion's" if portrait.whose == COMPANION else "my"
    related = f"{whose} {portrait.relation}" if portrait.relation else ""
    return f"{portrait.name} ({related})" if portrait.name and related else portrait.name or related

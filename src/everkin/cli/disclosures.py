"""`everkin disclosures`: what safety must never forget, and what a person decides about it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from everkin.api.answers import DisclosureTold
from everkin.cli.opening import JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, aside, day, out, rows, told
from everkin.mind.identity import DisclosureId
from everkin.mind.risk import Disclosure, Review

app = typer.Typer(help="Look at disclosures of danger, and review them.", no_args_is_help=True)

Id = Annotated[UUID, typer.Argument(help="The disclosure's id, as `list` shows it.")]


@app.command("list")
@of_pair
def list_(
    pair: Pair,
    settled: Annotated[bool, typer.Option("--all", help="With those that were reviewed.")] = False,
    json: JsonOption = False,
) -> None:
    """Those of a user that stand in every context, newest first; without their words."""
    _show(pair.ask(lambda bond: bond.disclosures(settled=settled)), json=json)


@app.command()
@of_pair
def show(pair: Pair, disclosure: Id) -> None:
    """What was said, word for word."""
    out.print(Text(pair.ask(lambda bond: bond.disclosed(DisclosureId(disclosure))).content))


@app.command()
@of_pair
def review(
    pair: Pair,
    disclosure: Id,
    decision: Annotated[str, typer.Argument(metavar="confirm|dismiss|reopen", help="What a person decided.")],
    json: JsonOption = False,
) -> None:
    """Confirmed or dismissed, it stands in no context any more; it is never forgotten. `reopen` puts it back."""
    if decision.upper() not in Review.__members__:
        raise typer.BadParameter("one of confirm, dismiss, reopen", param_hint="decision")
    decided = Review[decision.upper()]
    _show([pair.ask(lambda bond: bond.review(DisclosureId(disclosure), decided))], json=json)


def _show(disclosures: Sequence[Disclosure], *, json: bool) -> None:
    if json:
        as_json([told(DisclosureTold, one) for one in disclosures])
        return
    if not disclosures:
        aside.print("None stands open.")
        return
    table = rows()
    for one in disclosures:
        said = one.category.name.lower().replace("_", "-")
        table.add_row(str(one.id), Text(day(one.at), style="dim"), said, one.level.name.lower(), one.state.name.lower())
    out.print(table)

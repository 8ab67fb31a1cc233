"""`everkin disclosures`: what safety must never forget, and what a person decides about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from everkin.api.bodies import DisclosureTold
from everkin.app import Bond
from everkin.cli.asking import bond_of
from everkin.cli.opening import (
    CompanionOption,
    DataOption,
    DsnOption,
    JsonOption,
    KeyringOption,
    UserOption,
    opened,
    run,
    settings,
)
from everkin.cli.terminal import as_json, aside, day, out
from everkin.config.settings import Settings
from everkin.mind.identity import DisclosureId
from everkin.mind.risk import Disclosure, Review

app = typer.Typer(help="Look at disclosures of danger, and review them.", no_args_is_help=True)

Id = Annotated[UUID, typer.Argument(help="The disclosure's id, as `list` shows it.")]
Asked = TypeVar("Asked")


@app.command("list")
def list_(
    user: UserOption = None,
    companion: CompanionOption = None,
    settled: Annotated[bool, typer.Option("--all", help="With those that were reviewed.")] = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Those of a user that stand in every context, newest first; without their words."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    _show(_asked(known, user, companion, lambda bond: bond.disclosures(settled=settled)), json=json)


@app.command()
def show(
    disclosure: Id,
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
) -> None:
    """What was said, word for word."""
    known = settings(data=data, dsn=dsn, keyring=keyring)
    out.print(Text(_asked(known, user, companion, lambda bond: bond.disclosed(DisclosureId(disclosure))).content))


@app.command()
def review(
    disclosure: Id,
    decision: Annotated[str, typer.Argument(metavar="confirm|dismiss|reopen", help="What a person decided.")],
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Confirmed or dismissed, it stands in no context any more; it is never forgotten. `reopen` puts it back."""
    if decision.upper() not in Review.__members__:
        raise typer.BadParameter("one of confirm, dismiss, reopen", param_hint="decision")
    known = settings(data=data, dsn=dsn, keyring=keyring)
    decided = Review[decision.upper()]
    _show([_asked(known, user, companion, lambda bond: bond.review(DisclosureId(disclosure), decided))], json=json)


def _asked(known: Settings, user: str | None, companion: str | None, ask: Callable[[Bond], Awaitable[Asked]]) -> Asked:
    async def work() -> Asked:
        async with opened(known) as kin:
            return await ask(await bond_of(kin, known, user, companion))

    answer: Asked = run(work())
    return answer


def _show(disclosures: Sequence[Disclosure], *, json: bool) -> None:
    if json:
        as_json([DisclosureTold.model_validate(one).model_dump(mode="json") for one in disclosures])
        return
    if not disclosures:
        aside.print("None stands open.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for one in disclosures:
        said = one.category.name.lower().replace("_", "-")
        table.add_row(str(one.id), Text(day(one.at), style="dim"), said, one.level.name.lower(), one.state.name.lower())
    out.print(table)

"""`everkin initiative`: whether and when a companion may write first, and what it wrote."""

from datetime import time
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from everkin.api.bodies import ConsentBody, OvertureTold
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
from everkin.cli.terminal import as_json, day, out
from everkin.config.settings import Settings
from everkin.errors import InvalidInput
from everkin.mind.initiative import Consent

app = typer.Typer(help="Let a companion write first, or not. Off until you turn it on.", no_args_is_help=True)


@app.command()
def show(
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """What is allowed."""
    _work(settings(data=data, dsn=dsn, keyring=keyring), user, companion, None, None, json=json)


@app.command()
def on(
    user: UserOption = None,
    companion: CompanionOption = None,
    quiet: Annotated[str, typer.Option(help="Quiet hours, on the user's clock.")] = "21:00-09:00",
    per_day: Annotated[int, typer.Option(min=0, max=20, help="Messages a day at most.")] = 1,
    per_week: Annotated[int, typer.Option(min=0, max=140, help="Messages a week at most.")] = 3,
    zone: Annotated[str | None, typer.Option(help="The user's time zone, such as Europe/Lisbon.")] = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Allow it, within these bounds."""
    begin, end = _hours(quiet)
    consent = Consent(enabled=True, quiet_from=begin, quiet_until=end, per_day=per_day, per_week=per_week)
    _work(settings(data=data, dsn=dsn, keyring=keyring), user, companion, consent, zone, json=json)


@app.command()
def off(
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """No more of it, from now on; what has reached nobody yet is never said."""
    _work(settings(data=data, dsn=dsn, keyring=keyring), user, companion, Consent(), None, json=json)


@app.command()
def messages(
    user: UserOption = None,
    companion: CompanionOption = None,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """What the companion wrote first. What is shown here counts as delivered."""
    known = settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            found = await (await bond_of(kin, known, user, companion)).overtures(limit=100)
        if json:
            as_json([OvertureTold.model_validate(overture).model_dump(mode="json") for overture in found])
            return
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for overture in found:
            table.add_row(Text(day(overture.decided_at), style="dim"), Text(overture.text))
        out.print(table)

    run(work())


def _work(
    known: Settings, user: str | None, companion: str | None, consent: Consent | None, zone: str | None, *, json: bool
) -> None:
    """Change what is allowed where something is given, and say what holds."""

    async def work() -> None:
        async with opened(known) as kin:
            bond = await bond_of(kin, known, user, companion)
            if zone:
                await kin.set_time_zone(bond.user, zone)
                bond = await bond_of(kin, known, user, companion)
            if consent is not None:
                await bond.allow(consent)
            holds = await bond.consent()
        if json:
            told = ConsentBody.model_validate(holds).model_copy(update={"zone": bond.zone.key})
            as_json(told.model_dump(mode="json"))
        elif not holds.enabled:
            out.print(f"{bond.persona.name} does not write first.", markup=False)
        else:
            hours = f"{holds.quiet_from:%H:%M}-{holds.quiet_until:%H:%M}"
            bounds = f"quiet {hours} in {bond.zone.key}, at most {holds.per_day} a day and {holds.per_week} a week"
            out.print(f"{bond.persona.name} may write first: {bounds}.", markup=False)

    run(work())


def _hours(quiet: str) -> tuple[time, time]:
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in quiet.split("-"))
    except ValueError:
        raise InvalidInput("--quiet is no pair of hours.", next="Write it as 21:00-09:00.") from None
    return begin, end

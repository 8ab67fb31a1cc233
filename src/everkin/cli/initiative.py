"""`everkin initiative`: whether and when a companion may write first, and what it wrote."""

from datetime import time
from typing import Annotated

import typer
from rich.text import Text

from everkin.api.answers import OvertureTold
from everkin.api.bodies import ConsentBody
from everkin.app import Bond, Everkin
from everkin.cli.opening import JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, day, out, rows, told
from everkin.errors import InvalidInput
from everkin.mind.initiative import Consent

app = typer.Typer(help="Let a companion write first, or not. Off until you turn it on.", no_args_is_help=True)


@app.command()
@of_pair
def show(pair: Pair, json: JsonOption = False) -> None:
    """What is allowed."""
    _hold(pair, None, json=json)


@app.command()
@of_pair
def on(
    pair: Pair,
    quiet: Annotated[str, typer.Option(help="Quiet hours, on the user's clock.")] = "21:00-09:00",
    per_day: Annotated[int, typer.Option(min=0, max=20, help="Messages a day at most.")] = 1,
    per_week: Annotated[int, typer.Option(min=0, max=140, help="Messages a week at most.")] = 3,
    zone: Annotated[str | None, typer.Option(help="The user's time zone, such as Europe/Lisbon.")] = None,
    json: JsonOption = False,
) -> None:
    """Allow it, within these bounds."""
    begin, end = _hours(quiet)
    consent = Consent(enabled=True, quiet_from=begin, quiet_until=end, per_day=per_day, per_week=per_week)
    _hold(pair, consent, zone, json=json)


@app.command()
@of_pair
def off(pair: Pair, json: JsonOption = False) -> None:
    """No more of it, from now on; what has reached nobody yet is never said."""
    _hold(pair, Consent(), json=json)


@app.command()
@of_pair
def messages(pair: Pair, json: JsonOption = False) -> None:
    """What the companion wrote first. What is shown here counts as delivered."""
    found = pair.ask(lambda bond: bond.overtures(limit=100))
    if json:
        as_json([told(OvertureTold, overture) for overture in found])
        return
    table = rows()
    for overture in found:
        table.add_row(Text(day(overture.decided_at), style="dim"), Text(overture.text))
    out.print(table)


def _hold(pair: Pair, consent: Consent | None, zone: str | None = None, *, json: bool) -> None:
    """Change what is allowed where something is given, and say what holds."""

    async def work(kin: Everkin) -> tuple[Bond, Consent]:
        bond = await pair.bond(kin)
        if zone:
            await kin.set_time_zone(bond.user, zone)
            bond = await pair.bond(kin)
        if consent is not None:
            await bond.allow(consent)
        return bond, await bond.consent()

    bond, holds = pair.enter(work)
    if json:
        as_json(told(ConsentBody, holds) | {"zone": bond.zone.key})
    elif not holds.enabled:
        out.print(f"{bond.persona.name} does not write first.", markup=False)
    else:
        hours = f"{holds.quiet_from:%H:%M}-{holds.quiet_until:%H:%M}"
        bounds = f"quiet {hours} in {bond.zone.key}, at most {holds.per_day} a day and {holds.per_week} a week"
        out.print(f"{bond.persona.name} may write first: {bounds}.", markup=False)


def _hours(quiet: str) -> tuple[time, time]:
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in quiet.split("-"))
    except ValueError:
        raise InvalidInput("--quiet is no pair of hours.", next="Write it as 21:00-09:00.") from None
    return begin, end

"""`everkin recall` and `everkin context`: what is known, and what a model would be given."""

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from everkin.api.answers import ContextTold, RecalledTold
from everkin.app import Bond
from everkin.cli.opening import AtOption, JsonOption, Pair, of_pair
from everkin.cli.terminal import as_json, out, recollections, told, verdict
from everkin.errors import InvalidInput
from everkin.mind.context import Context
from everkin.mind.memory import Recalled

Question = Annotated[str, typer.Argument(help="In your own words.")]
Explain = Annotated[bool, typer.Option("--explain", help="With every feature (JSON only).")]


@of_pair
def recall(
    pair: Pair,
    question: Question,
    at: AtOption = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many memories at most.")] = 10,
    explain: Explain = False,
    json: JsonOption = False,
) -> None:
    """Ask what is remembered. The verdict says whether to trust it."""
    when = moment(at)

    async def work(bond: Bond) -> tuple[Recalled, dict[str, str]]:
        found = await bond.recall(question, at=when, limit=limit, explain=explain)
        return found, {"user": bond.user, "assistant": bond.companion}

    recalled, names = pair.ask(work)
    if json:
        as_json(told(RecalledTold, recalled))
    else:
        out.print(verdict(recalled.verdict, recalled.confidence, recalled.degraded))
        out.print(recollections(recalled.recollections, names))


@of_pair
def context(
    pair: Pair,
    question: Question,
    at: AtOption = None,
    tokens: Annotated[int | None, typer.Option(min=1, help="Budget.", show_default="the service level's")] = None,
    explain: Explain = False,
    json: JsonOption = False,
) -> None:
    """Show what a model would be given to answer this. Nothing is stored."""
    when = moment(at)

    async def work(bond: Bond) -> Context:
        budget = tokens or bond.house.settings.tokens
        return await bond.context(question, tokens=budget, at=when, explain=explain)

    composed = pair.ask(work)
    if json:
        as_json(told(ContextTold, composed))
        return
    for message in composed.messages:
        out.print(Text.assemble((message["role"], "bold"), "\n", message["content"], "\n"))
    sure = verdict(composed.verdict, composed.confidence, composed.degraded)
    out.print(sure, f"· about {composed.tokens} tokens")


def moment(at: str | None) -> datetime | None:
    """A moment as it was typed; InvalidInput for one that is none."""
    try:
        return datetime.fromisoformat(at) if at else None
    except ValueError:
        raise InvalidInput("--at is not a time.", next="Write it as 2026-05-09T13:56:00+02:00 (ISO 8601).") from None

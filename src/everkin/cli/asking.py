"""`everkin recall` and `everkin context`: what is known, and what a model would be given."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer
from rich.text import Text

from everkin.api.bodies import ContextTold, RecalledTold
from everkin.app import Bond, Everkin
from everkin.cli.opening import (
    AtOption,
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
from everkin.cli.terminal import as_json, out, recollections, verdict
from everkin.config.settings import Settings
from everkin.errors import InvalidInput

Answer = TypeVar("Answer")
Question = Annotated[str, typer.Argument(help="In your own words.")]
Explain = Annotated[bool, typer.Option("--explain", help="With every feature (JSON only).")]


def recall(
    question: Question,
    user: UserOption = None,
    companion: CompanionOption = None,
    at: AtOption = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many memories at most.")] = 10,
    explain: Explain = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Ask what is remembered. The verdict says whether to trust it."""
    when, known = moment(at), settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            bond = await bond_of(kin, known, user, companion)
            recalled = await bond.recall(question, at=when, limit=limit, explain=explain)
        if json:
            as_json(RecalledTold.model_validate(recalled).model_dump(mode="json"))
        else:
            out.print(verdict(recalled.verdict, recalled.confidence, recalled.degraded))
            out.print(recollections(recalled.recollections, {"user": bond.user, "assistant": bond.companion}))

    run(work())


def context(
    question: Question,
    user: UserOption = None,
    companion: CompanionOption = None,
    at: AtOption = None,
    tokens: Annotated[int | None, typer.Option(min=1, help="Budget.", show_default="the service level's")] = None,
    explain: Explain = False,
    data: DataOption = None,
    dsn: DsnOption = None,
    keyring: KeyringOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a model would be given to answer this. Nothing is stored."""
    when, known = moment(at), settings(data=data, dsn=dsn, keyring=keyring)

    async def work() -> None:
        async with opened(known) as kin:
            bond = await bond_of(kin, known, user, companion)
            composed = await bond.context(question, tokens=tokens or known.tokens, at=when, explain=explain)
        if json:
            as_json(ContextTold.model_validate(composed).model_dump(mode="json"))
            return
        for message in composed.messages:
            out.print(Text.assemble((message["role"], "bold"), "\n", message["content"], "\n"))
        out.print(
            verdict(composed.verdict, composed.confidence, composed.degraded), f"· about {composed.tokens} tokens"
        )

    run(work())


def asked(known: Settings, user: str | None, companion: str | None, ask: Callable[[Bond], Awaitable[Answer]]) -> Answer:
    """What a bond that exists answers; asking must not make one."""

    async def work() -> Answer:
        async with opened(known) as kin:
            return await ask(await bond_of(kin, known, user, companion))

    answer: Answer = run(work())
    return answer


async def bond_of(kin: Everkin, known: Settings, user: str | None, companion: str | None) -> Bond:
    """The named bond, or the default one; NotFound when there is none, for asking must not make one."""
    return await kin.bond(user=user or known.user, companion=companion or known.companion, create=False)


def moment(at: str | None) -> datetime | None:
    """A moment as it was typed; InvalidInput for one that is none."""
    try:
        return datetime.fromisoformat(at) if at else None
    except ValueError:
        raise InvalidInput("--at is not a time.", next="Write it as 2026-05-09T13:56:00+02:00 (ISO 8601).") from None

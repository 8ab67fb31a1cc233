"""`everkin doctor`: is everything in order, and if not, what to do."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from everkin.app import Everkin
from everkin.cli.opening import Cell, JsonOption, in_cell, opened, run
from everkin.cli.providers import result
from everkin.cli.terminal import as_json, out, phrase_typed, rows
from everkin.config.settings import Settings, config_file
from everkin.errors import EverkinError
from everkin.store.keyring import prove

DISK_BYTES_MIN = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """How one part is. `next` is empty where nothing needs to be done."""

    part: str
    well: bool
    state: str
    next: str = ""


@in_cell
def doctor(
    cell: Cell,
    phrase: Annotated[
        bool, typer.Option("--phrase", help="Ask for the recovery phrase, and prove that it restores.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Look at every part. Asks each language model for one word, which costs a few tokens."""
    known = cell.settings()
    typed = phrase_typed() if phrase else None

    async def work() -> list[Finding]:
        return [finding async for finding in _examined(known, typed)]

    findings: list[Finding] = run(work())
    if json:
        as_json([{"part": one.part, "well": one.well, "state": one.state, "next": one.next} for one in findings])
    else:
        _show(findings)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


async def _examined(known: Settings, phrase: str | None) -> AsyncIterator[Finding]:
    yield Finding(part="settings", well=True, state=str(config_file() or "defaults and environment"))
    if known.dsn is None:
        yield disk(known.data.expanduser())
    try:
        async with opened(known) as kin:
            for finding in [await _database(kin), _keyring(kin, phrase), await _embedder(kin), *await _providers(kin)]:
                yield finding
            for finding in await _jobs(kin):
                yield finding
    except EverkinError as error:
        yield Finding(part="opening", well=False, state=f"{error.what} {error.kept}".strip(), next=error.next)


def disk(data: Path) -> Finding:
    """Room for more where the data folder is, or will be."""
    folder = next(place for place in (data, *data.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    return Finding(
        part="disk",
        well=free >= DISK_BYTES_MIN,
        state=f"{free / (1 << 30):.1f} GiB free for {data}",
        next="" if free >= DISK_BYTES_MIN else "Make room: below 1 GiB PostgreSQL may have to stop.",
    )


async def _database(kin: Everkin) -> Finding:
    state = (await kin.health()).parts["database"]
    return Finding(part="database", well=state == "ready", state=state)


def _keyring(kin: Everkin, phrase: str | None) -> Finding:
    """The keys opened, or nothing would be open here; whether the phrase on paper restores them, only the phrase can show."""
    folder = kin.store.keyring.folder
    if phrase is None:
        return Finding(part="keyring", well=True, state=f"{folder}; whether your phrase restores it: --phrase")
    try:
        prove(folder, phrase)
    except EverkinError as error:
        return Finding(part="keyring", well=False, state=error.what, next=error.next)
    return Finding(part="keyring", well=True, state=f"{folder}; your phrase restores it")


async def _embedder(kin: Everkin) -> Finding:
    """Its golden vectors were checked when it was opened; here it is asked once more."""
    try:
        vectors = await kin.embed(["Is anybody there?"])
    except EverkinError as error:
        return Finding(part="embedder", well=False, state=error.what, next=error.next)
    return Finding(part="embedder", well=True, state=f"{kin.embedder_stamp}, {vectors.shape[1]} numbers a text")


async def _providers(kin: Everkin) -> list[Finding]:
    statuses = await kin.gateway.status()
    if not statuses:
        told = "none; the understudy answers from memory alone"
        return [Finding(part="providers", well=True, state=told, next="Start Ollama, or see README, Providers.")]
    attempts = [await kin.gateway.test(status.name) for status in statuses]
    return [Finding(part="provider", well=attempt.fault is None, state=result(attempt).plain) for attempt in attempts]


async def _jobs(kin: Everkin) -> list[Finding]:
    """Those that have ever run; one that is late is no illness on a laptop that slept."""
    allowed = {job.name: job.period + job.grace for job in kin.jobs()}
    return [
        Finding(
            part=f"job {name}",
            well=True,
            state=f"{last.at:%Y-%m-%d %H:%M}, {last.took_s:.1f} s, did {last.done:,}; {last.total:,} in {last.runs:,} runs",
            next="Late: jobs run in `everkin serve` and `everkin work`." if kin.now() - last.at > allowed[name] else "",
        )
        for name, last in (await kin.store.runs.last()).items()
        if name in allowed
    ]


def _show(findings: list[Finding]) -> None:
    table = rows()
    for one in findings:
        mark = Text("well", style="green") if one.well else Text("ill", style="bold red")
        table.add_row(
            Text(one.part, style="bold"), mark, Text("\n".join(line for line in (one.state, one.next) if line))
        )
    out.print(table)

"""`everkin import`: chats from other programs, with a progress bar and a report of what was skipped."""

import shlex
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from everkin.app import Everkin, ImportReport
from everkin.cli.opening import Cell, JsonOption, in_cell
from everkin.cli.terminal import as_json, aside, out
from everkin.portability import Format

SHOWN = 10
"""Places of skipped things that are listed; the counts say the rest."""


@in_cell
def import_(
    cell: Cell,
    path: Annotated[Path, typer.Argument(help="SillyTavern, ChatGPT, OpenAI messages or an Everkin conversation set.")],
    user: Annotated[str | None, typer.Option("--user", "-u", help="Whose chats these are.", show_default="me")] = None,
    companion: Annotated[str | None, typer.Option("--companion", "-c", help="Who the other side is.")] = None,
    format: Annotated[Format | None, typer.Option(help="What wrote the file; told from the file if left out.")] = None,
    zone: Annotated[str | None, typer.Option(help="The clock of times without a zone, such as Europe/Lisbon.")] = None,
    json: JsonOption = False,
) -> None:
    """Bring conversations in. Doing it again changes nothing."""
    report = cell.enter(lambda kin: imported(kin, path, user=user, companion=companion, format=format), zone=zone)
    as_json(_told(report)) if json else _show(report)


async def imported(
    kin: Everkin, path: Path, *, user: str | None, companion: str | None, format: Format | None = None
) -> ImportReport:
    """Import a file behind a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=aside, transient=True) as bar:
        task = bar.add_task(path.name, total=None)
        return await kin.import_file(
            path,
            user=user,
            companion=companion,
            format=format,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _told(report: ImportReport) -> dict[str, Any]:
    read, observed = report.read, report.observed
    return {
        "conversations": read.conversations,
        "messages": read.messages,
        "branches": read.branches,
        "kept": observed.kept,
        "unchanged": observed.unchanged,
        "revised": observed.revised,
        "disclosures": observed.disclosures,
        "bonds": [{"user": user, "companion": companion} for user, companion in report.bonds],
        "remarks": dict(read.tally),
        "skipped": [{"place": remark.place, "reason": remark.reason} for remark in read.skipped],
        "warnings": [{"place": remark.place, "reason": remark.reason} for remark in read.warnings],
    }


def _show(report: ImportReport) -> None:
    read, observed = report.read, report.observed
    out.print(f"Read {read.messages} messages in {read.conversations} conversations.")
    out.print(f"Kept {observed.kept} new, {observed.unchanged} were known already, {observed.revised} were revised.")
    for user, companion in report.bonds[:SHOWN]:
        out.print(
            f"{companion} remembers it for {user}: everkin chat {shlex.quote(companion)} -u {shlex.quote(user)}",
            markup=False,
        )
    if observed.disclosures:
        out.print(
            f"{observed.disclosures} of them tell of danger or harm. They are pinned, and stand in every context."
        )
    for word, remarks in (("Skipped", read.skipped), ("Mended", read.warnings)):
        for reason, count in Counter(remark.reason for remark in remarks).most_common():
            places = [remark.place for remark in remarks if remark.reason == reason]
            more = f" and {count - SHOWN} more" if count > SHOWN else ""
            out.print(f"{word} {count}: {reason} ({', '.join(places[:SHOWN])}{more})", markup=False)

"""`everkin serve`: the server, until it is stopped."""

from typing import Annotated

import typer
from rich.text import Text

from everkin import api
from everkin.api.guard import refuse_open_door
from everkin.app import Everkin
from everkin.cli.importing import imported
from everkin.cli.opening import Cell, in_cell, opened, run
from everkin.cli.terminal import out, recollections, verdict
from everkin.config.settings import Settings
from everkin.ops.heart import Heart
from everkin.portability import samples

SAMPLE = "lucy"
ASKED = "What was wrong with my first parkin?"
"""Of a conversation in the second week of her life; eight months follow it."""


@in_cell
def serve(
    cell: Cell,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 for any that is free.", show_default="8765")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Bring in the sample companion and her life.")] = False,
    work: Annotated[bool, typer.Option(help="Run the regular jobs in this process too.")] = True,
) -> None:
    """Serve the page, the native routes and OpenAI's on this machine."""
    known = cell.settings(host=host, port=port)
    refuse_open_door(known)
    run(_serve(known, sample=sample, work=work))


async def _serve(known: Settings, *, sample: bool, work: bool) -> None:
    async with opened(known) as kin:
        if sample:
            await _bring(kin, known)
        await api.serve(kin, known, work=work, on_ready=lambda address: _point(address, known))
    out.print("Stopped. Everything that was acknowledged is kept.")


@in_cell
def work(cell: Cell) -> None:
    """Run the regular jobs without serving: one such process beside many `serve --no-work`."""
    cell.enter(_work)


async def _work(kin: Everkin) -> None:
    jobs = kin.jobs()
    out.print("Working: " + ", ".join(job.name for job in jobs))
    await Heart(jobs, now=kin.now, runs=kin.store.runs).beat()


async def _bring(kin: Everkin, known: Settings) -> None:
    """The sample companion, if she is not there yet, and one question about an old session."""
    if await kin.companion(SAMPLE) is None:
        await kin.put_companion(SAMPLE, samples.PERSONA.read_text(encoding="utf-8"))
        await imported(kin, samples.LIFE, user=known.user, companion=SAMPLE)
    bond = await kin.bond(user=known.user, companion=SAMPLE)
    recalled = await bond.recall(ASKED, limit=1)
    out.print(Text.assemble("Asked from months ago: ", (ASKED, "bold")))
    out.print(verdict(recalled.verdict, recalled.confidence, recalled.degraded))
    out.print(recollections(recalled.recollections, {"user": known.user, "assistant": SAMPLE}))


def _point(address: str, known: Settings) -> None:
    out.print(f"\nTalk at      [bold]{address}[/bold]")
    out.print(f"OpenAI base  [bold]{address}/v1[/bold]   (model: a companion's name, such as {known.companion})")
    out.print(f"API          {address}/openapi.json")
    out.print("Stop with Ctrl-C.\n")

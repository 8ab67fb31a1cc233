"""`everkin chat`: talk with a companion at the terminal."""

import asyncio
import signal
import sys
from contextlib import aclosing
from typing import Annotated, Any

import typer
from rich.text import Text

from everkin.app import Bond, Everkin
from everkin.cli.opening import Pair, of_pair
from everkin.cli.terminal import aside, out, recollections, verdict
from everkin.exchange.reply import Started
from everkin.exchange.understudy import NAME as UNDERSTUDY
from everkin.mind.ports.gateway import Finished, Interrupted, Replaced, TextDelta

SHOWN = 10
HINT = "/why shows what the last reply was answered from; /quit or Ctrl-D ends. Ctrl-C stops a reply."


@of_pair
def chat(
    pair: Pair,
    companion: Annotated[str | None, typer.Argument(help="With whom.", show_default="lucy")] = None,
    conversation: Annotated[str | None, typer.Option(help="A conversation of its own.")] = None,
) -> None:
    """Talk. What is said is remembered."""

    async def work(kin: Everkin) -> None:
        bond = await pair.bond(kin, create=True)
        aside.print(HINT, style="dim")
        await _talk(bond, conversation)

    pair.enter(work)


async def _talk(bond: Bond, conversation: str | None) -> None:
    last: Started | None = None
    while (line := await asyncio.to_thread(_heard)) is not None:
        match line.strip():
            case "":
                continue
            case "/quit":
                return
            case "/why":
                _why(bond, last)
            case _:
                last = await _reply(bond, line, conversation)


def _heard() -> str | None:
    """The next line, or None at the end."""
    if sys.stdin.isatty():
        aside.print("> ", end="", style="bold")
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


async def _reply(bond: Bond, text: str, conversation: str | None) -> Started | None:
    """One exchange; Ctrl-C stops the reply, not the program. What was said so far is kept."""
    telling = asyncio.create_task(_tell(bond, text, conversation))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, telling.cancel)
    try:
        await asyncio.wait({telling})
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        telling.cancel()
    if telling.cancelled():
        aside.print("\nStopped; what was said is kept.", style="dim")
        return None
    return telling.result()


async def _tell(bond: Bond, text: str, conversation: str | None) -> Started | None:
    started: Started | None = None
    replying: Any = bond.reply(text, conversation=conversation)
    async with aclosing(aiter(replying)) as events:
        async for event in events:
            match event:
                case Started():
                    started = event
                case TextDelta():
                    out.print(Text(event.text), end="")
                case Replaced():
                    out.print(Text(f"\n{event.text}"), end="")
                case Interrupted():
                    aside.print("\nThe reply was broken off; what was said is kept.", style="yellow")
                case Finished() if started:
                    _sign(event, started)
                case _:
                    pass
    return started


def _sign(end: Finished, started: Started) -> None:
    """A dim line under the reply: who spoke, and from what."""
    who = "the understudy, from memory alone" if end.provider == UNDERSTUDY else end.provider
    out.print()
    told = verdict(started.verdict, started.confidence, started.degraded)
    aside.print(Text.assemble(f"— {who}; recalled: ", told, style="dim"))


def _why(bond: Bond, started: Started | None) -> None:
    if started is None or not started.recollections:
        aside.print("Nothing that is remembered went into it.")
    else:
        best = sorted(started.recollections, key=lambda one: one.confidence, reverse=True)[:SHOWN]
        out.print(recollections(best, {"user": bond.user, "assistant": bond.companion}))

"""What a terminal shows: results to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from everkin.errors import EverkinError
from everkin.mind.memory import Recollection, Verdict

out: Final = Console(highlight=False, soft_wrap=True)
aside: Final = Console(stderr=True, highlight=False)

_VERDICTS: Final = {
    Verdict.FOUND: ("found", "green"),
    Verdict.WEAK: ("not sure", "yellow"),
    Verdict.NOTHING: ("nothing", "dim"),
}
_WITHOUT: Final = {
    "vectors": "by words alone: the embedder does not answer",
    "archive": "without old talk: the archive cannot be reached",
}


def phrase_typed() -> str:
    """The recovery phrase: unseen at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Recovery phrase (24 words)", hide_input=True, err=True))
    return sys.stdin.readline()


def as_json(value: Any) -> None:
    """One JSON document; lone surrogates and the like are escaped, so that any terminal takes it."""
    print(json.dumps(value, ensure_ascii=True, indent=2, default=str))  # noqa: T201 - plain, for other programs


def told(shape: type[BaseModel], value: Any) -> Any:
    """A value in the shape in which the API answers with it too."""
    return shape.model_validate(value).model_dump(mode="json")


def rows(*, header: bool = False) -> Table:
    """A table without lines."""
    return Table(box=None, padding=(0, 2, 0, 0), show_header=header)


def failed(error: EverkinError) -> None:
    """What happened, what was kept, what to do next: a line each."""
    aside.print(Text(error.what, style="bold red"))
    for line in (error.kept, error.next):
        if line:
            aside.print(Text(line))


def day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y}"


def verdict(told: Verdict, confidence: float, degraded: Sequence[str] = ()) -> Text:
    """The verdict, how sure, and what recall had to go without."""
    word, style = _VERDICTS[told]
    without = "; ".join(_WITHOUT.get(part, f"without {part}") for part in degraded)
    aside = (f" ({without})", "yellow") if without else ""
    return Text.assemble((word, f"bold {style}"), f", confidence {confidence:.0%}", aside)


def recollections(found: Iterable[Recollection], names: Mapping[str, str]) -> Table:
    """When, how sure, who and what; words enter as text, so that no markup in them is followed."""
    table = rows()
    for one in found:
        memory = one.memory
        table.add_row(
            Text(day(memory.at), style="dim"),
            f"{one.confidence:.0%}",
            Text(memory.name or names.get(memory.role, memory.role), style="bold"),
            Text(one.excerpt or memory.text),
        )
    return table


def recovery(phrase: str) -> Panel:
    """The recovery phrase, shown once."""
    words = [f"{number:>2} {word:<10}" for number, word in enumerate(phrase.split(), start=1)]
    rows = ["".join(words[start : start + 4]) for start in range(0, len(words), 4)]
    body = Text.assemble(
        "These 24 words bring your keys back if they are lost. They are shown once, and kept nowhere.\n\n",
        ("\n".join(rows), "bold"),
        "\n\nWithout the keys or these words, nobody can read what is remembered: not you either. Write them down.",
    )
    return Panel(body, title="Recovery phrase", border_style="yellow", width=76)

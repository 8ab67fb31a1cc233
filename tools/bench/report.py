"""docs/benchmarks.md, written section by section: each bench owns the text between its two markers and nothing else."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
OPENING = """# Benchmarks

Every table here was written by the command above it, on the machine and the day it names. Machines are noisy: compare
figures of one run with one another, medians before tails.
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells under a head; what the figures mean is said in `note`."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""

    def __str__(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        table = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
        return f"{self.note}\n\n{table}" if self.note else table


def write(name: str, title: str, command: str, *parts: Table | str) -> None:
    """Put a section into the page, in place of its earlier self; also prints it."""
    body = "\n\n".join([f"## {title}", f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {machine()}.", *map(str, parts)])
    print(body)
    section = f"<!-- {name} -->\n{body}\n<!-- /{name} -->"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else OPENING
    place = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    page = place.sub(lambda _: section, page) if place.search(page) else f"{page.rstrip()}\n\n{section}\n"
    PAGE.write_text(page, encoding="utf-8")


def machine() -> str:
    """Processor, cores, system and revision, for whoever compares."""
    model = (
        re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) if Path("/proc/cpuinfo").exists() else None
    )
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=PAGE.parent)
    name = model[1] if model else platform.processor()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, revision {revision.stdout.strip()}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]

"""`everkin bench`: how well these conversations are remembered, measured in a cell that is thrown away."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from everkin.app import Everkin
from everkin.bench import (
    Asked,
    Conversation,
    Figure,
    Measured,
    Voice,
    abstention,
    answer_quality,
    by_category,
    calibration,
    imported,
    load,
    measure,
    own_questions,
    speed,
    temporary_cell,
)
from everkin.cli.opening import JsonOption, run, settings
from everkin.cli.terminal import as_json, aside, out
from everkin.errors import InvalidInput, NotFound
from everkin.language.terms import Terms
from everkin.portability import Format, detect

SEED: Final = 7
FOREIGN: Final = 400
"""Questions of other conversations in all, at least two for each conversation."""


def bench(
    path: Annotated[
        Path, typer.Argument(help="A conversation set with questions, or any chats `everkin import` reads.")
    ],
    questions: Annotated[int, typer.Option(min=4, help="How many to make up for chats that come without.")] = 200,
    tokens: Annotated[int, typer.Option(min=200, help="Budget of a context.")] = 4000,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many conversations.")] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Let your own model answer, and mark the answers.")
    ] = False,
    judge: Annotated[str | None, typer.Option(help="The provider that marks answers, beside word overlap.")] = None,
    zone: Annotated[str | None, typer.Option(help="The clock of times without a zone, such as Europe/Lisbon.")] = None,
    json: JsonOption = False,
) -> None:
    """Measure recall, contexts, abstention and speed on conversations. Nothing is kept, and no memory is touched.

    Chats without questions are asked for the rarest words of some of their messages; a quarter of those messages are
    never told, and should not be found.
    """
    known = settings(zone=zone)
    told = conversations(path, ZoneInfo(known.zone), questions)[:limit]
    if answers and not any(question.answer for one in told for question in one.questions):
        raise InvalidInput("No question in the file has a reference answer.", next="Leave out --answers.")
    if judge and not answers:
        raise InvalidInput("--judge marks answers.", next="Add --answers.")

    async def work() -> None:
        async with temporary_cell(known) as kin:
            voice = await _voice(kin, judge) if answers else None
            measured = await _measured(kin, told, Asked(tokens=tokens, foreign=_foreign(told)), voice)
        as_json(_told(measured)) if json else _show(measured)

    run(work())


def conversations(path: Path, zone: ZoneInfo, count: int) -> list[Conversation]:
    """The set with its own questions, or the chats with up to `count` made for them. Raises InvalidInput."""
    rng = random.Random(SEED)
    told = list(load(path)) if detect(path) is Format.EVERKIN else []
    if any(one.questions for one in told):
        return told
    lives = imported(path, now=datetime.now(UTC), zone=zone)
    each = max(1, count // max(1, len(lives)))
    asked = [own_questions(life, Terms().stems, count=each, rng=rng) for life in lives]
    if not any(life.questions for life in asked):
        raise InvalidInput("There is too little in the file to ask about.", next="Give a longer chat.")
    return [life for life in asked if life.questions]


def _foreign(told: Sequence[Conversation]) -> int:
    return max(2, FOREIGN // len(told)) if len(told) > 1 else 0


async def _voice(kin: Everkin, judge: str | None) -> Voice:
    names = [provider.name for provider in await kin.gateway.status()]
    if not names:
        raise NotFound("There is no provider that could answer.", next="Name one in everkin.toml, or start Ollama.")
    if judge and judge not in names:
        raise NotFound("There is no provider of that name to judge.", next=f"There are: {', '.join(names)}.")
    return Voice(gateway=kin.gateway, judge=judge)


async def _measured(kin: Everkin, told: Sequence[Conversation], asked: Asked, voice: Voice | None) -> Measured:
    steps = sum(len(one.messages) + len(one.questions) * (2 if voice else 1) + asked.foreign for one in told)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=aside, transient=True) as bar:
        task = bar.add_task("Measuring", total=steps)
        return await measure(
            kin, told, asked, rng=random.Random(SEED), voice=voice, progress=lambda done: bar.advance(task, done)
        )


def _told(measured: Measured) -> dict[str, Any]:
    return {
        "conversations": measured.conversations,
        "messages": measured.messages,
        "recall": _plain(by_category(measured.rows)),
        "abstention": {name: asdict(kind) for name, kind in abstention(measured.rows).items()},
        "calibration_error": calibration(measured.rows),
        "speed": speed(measured),
        "answers": _plain(answer_quality(measured.answered)),
        "answers_failed": sum(one.failed for one in measured.answered),
    }


def _plain(figures: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, Any]]:
    return {category: {name: asdict(figure) for name, figure in its.items()} for category, its in figures.items()}


def _show(measured: Measured) -> None:
    out.print(f"{measured.messages} messages in {measured.conversations} conversations; 95 % intervals in brackets.")
    out.print(_table("Recall", by_category(measured.rows)))
    for name, kind in abstention(measured.rows).items():
        out.print(
            f"Not there, {name} questions (n = {kind.n}): AUROC {kind.auroc}, said to be found {kind.found:.3f}, "
            f"at the confidence that 90 % of the rest reach {kind.false_found_at_90:.3f}"
        )
    out.print(f"Calibration error of the confidence: {calibration(measured.rows) or 0.0:.3f}")
    out.print(", ".join(f"{name.replace('_', ' ')} {value:.1f}" for name, value in speed(measured).items()))
    if measured.answered:
        out.print(_table("Answers", answer_quality(measured.answered)))
        out.print(f"{sum(one.failed for one in measured.answered)} of {len(measured.answered)} found no provider.")


def _table(title: str, figures: Mapping[str, Mapping[str, Figure]]) -> Table:
    names = list(dict.fromkeys(name for its in figures.values() for name in its))
    table = Table(Column("category", no_wrap=True), "n", *names, title=title)
    for category, its in figures.items():
        cells = [str(its[name]) if name in its else "" for name in names]
        table.add_row(Text(category), str(max(figure.n for figure in its.values())), *map(Text, cells))
    return table

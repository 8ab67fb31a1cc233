"""`everkin persona`: personas as code, from a first draft to a version that everybody has."""

import difflib
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from everkin.app import Everkin
from everkin.app.personas import PersonaHistory, lint
from everkin.bench.rehearsal import rehearse
from everkin.character import card, starter
from everkin.character.document import persona_of, require
from everkin.character.schema import schema_text
from everkin.cli.opening import Cell, JsonOption, in_cell, run, settings
from everkin.cli.terminal import as_json, aside, day, out, rows
from everkin.errors import InvalidInput
from everkin.language.tokens import estimate
from everkin.mind.flaw import Flaw, Severity
from everkin.mind.persona import version_of
from everkin.mind.rollout import Rollout

app = typer.Typer(help="Personas as code: write, lint, test, release, roll out, roll back.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The companion.")]
FilesArgument = Annotated[list[Path], typer.Argument(help="Persona files, or folders of them.", exists=True)]
VersionOption = Annotated[str | None, typer.Option("--version", help="A released version, or how its name begins.")]

FAILED: Final = 1
SUFFIXES: Final = (".yaml", ".yml")


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="What the companion is called.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to begin in.")] = Path(),
) -> None:
    """Begin a persona repository: a document to edit, and a test of it. Nothing that is there is overwritten."""
    for path, _ in starter.files(name):
        place = to / path
        if place.exists():
            raise InvalidInput(
                f"{place} is there already.", kept="It was not touched.", next="Name another folder with --to."
            )
    for path, text in starter.files(name):
        place = to / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        out.print(str(place), markup=False)


@app.command("lint")
def lint_(files: FilesArgument, json: JsonOption = False) -> None:
    """Everything that is wrong with persona files, by line; exits with 1 where there is an error."""
    found = [(path, flaw) for path in _personas(files) for flaw in lint(path.stem, text_of(path))]
    if json:
        as_json([{"file": str(path), **_flaw(flaw)} for path, flaw in found])
    else:
        for path, flaw in found:
            out.print(Text(f"{path}:{flaw.line}: {flaw.severity}: {flaw.what} {flaw.next} [{flaw.rule}]"))
        if not found:
            aside.print("Nothing to mend.")
    _exit(any(flaw.severity is Severity.ERROR for _, flaw in found))


@app.command()
def schema() -> None:
    """The JSON Schema of persona files, for your editor."""
    sys.stdout.write(schema_text())


@app.command("compile")
def compile_(file: Annotated[Path, typer.Argument(exists=True)]) -> None:
    """The prompt that a persona file compiles to, and on standard error what it costs."""
    text = text_of(file)
    require(file.stem, text, estimate)
    persona = persona_of(file.stem, text, estimate)
    out.print(persona.prompt, markup=False)
    lost = f", left out: {', '.join(persona.cut)}" if persona.cut else ""
    aside.print(f"version {persona.version}, {estimate(persona.prompt)} tokens{lost}", markup=False)


@app.command("test")
def rehearse_(
    paths: FilesArgument,
    live: Annotated[bool, typer.Option("--live", help="Also ask the configured language models.")] = False,
    json: JsonOption = False,
) -> None:
    """Run the scenarios beside persona files, in a cell that is thrown away; exits with 1 where one fails."""
    results = run(rehearse(_scenarios(paths), settings(), live=live))
    if json:
        as_json(
            [
                {"scenario": one.name, "file": one.file, "failures": one.failures, "skipped": one.skipped}
                for one in results
            ]
        )
    else:
        for one in results:
            sign, style = (
                ("skipped", "dim") if one.skipped else ("FAILED", "red") if one.failures else ("passed", "green")
            )
            out.print(Text.assemble((f"{sign:8}", style), f"{one.file}: {one.name}"))
            for failure in one.failures:
                out.print(Text(f"        {failure}"))
        failed = sum(bool(one.failures) for one in results)
        aside.print(f"{len(results)} scenarios, {failed} failed.")
    _exit(any(one.failures for one in results) or not results)


@app.command()
@in_cell
def diff(
    cell: Cell,
    name: NameArgument,
    which: Annotated[
        list[str] | None,
        typer.Argument(help="One version or file, or two; by default the newest version.", metavar="[FROM] TO"),
    ] = None,
) -> None:
    """What differs between what everybody has and a version or a file, or between two; exits with 1 where something does."""

    async def work(kin: Everkin) -> list[str]:
        newest = (await kin.personas.history(name)).versions[-1].version
        left, right = [None, *(which or [newest])][-2:]
        old, before = await _text(kin, name, left)
        new, after = await _text(kin, name, right)
        return list(difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm=""))

    lines = cell.enter(work)
    for line in lines:
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "")
        out.print(Text(line, style=style))
    _exit(bool(lines))


@app.command()
@in_cell
def release(
    cell: Cell,
    files: FilesArgument,
    name: Annotated[str | None, typer.Option("--as", help="The companion.", show_default="the file's name")] = None,
) -> None:
    """Keep persona files as versions that can be rolled out; a companion's first is everybody's at once."""
    texts = {name or path.stem: text_of(path) for path in _personas(files)}

    async def work(kin: Everkin) -> None:
        for companion, text in texts.items():
            version = await kin.personas.release(companion, text)
            out.print(f"{companion} {version.version}", markup=False)

    cell.enter(work)


@app.command()
@in_cell
def rollout(
    cell: Cell,
    words: Annotated[
        list[str], typer.Argument(help="The companion, then shares: lucy 5% 25% 50%.", metavar="[NAME] SHARE...")
    ],
    version: VersionOption = None,
    every: Annotated[
        float | None, typer.Option("--every", help="Hours after which the next share follows by itself.")
    ] = None,
) -> None:
    """Give a version to a share of all bonds, and more of them step by step; halted by itself when replies are worse."""
    names = [word for word in words if not word.endswith("%")]
    shares = [_share(word) for word in words if word.endswith("%")]
    pause = None if every is None else timedelta(hours=every)

    async def work(kin: Everkin) -> Rollout:
        return await kin.personas.rollout(await _the_one(kin, names), shares, version=version, every=pause)

    going = cell.enter(work)
    later = "".join(f", then {share:.0%}" for share in going.steps)
    out.print(
        f"{going.version} goes to {going.share:.0%} of bonds{later}; the others keep {going.control}.", markup=False
    )


@app.command()
@in_cell
def promote(
    cell: Cell,
    name: NameArgument,
    version: Annotated[str | None, typer.Argument(help="By default the one that is being rolled out.")] = None,
) -> None:
    """Give a released version to everybody."""
    given = cell.enter(lambda kin: kin.personas.promote(name, version))
    out.print(f"{name} is {given} for everybody.", markup=False)


@app.command()
@in_cell
def rollback(
    cell: Cell,
    name: NameArgument,
    version: Annotated[str | None, typer.Argument(help="By default what stood before.")] = None,
) -> None:
    """Take back the version that is being rolled out, else the one that everybody has."""
    given = cell.enter(lambda kin: kin.personas.rollback(name, version))
    out.print(f"{name} is {given} again.", markup=False)


@app.command()
@in_cell
def history(
    cell: Cell,
    name: NameArgument,
    user: Annotated[str | None, typer.Option("--user", "-u", help="What changed for this user, and when.")] = None,
    json: JsonOption = False,
) -> None:
    """What changed, and when: for everybody, or for one user."""

    async def work(kin: Everkin) -> tuple[Any, Any]:
        bond = await kin.bond(user=user, companion=name, create=False) if user else None
        return await kin.personas.history(name), (await bond.personas() if bond else None)

    told, spells = cell.enter(work)
    changes = [(one.since, one.cause, one.version, "") for one in spells] if spells is not None else _events(told)
    if json:
        as_json([{"at": at, "what": what, "version": which, "note": note} for at, what, which, note in changes])
        return
    table = rows()
    for at, what, which, note in changes:
        table.add_row(Text(f"{day(at)} {at:%H:%M}", style="dim"), what, Text(which, style="bold"), note)
    out.print(table)


@app.command()
@in_cell
def drift(cell: Cell, name: NameArgument, json: JsonOption = False) -> None:
    """The bonds in which the companion's voice has drifted from its persona: ids and numbers; exits with 1 where there are any."""
    found = cell.enter(lambda kin: kin.personas.drifted(name))
    if json:
        as_json(
            [
                {"user": str(one.user), "bond": str(one.bond), "level": one.level, "since": one.raised_at}
                for one in found
            ]
        )
    else:
        for one in found:
            out.print(f"{one.level:.2f} since {day(one.raised_at)}: bond {one.bond} of user {one.user}", markup=False)
        if not found:
            aside.print("Every voice is steady.")
    _exit(bool(found))


@app.command()
@in_cell
def export(
    cell: Cell,
    name: NameArgument,
    to: Annotated[
        Path | None, typer.Option("--to", help="A file: .yaml, .json or .png.", show_default="standard output")
    ] = None,
    card_version: Annotated[int, typer.Option("--card", help="Of a .json: character card 2 or 3.", min=2, max=3)] = 3,
    version: VersionOption = None,
) -> None:
    """Write a version as it was released, or as a character card that other programs read."""
    text = cell.enter(lambda kin: kin.personas.version(name, version)).document
    if to is None:
        sys.stdout.write(text)
        return
    to.write_bytes(
        card.written(name, text, to.suffix.lower(), card_version, old=to.read_bytes() if to.exists() else None)
    )
    aside.print(f"{to} is written.", markup=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A character card: .json or .png, V2 or V3.", exists=True)],
    to: Annotated[Path | None, typer.Option("--to", help="A .yaml file.", show_default="standard output")] = None,
) -> None:
    """Turn a character card into a persona file. What a persona has no place for is kept in it for the way back."""
    text = card.read(file.read_bytes())
    for flaw in lint(file.stem, text):
        aside.print(Text(f"line {flaw.line}: {flaw.severity}: {flaw.what} {flaw.next} [{flaw.rule}]"))
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8")
        aside.print(f"{to} is written.", markup=False)


@app.command()
@in_cell
def apply(cell: Cell, files: FilesArgument) -> None:
    """Make the companions what the files say: each that changed is released and given to everybody. Again: no change.

    All files are linted first; where one has an error, nothing is changed.
    """
    texts = {path.stem: text_of(path) for path in _personas(files)}
    for companion, text in texts.items():
        require(companion, text, estimate)

    async def work(kin: Everkin) -> None:
        for companion, text in texts.items():
            known = await kin.companion(companion)
            told = "unchanged" if known and known.version == version_of(text) else "applied"
            if told == "applied":
                await kin.put_companion(companion, text)
            out.print(f"{companion} {version_of(text)} {told}", markup=False)

    cell.enter(work)


async def _text(kin: Everkin, name: str, which: str | None) -> tuple[str, str]:
    """What to call it, and its words: a file where there is one of that name, else a version."""
    if which is not None and _is_file(which):
        return which, text_of(Path(which))
    version = await kin.personas.version(name, which)
    return version.version, version.document


async def _the_one(kin: Everkin, names: Sequence[str]) -> str:
    """The companion that is named; where none is, the only one with a version that not everybody has."""
    if len(names) == 1:
        return names[0]
    ready = [
        one.name
        for one in ([] if names else await kin.companions())
        if (await kin.personas.history(one.name)).versions[-1].version != one.version
    ]
    if len(ready) != 1:
        raise InvalidInput(
            "It is not clear whose version this is.", kept="Nothing was changed.", next="Name one companion: lucy 5%."
        )
    return ready[0]


def _is_file(name: str) -> bool:
    return Path(name).is_file()


def _share(word: str) -> float:
    try:
        return float(word.removesuffix("%")) / 100
    except ValueError:
        raise InvalidInput("A share is a number with a percent sign.", next="Write 5% or 0.5%.") from None


def _events(told: PersonaHistory) -> list[tuple[Any, str, str, str]]:
    rows = []
    for event in told.events:
        share = f"to {event.share:.0%} of bonds" if event.share is not None else ""
        before = f"before: {event.previous}" if event.previous else ""
        rows.append((event.at, event.act, event.version, ", ".join(part for part in (share, before) if part)))
    return rows


def _personas(paths: Sequence[Path]) -> list[Path]:
    """The persona files among and in these; scenarios, which lie in `tests` folders or are named so, are left out."""
    found = [path for given in paths for path in (sorted(given.glob("*")) if given.is_dir() else [given])]
    return _some([path for path in found if path.suffix in SUFFIXES and not _is_scenario(path)])


def _scenarios(paths: Sequence[Path]) -> list[Path]:
    """The scenario files among and below these."""
    found = [path for given in paths for path in (sorted(given.rglob("*")) if given.is_dir() else [given])]
    named = [path for path in paths if path.is_file()]
    return _some([path for path in found if path.suffix in SUFFIXES and (path in named or _is_scenario(path))])


def _is_scenario(path: Path) -> bool:
    return path.name.endswith((".test.yaml", ".test.yml")) or path.parent.name == "tests"


def _some(paths: list[Path]) -> list[Path]:
    if not paths:
        raise InvalidInput("There is no such file here.", next="Name .yaml files, or a folder that holds some.")
    return paths


def text_of(path: Path) -> str:
    """The words of a file; InvalidInput for one that cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path} cannot be read: {type(error).__name__}.",
            kept="Nothing was changed.",
            next="Save it as UTF-8 text.",
        ) from None


def _flaw(flaw: Flaw) -> dict[str, Any]:
    return {"line": flaw.line, "severity": flaw.severity.value, "rule": flaw.rule, "what": flaw.what, "next": flaw.next}


def _exit(failed: bool) -> None:
    if failed:
        raise typer.Exit(FAILED)

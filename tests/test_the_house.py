"""Who opens the house finds it in order: small files and functions, rooms with names, and nothing that nobody uses."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parent.parent
LINES_MAX, FUNCTION_MAX, MEDIAN_MAX = 500, 60, 8
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


@cache
def rooms() -> dict[Path, ast.Module]:
    found = (path for folder in ("src", "tests", "tools") for path in (HOUSE / folder).rglob("*.py"))
    return {path.relative_to(HOUSE): ast.parse(path.read_text(encoding="utf-8")) for path in found}


def functions(*folders: str) -> Iterator[tuple[str, int]]:
    """Each with its place and its lines, the nested ones too."""
    for path, module in rooms().items():
        for node in ast.walk(module) if path.parts[0] in folders else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_no_file_is_longer_than_a_sitting():
    lines = {path: (HOUSE / path).read_text(encoding="utf-8").count("\n") for path in rooms()}
    assert [f"{path}: {count}" for path, count in lines.items() if count > LINES_MAX] == []


def test_no_function_is_longer_than_a_screen():
    assert [f"{name}: {lines}" for name, lines in functions("src", "tools") if lines > FUNCTION_MAX] == []


def test_functions_are_short_by_custom():
    lengths = sorted(lines for _, lines in functions("src"))
    assert lengths[len(lengths) // 2] <= MEDIAN_MAX


def test_everything_has_a_name_of_its_own():
    assert [str(path) for path in rooms() if NAMELESS & {part.removesuffix(".py") for part in path.parts}] == []


def test_every_room_says_what_lives_there():
    assert [
        str(path) for path, module in rooms().items() if path.parts[0] == "src" and not ast.get_docstring(module)
    ] == []


def test_a_broad_except_says_why_it_may():
    """Only at the top of a loop, a task, a request or the program, and with its reason beside it."""
    broad = re.compile(r"except (?:Exception|BaseException)\b.*|except:.*")
    lines = [
        (path, number, line)
        for path in rooms()
        if path.parts[0] == "src"
        for number, line in enumerate((HOUSE / path).read_text(encoding="utf-8").splitlines(), start=1)
        if broad.search(line)
    ]
    assert [
        f"{path}:{number}" for path, number, line in lines if "BLE001" not in line or "the top of" not in line
    ] == []
    assert len(lines) < 10


@cache
def said() -> frozenset[str]:
    """Every name that the store says, a part of an f-string as a pattern."""
    found: set[str] = set()
    for path, module in rooms().items():
        for node in ast.walk(module) if path.parts[:3] == ("src", "everkin", "store") else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.add("".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values))
    return frozenset(found)


def is_run(query: str) -> bool:
    """Said whole, or put together of a word before the underscore and the table behind it."""
    word, _, table = query.partition("_")
    return query in said() or f"{word}_*" in said() or ("*_*" in said() and {word, table} <= said())


def test_every_query_is_run() -> None:
    """A statement that no line of the store names is dead."""
    head = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
    files = (HOUSE / "src/everkin/store/sql").glob("*.sql")
    named = [(path.name, name) for path in files for name in head.findall(path.read_text(encoding="utf-8"))]
    assert len(named) > 100
    assert [f"{file}: {name}" for file, name in named if not is_run(name)] == []
    assert not is_run("burn_letters"), "what nobody says is found to be dead"

"""A YAML text as values that know their lines, taken apart under limits: no aliases, no depth, no key twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from everkin.mind.flaw import Flaw, Severity

BYTES_MAX: Final = 65_536
DEPTH_MAX: Final = 12
"""Deeper than any document of ours can be; read before anything is built, so that no depth is too much for the reader."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """`value` is made of dict, list, str, int, float, bool and None; `lines` has the line, from 1, of every path in it."""

    value: Any = field(repr=False)
    lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """Of the path, or of the nearest one above it that stands in the text."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class Flawed(Exception):
    """Stops reading where nothing after it would make sense."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.what)
        self.flaw = flaw


def grown(text: str) -> Tree:
    """The tree of one YAML document. Raises Flawed; costs about 1.2 ms a KiB, and no more than 65,536 bytes are read."""
    if len(text.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        raise Flawed(
            _error(
                1,
                "size",
                f"The document is larger than {BYTES_MAX // 1024} KiB.",
                "Leave out what a prompt has no room for.",
            )
        )
    lines: dict[Path, int] = {}
    events = _safe(text)
    value = None
    for event in events:
        if isinstance(event, DocumentStartEvent):
            value = _value(next(events), events, (), lines)
    return Tree(value=value, lines=lines)


def _safe(text: str) -> Iterator[Event]:
    """The events of the text, as long as they are harmless; in YAML 1.2, where `no` is a word."""
    depth, documents = 0, 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1 if event.start_mark else 1
            documents += isinstance(event, DocumentStartEvent)
            depth += isinstance(event, (MappingStartEvent, SequenceStartEvent))
            depth -= isinstance(event, (MappingEndEvent, SequenceEndEvent))
            if documents > 1:
                raise Flawed(
                    _error(line, "documents", "A second document begins here.", "Keep one persona in one file.")
                )
            if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
                raise Flawed(
                    _error(line, "alias", "Anchors and aliases are not taken.", "Write it out where it is used.")
                )
            if depth > DEPTH_MAX:
                raise Flawed(_error(line, "depth", f"This is nested more than {DEPTH_MAX} deep.", "Flatten it."))
            yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and error.context_mark and mark.index >= len(text.rstrip()):
            mark = error.context_mark  # something was never closed: where it began says more than where the text ends
        line = mark.line + 1 if mark else 1
        raise Flawed(
            _error(line, "yaml", f"This is no YAML: {error.problem}.", "Mend the line, or quote its words.")
        ) from None
    except (YAMLError, ValueError) as error:
        raise Flawed(
            _error(1, "yaml", f"This is no YAML text ({type(error).__name__}).", "Save it as plain UTF-8.")
        ) from None


def _value(event: Event, events: Iterator[Event], path: Path, lines: dict[Path, int]) -> Any:
    if path not in lines:
        lines[path] = event.start_mark.line + 1
    if isinstance(event, ScalarEvent):
        return _scalar(event)
    if isinstance(event, SequenceStartEvent):
        return list(_items(events, path, lines))
    assert isinstance(event, MappingStartEvent)
    return _mapping(events, path, lines)


def _items(events: Iterator[Event], path: Path, lines: dict[Path, int]) -> Iterator[Any]:
    for position, event in enumerate(iter(lambda: next(events), None)):
        if isinstance(event, SequenceEndEvent):
            return
        yield _value(event, events, (*path, position), lines)


def _mapping(events: Iterator[Event], path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, MappingEndEvent):
            break
        line = event.start_mark.line + 1
        if not isinstance(event, ScalarEvent):
            raise Flawed(_error(line, "key", "A key has to be a word.", "Write `key: value`."))
        if event.value in found:
            raise Flawed(
                _error(line, "duplicate", f"`{_short(event.value)}` stands here a second time.", "Keep one of the two.")
            )
        lines[(*path, event.value)] = line
        found[event.value] = _value(next(events), events, (*path, event.value), lines)
    return found


def _scalar(event: ScalarEvent) -> Any:
    """Plain scalars are numbers, booleans or nothing where they look like it; whatever is quoted or tagged is words."""
    if event.style is not None or event.tag is not None:
        return event.value
    match event.value:
        case "" | "~" | "null" | "Null" | "NULL":
            return None
        case "true" | "True" | "TRUE":
            return True
        case "false" | "False" | "FALSE":
            return False
        case words:
            return _number(words)


def _number(words: str) -> int | float | str:
    if not words[0].isascii() or words[0] not in "+-.0123456789" or "_" in words:
        return words
    for kind in (int, float):
        try:
            return kind(words)
        except ValueError:
            continue
    return words


def _short(word: str) -> str:
    return word if len(word) <= 40 and word.isprintable() else "a key"


def _error(line: int, rule: str, what: str, next: str) -> Flaw:
    return Flaw(line=line, rule=rule, what=what, next=next, severity=Severity.ERROR)

"""What a grammar is: patterns in the words of one language, each for a rule that all languages share."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from everkin.language.intervals import Calendar, Interval

Said = Mapping[str, Any]
"""The named groups that took part in a match, each by what its words mean."""
Rule = Callable[[Said, Calendar], Interval | None]

_SENTENCE_END = re.compile(r"[.!?;]\s|[\n。！？]")
_FRAME_CHARS = 16
_LOOK_CHARS = 200
"""How far before and after an expression a sign of past or future may stand; it keeps long texts linear."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An expression from character `first` to before `last`; `frame` is the name of the word that frames it, or ""."""

    first: int
    last: int
    interval: Interval
    frame: str


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """The time expressions of one language.

    A text without one of the words `cues` (a digit is one) is read no further, and an expression begins only where
    `start` matches: both are for speed. `patterns` come with their rules, the more specific first, and may use `names`
    as `{NAME}`; `meanings` says, by the name of a group, what a word in it means to the rules (words that are not there
    mean themselves). `ahead` matches what makes a speaker look ahead, and as its group `past` what makes them look back.
    `frame` matches, up to its end, what may stand before an expression and changes it; its groups are `never` (a habit,
    no time at all), `since`, `before`, `after` and `between`. `joint` joins two expressions after `between`.
    """

    cues: frozenset[str]
    start: str
    ahead: re.Pattern[str]
    frame: re.Pattern[str]
    joint: re.Pattern[str]
    names: Mapping[str, str]
    meanings: Mapping[str, Mapping[str, Any]]
    patterns: Sequence[tuple[Rule, str]]

    def find(self, text: str, calendar: Calendar) -> Iterator[Found]:
        """The expressions in `text`, left to right, none overlapping another."""
        for match in self._pattern.finditer(text):
            rule, groups = self._parts[match.lastgroup or ""]
            said = {
                name: self._meaning(name, match[group]) for name, group in groups.items() if match[group] is not None
            }
            try:
                interval = rule(said, replace(calendar, ahead=self._looks_ahead(text, match)))
            except (ValueError, OverflowError):
                continue
            if interval is not None and interval.start < interval.end:
                calendar = replace(calendar, anchor=interval.start)
                yield Found(first=match.start(), last=match.end(), interval=interval, frame=self._frame(text, match))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """One alternation; the named groups of pattern 7 are called `r7_…` in it, and the whole of it `r7`."""
        alternatives = [
            f"(?P<r{place}>{_filled(pattern, self.names).replace('(?P<', f'(?P<r{place}_')})"
            for place, (_, pattern) in enumerate(self.patterns)
        ]
        return re.compile(f"(?={_filled(self.start, self.names)})(?:{'|'.join(alternatives)})", re.IGNORECASE)

    @cached_property
    def _parts(self) -> dict[str, tuple[Rule, dict[str, int]]]:
        """Of each pattern by its name in the alternation: its rule and its groups."""
        parts: dict[str, tuple[Rule, dict[str, int]]] = {
            f"r{place}": (rule, {}) for place, (rule, _) in enumerate(self.patterns)
        }
        for name, group in self._pattern.groupindex.items():
            whole, _, part = name.partition("_")
            if part:
                parts[whole][1][part] = group
        return parts

    def _meaning(self, name: str, said: str) -> Any:
        word = said.lower().replace("’", "'")
        return self.meanings.get(name, {}).get(word, word)

    def _looks_ahead(self, text: str, match: re.Match[str]) -> bool | None:
        """The nearest sign before the expression in its sentence decides, else the first one after it."""
        before = _SENTENCE_END.split(text[max(0, match.start() - _LOOK_CHARS) : match.start()])[-1]
        after = _SENTENCE_END.split(text[match.end() : match.end() + _LOOK_CHARS], maxsplit=1)[0]
        signs = list(self.ahead.finditer(before))
        sign = signs[-1] if signs else self.ahead.search(after)
        return sign["past"] is None if sign else None

    def _frame(self, text: str, match: re.Match[str]) -> str:
        frame = self.frame.search(text[max(0, match.start() - _FRAME_CHARS) : match.start()])
        return (frame.lastgroup or "") if frame else ""


def one_of(words: Mapping[str, Any] | Sequence[str]) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


def _filled(pattern: str, names: Mapping[str, str]) -> str:
    for name, part in names.items():
        pattern = pattern.replace(f"{{{name}}}", part)
    return pattern

"""What a language needs for the guard: rules, and what takes their meaning away. Phrases lie in `phrases/*.toml`."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from everkin.mind.risk import Category, Level

LANGUAGES = ("en", "es", "de", "fr", "zh", "ja")
_FRAGMENT = re.compile(r"%(\w+)%")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A first-person phrase. `name` is what a finding reports."""

    name: str
    category: Category
    level: Level
    pattern: re.Pattern[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tongue:
    """One language's phrases, matched on one sentence of plain text (lower case, no accents, straight apostrophes).

    First `typos` are mended, which stand in phrases that matter and nowhere else. A sentence without a `trigger` is not
    looked at: each rule needs one of its words. `idioms` are blanked out before anything is looked for. `denial` stands
    right before a phrase (its group `core`, if it has one) and takes it back. Elsewhere in the sentence `pressing`
    raises a finding, `past` lowers one but never silences it, and each of `softening` (fiction, a joke, hyperbole)
    lowers one by a level.
    """

    trigger: re.Pattern[str]
    rules: tuple[Rule, ...]
    idioms: re.Pattern[str]
    denial: re.Pattern[str]
    pressing: re.Pattern[str]
    past: re.Pattern[str]
    softening: tuple[re.Pattern[str], ...]
    typos: tuple[tuple[re.Pattern[str], str], ...] = ()


def tongue(language: str) -> Tongue:
    """The phrases of one of LANGUAGES."""
    table = tomllib.loads((files("everkin.safety") / "phrases" / f"{language}.toml").read_text(encoding="utf-8"))
    fragments: dict[str, str] = table["fragments"]

    def compiled(name: str) -> re.Pattern[str]:
        return _any_of(table[name], fragments)

    return Tongue(
        trigger=compiled("trigger"),
        rules=_rules(language, table["rules"], fragments),
        idioms=compiled("idioms"),
        denial=compiled("denial"),
        pressing=compiled("pressing"),
        past=compiled("past"),
        softening=tuple(_any_of(phrases, fragments) for phrases in table["softening"]),
        typos=tuple((re.compile(wrong), right) for wrong, right in table.get("typos", ())),
    )


def _rules(language: str, table: dict[str, Any], fragments: dict[str, str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            name=f"{language}:{name}",
            category=Category[category.upper()],
            level=Level[level.upper()],
            pattern=_any_of(phrases, fragments),
        )
        for category, levels in table.items()
        for level, named in levels.items()
        for name, phrases in named.items()
    )


def _any_of(phrases: Sequence[str], fragments: dict[str, str]) -> re.Pattern[str]:
    """One pattern for all; for an empty list one that nothing matches."""
    whole = "|".join(phrases) or "(?!)"
    while _FRAGMENT.search(whole):
        whole = _FRAGMENT.sub(lambda found: fragments[found[1]], whole)
    return re.compile(whole)

"""The text that points to people who help: from tables alone, so it is there when no provider answers.

After the safe-messaging guidelines (reportingonsuicide.org): it says that help exists and where, names no method, and
neither argues nor promises.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from everkin.mind.risk import Category, Level

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class Helpline:
    """One service. `hours` is None where it is open day and night; `source` is where its number is published."""

    name: str
    contact: str
    source: str
    hours: str | None = None


def resource_text(category: Category, level: Level, *, country: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """What the user sees, whatever a provider says: a few lines of plain text.

    `country` is ISO 3166 ("DE"); unknown or None gives the international text. `language` may be a locale ("de-AT");
    one that is not written here gives English. When it cannot wait, the emergency number comes first.
    """
    words = _table("words")
    say = words.get(language.replace("_", "-").split("-")[0].lower(), words[DEFAULT_LANGUAGE])
    emergency = _country(country).get("emergency")
    danger = say["danger"].format(emergency=emergency) if emergency else say["danger_anywhere"]
    lines = [
        f"• {line.name}: {line.contact} ({line.hours or say['around_the_clock']})"
        for line in helplines(country, category)
    ]
    body = [say[category.name.lower()], *(lines or [f"• {say['international']}"])]
    parts = [danger, *body, say["close"]] if level is Level.IMMINENT else [*body, danger, say["close"]]
    return "\n".join(parts)


def helplines(country: str | None, category: Category) -> tuple[Helpline, ...]:
    """The services of a country for what was said; where none is known for abuse, those that listen to everything."""
    table = _country(country)
    kind = "abuse" if category is Category.ABUSE and "abuse" in table else "crisis"
    return tuple(Helpline(**line) for line in table.get(kind, ()))


def country_of(*, locale: str | None = None, zone: str | None = None) -> str | None:
    """The country a locale names ("de-AT", "en_GB.UTF-8"), else the one a time zone lies in ("Europe/Vienna")."""
    parts = (locale or "").split(".")[0].replace("_", "-").split("-")
    named = [part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()]
    return named[0] if named else _zones().get(zone or "")


def _country(country: str | None) -> dict[str, Any]:
    entry: dict[str, Any] = _table("helplines").get((country or "").upper(), {})
    return entry


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("everkin.safety") / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _zones() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {row[2]: row[0] for row in rows}

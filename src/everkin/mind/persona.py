"""A persona: who a companion is, as a document, and the prompt it compiles to.

A document has a core (identity, values, boundaries), which nothing but a new version changes; a style, whose dials move
within the ranges that the document gives them; exemplars, which show the voice; and feelings' baselines and gains.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from everkin.mind.context import Estimate
from everkin.mind.emotion import EVEN, Temperament

DEFAULT_GAP: Final = "I don't think you've told me that."
"""How a companion admits that it does not know; a persona may word it in its own voice."""
DEFAULT_BUDGET: Final = 1200
"""Tokens of a compiled persona that names no budget of its own."""

DIALS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"length": (1, 400), "emoji": (0, 5), "formality": (0, 1), "questions": (0, 3)}
)
"""What can be turned, and how far any persona may let it: words, emoji and questions a reply; 0 is casual, 1 formal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dial:
    """A number of the style: where it usually stands, and between what a conversation may move it."""

    usual: float
    low: float
    high: float

    def within(self, value: float) -> float:
        """The nearest to `value` that the persona allows."""
        return min(max(value, self.low), self.high)

    @property
    def is_fixed(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Core:
    """Who the companion is. No conversation, user or adaptation moves it."""

    name: str
    identity: str = field(default="", repr=False)
    values: tuple[str, ...] = field(default=(), repr=False)
    boundaries: tuple[str, ...] = field(default=(), repr=False)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change exactly when the core does."""
        told = json.dumps([self.name, self.identity, self.values, self.boundaries])
        return hashlib.sha256(told.encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quirk:
    """A habit. `often` is in what share of replies it shows, or None where the document does not say."""

    does: str
    often: Dial | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How it speaks: `lines` are (title, words) as written, in order; `dials` by the names in DIALS."""

    lines: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    dials: Mapping[str, Dial] = field(default_factory=dict)
    quirks: tuple[Quirk, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemplar:
    """A reply in the persona's voice, and what it answers ("" for whatever)."""

    reply: str = field(repr=False)
    user: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A persona document, read. `budget` is in tokens of the compiled prompt."""

    core: Core
    style: Style = Style()
    exemplars: tuple[Exemplar, ...] = field(default=(), repr=False)
    temperament: Temperament = EVEN
    gap: str = field(default=DEFAULT_GAP, repr=False)
    budget: int = DEFAULT_BUDGET


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """One version of a character. `version` is the digest of its document, so the same words have the same version."""

    name: str
    version: str
    prompt: str = field(repr=False)
    gap: str = DEFAULT_GAP
    temperament: Temperament = EVEN
    core: str = ""
    """The core's digest; "" for plain words, which have no parts."""
    dials: Mapping[str, Dial] = field(default_factory=dict)
    exemplars: tuple[Exemplar, ...] = field(default=(), repr=False)
    cut: tuple[str, ...] = ()
    """What the budget left out: `exemplars`, `quirks` or `style`, once for every piece."""


def version_of(document: str) -> str:
    """The content address of a persona document: twelve hexadecimal digits of its SHA-256."""
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def plain(name: str, words: str) -> Persona:
    """A persona that is no document but words, which stand as they are."""
    return Persona(name=name, version=version_of(words), prompt=words.strip() or f"You are {name}.")


def compiled(document: Document, version: str, estimate: Estimate) -> Persona:
    """The prompt of a document: byte for byte the same for the same document, on any machine.

    Over its budget, it loses first exemplars, then quirks, then lines of style, each from the last one up. The core is
    never cut: one that is over the budget by itself stands whole, and `lint` refuses its release.
    """
    rest, cut = document, []
    prompt = _prompt(rest)
    while estimate(prompt) > document.budget and (smaller := _smaller(rest)):
        rest, what = smaller
        cut.append(what)
        prompt = _prompt(rest)
    return Persona(
        name=document.core.name,
        version=version,
        prompt=prompt,
        gap=document.gap,
        temperament=document.temperament,
        core=document.core.digest,
        dials=document.style.dials,
        exemplars=document.exemplars,
        cut=tuple(cut),
    )


def core_prompt(core: Core) -> str:
    """The part of the prompt that is never cut."""
    return "\n\n".join(
        [
            f"You are {core.name}.",
            *([core.identity] if core.identity else []),
            *(
                _listed(title, lines)
                for title, lines in (("Values", core.values), ("Boundaries", core.boundaries))
                if lines
            ),
        ]
    )


def _prompt(document: Document) -> str:
    style = [*_style(document.style)]
    shown = [*_exemplars(document.exemplars)]
    parts = [core_prompt(document.core)]
    parts += [_listed("Style", style)] if style else []
    parts += ["\n".join(["This is how you sound:", *shown])] if shown else []
    return "\n\n".join(parts)


def _smaller(document: Document) -> tuple[Document, str] | None:
    """The document without what it can best do without; None when there is only its core."""
    style = document.style
    if document.exemplars:
        return replace(document, exemplars=document.exemplars[:-1]), "exemplars"
    if style.quirks:
        return replace(document, style=replace(style, quirks=style.quirks[:-1])), "quirks"
    if style.lines:
        return replace(document, style=replace(style, lines=style.lines[:-1])), "style"
    if style.dials:
        return replace(document, style=replace(style, dials=dict(list(style.dials.items())[:-1]))), "style"
    return None


def _style(style: Style) -> Iterator[str]:
    for name, dial in style.dials.items():
        yield f"{name}: {worded(name, dial)}"
    for title, words in style.lines:
        yield f"{title}: {words}"
    for quirk in style.quirks:
        yield f"{quirk.does}{f' ({_frequency(quirk.often.usual)})' if quirk.often else ''}"


def _exemplars(exemplars: tuple[Exemplar, ...]) -> Iterator[str]:
    for exemplar in exemplars:
        said = f'- To "{_line(exemplar.user)}": ' if exemplar.user else "- "
        yield f'{said}"{_line(exemplar.reply)}"'


def worded(name: str, dial: Dial) -> str:
    """A dial in words that a model follows."""
    at, low, high = (_figure(value) for value in (dial.usual, dial.low, dial.high))
    if name == "formality":
        return _FORMALITIES[min(int(dial.usual * len(_FORMALITIES)), len(_FORMALITIES) - 1)]
    noun = {"length": "words", "emoji": "emoji", "questions": "questions"}[name]
    if dial.high == 0:
        return "none"
    spread = "" if dial.is_fixed else f", {low} to {high}"
    return f"about {at} {noun} a reply{spread}"


_FORMALITIES: Final = (
    "very casual, as between old friends",
    "casual",
    "neither casual nor formal",
    "rather formal",
    "formal",
)


def _frequency(share: float) -> str:
    return "rarely" if share < 0.15 else "now and then" if share < 0.4 else "often" if share < 0.8 else "always"


def _figure(value: float) -> str:
    return f"{value:g}"


def _line(words: str) -> str:
    return " ".join(words.split())


def _listed(title: str, lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join([f"{title}:", *(f"- {_line(line)}" for line in lines)])

"""From the text of a persona to its document, with every flaw named by its line.

Words that are no document (no mapping with any key of ours) are a persona as well: they stand as they are.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from rapidfuzz import process

from everkin.character.contradiction import contradictions
from everkin.character.secret import secrets
from everkin.character.tree import Flawed, Path, Tree, grown
from everkin.mind.context import Estimate
from everkin.mind.emotion import NAMES, Temperament
from everkin.mind.flaw import Flaw, Severity, refuse
from everkin.mind.persona import (
    DEFAULT_BUDGET,
    DEFAULT_GAP,
    DIALS,
    Core,
    Dial,
    Document,
    Exemplar,
    Persona,
    Quirk,
    Style,
    compiled,
    core_prompt,
    plain,
    version_of,
)

KEYS: Final = ("name", "identity", "values", "boundaries", "style", "exemplars", "emotion", "gap", "budget", "card")
BUDGETS: Final = (50, 8000)
EMOTIONS: Final = {"baselines": (-1.0, 1.0), "gains": (0.0, 3.0)}
EXEMPLARS_MAX: Final = 40
_DOCUMENT: Final = re.compile(rf"^(?:{'|'.join(KEYS[:-1])})[ \t]*:(?:\s|$)", re.MULTILINE)


def is_document(text: str) -> bool:
    """Whether this is meant as a document: a line of it begins with a key of ours. Anything else is plain words."""
    return _DOCUMENT.search(text) is not None


def read(name: str, text: str) -> tuple[Document | None, list[Flaw]]:
    """The document (None for plain words, or where nothing could be read) and its flaws, by line.

    Reads on after a flaw, and leaves out what is flawed: what was stored under older rules is still lived by.
    """
    hidden = secrets(text)
    if not is_document(text):
        return None, hidden
    try:
        tree = grown(text)
    except Flawed as flawed:
        return None, _sorted([*hidden, flawed.flaw], hidden)
    if not isinstance(tree.value, dict):
        return None, hidden
    reader = _Reader(tree)
    document = reader.document(name)
    return document, _sorted([*hidden, *reader.flaws, *contradictions(document, tree)], hidden)


def lint(name: str, text: str, estimate: Estimate) -> list[Flaw]:
    """Everything that is wrong with a text as a persona, by line; the budget included."""
    if not is_text(text):
        what = "There is something in this that is no text: a NUL byte, or half of a character."
        return [Flaw(line=1, rule="text", what=what, next="Save it as plain UTF-8.")]
    document, flaws = read(name, text)
    return flaws if document is None else sorted([*flaws, *_budget(document, text, estimate)])


def require(name: str, text: str, estimate: Estimate) -> None:
    """Raises PersonaRefused for a text that could not be lived by."""
    refuse(lint(name, text, estimate))


def persona_of(name: str, text: str, estimate: Estimate) -> Persona:
    """The compiled persona of a stored text, whatever its flaws. Cached by name and text: a hit costs a microsecond."""
    return _compiled(name, text, estimate)


@lru_cache(maxsize=256)
def _compiled(name: str, text: str, estimate: Estimate) -> Persona:
    document, _ = read(name, text)
    return plain(name, text) if document is None else compiled(document, version_of(text), estimate)


def is_text(text: str) -> bool:
    """Whether it can be kept to the letter."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _sorted(flaws: list[Flaw], hidden: list[Flaw]) -> list[Flaw]:
    """By line; on a line that holds a secret nothing else is said, so that no message can quote it."""
    lines = {flaw.line for flaw in hidden}
    return sorted({flaw for flaw in flaws if flaw in hidden or flaw.line not in lines})


def _budget(document: Document, text: str, estimate: Estimate) -> list[Flaw]:
    cost = estimate(core_prompt(document.core))
    line = next((at for at, words in enumerate(text.splitlines(), 1) if words.startswith("budget")), 1)
    if cost > document.budget:
        what = f"The core alone takes {cost} tokens, and the budget is {document.budget}."
        return [Flaw(line=line, rule="budget", what=what, next="Shorten identity, values and boundaries, or raise it.")]
    lost = compiled(document, "", estimate).cut
    if not lost:
        return []
    counts = ", ".join(f"{lost.count(kind)} of {kind}" for kind in dict.fromkeys(lost))
    what = f"The budget of {document.budget} tokens leaves no room for: {counts}."
    return [
        Flaw(line=line, rule="budget", what=what, next="Shorten it, or raise the budget.", severity=Severity.WARNING)
    ]


class _Reader:
    """One reading: takes what can be taken, and notes the rest."""

    def __init__(self, tree: Tree) -> None:
        self._tree, self.flaws = tree, list[Flaw]()

    def document(self, name: str) -> Document:
        top = self._tree.value
        self._known((), top, KEYS)
        return Document(
            core=Core(
                name=self._words(("name",), top.get("name")) or name,
                identity=self._words(("identity",), top.get("identity")),
                values=self._lines(("values",), top.get("values")),
                boundaries=self._lines(("boundaries",), top.get("boundaries")),
            ),
            style=self._style(top.get("style")),
            exemplars=self._exemplars(top.get("exemplars")),
            temperament=self._temperament(top.get("emotion")),
            gap=self._words(("gap",), top.get("gap")) or DEFAULT_GAP,
            budget=int(self._number(("budget",), top.get("budget"), *BUDGETS, usual=DEFAULT_BUDGET)),
        )

    def flaw(self, path: Path, rule: str, what: str, next: str) -> None:
        self.flaws.append(Flaw(line=self._tree.line(path), rule=rule, what=what, next=next))

    def _known(self, path: Path, found: Mapping[str, Any], keys: tuple[str, ...], what: str = "key") -> None:
        for key in found:
            if key not in keys:
                self._unknown((*path, key), key, keys, what)

    def _unknown(self, path: Path, word: str, known: tuple[str, ...], what: str) -> None:
        near = process.extractOne(word.lower(), known, score_cutoff=60)
        hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(known)}."
        shown = f"`{word}`" if len(word) <= 40 and word.isprintable() else "this"
        self.flaw(path, "unknown", f"There is no {what} {shown}.", hint)

    def _words(self, path: Path, value: Any) -> str:
        """Words, however they are laid out: a text, a list of lines, or titles with lines."""
        match value:
            case None:
                return ""
            case dict():
                return "\n".join(f"- {key}: {_inline(item)}" for key, item in value.items())
            case list():
                return "\n".join(f"- {_inline(item)}" for item in value)
            case _:
                return str(value).strip()

    def _lines(self, path: Path, value: Any) -> tuple[str, ...]:
        match value:
            case None:
                return ()
            case dict():
                return tuple(f"{key}: {_inline(item)}" for key, item in value.items())
            case list():
                return tuple(_inline(item) for item in value if item not in (None, ""))
            case _:
                return tuple(line.strip() for line in str(value).splitlines() if line.strip())

    def _style(self, value: Any) -> Style:
        if not isinstance(value, dict):
            return Style(lines=tuple(("how", line) for line in self._lines(("style",), value)))
        dials: dict[str, Dial] = {}
        lines: list[tuple[str, str]] = []
        for key, item in value.items():
            path = ("style", key)
            if key == "quirks":
                continue
            if isinstance(item, dict) and ({"usual", "range"} & item.keys() or key in DIALS):
                if key not in DIALS:
                    self._unknown(path, key, tuple(DIALS), "dial")
                elif dial := self._dial(path, item, *DIALS[key]):
                    dials[key] = dial
            elif key in DIALS and isinstance(item, (int, float)) and not isinstance(item, bool):
                dials[key] = Dial(usual=(at := self._number(path, item, *DIALS[key])), low=at, high=at)
            else:
                lines.append((key, _inline(item)))
        return Style(lines=tuple(lines), dials=dials, quirks=self._quirks(value.get("quirks")))

    def _dial(self, path: Path, value: dict[str, Any], low: float, high: float) -> Dial | None:
        self._known(path, value, ("usual", "range"))
        if "usual" not in value:
            self.flaw(path, "dial", "This dial has no `usual`.", "Write {usual: 30, range: [10, 60]}.")
            return None
        usual = self._number((*path, "usual"), value["usual"], low, high)
        bounds = value.get("range", [usual, usual])
        if not isinstance(bounds, list) or len(bounds) != 2:
            self.flaw((*path, "range"), "dial", "A range is two numbers.", "Write range: [10, 60].")
            return Dial(usual=usual, low=usual, high=usual)
        lowest, highest = (self._number((*path, "range", at), bound, low, high) for at, bound in enumerate(bounds))
        if not lowest <= usual <= highest:
            what = "What is usual lies outside its range, or the range is upside down."
            self.flaw((*path, "range"), "dial", what, "Write the lower number first, and `usual` between the two.")
            return Dial(usual=usual, low=usual, high=usual)
        return Dial(usual=usual, low=lowest, high=highest)

    def _number(self, path: Path, value: Any, low: float, high: float, *, usual: float = 0.0) -> float:
        """`usual` where there is none, or one that cannot be."""
        if value is None:
            return usual
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.flaw(path, "number", f"This has to be a number from {low:g} to {high:g}.", "Correct it.")
        return min(max(usual, low), high)

    def _quirks(self, value: Any) -> tuple[Quirk, ...]:
        items = value if isinstance(value, list) else [] if value is None else [value]
        return tuple(quirk for at, item in enumerate(items) if (quirk := self._quirk(("style", "quirks", at), item)))

    def _quirk(self, path: Path, value: Any) -> Quirk | None:
        if not isinstance(value, dict):
            return Quirk(does=_inline(value))
        self._known(path, value, ("does", "often"))
        if not isinstance(value.get("does"), str):
            self.flaw(path, "quirk", "This quirk does not say what it does.", "Write {does: …, often: 0.2}.")
            return None
        often = value.get("often")
        if isinstance(often, dict):
            return Quirk(does=value["does"], often=self._dial((*path, "often"), often, 0, 1))
        share = self._number((*path, "often"), often, 0, 1)
        return Quirk(does=value["does"], often=None if often is None else Dial(usual=share, low=share, high=share))

    def _exemplars(self, value: Any) -> tuple[Exemplar, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > EXEMPLARS_MAX:
            what = f"Exemplars are a list of at most {EXEMPLARS_MAX}."
            self.flaw(("exemplars",), "exemplar", what, "Write - {user: …, reply: …} for each.")
            return ()
        return tuple(found for at, item in enumerate(value) if (found := self._exemplar(("exemplars", at), item)))

    def _exemplar(self, path: Path, value: Any) -> Exemplar | None:
        told = {"reply": value} if isinstance(value, str) else value
        if not isinstance(told, dict) or not isinstance(told.get("reply"), str):
            self.flaw(path, "exemplar", "This exemplar has no reply.", "Write - {user: …, reply: …}.")
            return None
        self._known(path, told, ("user", "reply"))
        return Exemplar(reply=told["reply"].strip(), user=self._words(path, told.get("user")))

    def _temperament(self, value: Any) -> Temperament:
        if value is None:
            return Temperament()
        if not isinstance(value, dict):
            what = "A persona's emotion is not made of baselines and gains."
            self.flaw(("emotion",), "emotion", what, "Write emotion: {baselines: {joy: 0.2}}.")
            return Temperament()
        self._known(("emotion",), value, tuple(EMOTIONS))
        return Temperament(**{kind: self._weights(kind, value.get(kind)) for kind in EMOTIONS})

    def _weights(self, kind: str, value: Any) -> dict[str, float]:
        path: Path = ("emotion", kind)
        if not isinstance(value, dict):
            if value is not None:
                self.flaw(path, "emotion", "These have to be axes with a number each.", "Write {joy: 0.2}.")
            return {}
        weights = {}
        for axis, weight in value.items():
            if axis not in NAMES:
                self._unknown((*path, axis), axis, NAMES, "axis")
            elif weight is None or isinstance(weight, bool):
                self.flaw((*path, axis), "number", "This has to be a number.", "Correct it.")
            else:
                low, high = EMOTIONS[kind]
                weights[axis] = self._number((*path, axis), weight, low, high, usual=0.0 if low < 0 else 1.0)
        return weights


def _inline(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return " ".join(value.split())
        case dict():
            return "; ".join(f"{key} {_inline(item)}" for key, item in value.items())
        case list():
            return ", ".join(_inline(item) for item in value)
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)

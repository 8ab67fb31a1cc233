"""A persona: who the companion is, as a document, and the prompt it compiles to."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from everkin.errors import InvalidInput
from everkin.mind.emotion import EVEN, Temperament

DEFAULT_GAP = "I don't think you've told me that."
"""How a companion admits that it does not know; a persona may word it in its own voice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """One version of a character. `version` is the digest of its document, so the same words have the same version."""

    name: str
    version: str
    prompt: str = field(repr=False)
    gap: str = DEFAULT_GAP
    temperament: Temperament = EVEN


def version_of(document: str) -> str:
    """The content address of a persona document: twelve hexadecimal digits of its SHA-256."""
    return hashlib.sha256(document.encode()).hexdigest()[:12]


def compiled(name: str, document: str, parts: Mapping[str, Any] | None) -> Persona:
    """The prompt of a persona document; byte for byte the same for the same document.

    `parts` is the document when it is a mapping (name, identity, values, boundaries, style, emotion, gap); None when the
    document is plain words, which then stand as they are. Raises InvalidInput for a temperament that cannot be.
    """
    if parts is None:
        return Persona(name=name, version=version_of(document), prompt=document.strip() or f"You are {name}.")
    called = str(parts.get("name") or name)
    titles = [(title, _words(parts.get(title))) for title in ("identity", "values", "boundaries", "style")]
    sections = [
        f"You are {called}.",
        *(body if title == "identity" else f"{title.capitalize()}:\n{body}" for title, body in titles if body),
    ]
    gap = str(parts.get("gap") or DEFAULT_GAP)
    return Persona(
        name=called,
        version=version_of(document),
        prompt="\n\n".join(sections),
        gap=gap,
        temperament=_temperament(parts.get("emotion")),
    )


def _temperament(part: Any) -> Temperament:
    kinds = part if isinstance(part, Mapping) else {"": part}
    if part is None:
        return EVEN
    if kinds.keys() - {"baselines", "gains"} or not all(isinstance(weights, Mapping) for weights in kinds.values()):
        raise InvalidInput(
            "A persona's emotion is not made of baselines and gains.", next="Write emotion: {baselines: {joy: 0.2}}."
        )
    return Temperament(**kinds)


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case Mapping():
            return "\n".join(f"- {key}: {_inline(item)}" for key, item in value.items())
        case str():
            return value.strip()
        case Sequence():
            return "\n".join(f"- {_inline(item)}" for item in value)
        case _:
            return str(value)


def _inline(value: Any) -> str:
    match value:
        case str():
            return " ".join(value.split())
        case Mapping():
            return "; ".join(f"{key} {_inline(item)}" for key, item in value.items())
        case Sequence():
            return ", ".join(_inline(item) for item in value)
        case _:
            return str(value)

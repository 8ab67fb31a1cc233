"""From a companion's stored document to its persona, read once a version."""

from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from everkin.mind.persona import Persona, compiled
from everkin.mind.ports.memories import Companion


def persona_of(companion: Companion) -> Persona:
    """The compiled persona; a document that is no YAML mapping is taken as plain words."""
    return _compiled(companion.name, companion.persona)


def require_persona(name: str, document: str) -> None:
    """Raises InvalidInput for a document that could not be lived by."""
    _compiled(name, document)


@lru_cache(maxsize=256)
def _compiled(name: str, document: str) -> Persona:
    return compiled(name, document, _parts(document))


def _parts(document: str) -> dict[str, Any] | None:
    try:
        parts = YAML(typ="safe").load(document)
    except YAMLError:
        return None
    return parts if isinstance(parts, dict) else None

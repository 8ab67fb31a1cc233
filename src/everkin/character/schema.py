"""The JSON Schema of persona documents (draft 2020-12), for editors; `lint` checks the same and more."""

import json
from importlib.resources import files
from typing import Any


def schema_text() -> str:
    """The published file, `everkin/character/persona.schema.json`."""
    return (files("everkin.character") / "persona.schema.json").read_text(encoding="utf-8")


def schema() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(schema_text())
    return told

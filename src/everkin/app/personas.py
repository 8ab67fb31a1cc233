"""Personas as the whole house reads them: the character room's reading, with the language room's count of tokens."""

from functools import partial

from everkin.character import document
from everkin.language.tokens import estimate
from everkin.mind.persona import Persona
from everkin.mind.ports.memories import Companion

lint = partial(document.lint, estimate=estimate)
require_persona = partial(document.require, estimate=estimate)


def persona_of(companion: Companion) -> Persona:
    """The compiled persona; a document that is none of ours is taken as plain words."""
    return document.persona_of(companion.name, companion.persona, estimate)

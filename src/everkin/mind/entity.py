"""Who and what memories are about: mentions in a text, the entities they name, and their aliases."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType

Speaker = NewType("Speaker", str)
"""Who says "I": `USER`, `COMPANION`, or the name of somebody else in an imported group chat."""

USER: Final = Speaker("user")
COMPANION: Final = Speaker("companion")


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityRef:
    """Somebody or something as a speaker refers to it: the speaker themself, "my sister", "Anna", "my sister Anna".

    With neither `kinship` nor `name` it is `owner` in person. `kinship` is a path in normal form, nearest first
    ("sister", "sister's husband"), seen from `owner`. `name` is as it was written.
    """

    owner: Speaker
    kinship: str | None = None
    name: str | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """One string for one referent of one owner, for a table: "user", "user/sister", "user/sister/anna"."""
        parts = (self.owner, self.kinship, self.name and self.name.casefold())
        return "/".join(part for part in parts if part)


class Form(StrEnum):
    """How a mention refers."""

    SELF = "self"
    ADDRESS = "address"
    NAME = "name"
    KINSHIP = "kinship"
    PRONOUN = "pronoun"
    ALIAS = "alias"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Characters `begin` to `end` of a text that refer to somebody or something."""

    ref: EntityRef
    form: Form
    begin: int
    end: int

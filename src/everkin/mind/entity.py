"""Who and what memories are about: mentions, and the entities they name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    ("sister", "sister's husband"), seen from `owner`. `name` is as it was written; a name alone is everybody's.
    """

    owner: Speaker
    kinship: str | None = None
    name: str | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """One string for one way to refer, for a table: "user", "user/sister", "user/sister/anna", "/anna"."""
        owner = "" if self.name and not self.kinship else self.owner
        parts = (owner, self.kinship, self.name and self.name.casefold())
        return "/".join(part for part in parts if part is not None)


class Form(StrEnum):
    """How a mention refers."""

    SELF = "self"
    """ "I'm Tom", "call me Tom": the name is the speaker's own."""
    ADDRESS = "address"
    """ "Thanks, Tom": the name is that of whoever is spoken to."""
    ENDEARMENT = "endearment"
    """ "Good night, honey": what one calls another, and is nobody's name."""
    NAME = "name"
    KINSHIP = "kinship"
    PRONOUN = "pronoun"
    ALIAS = "alias"
    """ "Rebecca, or Becky for short": `also` is the other name."""
    BESIDE = "beside"
    """ "Rob and Robert": `also` is somebody else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Characters `begin` to `end` of a text that refer to somebody or something."""

    ref: EntityRef
    form: Form
    begin: int
    end: int
    also: str | None = field(default=None, repr=False)
    opens: bool = False
    """Whether the message opens with calling this name: the speaker turns to them, rather than answers them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """The mentions of one message. `before` and `after` are the other speakers nearest to it, in a chat of two the other."""

    speaker: Speaker
    mentions: Sequence[Mention]
    at: datetime
    before: Speaker | None
    after: Speaker | None
    asks: bool = False
    """Whether the message ends in a question."""
    joined: bool = False
    """Whether `after` has spoken before this, and not long ago."""
    answered: bool = False
    """Whether what `after` says begins as an answer does."""


class Reason(StrEnum):
    """Why two ways to refer are taken for one entity, the surest first."""

    HAND = "hand"
    """A person said so, of two pages."""
    SAID = "said"
    """Somebody said so in talking: "call me Tom", "Rebecca, or Becky for short"."""
    NAMED = "named"
    """ "my sister Anna" and "Anna", and no other Anna is anybody's; or "my sister", and there is no other sister."""
    FULL_NAME = "full_name"
    NICKNAME = "nickname"
    ADDRESSED = "addressed"
    """The name was called and they answered, often enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """Two keys that are one entity, and why."""

    keys: frozenset[str] = field(repr=False)
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One way to refer, how often it was used, and when first and last."""

    ref: EntityRef
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """Somebody or something: `keys` are all ways to refer to it that were merged, the first used first."""

    keys: tuple[str, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    """The most used first."""
    kinships: tuple[tuple[Speaker, str], ...]
    speaker: Speaker | None
    count: int
    first: datetime
    last: datetime

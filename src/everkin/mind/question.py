"""A question as recall understands it: its kind, who is asked about, its parts, its terms and its times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What sort of answer is wanted."""

    WHEN = "when"
    WHERE = "where"
    WHO = "who"
    COUNT = "count"
    WHY = "why"
    HOW = "how"
    YES_NO = "yes_no"
    LIST = "list"
    WHAT = "what"
    INSTRUCTION = "instruction"
    STATEMENT = "statement"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """`terms` are distinct index terms (stems) in order; `Evidence.postings` is aligned with them.

    `about` is the one speaker (a value of `Matter.speaker`) who is asked about, or None when nobody or several are.
    `name_terms` says which of the terms are whose name. `spans` are intervals in epoch seconds that the question's
    time expressions mean. `parts` are the sub-questions of a question of several parts, else empty; `Evidence.dense`
    has a row for each after the whole's.
    """

    text: str = field(repr=False)
    kind: Kind
    terms: tuple[str, ...] = field(repr=False)
    name_terms: Mapping[str, int] = field(default_factory=dict, repr=False)
    about: int | None = None
    spans: tuple[tuple[float, float], ...] = ()
    parts: tuple[str, ...] = field(default=(), repr=False)

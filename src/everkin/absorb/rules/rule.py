"""A rule: what the words after a verb say, and how its tense bears on that."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from everkin.mind.fact import Predicate


class Aspect(Enum):
    """How the tense of a clause bears on the fact."""

    STATE = "state"
    """Holds now; in the past tense it did, and no longer does."""
    HABIT = "habit"
    """As a state, but one past act is no habit: the simple past gives nothing."""
    CHANGE = "change"
    """In the past tense the state began with it; else it is still to come and gives nothing."""
    FIXED = "fixed"
    """Holds for good, whatever the tense (where somebody was born)."""
    EVENT = "event"
    """Happened; only the past tenses count."""
    END = "end"
    """In the past tense, or as a state of now, it ends what held."""


STATE, HABIT, CHANGE, FIXED, EVENT, END = Aspect


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What `says` describes is matched right after the verb, whatever its case; its group `v` is the value, or `whole` takes
    the verb along.
    """

    predicate: Predicate
    says: str
    aspect: Aspect = Aspect.STATE
    passive: bool = False
    progressive: bool | None = None
    whole: bool = False
    many: bool = False
    negatable: bool = True
    modal: str = ""
    dated: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when its verb is first heard, 1 to 5 ms: all of them are a third of the time that a start takes."""
        return _compiled(self.says)


@cache
def _compiled(says: str) -> re.Pattern[str]:
    return re.compile(says, re.IGNORECASE)


Rules = dict[str, tuple[Rule, ...]]
"""By verb; a key may be several verbs, parted by spaces, that say the same."""


def rule(predicate: Predicate, pattern: str, aspect: Aspect = Aspect.STATE, **options: object) -> Rule:
    """A rule of `pattern`; `options` are the fields of `Rule`."""
    return Rule(predicate=predicate, says=pattern, aspect=aspect, **options)  # type: ignore[arg-type]

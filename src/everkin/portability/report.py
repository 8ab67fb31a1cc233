"""What an import says of itself: counts, places and reasons, never a word of what was said."""

from collections import Counter
from dataclasses import dataclass, field

PLACES_MAX = 1000
"""Remarks kept with their place; beyond that they are only counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Where something was met ("line 12", "conversation 3, message 9") and what it was."""

    place: str
    reason: str


@dataclass(slots=True)
class Report:
    """Filled while an import is read, so a caller may look at any time.

    `messages` were handed over; `skipped` were not, each with its reason; `warnings` are about messages that were
    handed over with something mended or inferred. The lists stop growing at `PLACES_MAX`; `tally` counts every remark.
    """

    conversations: int = 0
    messages: int = 0
    branches: int = 0
    """How many of `messages` stand beside the current branch (other swipes, edits, regenerations)."""
    skipped: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    def skip(self, place: str, reason: str) -> None:
        self._note(self.skipped, place, reason)

    def warn(self, place: str, reason: str) -> None:
        self._note(self.warnings, place, reason)

    def _note(self, remarks: list[Remark], place: str, reason: str) -> None:
        self.tally[reason] += 1
        if len(remarks) < PLACES_MAX:
            remarks.append(Remark(place=place, reason=reason))

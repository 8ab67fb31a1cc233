"""What is wrong with a document, and where: never the words themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from everkin.errors import PersonaRefused


class Severity(StrEnum):
    """An error keeps a document from being released; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Flaw:
    """One thing to mend. `line` counts from 1; `rule` is a word to look it up by in docs/personas.md."""

    line: int
    rule: str
    what: str
    next: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"line {self.line}: {self.what} {self.next} [{self.rule}]"


def refuse(flaws: Sequence[Flaw]) -> None:
    """Raises PersonaRefused, with every error in it, when there is one."""
    errors = [flaw for flaw in flaws if flaw.severity is Severity.ERROR]
    if errors:
        more = f" And {len(errors) - 3} more." if len(errors) > 3 else ""
        raise PersonaRefused(
            "The persona cannot be taken as it is: " + " ".join(map(str, errors[:3])) + more,
            kept="Nothing was changed.",
            next="`everkin persona lint` lists all there is to mend.",
            lines=[flaw.line for flaw in errors],
            rules=[flaw.rule for flaw in errors],
        )

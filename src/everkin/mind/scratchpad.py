"""Scratchpad: what a companion thinks or a tool answers within one exchange, in order and bounded; it dies with the exchange."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from sortedcontainers import SortedKeyList

from everkin.errors import InvalidInput, TooLarge

NOTES_MAX: Final = 256
CHARACTERS_MAX: Final = 65_536
"""Of all notes together; the first in order make room for later ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """`kind` is the app's own word for it: thought, tool, plan. Notes of one order stand as they came."""

    order: float
    number: int
    kind: str
    text: str = field(repr=False)


class Scratchpad:
    """Notes of one exchange. Nothing of it is stored, logged or shown in a repr; closed, it is empty and stays so."""

    def __init__(self) -> None:
        self._notes: SortedKeyList = SortedKeyList(key=lambda note: (note.order, note.number))
        self._number = 0
        self._characters = 0
        self.closed = False

    def note(self, text: str, *, kind: str = "thought", order: float | None = None) -> None:
        """Put it down, last unless `order` says where. O(log n). Raises TooLarge, and InvalidInput once it is closed."""
        if self.closed:
            raise InvalidInput(
                "The exchange that this scratchpad belonged to is over.",
                kept="Nothing of it was kept.",
                next="Take a new one for the next exchange.",
            )
        if len(text) > CHARACTERS_MAX or len(kind) > 40:
            raise TooLarge(
                f"A note is at most {CHARACTERS_MAX} characters, and its kind 40.",
                kept="The scratchpad is as it was.",
                next="Put down less.",
            )
        last = self._notes[-1].order if self._notes else 0.0
        self._number += 1
        self._notes.add(Note(order=last if order is None else order, number=self._number, kind=kind, text=text))
        self._characters += len(text)
        while len(self._notes) > NOTES_MAX or self._characters > CHARACTERS_MAX:
            self._characters -= len(self._notes.pop(0).text)

    def __iter__(self) -> Iterator[Note]:
        """In order."""
        return iter(tuple(self._notes))

    def __len__(self) -> int:
        return len(self._notes)

    def between(self, first: float, last: float) -> tuple[Note, ...]:
        """The notes from one order to another, both included."""
        return tuple(self._notes.irange_key((first, 0), (last, self._number)))

    def close(self) -> None:
        """The exchange is over."""
        self._notes.clear()
        self._characters, self.closed = 0, True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Scratchpad of {len(self)} notes{', closed' if self.closed else ''}>"

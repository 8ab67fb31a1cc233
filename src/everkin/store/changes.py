"""Changes to several tables in one statement: to send and answer one costs more than most of them do."""

import re
from collections.abc import Sequence, Set
from functools import lru_cache
from typing import Final, LiteralString

from everkin.store.database import Row

Change = tuple[LiteralString, Row]
"""A statement, and what it has of its own beside what all of them share."""

_PLACE: Final = re.compile(r"%\((\w+)\)")


def together(where: Row, changes: Sequence[Change]) -> Change:
    """All of them, of which there is at least one, as one; it answers what the last one does. `where` is what they share.

    A name that is a statement's own and shared is its own. Each sees the tables as they were before: none may touch a
    row of another's, or read what another writes.
    """
    values = {f"{name}_{place}": value for place, (_, own) in enumerate(changes) for name, value in own.items()}
    return _joined(tuple((query, frozenset(own)) for query, own in changes)), {**where, **values}


@lru_cache(maxsize=64)
def _joined(queries: tuple[tuple[LiteralString, Set[str]], ...]) -> LiteralString:
    """One statement: the last, and the others as what it is `WITH`."""
    parts = [_apart(query.rstrip().removesuffix(";"), place, own) for place, (query, own) in enumerate(queries)]
    before = ", ".join(f"change_{place} AS (\n{part}\n)" for place, part in enumerate(parts[:-1]))
    return f"WITH {before}\n{parts[-1]}" if before else parts[-1]


def _apart(query: str, place: int, own: Set[str]) -> str:
    """Its own values under names that no other statement has."""
    return _PLACE.sub(lambda found: f"%({found[1]}_{place})" if found[1] in own else found[0], query)

"""A bond's matter with the facts that the user's other bonds share: their own rows alone, none of what was said there. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from everkin.mind.identity import MemoryId
from everkin.mind.matter import Evidence, Flag, Ints, Matter, Posting
from everkin.mind.meant import Meant
from everkin.mind.ports.memories import Gathered


def joined(own: Gathered, others: Sequence[tuple[Gathered, Collection[MemoryId]]]) -> Gathered:
    """`own`, then a row for each shared fact, as a message of a session of its own: it has no neighbours to borrow from.

    Rows from `len(own.matter)` on are foreign. Costs a copy of the columns, and their layout anew.
    """
    for other, memories in others:
        wanted = np.array([id.bytes for id in memories], other.ids.dtype)
        rows = np.flatnonzero(np.isin(other.ids, wanted) & ((other.matter.flags & Flag.FACT) > 0))
        own = _appended(own, other, rows)
    return own


def _appended(own: Gathered, other: Gathered, rows: NDArray[Any]) -> Gathered:
    if not len(rows):
        return own
    return replace(
        own,
        matter=_matter(own.matter, other.matter, rows),
        evidence=_evidence(own, other, rows),
        ids=np.concatenate([own.ids, other.ids[rows]]),
    )


def _matter(own: Matter, other: Matter, rows: NDArray[Any]) -> Matter:
    columns = {column.name: getattr(other, column.name)[rows] for column in fields(Matter)}
    alone = np.arange(1, len(rows) + 1)
    columns["memory"] = columns["memory"] + own.memory.max(initial=0) + 1
    columns["message"] = own.message.max(initial=-1) + alone
    columns["session"] = own.session.max(initial=-1) + alone
    columns["flags"] = columns["flags"] & ~np.uint16(Flag.FACT)
    columns["successor"] = np.full(len(rows), -1, np.int32)
    return Matter(
        **{
            name: np.concatenate([getattr(own, name), values]).astype(getattr(own, name).dtype)
            for name, values in columns.items()
        }
    )


def _evidence(own: Gathered, other: Gathered, rows: NDArray[Any]) -> Evidence:
    place = np.full(len(other.matter), -1, np.int64)
    place[rows] = len(own.matter) + np.arange(len(rows))
    postings = dict(own.evidence.postings)
    for term, posting in other.evidence.postings.items():
        places = place[posting.rows]
        here = places >= 0
        if here.any():
            mine = postings.get(term)
            foreign = Posting(rows=places[here], count=posting.count[here])
            postings[term] = foreign if mine is None else _after(mine, foreign)
    dense = np.concatenate([own.evidence.dense, other.evidence.dense[:, rows]], axis=1)
    return Evidence(dense=dense, postings=postings, people=_people(own, other, rows))


def _people(own: Gathered, other: Gathered, rows: NDArray[Any]) -> dict[Meant, Ints]:
    """Whoever is known to either bond under that name."""
    place = len(own.matter) + np.arange(len(rows))
    people = dict(own.evidence.people)
    for one, theirs in other.evidence.people.items():
        here = people.get(one, np.empty(0, np.intp))
        people[one] = np.concatenate([here, place[np.isin(rows, theirs)]])
    return people


def _after(mine: Posting, foreign: Posting) -> Posting:
    return Posting(rows=np.concatenate([mine.rows, foreign.rows]), count=np.concatenate([mine.count, foreign.count]))

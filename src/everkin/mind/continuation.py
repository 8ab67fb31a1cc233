"""How a transcript that a client sends again continues the stored one: what of it is known, revised, new, or left behind."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from everkin.mind.transcript import Role

Spoken = tuple[Role, str]

COMPARED_MAX: Final = 1000
"""Of a transcript that is sent, its last so many messages are held against the stored ones."""
LEFT_FACTOR: Final = 2
"""A swipe or an edit leaves at most this many stored messages for each one that is shared; more is another chat."""
PRUNED_MAX: Final = 8
"""So many messages missing in the middle were deleted; more were cut out to save room, and stay remembered."""
EXCHANGE: Final = 2
"""Behind a greeting alone no more than this was deleted: every chat with a companion begins with the same one."""

_PAINT: Final = re.compile(r"[\s*_~`#>\u00ad\u200b-\u200f\u2060\ufeff]+")
_QUOTES: Final = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")


@dataclass(frozen=True, kw_only=True, slots=True)
class Continuation:
    """Positions: `revised` are (stored, sent) pairs, `inserted` (the stored one before or -1, sent), `new` the sent tail,
    `left` stored messages that the client no longer tells. `shared` counts the messages that both have.
    """

    shared: int = 0
    revised: tuple[tuple[int, int], ...] = ()
    inserted: tuple[tuple[int, int], ...] = ()
    new: tuple[int, ...] = ()
    left: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gap:
    """Between two shared stretches: stored[start:end] against sent[first:past]."""

    start: int
    end: int
    first: int
    past: int
    shared: int = 0
    """How many stored messages stand before it."""


def continuation(stored: Sequence[Spoken], sent: Sequence[Spoken], *, whole: bool) -> Continuation:
    """`stored` is the end of a branch, or `whole` of it. Nothing shared: everything sent is new, and nothing is left.

    A client's history may start later than ours (it was cut to fit): what lies before the first shared message stays.
    White space, Markdown's marks and the shape of quotation marks make no difference, as clients change them.
    """
    offset = max(0, len(sent) - COMPARED_MAX) if stored else 0
    blocks = _blocks([_key(one) for one in stored], [_key(one) for one in sent[offset:]])
    if not blocks:
        return Continuation(new=tuple(range(len(sent))))
    head = _head(stored, sent, blocks[0], offset, whole=whole)
    middle = [_middle(stored, sent, _shifted(gap, offset)) for gap in _gaps(blocks)]
    start, first, length = blocks[-1]
    tail = _tail(
        stored, sent, _Gap(start=start + length, end=len(stored), first=offset + first + length, past=len(sent))
    )
    parts = [head, *middle, tail]
    return Continuation(
        shared=sum(block[2] for block in blocks)
        + sum(_goes_on(stored[at][1], sent[told][1]) for at, told in tail.revised),
        revised=tuple(pair for part in parts for pair in part.revised),
        inserted=tuple(pair for part in parts for pair in part.inserted),
        new=tail.new,
        left=tuple(at for part in parts for at in part.left),
    )


def plausible(found: Continuation) -> bool:
    """Whether this is the same chat going on, rather than another one that begins alike."""
    return found.shared > 0 and len(found.left) <= LEFT_FACTOR * found.shared


def _key(spoken: Spoken) -> Spoken:
    role, text = spoken
    plain = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return role, _PAINT.sub("", plain) or plain.strip()


def _blocks(ours: Sequence[Spoken], theirs: Sequence[Spoken]) -> list[tuple[int, int, int]]:
    """Shared stretches as (start in ours, start in theirs, length), in the order of both."""
    start, length = _longest_from_its_start(ours, theirs)
    blocks = [(start, 0, length)] if length else []
    ours_left, theirs_left = ours[start + length :], theirs[length:]
    if ours_left and theirs_left:
        found = SequenceMatcher(None, ours_left, theirs_left, autojunk=False).get_matching_blocks()
        blocks += [(start + length + at, length + first, size) for at, first, size in found if size]
    return blocks


def _longest_from_its_start(ours: Sequence[Spoken], theirs: Sequence[Spoken]) -> tuple[int, int]:
    """Where the longest stretch that begins `theirs` stands in `ours` (the latest of equals), and its length."""
    best, longest = 0, 0
    for start, one in enumerate(ours):
        if theirs and one == theirs[0]:
            length = _common(ours, start, theirs)
            if length >= longest:
                best, longest = start, length
    return best, longest


def _common(ours: Sequence[Spoken], start: int, theirs: Sequence[Spoken]) -> int:
    length = 0
    while start + length < len(ours) and length < len(theirs) and ours[start + length] == theirs[length]:
        length += 1
    return length


def _gaps(blocks: Sequence[tuple[int, int, int]]) -> Iterator[_Gap]:
    for (start, first, length), (end, past, _) in pairwise(blocks):
        yield _Gap(start=start + length, end=end, first=first + length, past=past, shared=start + length)


def _shifted(gap: _Gap, offset: int) -> _Gap:
    return replace(gap, first=gap.first + offset, past=gap.past + offset)


def _paired(stored: Sequence[Spoken], sent: Sequence[Spoken], gap: _Gap) -> int:
    """How many messages stand in another's place: those of the same role, one by one from the gap's start."""
    length = 0
    while length < min(gap.end - gap.start, gap.past - gap.first):
        if stored[gap.start + length][0] is not sent[gap.first + length][0]:
            break
        length += 1
    return length


def _middle(stored: Sequence[Spoken], sent: Sequence[Spoken], gap: _Gap) -> Continuation:
    """A message in another's place is its revision; what has no counterpart was deleted, or put in."""
    length = _paired(stored, sent, gap)
    told, old = range(gap.first + length, gap.past), range(gap.start + length, gap.end)
    deleted = len(old) <= (PRUNED_MAX if gap.shared > 1 else EXCHANGE)
    return Continuation(
        revised=tuple((gap.start + one, gap.first + one) for one in range(length)),
        inserted=tuple((gap.start + length - 1, position) for position in told),
        left=tuple(old) if deleted else (),
    )


def _tail(stored: Sequence[Spoken], sent: Sequence[Spoken], gap: _Gap) -> Continuation:
    """Replies that the client has changed are revised; its last message is always said anew, and what it left is left."""
    length = _paired(stored, sent, replace(gap, past=max(gap.first, gap.past - 1)))
    return Continuation(
        revised=tuple((gap.start + one, gap.first + one) for one in range(length)),
        new=tuple(range(gap.first + length, gap.past)),
        left=tuple(range(gap.start + length, gap.end)),
    )


def _goes_on(stored: str, sent: str) -> bool:
    """Whether one is the other's beginning: a reply that was continued, or cut at a stop word."""
    ours, theirs = stored.strip(), sent.strip()
    return bool(ours and theirs) and (ours.startswith(theirs) or theirs.startswith(ours))


def _head(
    stored: Sequence[Spoken], sent: Sequence[Spoken], first: tuple[int, int, int], offset: int, *, whole: bool
) -> Continuation:
    """What was sent before the first shared message: an edit where both begin, older words where ours begin later.

    Where ours began earlier it stands for what the client has cut off (a summary, say), and nobody said it.
    """
    at, position = first[0], offset + first[1]
    if not position or offset or not whole:
        return Continuation()
    if at == 0:
        return Continuation(inserted=tuple((-1, told) for told in range(position)))
    same = at == position and all(stored[one][0] is sent[one][0] for one in range(at))
    return Continuation(revised=tuple((one, one) for one in range(at)) if same else ())

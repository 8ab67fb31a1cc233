"""Time expressions in a text, as intervals in the user's zone; the past is meant unless the speaker looks ahead."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from everkin.language.expressions.cjk import CJK
from everkin.language.expressions.elsewhere import Elsewhere
from everkin.language.expressions.english import ENGLISH
from everkin.language.expressions.german import GERMAN
from everkin.language.expressions.grammar import Found, Grammar
from everkin.language.expressions.spanish import SPANISH
from everkin.language.intervals import SOUTHERN, Calendar, Interval
from everkin.mind.timespan import TimeKind, TimeSpan

GRAMMARS: tuple[Grammar | Elsewhere, ...] = (ENGLISH, GERMAN, SPANISH, CJK, Elsewhere())
_WORD = re.compile(r"[^\W\d_]+|\d")
_READ_CHARS = 20_000
_AROUND = timedelta(days=365)
"""How far "before 2020" and "after Christmas" reach."""


def find(text: str, *, at: datetime, zone: ZoneInfo) -> list[TimeSpan]:
    """The times that `text` names, in the order it names them, as somebody who speaks at `at` (aware) in `zone` means them.

    Expressions without an interval of their own are left out: habits ("every Friday"), lengths ("for two weeks") and
    events ("before the move"). Only the first 20,000 characters are read. About 70 µs a chat message, most of which name
    no time; the first in a language without a grammar here takes 0.2 s, as it loads dateparser.
    """
    text = text[:_READ_CHARS]
    name = zone.key or ""
    local = at.astimezone(zone).replace(tzinfo=None)
    calendar = Calendar(at=local, southern=name.startswith(SOUTHERN), month_first=name.startswith(("America/", "US/")))
    spans: list[TimeSpan] = []
    words = _words(text)
    for grammar in (grammar for grammar in GRAMMARS if not grammar.cues.isdisjoint(words)):
        found = [_framed(one, local) for one in _joined(text, grammar, list(grammar.find(text, calendar)))]
        spans += [_aware(one, zone) for one in found if one.frame != "never"]
    return _apart(spans)


def _words(text: str) -> set[str]:
    """The lower-case words, or characters where no spaces are written, that `Grammar.cues` are compared with."""
    words = set(_WORD.findall(text.lower()))
    return words if text.isascii() else words.union(text)


def _joined(text: str, grammar: Grammar | Elsewhere, found: list[Found]) -> Iterator[Found]:
    """With what frames two expressions as one ("between May and July") made into one."""
    place = 0
    while place < len(found):
        one, place = found[place], place + 1
        if one.frame == "between" and place < len(found):
            other = found[place]
            interval = _from_to(one.interval, other.interval)
            if interval and grammar.joint.fullmatch(text[one.last : other.first]):
                one, place = Found(first=one.first, last=other.last, interval=interval, frame=""), place + 1
        yield one


def _from_to(one: Interval, other: Interval) -> Interval | None:
    """Of "Monday to Friday" said on a Wednesday, each by itself is the last one; together they are last week's."""
    start = one.start
    if start >= other.end and one.kind is other.kind is TimeKind.DAY:
        start -= timedelta(days=7)
    return Interval(start, other.end, TimeKind.RANGE) if start < other.end else None


def _framed(one: Found, at: datetime) -> Found:
    """What began since a time lasts until now; before and after it reach a year at most, and not beyond now."""
    start, end = one.interval.start, one.interval.end
    match one.frame:
        case "since" if start < at:
            start, end = start, max(end, at)
        case "before":
            start, end = (at, start) if start > at else (start - _AROUND, start)
        case "after":
            start, end = end, min(end + _AROUND, at) if end < at else end + _AROUND
        case _:
            return one
    return Found(first=one.first, last=one.last, interval=Interval(start, end, TimeKind.RANGE), frame=one.frame)


def _aware(one: Found, zone: ZoneInfo) -> TimeSpan:
    return TimeSpan(
        start=one.interval.start.replace(tzinfo=zone),
        end=one.interval.end.replace(tzinfo=zone),
        span=(one.first, one.last),
        kind=one.interval.kind,
    )


def _apart(spans: list[TimeSpan]) -> list[TimeSpan]:
    """In order of the text; of two that overlap, as two grammars may read one date, the longer."""
    kept: list[TimeSpan] = []
    for span in sorted(spans, key=lambda span: (span.span[0], -span.span[1])):
        if not kept or span.span[0] >= kept[-1].span[1]:
            kept.append(span)
    return kept

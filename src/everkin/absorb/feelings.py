"""From messages to what they add to feelings, and to mentions of what stays with people: losses, celebrations, waiting."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from everkin.absorb.absorber import Said, Spans
from everkin.mind.emotion import Reading, impulse
from everkin.mind.marker import WAIT_MAX, MarkerKind
from everkin.mind.ports.emotions import EmotionReader, Felt, Spoken
from everkin.mind.ports.transcripts import Draft
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import Role

CERTAIN: Final = 0.9
"""A message that says it outright."""
PASSING: Final = 0.4
"""One that only touches on it: it renews a marker and begins none."""
LETTERS_READ: Final = 2000
"""Nobody breaks such news further down in a longer text."""

_KIN: Final = (
    r"(?:my|our) (?:\w+ )?(?:mum|mom|mother|dad|father|brother|sister|son|daughter|baby|wife|husband|partner|"
    r"boyfriend|girlfriend|fiancée?|grandm\w+|grandpa|grandfather|nan|granny|aunt|uncle|cousin|friend|"
    r"dog|cat|puppy|kitten|horse|rabbit|pet)"
)
_OUTRIGHT: Final = {
    MarkerKind.GRIEF: (
        rf"{_KIN}(?: \w+)? (?:just |has |had )*(?:died|passed away|passed on|is dead|was put down)\b",
        rf"\b(?:lost|buried|bury) {_KIN}\b(?!['’]s)",
        r"\b(?:he|she|they) (?:just |has |have )?(?:passed away|died)\b",
        rf"\bmiscarriage\b|\bfuneral of {_KIN}|{_KIN}['’]s funeral",
    ),
    MarkerKind.CELEBRATION: (
        r"\bi (?:just |finally )?(?:got the job|got promoted|got in|passed|graduated|won|got accepted)\b",
        r"\b(?:we['’]re|we are|i['’]m|i am) (?:engaged|pregnant|expecting a baby)\b",
        r"\bgot (?:engaged|married)\b|\b(?:it['’]s|it is) my birthday\b|\b(?:he|she) said yes\b",
    ),
    MarkerKind.ILLNESS: (
        rf"(?:\bi|{_KIN})(?: \w+)? (?:was|were|am|is|have been|has been|got) (?:just )?"
        r"(?:diagnosed|hospitali[sz]ed|in (?:the )?hospital)\b",
        r"\bi (?:have|caught|got) (?:the flu|covid|pneumonia|cancer)\b",
    ),
    MarkerKind.QUARREL: (
        r"\b(?:i|we) (?:just )?(?:had|got into) (?:a|an|another) (?:\w+ )?(?:fight|argument|quarrel)\b",
        rf"{_KIN}(?: \w+)? and i (?:had a fight|argued|fought)\b|\b(?:we|i) (?:broke up|split up)\b",
    ),
}
_IN_PASSING: Final = {
    MarkerKind.GRIEF: (r"\b(?:funeral|grave|condolences|mourning|grief|griev\w+|miss (?:him|her|them))\b",),
    MarkerKind.CELEBRATION: (r"\b(?:celebrat\w+|champagne|party)\b",),
    MarkerKind.ILLNESS: (r"\b(?:hospital|doctors?|treatment|chemo\w*|surgery|fever|still (?:sick|ill))\b",),
    MarkerKind.QUARREL: (r"\b(?:argument|quarrel|not (?:talking|speaking) to me|apologi[sz]e\w*)\b",),
}
_AWAITED: Final = re.compile(
    r"\b(?:interview|exams?|wedding|surgery|operation|appointment|flight|trip|moving|first day|concert|presentation|"
    r"deadline|trial|hearing|scan|results|due date|graduation|audition|birthday|holidays?|vacation|marathon)\b"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+|\n")
_DENIED: Final = re.compile(
    r"\b(?:not|never|\w+n['’]t|if|almost|nearly|dreamt|dreamed|pretend|movie|film|book|novel|episode|game)\b"
)
_CUES: Final = {
    strength: {kind: re.compile("|".join(patterns)) for kind, patterns in table.items()}
    for strength, table in ((CERTAIN, _OUTRIGHT), (PASSING, _IN_PASSING))
}


class Feelings:
    """Reads what was said for what it shows. About 0.2 ms a message; English cues only."""

    def __init__(self, reader: EmotionReader, spans: Spans) -> None:
        self._reader, self._spans = reader, spans

    def felt(self, messages: Sequence[Said], drafts: Sequence[Sequence[Draft]], *, zone: ZoneInfo) -> list[Felt | None]:
        """What each message adds, in order; None for one that leaves no memory either. `drafts` are what it left."""
        heard = [n for n, left in enumerate(drafts) if left]
        readings = self._reader.read([messages[n].content for n in heard], _vectors([drafts[n] for n in heard]))
        found: list[Felt | None] = [None] * len(messages)
        for n, reading in zip(heard, readings, strict=True):
            found[n] = self._felt(messages[n], reading, zone)
        return found

    def _felt(self, message: Said, reading: Reading, zone: ZoneInfo) -> Felt:
        by_user = message.role is Role.USER
        return Felt(
            impulse=impulse(reading, by_user=by_user),
            spoken=self._spoken(message.content, message.at, zone) if by_user else None,
        )

    def _spoken(self, content: str, at: datetime, zone: ZoneInfo) -> Spoken | None:
        """The gravest mention; a denied, dreamt or fictional one is none."""
        for sentence in _SENTENCE.split(content[:LETTERS_READ].lower()):
            for kind, strength in _cued(sentence):
                return Spoken(kind=kind, strength=strength)
        return self._awaited(content[:LETTERS_READ], at, zone)

    def _awaited(self, content: str, at: datetime, zone: ZoneInfo) -> Spoken | None:
        if not _AWAITED.search(content.lower()):
            return None
        coming = [s for s in self._spans(content, at, zone) if at < s.end and s.start - at < WAIT_MAX and _is_a_day(s)]
        if not coming:
            return None
        return Spoken(kind=MarkerKind.ANTICIPATION, strength=CERTAIN, event=min(s.start for s in coming))


def _cued(sentence: str) -> Iterator[tuple[MarkerKind, float]]:
    if _DENIED.search(sentence):
        return
    for strength, cues in _CUES.items():
        for kind, cue in cues.items():
            if cue.search(sentence):
                yield kind, strength


def _is_a_day(span: TimeSpan) -> bool:
    return span.end - span.start <= timedelta(days=1)


def _vectors(drafts: Sequence[Sequence[Draft]]) -> NDArray[Any] | None:
    """The first passage of each; None when there is any without a vector."""
    first = [left[0].passages[0].vector for left in drafts]
    found = [vector for vector in first if vector is not None]
    return np.stack(found) if found and len(found) == len(first) else None

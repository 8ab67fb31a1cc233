"""What stays with somebody for a while: a loss, a celebration, something they wait for. Pure.

Markers are not kept: they follow from the mentions of them in messages. So each dies with the message that was its cause,
and the same mentions in any order make the same markers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import groupby
from typing import Final

from everkin.mind.identity import MessageKey

ONSET: Final = 0.6
"""A mention at least this strong begins a marker; one at least `RENEWAL` strong keeps it alive (hysteresis)."""
RENEWAL: Final = 0.3
AFTER_EVENT: Final = timedelta(days=2)
WAIT_MAX: Final = timedelta(days=400)
"""Nobody waits longer than this for something."""


class MarkerKind(IntEnum):
    """By stored number: add at the end, never reorder."""

    GRIEF = 0
    CELEBRATION = 1
    ANTICIPATION = 2
    ILLNESS = 3
    QUARREL = 4


LASTS: Final = {
    MarkerKind.GRIEF: timedelta(days=60),
    MarkerKind.CELEBRATION: timedelta(days=3),
    MarkerKind.ILLNESS: timedelta(days=21),
    MarkerKind.QUARREL: timedelta(days=7),
}
"""After its last mention. Anticipation lasts until two days after the event."""
LONGEST: Final = max(*LASTS.values(), WAIT_MAX + AFTER_EVENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A message that speaks of something markers are about. `event` is when it will be, of an anticipation."""

    kind: MarkerKind
    message: MessageKey
    strength: float
    at: datetime
    event: datetime | None = None

    @property
    def expires(self) -> datetime:
        """When a marker whose last mention this is ends."""
        if self.kind is MarkerKind.ANTICIPATION:
            return (self.event or self.at) + AFTER_EVENT
        return self.at + LASTS[self.kind]


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """One that is active. `cause` is the message that began it; `strength` (0 .. 1) fades evenly from its last mention to `expires`."""

    kind: MarkerKind
    cause: MessageKey
    onset: datetime
    renewed: datetime
    expires: datetime
    strength: float
    event: datetime | None = None


def markers(mentions: Iterable[Mention], at: datetime) -> list[Marker]:
    """Those active at `at`, strongest first; what was said later counts for nothing. At most one of a kind and an event's day."""
    known = sorted((m for m in mentions if m.at <= at), key=lambda m: (*_subject(m), m.at, m.message))
    found = [_last(list(group)) for _, group in groupby(known, key=_subject)]
    active = [_faded(marker, at) for marker in found if marker is not None and marker.expires > at]
    return sorted(active, key=lambda marker: (-marker.strength, marker.kind, marker.onset))


def _subject(mention: Mention) -> tuple[int, str]:
    return mention.kind, mention.event.date().isoformat() if mention.event else ""


def _last(mentions: list[Mention]) -> Marker | None:
    """Through the mentions of one thing in the order of time: begun, renewed, run out, begun again."""
    marker: Marker | None = None
    for mention in mentions:
        if marker is not None and mention.at >= marker.expires:
            marker = None
        if marker is None and mention.strength >= ONSET:
            marker = _begun(mention)
        elif marker is not None and mention.strength >= RENEWAL:
            marker = _renewed(marker, mention)
    return marker


def _begun(mention: Mention) -> Marker:
    return Marker(
        kind=mention.kind,
        cause=mention.message,
        onset=mention.at,
        renewed=mention.at,
        expires=mention.expires,
        strength=mention.strength,
        event=mention.event,
    )


def _renewed(marker: Marker, mention: Mention) -> Marker:
    return replace(
        marker,
        renewed=mention.at,
        expires=max(marker.expires, mention.expires),
        strength=max(_faded(marker, mention.at).strength, mention.strength),
    )


def _faded(marker: Marker, at: datetime) -> Marker:
    """As it stands at `at`. Waiting does not fade before the event."""
    if marker.kind is MarkerKind.ANTICIPATION:
        return marker
    left = (marker.expires - at) / (marker.expires - marker.renewed)
    return replace(marker, strength=marker.strength * left)

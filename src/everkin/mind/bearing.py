"""How somebody seems, in words: what a model is told of a feeling, and never a number of it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from everkin.mind.emotion import Feeling
from everkin.mind.marker import Marker, MarkerKind

WORDS: Final = {
    "surprise": "surprised",
    "fear": "afraid",
    "anger": "angry",
    "disgust": "disgusted",
    "joy": "happy",
    "amusement": "amused",
    "excitement": "excited",
    "curiosity": "curious",
    "pride": "proud",
    "gratitude": "grateful",
    "sadness": "sad",
    "shame": "ashamed",
    "loneliness": "lonely",
}
TOWARDS: Final = {
    "trust": "trusting",
    "affection": "fond of them",
    "closeness": "close to them",
    "respect": "full of respect for them",
    "ease": "at ease",
    "tension": "tense with them",
}
DEGREES: Final = ((0.7, "very "), (0.4, ""), (0.18, "a little "))
"""From this much on, in this word."""
SAID_AT_ONCE: Final = 3
_MARKED: Final = {
    MarkerKind.GRIEF: "grieving over a loss they told of on {onset}",
    MarkerKind.CELEBRATION: "celebrating what they told of on {onset}",
    MarkerKind.ANTICIPATION: "waiting for what is to come on {event}",
    MarkerKind.ILLNESS: "living with an illness they told of on {onset}",
    MarkerKind.QUARREL: "upset by a quarrel they told of on {onset}",
}


def seeming(user: Feeling, markers: Sequence[Marker], zone: ZoneInfo) -> str:
    """A sentence on how the user seems and one on what stays with them; empty when there is nothing to say."""
    seems = _joined(_words(user, WORDS))
    stays = _joined([_marked(marker, zone) for marker in markers[:SAID_AT_ONCE]])
    told = [f"They seem {seems}." if seems else "", f"They are {stays}." if stays else ""]
    return " ".join(sentence for sentence in told if sentence)


def own(companion: Feeling) -> str:
    """A sentence on how the companion feels, and towards the user; empty when there is nothing to say."""
    words = [*_words(companion, WORDS), *_words(companion, TOWARDS)]
    return f"You feel {_joined(words)}." if words else ""


def _words(feeling: Feeling, vocabulary: Mapping[str, str]) -> list[str]:
    felt = sorted(vocabulary, key=lambda axis: -feeling[axis])[:SAID_AT_ONCE]
    return [f"{_degree(feeling[axis])}{vocabulary[axis]}" for axis in felt if feeling[axis] >= DEGREES[-1][0]]


def _degree(value: float) -> str:
    return next(word for least, word in DEGREES if value >= least)


def _joined(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _marked(marker: Marker, zone: ZoneInfo) -> str:
    return _MARKED[marker.kind].format(onset=_day(marker.onset, zone), event=_day(marker.event or marker.onset, zone))


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B}"

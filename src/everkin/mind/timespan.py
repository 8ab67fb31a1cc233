"""A time expression in a text and the interval it means."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TimeKind(StrEnum):
    """How sharp an expression is; `vague` ("recently", "the other day") has no edges that mean anything."""

    MOMENT = "moment"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    RANGE = "range"
    VAGUE = "vague"


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSpan:
    """From `start` up to, not including, `end`, both aware and in the user's zone, never empty.

    `span` are the first character of the expression in its text and the one after its last.
    """

    start: datetime
    end: datetime
    span: tuple[int, int]
    kind: TimeKind

"""Dates as other programs wrote them: ISO 8601, epochs in s, ms or µs, and SillyTavern's four forms."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(r"([a-z]{3,9})\.? (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2})(?::(\d{2}))? ?([ap]m)?", re.IGNORECASE)
_HUMANIZED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2}) ?@(\d{1,2})h ?(\d{1,2})m ?(\d{1,2})s(?: ?(\d{1,3})ms)?")
_NUMBER = re.compile(r"-?\d{9,}(?:\.\d+)?")
"""An epoch as text; fewer digits are a date without hyphens."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_FROM, _US_FROM = 1e11, 1e14
"""Epochs from these on are milliseconds and microseconds: in seconds they would lie after the year 5000."""


def parse(raw: object) -> datetime | None:
    """The date `raw` stands for, naive where the source names no zone; None where it is none.

    An epoch of 0 is a placeholder, not a date. ISO dates may lie anywhere from year 1 on.
    """
    try:
        match raw:
            case bool() | None:
                return None
            case int() | float():
                return _epoch(raw)
            case str():
                return _text(raw.strip())
            case _:
                return None
    except (ValueError, OverflowError):
        return None


def aware(stamp: datetime, zone: tzinfo) -> datetime:
    """`stamp` in UTC; one without a zone was written on a clock in `zone`."""
    try:
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # the first and the last day there is, in a zone that would leave them
        return stamp.replace(tzinfo=UTC)


def _epoch(number: float) -> datetime | None:
    if not number:
        return None
    size = abs(number)
    scale = 1e6 if size >= _US_FROM else 1e3 if size >= _MS_FROM else 1
    return _EPOCH + timedelta(seconds=number / scale)


def _text(text: str) -> datetime | None:
    if _NUMBER.fullmatch(text):
        return _epoch(float(text))
    if found := _HUMANIZED.fullmatch(text):
        year, month, day, hour, minute, second, ms = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, ms * 1000)  # noqa: DTZ001
    if found := _ENGLISH.fullmatch(text):
        return _english(*found.groups())
    return datetime.fromisoformat(text)


def _english(month: str, day: str, year: str, hour: str, minute: str, second: str | None, half: str | None) -> datetime:
    number = _MONTHS.index(month[:3].lower()) + 1
    hours = int(hour) if half is None else int(hour) % 12 + 12 * (half.lower() == "pm")
    return datetime(int(year), number, int(day), hours, int(minute), int(second or 0))  # noqa: DTZ001

"""Dates of one conversation's messages where the source gives some, or none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

FUTURE_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """What an import needs to know of time: the zone of dates that name none, now, and when the file was written."""

    zone: tzinfo
    now: datetime
    written: datetime


def infer(times: Sequence[datetime | None], *, last: datetime) -> list[datetime]:
    """`times` with the gaps filled: a second apart, closer where the next known time is near, never out of order.

    Without any known time the last message is dated `last` and the others a minute apart before it.
    """
    known = [position for position, at in enumerate(times) if at]
    if not known:
        return [last - timedelta(minutes=len(times) - 1 - position) for position in range(len(times))]
    filled = list(times)
    for left, right in zip([-1, *known], [*known, len(times)], strict=True):
        filled[left + 1 : right] = _between(times, left, right)
    return [at for at in filled if at]


def _between(times: Sequence[datetime | None], left: int, right: int) -> Iterator[datetime]:
    before = times[left] if left >= 0 else None
    after = times[right] if right < len(times) else None
    apart = timedelta(seconds=1)
    if before and after:
        apart = max(min(apart, (after - before) / (right - left)), timedelta(0))
    for position in range(left + 1, right):
        if before:
            yield before + apart * (position - left)
        elif after:
            yield after - apart * (right - position)

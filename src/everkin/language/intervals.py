"""Intervals on one person's calendar, as people name them: "last spring", "three weeks ago", "on Friday".

Everything is on the local clock and without a zone; who asks adds it. Weeks begin on Monday, seasons are whole months
(turned round south of the equator), a night is 18:00 to 06:00. What recurs is looked for in the past unless the
speaker looks ahead. Methods raise `ValueError` or `OverflowError` where there is no such date.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import Final

from everkin.mind.timespan import TimeKind

DAY: Final = timedelta(days=1)
DAYS: Final = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "weekend": 7.0,
    "fortnight": 14.0,
    "month": 30.4375,
    "year": 365.25,
    "decade": 3652.5,
}
KINDS: Final = {
    "minute": TimeKind.MOMENT,
    "hour": TimeKind.MOMENT,
    "day": TimeKind.DAY,
    "week": TimeKind.WEEK,
    "weekend": TimeKind.WEEK,
    "fortnight": TimeKind.WEEK,
    "month": TimeKind.MONTH,
    "year": TimeKind.YEAR,
    "decade": TimeKind.YEAR,
}
PARTS: Final = {
    "morning": (5, 12),
    "noon": (11, 14),
    "afternoon": (12, 18),
    "evening": (17, 24),
    "night": (18, 30),
}
"""Hours of the day, the night's going on into the next."""
SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
"""The first of three months in the north."""
SOUTHERN: Final = (
    "Australia/", "Antarctica/", "Pacific/Auckland", "Africa/Johannesburg", "Africa/Windhoek", "Africa/Maputo",
    "America/Argentina/", "America/Buenos_Aires", "America/Sao_Paulo", "America/Santiago", "America/Montevideo",
    "America/Asuncion",
)  # fmt: skip


class Which(Enum):
    """Which of the things of one name is meant; BARE when the text does not say."""

    BARE = auto()
    LAST = auto()
    THIS = auto()
    NEXT = auto()


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to `end` on the local clock."""

    start: datetime
    end: datetime
    kind: TimeKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """`at` is now on the local clock; `anchor`, what "two days before" counts from when something was said to count from;
    `ahead`, whether the speaker looks ahead, None when nothing tells; `month_first`, whether 5/7 is in May."""

    at: datetime
    anchor: datetime | None = None
    ahead: bool | None = None
    southern: bool = False
    month_first: bool = False

    @property
    def today(self) -> date:
        return self.at.date()

    def day(self, offset: int = 0) -> Interval:
        return _days(self.today + offset * DAY, 1, TimeKind.DAY)

    def week(self, offset: int = 0) -> Interval:
        return _days(self.today - (self.today.weekday() - 7 * offset) * DAY, 7, TimeKind.WEEK)

    def weekend(self, offset: int = 0) -> Interval:
        return _days(self.week(offset).start.date() + 5 * DAY, 2, TimeKind.DAY)

    def month(self, offset: int = 0) -> Interval:
        years, month = divmod(self.today.month - 1 + offset, 12)
        return _months(self.today.year + years, month + 1, 1, TimeKind.MONTH)

    def year(self, offset: int = 0) -> Interval:
        return year(self.today.year + offset)

    def unit(self, name: str, which: Which) -> Interval:
        """The whole calendar unit before, around or after now: "last week", "this month"."""
        offset = {Which.LAST: -1, Which.NEXT: 1}.get(which, 0)
        match name:
            case "day":
                return self.day(offset)
            case "week":
                return self.week(offset)
            case "weekend":
                return self._weekend(which)
            case "month":
                return self.month(offset)
            case "year":
                return self.year(offset)
            case _:
                return self.rolling(1, name, -1 if which is Which.LAST else 1)

    def weekday(self, day: int, which: Which = Which.BARE) -> Interval:
        """Monday is 0. Last: before today. Next: in the week after this one. This: in this week."""
        back, on = (self.today.weekday() - day - 1) % 7 + 1, (day - self.today.weekday() - 1) % 7 + 1
        if which is Which.NEXT:
            return _days(self.week(1).start.date() + day * DAY, 1, TimeKind.DAY)
        if which is Which.THIS:
            return _days(self.week().start.date() + day * DAY, 1, TimeKind.DAY)
        return self.day(on if self.ahead and which is Which.BARE else -back)

    def named_month(self, month: int, which: Which = Which.BARE) -> Interval:
        return self._occurrence(lambda year: _months(year, month, 1, TimeKind.MONTH), which)

    def season(self, name: str, which: Which = Which.BARE) -> Interval:
        return self._occurrence(lambda year: self.season_of(name, year), which)

    def season_of(self, name: str, year: int) -> Interval:
        """The season that begins in `year`; the winter of 2021 ends in 2022."""
        first = SEASONS[name] if not self.southern else (SEASONS[name] + 5) % 12 + 1
        return _months(year, first, 3, TimeKind.SEASON)

    def day_of_year(self, day: int, month: int) -> Interval:
        return self._occurrence(lambda year: _days(_day_of(year, month, day), 1, TimeKind.DAY), Which.BARE)

    def feast(self, name: str, which: Which = Which.BARE, year: int | None = None) -> Interval:
        """A key of `FEASTS`, of `year` when that is said."""
        first, days = FEASTS[name]
        if year is not None:
            return _days(first(year), days, TimeKind.DAY)
        return self._occurrence(lambda year: _days(first(year), days, TimeKind.DAY), which)

    def day_of_month(self, day: int) -> Interval:
        """The last 7th (say) of a month up to today, or the next one."""
        for offset in (0, 1, 2) if self.ahead else (0, -1, -2):
            month = self.month(offset).start
            if day > monthrange(month.year, month.month)[1]:
                continue
            found = date(month.year, month.month, day)
            if found >= self.today if self.ahead else found <= self.today:
                return _days(found, 1, TimeKind.DAY)
        raise ValueError

    def numeric(self, first: int, second: int, year: int) -> Interval:
        """Day and month in the order of the zone, unless only the other one exists."""
        month, day = (first, second) if self.month_first else (second, first)
        if month > 12:
            month, day = day, month
        return exact(day, month, year)

    def away(self, amount: tuple[float, float], unit: str, sign: int) -> Interval:
        """Back from now (sign -1) or on: "three weeks ago", "in a few days". Days and weekends are whole ones; of other
        units half a one is added to either side ("three weeks" is 2.5 to 3.5), a quarter when halves are spoken of."""
        if unit in ("day", "weekend"):
            make = self.day if unit == "day" else self.weekend
            first, last = sorted(sign * round(number) for number in amount)
            return Interval(make(first).start, make(last).end, TimeKind.DAY)
        slack = 0.5 if amount[0].is_integer() else 0.25
        near, far = (amount[0] - slack) * DAYS[unit], (amount[1] + slack) * DAYS[unit]
        start, end = sorted((self.at + sign * timedelta(days=near), self.at + sign * timedelta(days=far)))
        if KINDS[unit] is TimeKind.MOMENT:
            return Interval(start, end, TimeKind.MOMENT)
        return Interval(_midnight(start.date()), _midnight(end.date()), KINDS[unit])

    def rolling(self, amount: float, unit: str, sign: int) -> Interval:
        """Up to now (sign -1) or from now on: "the last two weeks", "the next few days"."""
        other = self.at + sign * amount * timedelta(days=DAYS[unit])
        start, end = sorted((self.at, other))
        if KINDS[unit] is not TimeKind.MOMENT:
            start, end = _midnight(start.date()), _midnight(end.date() + DAY)
        return Interval(start, end, TimeKind.RANGE)

    def vague(self, days_from: float, days_to: float) -> Interval:
        """Between so many days ago and so many."""
        return Interval(self.at - days_from * DAY, self.at - days_to * DAY, TimeKind.VAGUE)

    def _weekend(self, which: Which) -> Interval:
        """The last one is over, but "at the weekend" may be the one that is on."""
        on_now = self.today.weekday() >= 5
        if which is Which.BARE and not on_now and not self.ahead:
            return self.weekend(-1)
        return self.weekend({Which.LAST: -1, Which.NEXT: 1}.get(which, 0))

    def _occurrence(self, make: Callable[[int], Interval], which: Which) -> Interval:
        around = [make(year) for year in range(self.today.year - 2, self.today.year + 3)]
        here = [interval for interval in around if interval.start <= self.at < interval.end]
        before = [interval for interval in around if interval.end <= self.at]
        after = [interval for interval in around if interval.start > self.at]
        match which:
            case Which.LAST:
                return before[-1]
            case Which.NEXT:
                return after[0]
            case Which.THIS:
                return here[0] if here else around[2]
            case Which.BARE:
                return (here + after)[0] if self.ahead else (before + here)[-1]


def year(number: int) -> Interval:
    return _months(number, 1, 12, TimeKind.YEAR)


def decade(first: int) -> Interval:
    return _months(first, 1, 120, TimeKind.YEAR)


def month_of(month: int, year: int) -> Interval:
    return _months(year, month, 1, TimeKind.MONTH)


def exact(day: int, month: int, year: int) -> Interval:
    return _days(date(year, month, day), 1, TimeKind.DAY)


def part_of(day: Interval, part: str) -> Interval:
    """The morning (and so on) of a day."""
    start, end = PARTS[part]
    return Interval(day.start + timedelta(hours=start), day.start + timedelta(hours=end), TimeKind.DAY)


def third_of(interval: Interval, third: int) -> Interval:
    """Early (0), mid (1) or late (2) in the interval."""
    width = (interval.end - interval.start) / 3
    start = _midnight((interval.start + third * width).date())
    end = _midnight((interval.start + (third + 1) * width).date())
    return Interval(start, max(end, start + DAY), interval.kind)


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _days(first: date, count: int, kind: TimeKind) -> Interval:
    return Interval(_midnight(first), _midnight(first + count * DAY), kind)


def _months(year: int, month: int, count: int, kind: TimeKind) -> Interval:
    years, after = divmod(month - 1 + count, 12)
    return Interval(_midnight(date(year, month, 1)), _midnight(date(year + years, after + 1, 1)), kind)


def _day_of(year: int, month: int, day: int) -> date:
    """29 February is the last of February in years without one; otherwise there must be such a day."""
    return date(year, month, min(day, monthrange(year, month)[1]) if (month, day) == (2, 29) else day)


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + ((3 - first.weekday()) % 7 + 21) * DAY


FEASTS: Final[dict[str, tuple[Callable[[int], date], int]]] = {
    "new year": (lambda year: date(year, 1, 1), 1),
    "valentine": (lambda year: date(year, 2, 14), 1),
    "easter": (lambda year: easter(year) - 2 * DAY, 4),
    "independence day": (lambda year: date(year, 7, 4), 1),
    "halloween": (lambda year: date(year, 10, 31), 1),
    "thanksgiving": (_thanksgiving, 1),
    "christmas eve": (lambda year: date(year, 12, 24), 1),
    "christmas": (lambda year: date(year, 12, 24), 3),
    "christmas day": (lambda year: date(year, 12, 25), 1),
    "boxing day": (lambda year: date(year, 12, 26), 1),
    "new year's eve": (lambda year: date(year, 12, 31), 1),
}
"""The first day of each year's, and how many days it lasts."""

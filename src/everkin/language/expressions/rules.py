"""What the parts of a time expression mean together, whatever language they are said in.

Each rule is told the groups of the pattern that matched, as `Grammar.meanings` translates them: `n` is the least and the
most an amount can be, or its digits; `unit` a key of `intervals.DAYS`; `sign` -1 for past and 1 for future; `weekday`
counts from Monday as 0; `which` is a `Which`; `third` 0 to 2 and `part` a key of `intervals.PARTS` narrow what is found.
"""

from dataclasses import replace
from datetime import timedelta

from everkin.language import intervals
from everkin.language.expressions.grammar import Said
from everkin.language.intervals import DAY, Calendar, Interval, Which
from everkin.mind.timespan import TimeKind


def day(said: Said, calendar: Calendar) -> Interval:
    """`day` days from today."""
    return _within(said, calendar.day(said["day"]))


def night(said: Said, calendar: Calendar) -> Interval:
    """The night that begins `night` days from today."""
    return intervals.part_of(calendar.day(said["night"]), "night")


def vague(said: Said, calendar: Calendar) -> Interval:
    """From `vague[0]` to `vague[1]` days ago."""
    return calendar.vague(*said["vague"])


def away(said: Said, calendar: Calendar) -> Interval:
    return calendar.away(_amount(said), said["unit"], said["sign"])


def ahead(said: Said, calendar: Calendar) -> Interval | None:
    """A time in "I'll be there in two hours", a length in "ran it in two hours"; "in a week" takes a sign of the future."""
    if calendar.ahead is False or (_amount(said) == (1, 1) and not calendar.ahead):
        return None
    return calendar.away(_amount(said), said["unit"], 1)


def rolling(said: Said, calendar: Calendar) -> Interval:
    return calendar.rolling(_amount(said)[1], said["unit"], said.get("sign", -1))


def offset(said: Said, calendar: Calendar) -> Interval:
    """Counted from the expression before it, or from now; an event it names ("before the move") is not ours to date."""
    return away(said, replace(calendar, at=calendar.anchor or calendar.at))


def whole_unit(said: Said, calendar: Calendar) -> Interval:
    return _within(said, calendar.unit(said["unit"], said.get("which", Which.BARE)))


def counted_unit(said: Said, calendar: Calendar) -> Interval:
    """The unit `count` after this one."""
    make = {"week": calendar.week, "weekend": calendar.weekend, "month": calendar.month, "year": calendar.year}
    return _within(said, make[said["unit"]](said["count"]))


def side_of_unit(said: Said, calendar: Calendar) -> Interval:
    """What is over of this week (`side` -1), or what is left of it."""
    whole = calendar.unit(said["unit"], Which.THIS)
    return replace(whole, end=calendar.at) if said["side"] < 0 else replace(whole, start=calendar.at)


def same_time(said: Said, calendar: Calendar) -> Interval:
    """About now, a week, month or year away: "this time last year"."""
    middle = calendar.at + (-1 if said["which"] is Which.LAST else 1) * timedelta(days=intervals.DAYS[said["unit"]])
    around = {"week": 1, "month": 4, "year": 15}[said["unit"]] * DAY
    return Interval(middle - around, middle + around, TimeKind.RANGE)


def weekday(said: Said, calendar: Calendar) -> Interval:
    return _within(said, calendar.weekday(said["weekday"], said.get("which", Which.BARE)))


def weekday_of_week(said: Said, calendar: Calendar) -> Interval:
    """The day of the week `count` after this one, or of the last, this or next one."""
    week = calendar.week(said["count"]) if "count" in said else calendar.unit("week", said["which"])
    first = week.start + said["weekday"] * DAY
    return _within(said, Interval(first, first + DAY, TimeKind.DAY))


def iso(said: Said, calendar: Calendar) -> Interval:
    return intervals.exact(int(said["day"]), int(said["month"]), int(said["year"]))


def numeric(said: Said, calendar: Calendar) -> Interval:
    """With points it is written day first everywhere."""
    year = int(said["year"])
    written = replace(calendar, month_first=calendar.month_first and said["mark"] == "/")
    return written.numeric(int(said["one"]), int(said["two"]), year if year > 99 else year + 2000)


def date(said: Said, calendar: Calendar) -> Interval:
    """A `day` of a `month`, perhaps up to a `last` one, perhaps of a year."""
    first, month, year = int(said["day"]), int(said["month"]), _year(said, calendar)
    found = calendar.day_of_year(first, month) if year is None else intervals.exact(first, month, year)
    more = int(said.get("last", first)) - first
    return Interval(found.start, found.end + more * DAY, TimeKind.RANGE) if more > 0 else found


def day_of_month(said: Said, calendar: Calendar) -> Interval:
    return calendar.day_of_month(int(said["day"]))


def of_year(said: Said, calendar: Calendar) -> Interval:
    """A `month` or a `season` of a year."""
    year = _year(said, calendar)
    assert year is not None
    if "season" in said:
        return _within(said, calendar.season_of(said["season"], year))
    return _within(said, intervals.month_of(int(said["month"]), year))


def recurring(said: Said, calendar: Calendar) -> Interval:
    """A `month` or a `season`: the last, this or next one, or the one that the speaker's look implies."""
    which = said.get("which", Which.BARE)
    if "season" in said:
        return _within(said, calendar.season(said["season"], which))
    return _within(said, calendar.named_month(int(said["month"]), which))


def year(said: Said, calendar: Calendar) -> Interval:
    return _within(said, intervals.year(int(said["year"])))


def decade(said: Said, calendar: Calendar) -> Interval:
    """Up to the 20s of this century, from the 30s on of the last."""
    number = int(said["decade"])
    century = 0 if number > 99 else 2000 if number < 30 else 1900
    return _within(said, intervals.decade(century + number))


def feast(said: Said, calendar: Calendar) -> Interval:
    return calendar.feast(said["feast"], said.get("which", Which.BARE), _year(said, calendar))


def _year(said: Said, calendar: Calendar) -> int | None:
    """The `year`, or the one `count` years after this one, when either is said."""
    if "count" in said:
        return int(calendar.today.year + said["count"])
    return int(said["year"]) if "year" in said else None


def _amount(said: Said) -> tuple[float, float]:
    amount = said.get("n", (1, 1))
    low, high = (amount, amount) if isinstance(amount, str) else amount
    more = 0.5 if "half" in said else 0.0
    return float(low) + more, float(high) + more


def _within(said: Said, interval: Interval) -> Interval:
    if "part" in said:
        return intervals.part_of(interval, said["part"])
    return intervals.third_of(interval, said["third"]) if "third" in said else interval

"""Time expressions in languages without a grammar of their own (French, Italian, Portuguese, Dutch, Russian).

What looks like one is cut out here and read by dateparser, which takes 0.5 to 10 ms: it is never given a whole text.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from everkin.language.expressions.grammar import Found
from everkin.language.intervals import Calendar, Interval

_YEAR: Final = r"(?:19[3-9]\d|20\d\d)"
_DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTHS: Final = {  # without those that read as in English
    "fr": "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
    "it": "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre",
    "pt": "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro",
    "nl": "januari|februari|maart|mei|juni|juli|augustus|oktober",
    "ru": "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря",
}
_OTHERS: Final = {
    "fr": r"avant-hier|hier|demain|aujourd'hui|il y a (?:\d{1,3}|une?|deux|trois|quatre|cinq|six|dix) (?:jour|semaine|moi|an|heure)s?"
    "|la semaine dernière|le mois dernier|l'année dernière",
    "it": r"altro ieri|ieri|oggi|domani|\d{1,3} (?:giorni|settimane|mesi|anni|ore) fa|settimana scorsa|mese scorso|anno scorso",
    "pt": r"anteontem|ontem|hoje|amanhã|há \d{1,3} (?:dias|semanas|meses|anos|horas)"
    r"|\d{1,3} (?:dias|semanas|meses|anos) atrás|semana passada|mês passado|ano passado",
    "nl": r"eergisteren|gisteren|vandaag|overmorgen|\d{1,3} (?:dagen|weken|maanden|jaar|uur) geleden|vorige week|vorige maand"
    "|vorig jaar",
    "ru": r"позавчера|вчера|сегодня|завтра|(?:\d{1,3} )?(?:день|дня|дней|неделю|недели|недель|месяца?|месяцев|года?|лет) назад"
    "|на прошлой неделе|в прошлом месяце|в прошлом году",
}
_CUES: Final = (
    "hier", "demain", "aujourd", "il", "semaine", "mois", "année", "ieri", "oggi", "domani", "fa", "settimana", "mese",
    "anno", "ontem", "anteontem", "hoje", "amanhã", "há", "atrás", "semana", "mês", "ano", "gisteren", "eergisteren",
    "vandaag", "overmorgen", "geleden", "vorige", "vorig", "позавчера", "вчера", "сегодня", "завтра", "назад",
    "прошлой", "прошлом",
)  # fmt: skip
_ALTERNATIVES: Final = "|".join(
    rf"(?P<{language}>{_OTHERS[language]}|{_DAY}(?:er|º)?(?: de)? (?:{months})(?:(?: de)? {_YEAR})?|(?:{months})(?: de)? {_YEAR})"
    for language, months in _MONTHS.items()
)


class Elsewhere:
    """Reads as a `Grammar` does; nothing frames or joins its expressions."""

    cues: Final = frozenset(_CUES).union(*(months.split("|") for months in _MONTHS.values()))
    joint: Final = re.compile(r"(?!)")

    def find(self, text: str, calendar: Calendar) -> Iterator[Found]:
        for match in _pattern().finditer(text):
            interval = _interval(match[0].replace("’", "'"), match.lastgroup or "", calendar)
            if interval is not None:
                yield Found(first=match.start(), last=match.end(), interval=interval, frame="")


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_ALTERNATIVES})\b".replace("'", "['’]"), re.IGNORECASE)


def _interval(said: str, language: str, calendar: Calendar) -> Interval | None:
    """The whole day, week, month or year that dateparser means. It keeps a copy of its settings for each base time
    that it was ever given, so it is given noon, whatever the hour."""
    from dateparser.date import DateDataParser

    noon = calendar.at.replace(hour=12, minute=0, second=0, microsecond=0)
    settings = {"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "past"}
    read = DateDataParser(languages=[language], settings=settings).get_date_data(said)
    if read.date_obj is None:
        return None
    there = replace(calendar, at=read.date_obj.replace(tzinfo=None))
    make = {"week": there.week, "month": there.month, "year": there.year}
    return make.get(read.period or "day", there.day)(0)

"""German time expressions."""

import re
from typing import Final

from everkin.language.expressions import rules
from everkin.language.expressions.grammar import Grammar, one_of
from everkin.language.intervals import Which

NUMBERS: Final = {
    "ein": (1, 1), "eine": (1, 1), "einem": (1, 1), "einer": (1, 1), "zwei": (2, 2), "drei": (3, 3), "vier": (4, 4),
    "fünf": (5, 5), "sechs": (6, 6), "sieben": (7, 7), "acht": (8, 8), "neun": (9, 9), "zehn": (10, 10),
    "zwölf": (12, 12), "zwanzig": (20, 20), "ein paar": (2, 5), "einige": (2, 8), "einigen": (2, 8),
    "mehreren": (3, 8), "einem halben": (0.5, 0.5), "einer halben": (0.5, 0.5), "anderthalb": (1.5, 1.5),
    "eineinhalb": (1.5, 1.5),
}  # fmt: skip
UNITS: Final = {
    "minute": "minute", "minuten": "minute", "stunde": "hour", "stunden": "hour", "tag": "day", "tage": "day",
    "tagen": "day", "woche": "week", "wochen": "week", "wochenende": "weekend", "monat": "month", "monate": "month",
    "monaten": "month", "monats": "month", "jahr": "year", "jahre": "year", "jahren": "year", "jahres": "year",
}  # fmt: skip
DAYS: Final = {"vorgestern": -2, "gestern": -1, "heute": 0, "morgen": 1, "übermorgen": 2}
WEEKDAYS: Final = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
MONTHS: Final = (
    "januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
    "dezember",
)  # fmt: skip
SEASONS: Final = {
    "frühling": "spring", "frühjahr": "spring", "sommer": "summer", "herbst": "autumn", "winter": "winter",
}  # fmt: skip
PARTS: Final = {
    "früh": "morning", "morgen": "morning", "vormittag": "morning", "mittag": "noon", "nachmittag": "afternoon",
    "abend": "evening", "nacht": "night",
}  # fmt: skip
WHICH: Final = {
    "letzt": Which.LAST, "vergangen": Which.LAST, "vorig": Which.LAST, "dies": Which.THIS, "nächst": Which.NEXT,
    "kommend": Which.NEXT,
}  # fmt: skip
THIRDS: Final = {"anfang": 0, "mitte": 1, "ende": 2}
VAGUE: Final = {
    "neulich": (10, 1),
    "letztens": (21, 1),
    "kürzlich": (30, 0),
    "vor kurzem": (30, 0),
    "in letzter zeit": (30, 0),
}
FEASTS: Final = {
    "weihnachten": "christmas", "heiligabend": "christmas eve", "silvester": "new year's eve", "neujahr": "new year",
    "ostern": "easter",
}  # fmt: skip

GERMAN: Final = Grammar(
    cues=frozenset("0123456789").union(
        UNITS,
        DAYS,
        WEEKDAYS,
        MONTHS,
        SEASONS,
        FEASTS,
        ("nacht", "neulich", "letztens", "kürzlich", "kurzem", "zeit"),
        (day + part for day in WEEKDAYS for part in PARTS),
    ),
    start=r"(?<!\w)(?:\d|(?:in|am|im|vor|seit|letzt|vergangen|vorig|vorletzt|dies|nächst|kommend|übernächst|anfang|mitte|ende"
    r"|neulich|kürzlich|{DAY}|{WEEKDAY}|{MONTH}|{SEASON}|{FEAST}))",
    ahead=re.compile(
        r"\b(?P<past>war(?:en)?|hatten?|habe?|haben|hat|bin|ging|kam|sah|wurden?|ge\w{3,}(?:t|en))\b"
        r"|\b(?:werden?|wirst|wird|will|wollen|möchte|muss|müssen|soll|plane|geplant|freue? mich|anstehend\w*)\b",
        re.IGNORECASE,
    ),
    frame=re.compile(
        r"\b(?:(?P<never>jede[nrsm]?|ein(?:e[nrm]?)?)|(?P<since>seit)|(?P<before>vor)|(?P<after>nach)"
        r"|(?P<between>zwischen|vom?))(?: de[mrn])? \Z",
        re.IGNORECASE,
    ),
    joint=re.compile(r"\s*(?:und|bis(?: zum)?|-|–)\s*", re.IGNORECASE),
    names={
        "N": r"(?:\d{1,4}|" + one_of(NUMBERS) + ")",
        "UNIT": one_of(UNITS),
        "DAY": one_of(DAYS),
        "WEEKDAY": one_of(WEEKDAYS),
        "MONTH": one_of(MONTHS),
        "SEASON": one_of(SEASONS),
        "PART": one_of(PARTS),
        "WHICH": rf"(?P<which>{one_of(WHICH)})e[nrsm]?",
        "FEAST": one_of(FEASTS),
        "THIRD": one_of(THIRDS),
        "YEAR": r"(?:19[3-9]\d|20[0-9]\d)\b(?![.,:%]\d)",
        "D": r"(?:3[01]|[12]\d|0?[1-9])",
    },
    meanings={
        "n": NUMBERS,
        "unit": UNITS,
        "day": DAYS,
        "night": {"diese": 0, "letzte": -1, "vergangene": -1, "vorige": -1},
        "weekday": {word: place for place, word in enumerate(WEEKDAYS)},
        "month": {word: place for place, word in enumerate(MONTHS, 1)},
        "season": SEASONS,
        "part": PARTS,
        "which": WHICH,
        "third": THIRDS,
        "vague": VAGUE,
        "feast": FEASTS,
        "sign": {"vor": -1, "letzten": -1, "vergangenen": -1, "nächsten": 1, "kommenden": 1},
        "count": {"vorletzt": -2, "übernächst": 2},
    },
    patterns=(
        (rules.day, r"\b(?P<day>vorgestern|gestern|heute|übermorgen)\b(?:[ -](?P<part>{PART})\b)?"),
        (rules.day, r"(?<!\bam )(?<!en )\b(?P<day>(?-i:morgen))\b(?: (?P<part>{PART})\b)?"),
        (rules.night, r"\b(?P<night>letzte|vergangene|vorige|diese)[nr]? nacht\b"),
        (rules.vague, r"\b(?P<vague>" + one_of(VAGUE) + r")\b"),
        (rules.away, r"\b(?P<sign>vor) (?P<n>{N}) (?P<unit>{UNIT})\b"),
        (rules.ahead, r"\bin (?P<n>{N}) (?P<unit>{UNIT})\b"),
        (rules.rolling, r"\b(?P<sign>letzten|vergangenen|nächsten|kommenden) (?P<n>{N}) (?P<unit>{UNIT})\b"),
        (rules.whole_unit, r"\b(?:(?P<third>{THIRD}) )?{WHICH} (?P<unit>wochenende|woche|monats?|jahr(?:es)?)\b"),
        (rules.whole_unit, r"\bam (?P<unit>wochenende)\b"),
        (rules.counted_unit, r"\b(?P<count>vorletzt|übernächst)e[nrsm]? (?P<unit>wochenende|woche|monat|jahr)\b"),
        (rules.weekday, r"\b(?:{WHICH} )?(?P<weekday>{WEEKDAY})(?: ?(?P<part>{PART}))?\b"),
        (rules.date, r"\b(?P<day>{D})\. ?(?P<month>{MONTH})(?: (?P<year>{YEAR}))?\b"),
        (rules.date, r"\b(?P<day>{D})\.(?P<month>1[0-2]|0?[1-9])\.(?!\d)"),
        (rules.of_year, r"\b(?:im |(?P<third>{THIRD}) )?(?:(?P<month>{MONTH})|(?P<season>{SEASON})) (?P<year>{YEAR})"),
        (rules.recurring, r"\b(?:{WHICH}|im|(?P<third>{THIRD})) (?:(?P<month>{MONTH})|(?P<season>{SEASON}))\b"),
        (rules.recurring, r"(?:(?<=seit )|(?<=zwischen )|(?<=und )|(?<=bis ))(?P<month>{MONTH})\b"),
        (rules.year, r"(?:\bim jahre? |(?<=seit )|(?<=bis ))(?P<year>{YEAR})"),
        (rules.year, r"\b(?P<third>{THIRD}) (?P<year>{YEAR})"),
        (rules.feast, r"\b(?:{WHICH} )?(?P<feast>{FEAST})\b(?: (?P<year>{YEAR}))?"),
    ),
)

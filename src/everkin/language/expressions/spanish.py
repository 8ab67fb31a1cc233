"""Spanish time expressions."""

import re
from typing import Final

from everkin.language.expressions import rules
from everkin.language.expressions.grammar import Grammar, one_of
from everkin.language.intervals import Which

NUMBERS: Final = {
    "un": (1, 1), "una": (1, 1), "dos": (2, 2), "tres": (3, 3), "cuatro": (4, 4), "cinco": (5, 5), "seis": (6, 6),
    "siete": (7, 7), "ocho": (8, 8), "nueve": (9, 9), "diez": (10, 10), "doce": (12, 12), "quince": (15, 15),
    "veinte": (20, 20), "medio": (0.5, 0.5), "media": (0.5, 0.5), "un par de": (2, 3), "unos": (2, 5), "unas": (2, 5),
    "unos pocos": (2, 5), "unas pocas": (2, 5), "varios": (3, 8), "varias": (3, 8), "algunos": (2, 8),
    "algunas": (2, 8), "pocos": (2, 5), "pocas": (2, 5),
}  # fmt: skip
UNITS: Final = {
    "minuto": "minute", "minutos": "minute", "hora": "hour", "horas": "hour", "día": "day", "días": "day",
    "dia": "day", "dias": "day", "noche": "day", "noches": "day", "semana": "week", "semanas": "week", "mes": "month",
    "meses": "month", "año": "year", "años": "year", "década": "decade", "décadas": "decade",
    "fin de semana": "weekend", "fines de semana": "weekend",
}  # fmt: skip
DAYS: Final = {
    "anteayer": -2, "antier": -2, "antes de ayer": -2, "ayer": -1, "hoy": 0, "esta": 0, "mañana": 1, "pasado mañana": 2,
}  # fmt: skip
NIGHTS: Final = {"anteanoche": -2, "anoche": -1, "esta noche": 0}
WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
SEASONS: Final = {"primavera": "spring", "verano": "summer", "otoño": "autumn", "invierno": "winter"}
PARTS: Final = {"mañana": "morning", "tarde": "afternoon", "noche": "night", "mediodía": "noon"}
WHICH: Final = {
    "pasado": Which.LAST, "pasada": Which.LAST, "último": Which.LAST, "última": Which.LAST, "anterior": Which.LAST,
    "este": Which.THIS, "esta": Which.THIS, "próximo": Which.NEXT, "próxima": Which.NEXT, "que viene": Which.NEXT,
    "siguiente": Which.NEXT,
}  # fmt: skip
THIRDS: Final = {
    "principios de": 0, "principio de": 0, "comienzos de": 0, "mediados de": 1, "finales de": 2, "fines de": 2,
    "principios del": 0, "mediados del": 1, "finales del": 2,
}  # fmt: skip
VAGUE: Final = {
    "el otro día": (10, 1), "la otra noche": (10, 1), "recientemente": (30, 0), "últimamente": (30, 0),
    "hace poco": (30, 0), "estos días": (30, 0), "hace tiempo": (365, 14), "hace un tiempo": (365, 14),
}  # fmt: skip
FEASTS: Final = {
    "navidad": "christmas", "navidades": "christmas", "nochebuena": "christmas eve", "nochevieja": "new year's eve",
    "año nuevo": "new year", "semana santa": "easter", "san valentín": "valentine",
}  # fmt: skip

SPANISH: Final = Grammar(
    cues=frozenset("0123456789").union(
        UNITS,
        DAYS,
        NIGHTS,
        WEEKDAYS,
        MONTHS,
        SEASONS,
        FEASTS,
        ("miercoles", "sabado", "recientemente", "últimamente", "poco", "tiempo", "santa", "nuevo", "valentín"),
    )
    - {"esta"},
    start=r"(?<!\w)(?:\d|(?:el|la|los|las|esta|este|en|hace|dentro|{DAY}|{NIGHT}|{WEEKDAY}|{MONTH}|{SEASON}|{THIRD}|{FEAST}"
    r"|{N}|primero|recientemente|últimamente|estos|próxim[oa]s?|últim[oa]s?|pasad[oa]s?)\b)",
    ahead=re.compile(
        r"\b(?P<past>fui|fue|fuimos|era|estaba|estuve|estuvo|había|hice|hizo|tuve|tuvo|vi|dijo|dije|\w{2,}(?:é|ó|aron|ieron"
        r"|aste|iste|amos|imos))\b"
        r"|\b(?:voy a|vas a|va a|vamos a|van a|tengo que|tiene que|quiero|queremos|espero|pienso|\w{3,}(?:aré|eré|iré|ará|erá"
        r"|irá|aremos|eremos|iremos))\b",
        re.IGNORECASE,
    ),
    frame=re.compile(
        r"\b(?:(?P<never>cada|todos los|todas las|los|un|una)|(?P<since>desde)|(?P<before>antes del?)"
        r"|(?P<after>después del?)|(?P<between>entre|del?))(?: el| la)? \Z",
        re.IGNORECASE,
    ),
    joint=re.compile(r"\s*(?:y|al?|hasta|-|–)(?: el)?\s*", re.IGNORECASE),
    names={
        "N": r"(?:\d{1,4}|" + one_of(NUMBERS) + ")",
        "UNIT": one_of(UNITS),
        "DAY": one_of(DAYS),
        "NIGHT": one_of(NIGHTS),
        "WEEKDAY": "(?:" + one_of(WEEKDAYS) + "|miercoles|sabado)",
        "MONTH": one_of([*MONTHS, "setiembre"]),
        "SEASON": one_of(SEASONS),
        "PART": one_of(PARTS),
        "FEAST": one_of(FEASTS),
        "THIRD": one_of(THIRDS),
        "BEFORE": "(?P<which>pasad[oa]|últim[oa]|próxim[oa]|est[ea])",
        "AFTER": "(?P<which>pasad[oa]|anterior|que viene|próxim[oa]|siguiente)",
        "YEAR": r"(?:19[3-9]\d|20[0-9]\d)\b(?![.,:%]\d)",
        "D": r"(?:3[01]|[12]\d|0?[1-9])",
    },
    meanings={
        "n": NUMBERS,
        "unit": UNITS,
        "day": DAYS | {"primero": 1},
        "night": NIGHTS,
        "weekday": {word: place for place, word in enumerate(WEEKDAYS)} | {"miercoles": 2, "sabado": 5},
        "month": {word: place for place, word in enumerate(MONTHS, 1)} | {"setiembre": 9},
        "season": SEASONS,
        "part": PARTS,
        "which": WHICH,
        "third": THIRDS,
        "vague": VAGUE,
        "feast": FEASTS,
        "sign": {"hace": -1, "atrás": -1, "dentro de": 1, "últim": -1, "pasad": -1, "próxim": 1},
        "count": {"antepasado": -2, "antepasada": -2},
    },
    patterns=(
        (rules.vague, r"\b(?P<vague>" + one_of(VAGUE) + r")\b"),
        (
            rules.day,
            r"(?<!\bla )(?<!\besta )(?<!\bcada )\b(?P<day>antes de ayer|anteayer|antier|ayer|hoy|pasado mañana|mañana)\b"
            r"(?: (?:por|en|a) la (?P<part>{PART})\b)?",
        ),
        (rules.night, r"\b(?P<night>{NIGHT})\b"),
        (rules.day, r"\b(?P<day>esta) (?P<part>mañana|tarde)\b"),
        (rules.away, r"\b(?P<sign>hace|dentro de) (?P<n>{N}) (?P<unit>{UNIT})(?P<half> y medi[oa])?\b"),
        (rules.away, r"\b(?P<n>{N}) (?P<unit>{UNIT}) (?P<sign>atrás)"),
        (rules.ahead, r"\ben (?P<n>{N}) (?P<unit>{UNIT})\b"),
        (rules.rolling, r"\bl[oa]s (?P<sign>últim|pasad|próxim)[oa]s (?:(?P<n>{N}) )?(?P<unit>{UNIT})\b"),
        (rules.counted_unit, r"\b(?:el|la) (?P<unit>semana|mes|año|fin de semana) (?P<count>antepasad[oa])\b"),
        (rules.whole_unit, r"\b(?:(?:el|la) )?(?P<unit>semana|mes|año|fin de semana) {AFTER}\b"),
        (rules.whole_unit, r"\b(?:(?:el|la) )?{BEFORE} (?P<unit>semana|mes|año|fin de semana)\b"),
        (rules.whole_unit, r"\bel (?P<unit>fin de semana)\b"),
        (rules.weekday, r"\b(?:el )?(?P<weekday>{WEEKDAY}) {AFTER}(?: por la (?P<part>{PART}))?\b"),
        (
            rules.weekday,
            r"\b(?:el )?(?:{BEFORE} )?(?P<weekday>{WEEKDAY})\b(?:,? (?:por|en) la (?P<part>{PART})\b)?(?!,? \d)",
        ),
        (
            rules.date,
            r"\b(?:el )?(?:{WEEKDAY},? )?(?P<day>{D}|primero)(?:º|°)? de (?P<month>{MONTH})(?: del? (?P<year>{YEAR}))?\b",
        ),
        (
            rules.of_year,
            r"\b(?:(?P<third>{THIRD}) |en )?(?:el |la )?(?:(?P<month>{MONTH})|(?P<season>{SEASON})) (?:del? )?(?P<year>{YEAR})",
        ),
        (rules.recurring, r"\b(?:(?:el|la) )?(?:(?P<month>{MONTH})|(?P<season>{SEASON})) {AFTER}\b"),
        (rules.recurring, r"\b{BEFORE} (?:(?P<month>{MONTH})|(?P<season>{SEASON}))\b"),
        (rules.recurring, r"\b(?P<third>{THIRD}) (?:(?P<month>{MONTH})|(?P<season>{SEASON}))\b"),
        (
            rules.recurring,
            r"(?:(?<=\ben )|(?<=\bdesde )|(?<=\bdurante )|(?<=\bhasta )|(?<=\bentre )|(?<=\by )|(?<=\ba ))(?P<month>{MONTH})\b",
        ),
        (rules.recurring, r"\b(?:en|el|la|en el|en la) (?P<season>{SEASON})\b"),
        (rules.year, r"(?:(?<=\ben )|(?<=\bdesde )|(?<=\ben el )|(?<=\baño )|(?<=\bdel )|(?<=\bde ))(?P<year>{YEAR})"),
        (rules.year, r"\b(?P<third>{THIRD}) (?P<year>{YEAR})"),
        (rules.feast, r"\b(?P<feast>{FEAST})\b(?: (?:del? )?(?P<year>{YEAR}))?"),
    ),
)

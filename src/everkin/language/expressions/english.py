"""English time expressions."""

import re
from typing import Final

from everkin.language.expressions import rules
from everkin.language.expressions.grammar import Grammar, one_of
from everkin.language.intervals import Which

NUMBERS: Final = {
    "a": (1, 1), "an": (1, 1), "one": (1, 1), "two": (2, 2), "three": (3, 3), "four": (4, 4), "five": (5, 5),
    "six": (6, 6), "seven": (7, 7), "eight": (8, 8), "nine": (9, 9), "ten": (10, 10), "eleven": (11, 11),
    "twelve": (12, 12), "fifteen": (15, 15), "twenty": (20, 20), "thirty": (30, 30), "half a": (0.5, 0.5),
    "half an": (0.5, 0.5), "couple": (2, 3), "couple of": (2, 3), "a couple": (2, 3), "a couple of": (2, 3),
    "few": (2, 5), "a few": (2, 5), "several": (3, 8), "some": (2, 8), "many": (4, 12),
}  # fmt: skip
UNITS: Final = {
    "minute": "minute", "min": "minute", "hour": "hour", "hr": "hour", "day": "day", "night": "day", "week": "week",
    "weekend": "weekend", "fortnight": "fortnight", "month": "month", "year": "year", "yr": "year", "decade": "decade",
}  # fmt: skip
DAYS: Final = {
    "the day before yesterday": -2, "yesterday": -1, "today": 0, "this": 0, "tomorrow": 1, "the day after tomorrow": 2,
}  # fmt: skip
NIGHTS: Final = {"the night before last": -2, "night before last": -2, "last night": -1, "tonight": 0}
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTHS_SHORT: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SEASONS: Final = {"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter"}
ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth",
    "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
)  # fmt: skip
DECADES: Final = {"fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}
THIRDS: Final = {
    "early": 0, "early in": 0, "start of": 0, "beginning of": 0, "mid": 1, "middle of": 1, "late": 2, "late in": 2,
    "end of": 2,
}  # fmt: skip
WHICH: Final = {
    "this past": Which.LAST, "last": Which.LAST, "previous": Which.LAST, "past": Which.LAST,
    "this coming": Which.NEXT, "next": Which.NEXT, "coming": Which.NEXT, "upcoming": Which.NEXT, "this": Which.THIS,
}  # fmt: skip
VAGUE: Final = {
    "recently": (30, 0), "lately": (30, 0), "these days": (30, 0), "the other day": (10, 1), "the other night": (10, 1),
    "the other evening": (10, 1), "the other morning": (10, 1), "the other week": (28, 7), "not long ago": (60, 1),
    "a while ago": (365, 14), "a while back": (365, 14), "some time ago": (365, 14), "just now": (1 / 24, 0),
}  # fmt: skip
FEASTS: Final = {
    "christmas": "christmas", "xmas": "christmas", "christmas day": "christmas day", "christmas eve": "christmas eve",
    "boxing day": "boxing day", "new year's eve": "new year's eve", "new years eve": "new year's eve",
    "new year's": "new year", "new year's day": "new year", "new years day": "new year", "halloween": "halloween",
    "valentine's": "valentine", "valentine's day": "valentine", "valentines day": "valentine", "easter": "easter",
    "thanksgiving": "thanksgiving", "4th of july": "independence day", "fourth of july": "independence day",
    "independence day": "independence day",
}  # fmt: skip
SIGNS: Final = {
    "ago": -1, "back": -1, "from now": 1, "last": -1, "past": -1, "next": 1, "coming": 1, "before": -1, "earlier": -1,
    "prior": -1, "after": 1, "later": 1, "afterwards": 1,
}  # fmt: skip
_MORE_CUES: Final = (
    "ago", "tonight", "morning", "afternoon", "evening", "recently", "lately", "now", "while", "sept", "valentine",
    "valentines", "independence",
)  # fmt: skip

ENGLISH: Final = Grammar(
    cues=frozenset("0123456789").union(
        UNITS,
        (f"{unit}s" for unit in UNITS),
        DAYS,
        WEEKDAYS,
        MONTHS,
        MONTHS_SHORT,
        SEASONS,
        DECADES,
        FEASTS,
        _MORE_CUES,
    )
    - {"this"},
    start=r"(?<!\w)(?:\d|(?:the|this|same|last|past|previous|next|coming|upcoming|yesterday|today|tonight|tomorrow|night"
    r"|recently|lately|these|not|some|just|around|earlier|later|early|mid|late|start|beginning|middle|end|in|over|during"
    r"|for|on|since|by|until|till|from|{N}|{WEEKDAY}|{MONTH}|{SEASON}|{ORDINAL}|{FEAST})\b)",
    ahead=re.compile(
        r"\b(?P<past>did|was|were|had|went|came|saw|met|got|told|said|took|made|ate|bought|left|felt|lost|found|gave"
        r"|began|ran|fell|broke|slept|drove|flew|won|heard|kept|been|spent|\w{2,}ed)\b"
        r"|\b(?:will|won['’]t|shall|going to|gonna|planning|plan to|hoping to|hope to|looking forward|can['’]t wait"
        r"|upcoming|scheduled|due|have an?|has an?|have to|has to|need to|want to|let['’]s|see you|(?:am|are|is) \w+ing)\b"
        r"|['’](?:ll|m \w+ing|re \w+ing)\b",
        re.IGNORECASE,
    ),
    frame=re.compile(
        r"\b(?:(?P<never>every|each|most|any|an?)|(?P<since>since)|(?P<before>before)|(?P<after>after)"
        r"|(?P<between>between|from)) (?:the )?\Z",
        re.IGNORECASE,
    ),
    joint=re.compile(r"\s*(?:and|to|until|till|through|-|–)\s*(?:the )?", re.IGNORECASE),
    names={
        "N": r"(?:\d{1,4}|(?<!how )many|" + one_of([word for word in NUMBERS if word != "many"]) + ")",
        "UNIT": one_of([*UNITS, *(f"{unit}s" for unit in UNITS)]),
        "WEEKDAY": one_of(WEEKDAYS),
        "MONTH": rf"(?:{one_of(MONTHS)}|(?:{one_of(MONTHS_SHORT)}|sept)\b\.?)",
        "SEASON": one_of(SEASONS),
        "PART": "(?:morning|afternoon|evening|night)",
        "WHICH": one_of(WHICH),
        "YEAR": r"(?:19[3-9]\d|20[0-9]\d)\b(?![.,:%]\d)",
        "D": r"(?:3[01]|[12]\d|0?[1-9])",
        "TH": "(?:st|nd|rd|th)",
        "ORDINAL": one_of(ORDINALS),
        "FEAST": one_of(FEASTS).replace("'", "['’]"),
        "THIRD": one_of(THIRDS),
        "AFTER_CUE": r"(?:(?<=\bin )|(?<=\bin the )|(?<=\bsince )|(?<=\bduring )|(?<=\bover the )|(?<=\buntil )"
        r"|(?<=\btill )|(?<=\bby )|(?<=\bthe )|(?<=\bof )|(?<=\bof the )|(?<=\bfrom )|(?<=\bbefore )|(?<=\bafter )"
        r"|(?<=\bbetween )|(?<=\band )|(?<=\bto )|(?<=\baround )|(?<=\bthrough ))",
    },
    meanings={
        "n": NUMBERS,
        "unit": UNITS | {f"{unit}s": name for unit, name in UNITS.items()},
        "day": DAYS | {word: place for place, word in enumerate(ORDINALS, 1)},
        "night": NIGHTS,
        "weekday": {word: place for place, word in enumerate(WEEKDAYS)},
        "month": {word: place for place, word in enumerate(MONTHS, 1)}
        | {word + end: place for place, word in enumerate(MONTHS_SHORT, 1) for end in ("", ".")}
        | {"sept": 9, "sept.": 9},
        "season": SEASONS,
        "which": WHICH,
        "third": THIRDS,
        "vague": VAGUE,
        "feast": FEASTS,
        "sign": SIGNS,
        "side": {"earlier": -1, "later": 1},
        "count": {"before last": -2, "after next": 2},
        "decade": DECADES,
    },
    patterns=(
        (
            rules.day,
            r"\b(?P<day>the day before yesterday|the day after tomorrow|yesterday|today|tomorrow)\b(?: (?P<part>{PART})\b)?",
        ),
        (rules.night, r"\b(?P<night>" + one_of(NIGHTS) + r")\b"),
        (rules.day, r"\b(?P<day>this) (?P<part>morning|afternoon|evening)\b"),
        (rules.vague, r"\b(?P<vague>" + one_of(VAGUE) + r")\b"),
        (rules.away, r"\b(?P<n>{N})(?P<half> and a half)? (?P<unit>{UNIT}) (?P<sign>ago|back|from now)\b(?: today)?"),
        (rules.away, r"\b(?P<n>{N}) (?P<unit>{UNIT})(?P<half> and a half) (?P<sign>ago|back|from now)\b"),
        (rules.ahead, r"\bin (?P<n>{N}) (?P<unit>{UNIT})\b(?:['’](?!\w))?(?: time\b)?(?! (?:ago|row|a row)\b)"),
        (rules.rolling, r"\b(?:the )?(?P<sign>last|past|next|coming) (?P<n>{N}) (?P<unit>{UNIT})\b"),
        (rules.rolling, r"\b(?:(?:in|over|during|for) the last|the past) (?!weekend)(?P<unit>{UNIT})\b"),
        (
            rules.offset,
            r"\b(?:the (?:very )?|(?P<n>{N}) )(?P<unit>{UNIT}) (?P<sign>before|earlier|prior|after|later|afterwards)\b"
            r"(?=\s*(?:[.,;:!?)]|\Z|and\b|but\b|so\b))",
        ),
        (rules.counted_unit, r"\b(?:the )?(?P<unit>week|weekend|month|year) (?P<count>before last|after next)\b"),
        (
            rules.weekday_of_week,
            r"\b(?P<weekday>{WEEKDAY})(?: (?P<part>{PART}))?(?: of| in)? (?P<which>{WHICH}) week\b",
        ),
        (rules.weekday_of_week, r"\b(?P<which>{WHICH}) week(?: on)? (?P<weekday>{WEEKDAY})\b"),
        (
            rules.weekday,
            r"\b(?:(?P<which>{WHICH}) )?(?P<weekday>{WEEKDAY})\b(?!,? (?:the )?(?:{MONTH} )?\d)(?: (?P<part>{PART})\b)?(?! {PART}s)",
        ),
        (
            rules.same_time,
            r"\b(?:around )?(?:this|the same|same) time (?P<which>last|next) (?P<unit>week|month|year)\b",
        ),
        (rules.side_of_unit, r"\b(?P<side>earlier|later) this (?P<unit>week|weekend|month|year)\b"),
        (
            rules.whole_unit,
            r"\b(?:(?P<third>{THIRD}) )?(?P<which>{WHICH}) (?P<unit>weekend|week|month|year|fortnight)\b",
        ),
        (rules.whole_unit, r"\b(?P<third>{THIRD}) the (?P<unit>week|month|year)\b"),
        (rules.whole_unit, r"\bthe (?P<unit>weekend)\b"),
        (rules.iso, r"(?<![\d-])(?P<year>{YEAR})-(?P<month>0\d|1[0-2])-(?P<day>[0-3]\d)(?!\d)"),
        (
            rules.numeric,
            r"(?<![\d/.])(?P<one>\d\d?)(?P<mark>[/.])(?P<two>\d\d?)(?:/|\.)(?P<year>{YEAR}|\d\d)(?![\d/]|\.\d)",
        ),
        (
            rules.date,
            r"\b(?:{WEEKDAY},? )?(?:the )?(?P<day>{D}){TH}?(?: ?(?:-|–|to|and) ?(?P<last>{D}){TH}?)?(?: of)? "
            r"(?P<month>{MONTH})(?: ?,? (?P<year>{YEAR}))?(?!\w)",
        ),
        (rules.date, r"\b(?:the )?(?P<day>{ORDINAL}) of (?P<month>{MONTH})(?: ?,? (?P<year>{YEAR}))?(?!\w)"),
        (
            rules.date,
            r"\b(?:{WEEKDAY},? )?(?P<month>{MONTH}) (?:the )?(?P<day>{D}){TH}?(?: ?(?:-|–|to|and) ?(?P<last>{D}){TH}?)?"
            r"(?![\w:%]|\.\d)(?: ?,? (?P<year>{YEAR}))?",
        ),
        (
            rules.day_of_month,
            r"\b(?:on|since|by|until|till|from) the (?P<day>{D}){TH}\b"
            r"(?=\s*(?:[.,;:!?)]|\Z|(?:and|but|at|i|we|he|she|they|to)\b))",
        ),
        (
            rules.of_year,
            r"\b(?:(?P<third>{THIRD})[ -])?(?:(?P<month>{MONTH})|(?P<season>{SEASON}))(?:,? | of )(?P<year>{YEAR})",
        ),
        (
            rules.recurring,
            r"\b(?:(?P<third>{THIRD})[ -])?(?P<which>{WHICH}) (?:(?P<month>{MONTH})|(?P<season>{SEASON}))(?!\w)",
        ),
        (rules.recurring, r"\b(?P<third>{THIRD})[ -](?:the )?(?:(?P<month>{MONTH})|(?P<season>{SEASON}))(?!\w)"),
        (rules.recurring, r"\b(?=[adfjmnos]){AFTER_CUE}(?P<month>{MONTH})(?!\w)"),
        (
            rules.recurring,
            r"\b(?=[afsw])(?!fall (?:on|in|for|into|asleep|apart)){AFTER_CUE}(?<!\bto )(?<!\band )(?P<season>{SEASON})(?!\w)",
        ),
        (rules.recurring, r"\b(?P<month>(?-i:January|February|July|September|October|November|December))\b"),
        (rules.year, r"\b(?:(?P<third>{THIRD})[ -])(?P<year>{YEAR})"),
        (
            rules.year,
            r"\b(?=[12]\d{3}){AFTER_CUE}(?P<year>{YEAR})(?! (?:people|times|dollars|euros|words|steps|miles|km)\b)",
        ),
        (
            rules.decade,
            r"\b(?:(?P<third>{THIRD}) )?the (?P<decade>(?:19|20)?\d0(?=['’]?s)|" + one_of(DECADES) + r")(?:['’]?s)?\b",
        ),
        (rules.feast, r"\b(?:(?P<which>{WHICH}) )?(?P<feast>{FEAST})\b(?:,? (?:of )?(?P<year>{YEAR}))?"),
    ),
)

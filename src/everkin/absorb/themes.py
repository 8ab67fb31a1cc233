"""What a message speaks of, in words that can be counted over years: people, names, and what somebody calls their own."""

import re
from typing import Final

from everkin.absorb.lexicon import AILMENTS, CONDITIONS, FIRST_NAMES, RELATIONS, words

LETTERS_READ: Final = 2000
THEMES_MAX: Final = 16
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OWN: Final = re.compile(r"\b(?:my|our) (?:[a-z]+ly )?([a-z][a-z-]{2,})\b(?: ([a-z][a-z-]{3,}))?")
_SAYS_LITTLE: Final = words(
    "own first last new old best favorite favourite whole little big next other current recent good great way thing things bit lot "
    "time times day days week weeks month year years morning evening night mind life self point opinion part side end name question "
    "questions goal goals list plan plans idea ideas thoughts experience progress words long local usual daily main and for with that "
    "this the was are were has have had but not been being really very just also about from into what when where which will would can "
    "could should all one two three some any most more much many such only"
)
_DOMAINS: Final = {
    said: theme
    for theme, forms in {
        "work": "work job boss office colleague colleagues coworker coworkers shift salary promotion career",
        "school": "school university college exam exams homework teacher professor thesis class classes",
        "sleep": "sleep insomnia nightmare nightmares asleep tired exhausted",
        "money": "money rent debt loan mortgage bills savings afford",
        "health": "doctor hospital surgery pain medication therapy therapist treatment diagnosis clinic",
        "home": "house apartment flat landlord neighbours neighbors moving",
        "garden": "garden gardening tomatoes seedlings allotment",
        "music": "music guitar piano violin choir band concert song songs",
        "writing": "writing novel poem poems blog manuscript",
        "running": "running marathon jogging",
        "cooking": "cooking baking recipe recipes kitchen",
        "faith": "church prayer mosque temple faith",
        "loneliness": "lonely loneliness alone",
        "death": "funeral grave died death grief",
    }.items()
    for said in forms.split()
}


def themes(text: str) -> list[str]:
    """At most sixteen, each once, in the order of the text; a relation by its usual name ("dad" is "father"). About 60 µs."""
    read = text[:LETTERS_READ]
    found: dict[str, None] = {}
    for word in _WORD.findall(read):
        low = word.lower()
        theme = RELATIONS.get(low) or _DOMAINS.get(low) or (low if low in CONDITIONS or low in AILMENTS else None)
        if theme is None and word[0].isupper() and low in FIRST_NAMES:
            theme = word.capitalize()
        if theme:
            found.setdefault(theme)
    for match in _OWN.finditer(read.lower()):
        held = next((word for word in match.groups() if word and word not in _SAYS_LITTLE), None)
        if held and held not in RELATIONS:
            found.setdefault(_DOMAINS.get(held, held))
    return list(found)[:THEMES_MAX]

"""Facts that a phrase states by itself, whoever does what in its clause: "my favourite colour is green"."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

import re
from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import CAPITAL, DATE, NAME, NOUNS, PLACE, phrase
from everkin.mind.fact import Predicate as P

_RELATIONS: Final = either(frozenset(lex.RELATIONS))
_IS: Final = r"(?: is| are|'s| has always been| was always)"

PHRASES: Final = tuple(
    (predicate, re.compile(pattern, re.IGNORECASE))
    for predicate, pattern in (
        (P.NAME, rf"\bmy (?:real |full |first )?name(?: is|'s) (?P<v>{NAME})"),
        (
            P.NAME,
            rf"(?:^|[.!?,] |\b(?:you can|please|just|everyone|everybody|people|friends|they all|they) )calls? me (?P<v>{CAPITAL})",
        ),
        (
            P.NAME,
            rf"\b(?:my|our) (?P<whose>(?:[\w-]+ ){{0,3}}?(?:{_RELATIONS}))(?:'s name(?: is|'s)| is (?:called|named)) (?P<v>{NAME})",
        ),
        (P.NAME, rf"\b(?P<whose>his|her|its) name(?: is|'s) (?P<v>{CAPITAL})"),
        (P.BIRTHDAY, rf"\bmy birthday(?: is|'s) (?:on )?(?:the )?(?P<v>{DATE})"),
        (
            P.LIKES,
            rf"(?<!one of )\bmy (?:all[- ]time |absolute |personal )?(?P<v>favou?rite (?!so far|thing\b|part\b|one\b){NOUNS}(?!(?:is|are)\b)[\w'-]+ (?:is|are|has always been) (?!(?:when|that|how|from|to|in|at|on|of|about|the (?:one|part|fact|way))\b){phrase(6, 'with for')})",
        ),
        (
            P.GOAL,
            rf"\bmy (?:biggest |big |main |ultimate |lifelong |life |long-term |next )*(?:dream|goal|ambition|new year's resolution|resolution){_IS} (?:to )?(?P<v>{phrase(8, 'with for')})",
        ),
        (
            P.WORK,
            rf"\bmy (?:job|profession|occupation|day job) is (?:being )?(?:an? )?(?P<v>(?:[\w-]+ ){{0,2}}?(?:{either(lex.OCCUPATIONS)}))\b",
        ),
        (
            P.HOBBY,
            rf"\bmy (?:main |biggest |new |only )?hobb(?:y|ies) (?:is|are|include) (?P<v>{phrase(4)}(?: and {phrase(3)})?)",
        ),
        (P.LANGUAGE, rf"\bmy (?:native|first|mother) (?:language|tongue) is (?P<v>{either(lex.LANGUAGES)})\b"),
        (P.ORIGIN, rf"\bmy (?:home ?town|home country|homeland) is (?P<v>{PLACE})"),
        (P.STUDY, rf"\bmy major is (?P<v>{phrase(4)})"),
        (
            P.BEREAVEMENT,
            rf"\b(?:i|we)(?:'ve| have)? (?:just |recently |also )?lost (?:my|our) (?P<v>(?:[\w-]+ ){{0,2}}?(?:{_RELATIONS})(?: {CAPITAL})?)\b(?!'s| in the\b| at the\b| for a\b)",
        ),
        (
            P.BEREAVEMENT,
            rf"\bhad to (?:put|have) (?:my |our )?(?P<v>(?:[\w-]+ ){{0,2}}?(?:{either(frozenset(lex.PETS))})(?: {CAPITAL})?|{CAPITAL}) (?:put )?(?:down|to sleep)\b",
        ),
    )
)
"""Searched for anywhere in a statement; the group `v` is the value, `whose` whom a name belongs to."""

PHRASED: Final = re.compile(
    r"\b(?:name|named|called|calls? me|birthday|favou?rite|dream|goal|ambition|resolution|job|profession|occupation|hobby|hobbies"
    r"|language|tongue|town|hometown|country|homeland|major|lost|had to)\b",
    re.IGNORECASE,
)
"""A message without any of these has none of `PHRASES`; searching for this is the cheaper."""

"""Kin, partners, friends and pets, and how their deaths are told."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

import re
from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import ARTICLE, BOUNDARY, CAPITAL, NAME, NOUNS
from everkin.absorb.rules.rule import CHANGE, END, STATE, Rules, rule
from everkin.mind.fact import Predicate as P

_COUNT_KIN: Final = rf"(?:{ARTICLE}|no|any) (?:(?:older|younger|little|big|baby|twin|elder|teenage|adult|grown|small|young|beautiful|wonderful|lovely) ){{0,3}}"
_KIN_WORDS: Final = either(
    lex.words(
        " ".join(
            w for w in (*lex.KINSHIP, *(f"{w}s" for w in lex.KINSHIP)) if w not in ("ma", "pa", "pop", "nan", "sis")
        )
    )
)
_PET_WORDS: Final = (
    rf"(?:(?:{either(frozenset(lex.PETS) - {'pet'})}|fish)(?:s|es)?|pets?(?! (?:{either(frozenset(lex.PETS))})\b))"
)
_PARTNER_WORDS: Final = either(frozenset(lex.PARTNERS))
_PET: Final = rf"{ARTICLE} (?P<v>{NOUNS}{_PET_WORDS}\b(?: mix)?(?:,? (?:named|called) {CAPITAL}(?:,? and {CAPITAL})?)?)(?! (?:food|toys?|bed|hair|house|person|show|costume|sitter|walker|in the|phobia|allergy|collar|photo|picture|video|meme|park|plants?|lover|drawing|painting|mug|shirt|tattoo|statue|story|book|sculpture|farm)\b)"
_TO_WORK: Final = r"(?! ?to (?:my|the|his|her|this|that) (?:job|work|career|company|desk|phone|game|sea|idea|money)\b)"
"""Not "married to my job"."""
_HIMSELF: Final = r"(?!(?:[\w-]+ ){0,2}[\w-]+'s\b)"
"""Not "married to Tom's sister": that is not Tom."""

RULES: Final[Rules] = {
    "be": (
        rule(P.PARTNER, rf"in (?P<v>an? (?:[\w-]+ )?relationship(?: with {NAME})?)"),
        rule(
            P.PARTNER,
            rf"(?:single|widowed|separated|a widow|a widower|a bachelor){BOUNDARY}",
            END,
        ),
        rule(
            P.KIN,
            rf"(?P<v>an only child|(?:a |an )(?:single |proud |new |first-time |working )*(?:mom|mum|mother|dad|father|parent|grandmother|grandfather|grandma|grandpa)(?: (?:of|to) \w+(?: (?:boys|girls|kids|children|sons|daughters|teenagers|toddlers))?)?){BOUNDARY}",
        ),
    ),
    "have": (
        rule(P.PET, _PET.replace(ARTICLE, rf"(?:{ARTICLE}|no|any)", 1)),
        rule(
            P.KIN,
            rf"{_COUNT_KIN}(?P<v>(?:{_KIN_WORDS})(?:,? (?:named|called) {CAPITAL}(?:,? and {CAPITAL})?)?){BOUNDARY}",
        ),
        rule(
            P.PARTNER,
            rf"(?:a|an|no|any) (?:\w+ )?(?P<v>(?:{_PARTNER_WORDS})(?:,? (?:named|called) {CAPITAL})?){BOUNDARY}",
        ),
        rule(P.FRIEND, rf"an? (?:[\w-]+ ){{0,2}}?(?P<v>friend,? (?:named|called) {CAPITAL})"),
    ),
    "own": (rule(P.PET, _PET),),
    "get": (
        rule(P.PET, _PET, CHANGE),
        rule(P.PARTNER, rf"(?P<v>(?:married|engaged)(?: to (?:my [\w-]+ )?{NAME})?)\b{_TO_WORK}", CHANGE),
        rule(P.PARTNER, r"(?:divorced|dumped)\b", END),
    ),
    "leave": (
        rule(
            P.PARTNER,
            rf"my (?:{_PARTNER_WORDS})(?=\W*$|[.,;!\n]| last| because| after| for| this| in (?:19|20))",
            END,
        ),
    ),
    "marry": (
        rule(
            P.PARTNER,
            rf"{_TO_WORK}(?P<v>(?:happily )?(?:to {_HIMSELF}(?:my [\w-]+ )?{NAME})?)",
            STATE,
            passive=True,
            whole=True,
        ),
        rule(P.PARTNER, rf"(?:my (?:[\w-]+ ){{1,3}})?(?P<v>{NAME})", CHANGE),
    ),
    "engage": (
        rule(
            P.PARTNER,
            rf"(?P<v>(?:to {_HIMSELF}(?:my [\w-]+ )?{NAME})|(?=\W*$|[.,;!\n]))",
            STATE,
            passive=True,
            whole=True,
        ),
    ),
    "divorce": (
        rule(P.PARTNER, r"", END, passive=True),
        rule(P.PARTNER, rf"my (?:{_PARTNER_WORDS})|(?=\W*$|[.,;!\n]| last| in )", END),
    ),
    "date": (
        rule(
            P.PARTNER,
            rf"(?P<v>{NAME}|(?:a|an|this) (?:[\w-]+ )*?(?:guy|girl|man|woman|person|someone)(?: (?:named|called) {CAPITAL})?|someone)\b",
            STATE,
            progressive=True,
        ),
    ),
    "see": (
        rule(
            P.PARTNER,
            rf"(?P<v>someone(?: (?:new|named {CAPITAL}))?|a (?:guy|girl|man|woman)(?: (?:named|called) {CAPITAL})?)(?=\W*$|[.,;!\n]| for| named| called)",
            STATE,
            progressive=True,
        ),
    ),
    "break": (rule(P.PARTNER, rf"up(?: with (?:my |{NAME})(?:{_PARTNER_WORDS})?)?", END),),
    "split": (rule(P.PARTNER, r"up\b(?! the)", END),),
    "adopt": (
        rule(P.PET, _PET, CHANGE),
        rule(P.KIN, r"an? (?P<v>(?:[\w-]+ )?(?:baby|child|son|daughter|boy|girl))\b", CHANGE),
    ),
    "rescue": (rule(P.PET, _PET, CHANGE),),
    "foster": (rule(P.PET, _PET, STATE),),
    "bring": (rule(P.PET, rf"home {_PET}", CHANGE),),
}

DIED: Final = {
    "die": re.compile(
        r"(?!laughing|inside|his|her|their|to |of (?:laughter|boredom|embarrassment)|for )", re.IGNORECASE
    ),
    "pass": re.compile(
        r"away\b|on(?=\W*$|[,.;!\n])|(?=\W*$|[,.;!\n])|(?:last|this) (?:week|month|year|spring|summer|autumn|fall|winter|night)\b(?!')",
        re.IGNORECASE,
    ),
}
"""What may follow "died" and "passed" where they mean a death."""

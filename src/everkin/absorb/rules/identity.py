"""Who somebody says they are: name, age, birthday, where from and where now, languages and beliefs."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import BOUNDARY, CAPITAL, DATE, IN_PLACE, NUMBER, PLACE, TO_PLACE
from everkin.absorb.rules.rule import CHANGE, FIXED, HABIT, Rules, rule
from everkin.mind.fact import Predicate as P

RULES: Final[Rules] = {
    "be": (
        rule(
            P.AGE,
            rf"(?P<v>{NUMBER})(?= years? old| yrs? old| y/o|-years?-old|\s*[.,;!)\n]|\W*$| now\b| today\b| and (?:i|my|have|live|single|still|work)\b)(?!,? (?:\d|000|minutes|hours|percent))",
            HABIT,
            negatable=False,
        ),
        rule(P.HOME, rf"(?:based|settled|living) {IN_PLACE}"),
        rule(P.ORIGIN, rf"(?:originally |all the way )?from (?!{NUMBER})(?P<v>{PLACE})", FIXED),
        rule(
            P.ORIGIN,
            rf"(?:originally |half |part )?(?:a |an )?(?:proud )?(?P<v>{either(lex.NATIONALITIES)})(?:[- ](?:american|canadian|born))?(?=\W*$|\s*[.,;!\n)]| and i\b| but\b| by birth| citizen)",
            FIXED,
            negatable=False,
        ),
        rule(
            P.BELIEF,
            rf"(?:a |an )?(?:devout |practi[cs]ing |lapsed |very |deeply |non-practicing )?(?P<v>{either(lex.BELIEFS)}){BOUNDARY}",
        ),
        rule(
            P.LANGUAGE,
            rf"(?:fluent|bilingual|trilingual) in (?P<v>(?:{either(lex.LANGUAGES)})(?:(?:, | and |, and )(?:{either(lex.LANGUAGES)}))*)",
            many=True,
        ),
        rule(P.NAME, rf"(?P<v>{CAPITAL})(?=\W*$|\s*[.,!;]| by the way| and i'm| and i am| from)"),
    ),
    "live reside": (rule(P.HOME, IN_PLACE),),
    "settle": (rule(P.HOME, rf"(?:down )?{IN_PLACE}", CHANGE),),
    "move relocate": (rule(P.HOME, TO_PLACE, CHANGE),),
    "grow": (rule(P.ORIGIN, rf"up {IN_PLACE}", FIXED, negatable=False),),
    "raise": (rule(P.ORIGIN, IN_PLACE, FIXED, passive=True, negatable=False),),
    "born": (
        rule(P.BIRTHDAY, rf"(?:on|in) (?P<v>{DATE})", FIXED, passive=True, negatable=False),
        rule(P.ORIGIN, rf"(?:and raised )?in (?!{DATE})(?P<v>{PLACE})", FIXED, passive=True, negatable=False),
    ),
    "come": (rule(P.ORIGIN, rf"(?:originally )?from (?P<v>{PLACE})(?! (?:last|yesterday|today)\b)", HABIT),),
    "speak": (
        rule(
            P.LANGUAGE,
            rf"(?:fluent |a little |a little bit of |some |a bit of |basic |decent |good |mostly |only |both )*(?P<v>(?:{either(lex.LANGUAGES)})(?:(?:, | and |, and | or )(?:{either(lex.LANGUAGES)}))*)\b",
            HABIT,
            many=True,
        ),
    ),
    "believe": (
        rule(
            P.BELIEF,
            r"in (?P<v>god|jesus|allah|karma|fate|destiny|astrology|ghosts|aliens|reincarnation|angels|miracles|soulmates|magic"
            r"|heaven|hell|(?:an|the) afterlife|life after death|love at first sight|luck|a higher power|evolution|free will"
            r"|the supernatural)\b",
            HABIT,
        ),
    ),
    "turn": (
        rule(
            P.AGE,
            rf"(?P<v>{NUMBER})(?=\W*$|\s*[.,;!\n]| years? old| last| this| in| on| yesterday| today| and| a | two| three)(?! (?:in|of|percent|minutes)\b)",
            CHANGE,
        ),
    ),
    "call": (rule(P.NAME, rf"(?P<v>{CAPITAL})", FIXED, passive=True, negatable=False),),
    "name": (rule(P.NAME, rf"(?P<v>{CAPITAL})(?! after)", FIXED, passive=True, negatable=False),),
}

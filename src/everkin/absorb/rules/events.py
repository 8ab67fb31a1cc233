"""What happened to somebody once."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import CAPITAL, DATED, PLACE, TO_PLACE, phrase
from everkin.absorb.rules.rule import EVENT, Rules, rule
from everkin.mind.fact import Predicate as P

RULES: Final[Rules] = {
    "have": (
        rule(
            P.EVENT,
            r"(?P<v>an? (?:[\w-]+ )?(?:baby|accident|car accident|miscarriage|interview|job interview|surgery|operation|c-section|party|falling out|fight|breakthrough|son|daughter|baby boy|baby girl)(?: with [\w ]{2,20})?)(?=\W|$)",
            EVENT,
            whole=True,
        ),
    ),
    "move relocate": (rule(P.EVENT, rf"(?P<v>{TO_PLACE.replace('?P<v>', '?:')})", EVENT, whole=True),),
    "run": (
        rule(
            P.EVENT,
            rf"(?P<v>(?:a|my|the) (?:[\w'-]+ ){{0,3}}?(?:marathon|race|half|5k|10k|triathlon)(?: in {PLACE})?)\b",
            EVENT,
            whole=True,
        ),
    ),
    "get": (
        rule(
            P.EVENT,
            rf"(?P<v>(?:married|engaged|divorced|promoted|hired|fired|laid off|accepted|into (?:college|university|law school|med(?:ical)? school|grad(?:uate)? school|{CAPITAL})|robbed|mugged|evicted|dumped|a promotion|a raise|a job offer|the job|a new job|my (?:driver's license|driving licence|degree|diploma|visa|green card|citizenship|first [\w ]{{2,20}}))(?: (?!{DATED})(?:to|at|by|from|into|in|as) (?:a |an |the )?{phrase(4)})?)\b(?! (?:up|to know|into it|into trouble)\b)",
            EVENT,
            whole=True,
        ),
    ),
    "quit": (rule(P.EVENT, r"(?P<v>my (?:[\w'-]+ ){0,3}?(?:job|position))\b", EVENT, whole=True),),
    "resign": (rule(P.EVENT, rf"(?P<v>(?:from (?:my |the )?{phrase(4)})?)", EVENT, whole=True),),
    "lose": (
        rule(
            P.EVENT,
            r"(?P<v>my (?:[\w'-]+ )?job|(?:our|my) (?:house|home)|\d+ (?:pounds|kilos|kg|lbs))\b",
            EVENT,
            whole=True,
        ),
    ),
    "promote": (rule(P.EVENT, rf"(?P<v>(?:to {phrase(5)})?)", EVENT, passive=True, whole=True),),
    "fire": (rule(P.EVENT, rf"(?P<v>(?:from {phrase(4)})?)(?! up\b)", EVENT, passive=True, whole=True),),
    "lay": (rule(P.EVENT, rf"(?P<v>off(?: from {phrase(4)})?)", EVENT, passive=True, whole=True),),
    "accept": (rule(P.EVENT, rf"(?P<v>(?:in)?to (?:the )?{phrase(5)})", EVENT, passive=True, whole=True),),
    "attend": (rule(P.EVENT, rf"(?P<v>(?:a|an|my|the|our) {phrase(6)})", EVENT, whole=True),),
    "go": (
        rule(
            P.EVENT,
            rf"(?P<v>(?:back )?(?:to (?!(?:bed|sleep|work|school|the (?:bathroom|store|shop)|hell|town|waste|college|university|it|that|see|get|go|do|be|the (?:gym|doctor))\b)(?:a |an |the |my |our )?{phrase(5, 'with for')}|on (?:a|an|our|my) {phrase(5)}|{either(lex.ACTIVITIES)}(?: (?:in|at|on|with) (?:the |my |a )?{phrase(4)})?))",
            EVENT,
            whole=True,
        ),
    ),
    "graduate": (rule(P.EVENT, rf"(?P<v>(?:from (?:the )?{phrase(5)}|with {phrase(5)})?)", EVENT, whole=True),),
    "drop": (rule(P.EVENT, rf"(?P<v>out(?: of {phrase(4)})?)", EVENT, whole=True),),
    "break": (
        rule(P.EVENT, rf"(?P<v>up(?: with (?:my )?{phrase(3)})?|off (?:my|our|the) engagement)", EVENT, whole=True),
    ),
    "split": (rule(P.EVENT, rf"(?P<v>up(?: with (?:my )?{phrase(3)})?)(?! the\b)", EVENT, whole=True),),
    "adopt": (rule(P.EVENT, rf"(?P<v>(?:a|an|two|our|my) {phrase(6)})", EVENT, whole=True),),
    "buy": (
        rule(
            P.EVENT,
            rf"(?P<v>(?:a|an|my first|our first|our) (?:new )?(?:house|home|flat|apartment|condo|car|boat|farm|cottage)(?: in {PLACE})?)\b",
            EVENT,
            whole=True,
        ),
    ),
    "pass": (
        rule(
            P.EVENT,
            r"(?P<v>(?:my|the|our|all my) (?:[\w'-]+ ){0,3}?(?:exams?|test|driving test|finals|bar|course|class|interview|viva|defense))\b",
            EVENT,
            whole=True,
        ),
    ),
    "visit travel fly win fail celebrate host publish perform join finish complete volunteer launch bury": (
        rule(
            P.EVENT,
            rf"(?!(?:it|that|this|you|your|him|her|them|to|up with|out|how|what|a lot|so)\b)(?P<v>(?:a|an|my|our|the|in|to|at|from|for|up for)? ?{phrase(7, 'for')})",
            EVENT,
            whole=True,
        ),
    ),
}

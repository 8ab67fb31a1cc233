"""Goals and plans."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

import re
from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import WORD, phrase
from everkin.absorb.rules.rule import EVENT, HABIT, STATE, Rules, rule
from everkin.mind.fact import Predicate as P

_GOAL_VERBS: Final = (
    "become|be an?|learn (?:to|how|more about|the|\\w+)|start my|start an?|write an?|run an?|lose weight|lose \\d+|get better at|get into|travel|visit|save|buy an?|quit|stop \\w+ing|open|build|move|"
    "study|finish|get (?:fit|healthy|promoted|married|in shape|a (?:new |better )?(?:job|degree|promotion|raise|dog|cat|house|visa|license))|have (?:kids|children|a (?:baby|family))|adopt|publish|go to|apply (?:to|for)|climb|own|master|improve|complete|graduate|earn|work (?:as|at)|launch|record|grow"
)
_GOAL: Final = rf"(?:{_GOAL_VERBS})\b(?: {phrase(6, 'with for')})?"

RULES: Final[Rules] = {
    "have": (
        rule(
            P.PLAN,
            rf"(?:a|an|my|our|another|the) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.APPOINTMENTS)})s?(?: (?:with|at|in|for) (?:a |an |the |my )?{phrase(4)})?)\b",
            HABIT,
            dated=True,
            negatable=False,
        ),
    ),
    "want hope": (
        rule(
            P.GOAL,
            rf"to (?:also )?(?P<v>{_GOAL})(?=\W|$)",
            HABIT,
            negatable=False,
        ),
    ),
    "dream": (rule(P.GOAL, rf"(?:of|about) (?P<v>[\w-]+ing {phrase(6, 'with for')})", HABIT, negatable=False),),
    "try": (
        rule(
            P.GOAL,
            rf"to (?P<v>{_GOAL})(?=\W|$)",
            HABIT,
            progressive=True,
            negatable=False,
        ),
    ),
    "train": (rule(P.GOAL, rf"for (?P<v>(?:a|an|my|the) {phrase(4)})", STATE, progressive=True, negatable=False),),
    "plan": (
        rule(
            P.PLAN,
            rf"(?:to|on) (?!(?:do|be|it|that|make sure|keep|continue|ask|use|try)\b)(?P<v>{phrase(8, 'with for')})",
            HABIT,
            negatable=False,
        ),
        rule(
            P.PLAN,
            rf"(?:a|an|our|my) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:trip|wedding|vacation|holiday|party|move|getaway|honeymoon|reunion|surgery)(?: (?:to|in|for) (?:my )?{phrase(4)})?)\b",
            HABIT,
            progressive=True,
            negatable=False,
        ),
    ),
    "book": (rule(P.PLAN, rf"(?:a|an|our|my|the) (?P<v>{phrase(6, 'for')})", EVENT),),
}

PLANNED: Final = re.compile(
    rf"{WORD} (?:(?:to|in|on|at|a|an|my|the|our|up|for|with|back|off) ){{0,2}}{phrase(8, 'with for')}", re.IGNORECASE
)
"""What somebody is about to do, from the verb on, where the clause is dated."""

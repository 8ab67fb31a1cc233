"""Health, diagnoses, allergies, medication and diet."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import BOUNDARY, phrase
from everkin.absorb.rules.rule import CHANGE, END, EVENT, FIXED, HABIT, Rules, rule
from everkin.mind.fact import Predicate as P

_FOODS: Final = "meat|red meat|pork|beef|chicken|fish|seafood|shellfish|dairy|gluten|sugar|eggs?|nuts|peanuts|wheat|bread|carbs|spicy food|animal products|onions?|garlic|lactose|soy"
_MEDICATION: Final = either(lex.MEDICATIONS)
_CONDITION: Final = either(lex.CONDITIONS)
_AILMENT: Final = either(lex.AILMENTS)
_BODY_PART: Final = either(lex.BODY_PARTS)

RULES: Final[Rules] = {
    "be": (
        rule(
            P.HEALTH,
            r"(?P<v>(?:\w+ (?:weeks|months) )?pregnant(?: with \w+)?|sober|in remission|in rehab|in recovery|hospitalized|in (?:the )?hospital|expecting(?: (?:a|our|my) [\w ]{0,20}baby)?)(?! with anticipation)\b",
        ),
        rule(
            P.ALLERGY,
            rf"(?:\w+ly |very |super |highly )?allergic to (?!(?:work|mondays|people|mornings|exercise|you|it|that|bullshit|bs|drama|fun|stupidity|stupid|nonsense|idiots|fools|liars|lies|small talk|boredom|effort|commitment|responsibility|cardio|mediocrity|hypocrisy)\b)(?:the )?(?P<v>{phrase(4)}(?:(?:, {phrase(2)})*,? (?:and|or) {phrase(2)}(?=\W*$|[.,;!\n]))?)",
            many=True,
        ),
        rule(P.ALLERGY, r"(?P<v>(?:lactose|gluten|histamine|fructose)[- ]intolerant)\b"),
        rule(
            P.DIAGNOSIS,
            rf"(?:\w+ )?(?P<v>(?:type \d )?(?:{either(lex.CONDITION_ADJECTIVES)})){BOUNDARY}",
        ),
        rule(P.MEDICATION, rf"(?:back )?on (?:\d+ ?mg (?:of )?)?(?P<v>{_MEDICATION})\b"),
        rule(
            P.DIET,
            rf"(?:a |an |on a |on an )?(?:strict |lifelong |mostly )?(?P<v>{either(lex.DIETS)}){BOUNDARY}",
        ),
    ),
    "have": (
        rule(P.ALLERGY, rf"(?:a|an) (?:severe |bad |serious |mild |life-threatening )*(?P<v>{phrase(2)}) allergy\b"),
        rule(
            P.ALLERGY,
            rf"(?:an? )?(?:severe |bad |serious |mild )*allerg(?:y|ies) to (?:the )?(?P<v>{phrase(4)}(?: and {phrase(2)}(?=\W*$|[.,;!\n]))?)",
            many=True,
        ),
        rule(
            P.DIAGNOSIS,
            rf"(?:severe |mild |bad |really bad |chronic |clinical |terrible |stage \w+ )*(?P<v>{_CONDITION})(?! (?:about|attack|medication|meds|awareness|research|over)\b)(?=\W|$)",
        ),
        rule(P.HEALTH, rf"(?P<v>{_AILMENT})(?! (?:brew|shower|drink|beer)\b)(?=\W|$)", EVENT),
        rule(
            P.HEALTH,
            rf"(?P<v>{_AILMENT})(?! (?:brew|shower|drink|beer|on|next|scheduled|tomorrow)\b)(?=\W|$)",
            HABIT,
            negatable=False,
        ),
    ),
    "get": (
        rule(P.DIAGNOSIS, rf"(?:\w+ )?diagnosed with (?P<v>{phrase(4)})", FIXED, negatable=False),
        rule(P.MEDICATION, rf"prescribed (?P<v>{phrase(3)})", CHANGE),
    ),
    "quit": (
        rule(
            P.HEALTH,
            r"(?P<v>smoking|drinking|alcohol|cigarettes|vaping|caffeine|coffee|sugar|weed)\b",
            EVENT,
            whole=True,
        ),
    ),
    "start": (rule(P.MEDICATION, rf"(?:taking |on )?(?:\d+ ?mg (?:of )?)?(?P<v>{_MEDICATION})\b", CHANGE),),
    "break": (
        rule(
            P.HEALTH,
            rf"(?P<v>my (?:left |right |big |little |lower |upper )*(?:{_BODY_PART})s?)\b",
            EVENT,
            whole=True,
        ),
    ),
    "take": (rule(P.MEDICATION, rf"(?:\d+ ?mg (?:of )?|some |my |daily )*(?P<v>{_MEDICATION})\b", HABIT),),
    "give": (
        rule(
            P.HEALTH,
            r"(?P<v>up (?:smoking|drinking|alcohol|cigarettes|vaping|caffeine|sugar|meat|dairy))\b",
            EVENT,
            whole=True,
        ),
    ),
    "stop": (
        rule(P.MEDICATION, rf"taking (?:my |the )?(?P<v>{_MEDICATION})\b", END),
        rule(P.HEALTH, r"(?P<v>smoking|drinking|vaping)\b", EVENT, whole=True),
    ),
    "prescribe": (rule(P.MEDICATION, rf"(?P<v>{phrase(3)})", CHANGE, passive=True),),
    "suffer": (rule(P.DIAGNOSIS, rf"from (?:severe |mild |bad |chronic |clinical )*(?P<v>{_CONDITION})\b"),),
    "diagnose": (
        rule(P.DIAGNOSIS, rf"(?:\w+ )?with (?P<v>{phrase(4)}){BOUNDARY}", FIXED, passive=True, negatable=False),
    ),
    "eat": (
        rule(
            P.DIET,
            rf"(?P<v>(?:{_FOODS})(?:(?:, | or | and )(?:{_FOODS}))*)\b(?! on \w+s\b| after | before | for )",
            HABIT,
            many=True,
        ),
    ),
    "expect": (
        rule(
            P.HEALTH,
            r"(?P<v>a (?:baby|child|girl|boy)|twins|our (?:first|second|third) (?:child|baby))\b",
            progressive=True,
            whole=True,
        ),
    ),
    "sprain": (rule(P.HEALTH, r"(?P<v>my (?:\w+ )?\w+)", EVENT, whole=True),),
    "hurt injure": (
        rule(P.HEALTH, rf"(?P<v>my (?:left |right |lower |upper )*(?:{_BODY_PART}))\b", EVENT, whole=True),
    ),
    "tear fracture dislocate": (rule(P.HEALTH, rf"(?P<v>my (?:left |right )?(?:{_BODY_PART}))\b", EVENT, whole=True),),
}

"""Milestones: the kinds of days that a life is told by, read off the words of a fact. A closed list. Pure."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

import re
from enum import StrEnum
from typing import Final

from everkin.mind.entity import EntityRef
from everkin.mind.fact import Fact, Predicate


class Milestone(StrEnum):
    """What kind of day it was. Shown to people: add, never rename."""

    BIRTH = "birth"
    DEATH = "death"
    ENGAGEMENT = "engagement"
    WEDDING = "wedding"
    SEPARATION = "separation"
    PREGNANCY = "pregnancy"
    MISCARRIAGE = "miscarriage"
    MOVE = "move"
    NEW_JOB = "new job"
    PROMOTION = "promotion"
    JOB_ENDED = "end of a job"
    GRADUATION = "graduation"
    RETIREMENT = "retirement"
    DIAGNOSIS = "diagnosis"
    SURGERY = "surgery"
    NEW_PET = "new pet"


TOLD_BY: Final = (Predicate.LIFE_EVENT, Predicate.BEREAVEMENT)
"""The kinds of facts that tell a life event. Both have a salience floor of 1, so none of them ever leaves the warm tier."""
SURE: Final = 0.5
"""What is hedged by this or more is no event yet."""

_VALUE_MAX: Final = 200

_OWN: Final = r"(?:a|an|my|our|the|his|her|their|another|two|three)"
_CHILD: Final = r"(?:baby|babies|son|daughter|twins|triplets|child|boy|girl|grandson|granddaughter|grandchild)"
_PARENT: Final = (
    r"(?:mother|mom|mum|father|dad|parents?|(?:great-?)?grand(?:mother|father|parents?|ma|pa)|granny|aunt|auntie|uncle|godmother"
    r"|godfather)"
)
_COUPLE: Final = r"(?:husband|wife|boyfriend|girlfriend|partner|fianc[ée]e?|spouse|bf|gf)"
_PET: Final = (
    r"(?:dog|puppy|pup|retriever|labrador|poodle|beagle|corgi|terrier|bulldog|dachshund|husky|collie|shepherd|chihuahua|pug|spaniel"
    r"|greyhound|cat|kitten|kitty|rabbit|bunny|hamster|gerbil|guinea pig|parrot|budgie|parakeet|cockatiel|canary|tortoise|turtle"
    r"|gecko|snake|horse|pony|ferret|hedgehog)s?"
)
_ITSELF: Final = r"(?=\W*$|,| (?:named|called|from|at|for|mix|and|of our own|of my own)\b)"
_JOB: Final = r"(?:job|position|gig|internship|apprenticeship|new role)(?=\W*$|,| (?:at|as|with|in|for|to|after|over|by|on|and|too|here|there|then)\b)"
_HOME: Final = r"(?:house|home|flat|apartment|condo|cottage|farm)(?=\W*$|,| (?:in|near|by|on|with|together|outside|for|at|from|of|and)\b)"
_WHERE: Final = (
    r"(?:house|home|flat|apartment|condo|cottage|farm|place|city|town|village|country|state|neighbou?rhood|countryside|suburbs?|dorm"
    r"|studio|room|island|coast|building|street|hometown|mountains)\b"
)
_DEGREE: Final = (
    r"(?:degree|bachelor's|bachelors|master's|masters|phd|ph\.d|doctorate|diploma|mba|studies|thesis|dissertation"
    r"|(?:nursing|medical|med|law|grad|graduate|high) school|university|college)"
)
_DONE: Final = r"(?=\W*$|,| (?:in|from|at|with|on|of|as|after|and|program(?:me)?)\b)"
_STUDIED: Final = r"(?:(?!(?:email|e-mail|letter|invitation|invite|offer|scholarship|grant|note|message|call|text|to|from|of|for|at|in)\b)[\w'-]+ ){0,3}?"
_CUT_OUT: Final = (
    r"(?:appendix|tonsils|gall ?bladder|wisdom teeth|tumou?r|spleen|thyroid|uterus|prostate|kidney|breasts?)"
)
_OPERATION: Final = (
    r"(?:surgery|operation|transplant|bypass|mastectomy|hysterectomy|c-section|(?:hip|knee) replacement|appendectomy)"
)
_BABY_IS_NONE: Final = r"(?! (?:in (?:my|our|the) (?:class|team|group)|shower|sitter|monitor|bump|scare|face|name|clothes|steps|food|blues))"

_SAID: Final = tuple(
    (milestone, re.compile(pattern, re.IGNORECASE))
    for milestone, pattern in (
        (Milestone.MISCARRIAGE, r"(?:had|have|suffered) a (?:[\w-]+ )?(?:miscarriage|stillbirth)\b|miscarried\b"),
        (Milestone.MISCARRIAGE, r"lost (?:the|our|my) (?:[\w-]+ )?(?:baby|twins|pregnancy)\b"),
        (
            Milestone.BIRTH,
            rf"(?:had|welcomed|delivered) (?:{_OWN} (?=.*{_CHILD})|(?=twins|triplets))(?:[\w'-]+ ){{0,4}}?{_CHILD}\b{_BABY_IS_NONE}",
        ),
        (
            Milestone.BIRTH,
            rf"(?:gave|given) birth(?: to (?:(?-i:[A-Z])|(?:{_OWN} )?(?:[\w-]+ ){{0,3}}?{_CHILD}\b)|\b(?! to\b))|became (?:a |an )?(?:[\w-]+ )?{_PARENT}s?\b",
        ),
        (Milestone.BIRTH, rf"adopted {_OWN} (?:[\w'-]+ ){{0,2}}?{_CHILD}\b"),
        (
            Milestone.WEDDING,
            r"(?:got|gotten) (?:[a-z]+ly )?(?:(?:re)?married|hitched)\b|married\b(?! (?:to (?:my|the|his|her) (?:job|work|career)|into\b))"
            r"|tied the knot(?! (?:in|on|of)\b)|eloped\b",
        ),
        (
            Milestone.ENGAGEMENT,
            rf"(?:got|gotten) engaged\b(?! (?:in|with)\b)|engaged\b(?! (?:in|with)\b)|proposed to (?:me\b|my {_COUPLE}\b|(?-i:[A-Z])[\w'-]+)",
        ),
        (
            Milestone.SEPARATION,
            r"broke(?:n)? up\b(?! (?:an?|the|into|my|our)\b)|split up\b(?! (?:the|into|our|for an?|to)\b)|(?:got|gotten) (?:a divorce|divorced|dumped)\b|divorced\b|separated\b(?! (?:the|our)\b)"
            r"|broke(?:n)? off (?:the|our|my) engagement|called off (?:the|our|my) (?:wedding|engagement)"
            rf"|(?:ended|left) (?:(?:things|it) with (?:my |(?-i:[A-Z]))|(?:my|our|the) (?:[\w-]+ )?(?:marriage|relationship|engagement)|my (?:[\w-]+ )?{_COUPLE}(?=\W*$|,| (?:for|after)\b))"
            rf"|dumped (?:me\b|my (?:[\w-]+ )?{_COUPLE}\b)|filed for divorce|finalized (?:the|our|my) divorce",
        ),
        (
            Milestone.PREGNANCY,
            rf"(?:(?:\w+ (?:weeks|months) )?pregnant\b|expecting {_OWN} (?:[\w-]+ ){{0,2}}?(?:{_CHILD}|little one)\b|expecting (?:twins|triplets)\b)|got (?:me )?pregnant\b",
        ),
        (
            Milestone.MOVE,
            r"(?:moved|relocated|emigrated|immigrated) (?:back |away |here |out |over |down |up |across the country )*(?:(?:from [\w' ]+ )?(?:in)?to "
            rf"(?!(?:the )?(?:couch|sofa|bed|table|floor|front|back|side|next|other|new (?:phone|system|app|laptop))\b)(?:(?-i:[A-Z])|{_OWN} (?:[\w'-]+ ){{0,3}}?{_WHERE})"
            rf"|in with (?:my |(?-i:[A-Z]))|out(?:$| of (?:my|our|her|his|their) ))|bought {_OWN} (?:[\w'-]+ ){{0,3}}?{_HOME}",
        ),
        (
            Milestone.NEW_JOB,
            rf"(?:got|gotten|started|landed|accepted|took) {_OWN} (?:[\w'-]+ ){{0,3}}?{_JOB}"
            r"|(?:got |gotten )?hired\b"
            r"|(?:started|began) (?:working|work) (?:at|for|as)\b|(?:started|opened|launched) my own (?:[\w-]+ )?(?:business|company|practice|shop|studio|restaurant|bakery|cafe|café)\b",
        ),
        (Milestone.PROMOTION, r"(?:got |gotten )?promoted\b|(?:got|received|earned) (?:a|my) (?:[\w-]+ )?promotion\b"),
        (
            Milestone.JOB_ENDED,
            rf"(?:(?:got|gotten) )?(?:fired|laid off|sacked|let go|made redundant)\b(?! (?:up|of)\b)|(?:lost|quit|left) (?:my|his|her|their) (?:[\w'-]+ ){{0,3}}?{_JOB}|resigned\b(?! (?:myself|himself|herself|to)\b)",
        ),
        (
            Milestone.GRADUATION,
            rf"graduated\b(?! (?:to|my|our|the|an?)\b)|(?:finished|completed|earned|received|got|defended) (?:(?:my|a|an|his|her|their|our) |(?=[a-z]+ school)){_STUDIED}"
            rf"{_DEGREE}{_DONE}",
        ),
        (Milestone.RETIREMENT, r"retired\b(?! (?:the|an?|my|our|his|her|their|them|it|some|old|number)\b)"),
        (Milestone.DIAGNOSIS, r"(?:(?:got|gotten|been) )?(?:\w+ly )?diagnosed (?:with|as)\b"),
        (
            Milestone.SURGERY,
            rf"(?:had|underwent|gotten|got) (?:[\w'-]+ ){{0,4}}?{_OPERATION}\b(?!.*\b(?:scheduled|booked|planned)\b)(?! (?:consult|manual|room|table|theat|centre|center))"
            rf"|had (?:my|his|her|their|a) (?:[\w'-]+ ){{0,2}}?{_CUT_OUT} (?:removed|taken out|out)\b",
        ),
        (
            Milestone.NEW_PET,
            rf"(?:got|gotten|adopted|rescued|bought|brought home|welcomed) {_OWN} (?!(?:[\w'-]+ )?(?:office|guard|stuffed|toy) )(?:[\w'-]+ ){{0,4}}?{_PET}\b{_ITSELF}",
        ),
    )
)
_YOUNG: Final = frozenset(
    re.findall(r"\w+", "son daughter children twins grandson granddaughter grandchildren niece nephew cousin godson")
)
"""Whose birth is an event of the speaker's life."""
_BORN: Final = re.compile(r"(?:finally |just )?born\b", re.IGNORECASE)
_LEFT: Final = re.compile(
    r"(?:left|dumped) me\b(?! (?:a|the|with|alone|on read|hanging|waiting|speechless)\b)", re.IGNORECASE
)
_COUPLES: Final = frozenset({"husband", "wife", "boyfriend", "girlfriend", "partner", "fiancé", "fiancée"})
_BEFALLS_NOBODY: Final = frozenset({"doctor", "therapist", "landlord", "teacher", "roommate"})
"""Whom one has to do with, but not their lives."""


def milestone(value: str, subject: EntityRef) -> Milestone | None:
    """What kind of day these words tell, from the verb on ("got married to Tom"), of whoever did it; None for no such day."""
    last = (subject.kinship or "").rsplit("'s ", 1)[-1]
    if last in _BEFALLS_NOBODY:
        return None
    if _LEFT.match(value):
        return Milestone.SEPARATION if last in _COUPLES else None
    if _BORN.match(value):
        return Milestone.BIRTH if last in _YOUNG else None
    return next((kind for kind, said in _SAID if said.match(value[:_VALUE_MAX])), None)


def milestone_of(fact: Fact) -> Milestone | None:
    """What kind of day a fact tells of, denials and guesses none."""
    if not fact.polarity or fact.hedge >= SURE:
        return None
    if fact.predicate is Predicate.BEREAVEMENT:
        return Milestone.DEATH
    return milestone(fact.value, fact.subject) if fact.predicate in TOLD_BY else None

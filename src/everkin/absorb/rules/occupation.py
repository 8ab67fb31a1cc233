"""Work and study, from the first term to retirement."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.absorb.rules.constituents import BOUNDARY, CAPITAL, NUMBER, PLACE, phrase
from everkin.absorb.rules.rule import CHANGE, END, FIXED, HABIT, STATE, Rules, rule
from everkin.mind.fact import Predicate as P

_ADJECTIVES: Final = r"(?:(?!(?:good|great|bad|terrible|horrible|decent|better|worse|big|huge|born|natural|pretty|lot|bit|fan|fake|such|wannabe|aspiring|would-be|kind|sort|former|ex|amazing|excellent|awful|lousy|mean|fine|failed|fellow)\b)[\w'-]+ )"
_JOB: Final = r"(?:(?:[\w-]+ ){0,3}?job|position|gig|internship|apprenticeship|role)"
_JOB_SOMEWHERE: Final = rf"{_JOB}(?: (?:at|as|with|in) (?:a |an |the )?{phrase(5)})?"
_OCCUPATION: Final = (
    rf"{_ADJECTIVES}{{0,3}}?(?:{either(lex.OCCUPATIONS)})(?: (?:at|for|in|with) (?:a |an |the )?{phrase(4)})?"
)
_BUSINESS: Final = rf"(?:a|an|my own|our own|the|our|my) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)})(?: (?:in|called|named) {PLACE})?)\b"
_WORKPLACE: Final = (
    rf"(?:full[- ]time |part[- ]time |remotely |nights |shifts |long hours )*(?:at (?!(?:night|home|all|least|the moment|the weekend|weekends|first|once|my own|it|this|that|you|him|her|them|my|full|times?)\b)|for (?!(?:me|you|us|him|her|them|it|a living|free|hours|days|weeks|months|years|fun|myself|that|this|everyone|now|the best|{NUMBER})\b)|as (?=an? |the )|in (?!(?:the (?:morning|evening|afternoon|garden|kitchen|yard|past|summer|winter|dark|office|background|same|meantime|city)|progress|silence|peace|my|a (?:few|while|hurry|way|team|group)|this|that|order|general|it|bed|person|tandem|shifts|pairs)\b))"
    rf"(?:a |an |the )?(?P<v>{phrase(6)})"
)

RULES: Final[Rules] = {
    "be": (
        rule(
            P.WORK,
            rf"(?:a|an) (?P<v>{_OCCUPATION}){BOUNDARY}",
        ),
        rule(P.WORK, r"(?P<v>self[- ]employed|retired|a freelancer|freelance|freelancing)\b"),
        rule(P.WORK, r"(?:unemployed|jobless|out of work|between jobs|out of a job)\b", END),
        rule(
            P.STUDY,
            rf"(?:a|an) (?P<v>(?:[\w-]+ ){{0,3}}?(?:student|undergrad|undergraduate|freshman|sophomore|postgrad|phd candidate)(?: (?:at|of|in) (?:the )?{phrase(5)})?){BOUNDARY}",
        ),
        rule(
            P.STUDY,
            r"in (?P<v>(?:my (?:first|second|third|fourth|fifth|final|last|junior|senior|freshman|sophomore) year (?:of|at) )?(?:college|university|high school|law school|med(?:ical)? school|grad(?:uate)? school|nursing school|art school|\w+ grade))\b",
        ),
    ),
    "have": (
        rule(
            P.WORK,
            rf"(?:a|an|two) (?P<v>{_JOB}(?: (?:at|as|with|in|for) (?:a |an |the )?{phrase(5)})?)(?! (?:interview|offer|to do|application|for you)\b)(?=\W|$)",
            negatable=False,
        ),
        rule(P.WORK, r"(?:no job|no work|any job|a job)(?=\W*$|[.,;!\n]| right now| at the moment| anymore)", END),
        rule(
            P.STUDY,
            rf"an? (?P<v>(?:[\w'-]+ )?(?:degree|bachelor's|bachelor's degree|master's|master's degree|phd|doctorate|diploma) in {phrase(4)})",
            FIXED,
        ),
    ),
    "work": (rule(P.WORK, _WORKPLACE),),
    "teach": (
        rule(
            P.WORK,
            rf"(?!(?:me|you|him|her|them|us|my|myself|people|a lesson|everyone|someone|that|it|the kids?|the dog)\b)(?P<v>{phrase(4)}(?: (?:at|in|to) (?:a |an |the )?{phrase(3)})?)",
            HABIT,
            whole=True,
        ),
    ),
    "run": (
        rule(
            P.WORK,
            _BUSINESS,
            HABIT,
        ),
    ),
    "own": (
        rule(
            P.WORK,
            _BUSINESS,
        ),
    ),
    "manage": (
        rule(
            P.WORK,
            rf"(?:a|an|the) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)}|team)(?: (?:in|at|of|called) {phrase(3)})?)\b",
            HABIT,
        ),
    ),
    "get": (
        rule(
            P.WORK,
            rf"(?:a|an|the|my) (?P<v>(?:new )?{_JOB_SOMEWHERE})(?! (?:interview|offer|done|to do)\b)(?=\W|$)",
            CHANGE,
        ),
        rule(P.WORK, rf"hired (?:at|by|as) (?:a |an |the )?(?P<v>{phrase(5)})", CHANGE),
        rule(P.WORK, rf"promoted to (?P<v>{phrase(5)})", CHANGE),
        rule(P.WORK, r"(?:fired|laid off|let go|sacked|made redundant)\b(?! up\b)", END),
    ),
    "quit": (
        rule(
            P.WORK,
            r"(?:(?:my|our|the)(?: [\w'-]+){0,3}? (?:job|position|gig)|work)\b|(?=\W*$|[.,;!\n]| last| yesterday| today| this)",
            END,
        ),
    ),
    "resign": (rule(P.WORK, r"", END),),
    "retire": (
        rule(P.WORK, r"(?P<v>)", passive=True, whole=True),
        rule(
            P.WORK,
            r"(?P<v>(?:from (?:my |the )?[\w-]+)?)(?=\W*$|[.,;!\n]| (?:last|this|in|at|after|early|when|because|and|as)\b)",
            CHANGE,
            whole=True,
        ),
    ),
    "leave": (rule(P.WORK, r"(?:my|the) (?:[\w'-]+ ){0,2}?(?:job|position|company|firm)\b", END),),
    "lose": (rule(P.WORK, r"(?:my|the) (?:[\w'-]+ )?job\b", END),),
    "hire": (rule(P.WORK, rf"(?:at|by|as) (?:a |an |the )?(?P<v>{phrase(5)})", CHANGE, passive=True),),
    "promote": (rule(P.WORK, rf"to (?P<v>{phrase(5)})", CHANGE, passive=True),),
    "fire": (rule(P.WORK, r"", END, passive=True),),
    "lay": (rule(P.WORK, r"off\b", END, passive=True),),
    "accept": (
        rule(
            P.WORK,
            rf"(?:a|an|the) (?P<v>{_JOB_SOMEWHERE})(?! offer)(?=\W|$)",
            CHANGE,
        ),
    ),
    "land": (
        rule(
            P.WORK,
            rf"(?:a|an|the|my) (?P<v>{_JOB_SOMEWHERE})(?! (?:interview|offer)\b)(?=\W|$)",
            CHANGE,
        ),
    ),
    "start": (
        rule(P.WORK, rf"(?:(?:working|work) (?:at|for|as) (?:a |an |the )?(?P<v>{phrase(5)}))", CHANGE),
        rule(
            P.WORK,
            rf"as (?:a|an|the) (?P<v>{_OCCUPATION}){BOUNDARY}",
            CHANGE,
        ),
        rule(
            P.WORK,
            rf"(?:a|my) (?P<v>(?:new )?{_JOB_SOMEWHERE})(?! (?:search|hunt)\b)(?=\W|$)",
            CHANGE,
        ),
        rule(P.WORK, rf"(?:my own|our own|a|an) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)}))\b", CHANGE),
        rule(
            P.STUDY,
            rf"(?:(?:studying|college|university|law school|med(?:ical)? school|grad(?:uate)? school) ?|(?:a|my) (?=[\w'-]+ (?:degree|program|programme|course)))(?:(?:at|in) )?(?P<v>{phrase(4)})",
            CHANGE,
        ),
    ),
    "study": (
        rule(
            P.STUDY,
            rf"(?!(?:for|hard|all|a lot|with|on|at night|abroad|more|every|late|my|to|about|it|at home|at the library|how|what|really|well|and|in the|up|day|less|better|alone|together)\b)(?P<v>(?:(?:at|in) (?=[A-Z]|the university|college|university))?{phrase(8)})",
            STATE,
        ),
    ),
    "major": (rule(P.STUDY, rf"in (?P<v>{phrase(4)})"),),
    "attend": (
        rule(
            P.STUDY,
            rf"(?:the )?(?P<v>(?:{CAPITAL} |of )*(?-i:University|College|School|Academy|Institute|High)(?: of(?: {CAPITAL})+)?|{CAPITAL} (?:university|college))",
            HABIT,
        ),
    ),
    "go": (
        rule(
            P.STUDY,
            rf"to (?:the )?(?P<v>(?:{CAPITAL} ){{1,3}}(?:university|college|high school|school)|university of {PLACE}|(?:college|university|art school|law school|med school|medical school)(?: in {PLACE})?)\b",
            HABIT,
        ),
    ),
    "graduate": (rule(P.STUDY, r"(?!(?:from )?(?:high|middle|elementary|primary) school)", END),),
    "drop": (rule(P.STUDY, r"out\b", END),),
    "enroll": (rule(P.STUDY, rf"(?:in|at) (?:a |an |the )?(?P<v>{phrase(5, 'for')})", CHANGE),),
    "stop": (rule(P.WORK, r"(?:working|teaching)(?=\W*$|[.,;!\n]| at | last| in (?:19|20))", END),),
}

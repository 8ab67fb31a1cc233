"""What a clause says, verb by verb: patterns of the words after the verb, and the predicate they fill."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either
from everkin.mind.fact import Predicate as P


class Aspect(Enum):
    """How the tense of a clause bears on the fact."""

    STATE = "state"
    """Holds now; in the past tense it did, and no longer does."""
    HABIT = "habit"
    """As a state, but one past act is no habit: the simple past gives nothing."""
    CHANGE = "change"
    """In the past tense the state began with it; else it is still to come and gives nothing."""
    FIXED = "fixed"
    """Holds for good, whatever the tense (where somebody was born)."""
    EVENT = "event"
    """Happened; only the past tenses count."""
    END = "end"
    """In the past tense, or as a state of now, it ends what held."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """`pattern` is matched right after the verb; its group `v` is the value, or `whole` takes the verb along."""

    predicate: P
    pattern: re.Pattern[str]
    aspect: Aspect = Aspect.STATE
    passive: bool = False
    progressive: bool | None = None
    whole: bool = False
    many: bool = False
    negatable: bool = True
    modal: str = ""
    dated: bool = False


_STOP: Final = (
    "and|but|or|so|what|why|how|because|cause|cuz|since|when|while|whenever|where|which|who|whom|whose|that|if|though|although|until|till"
    "|before|after|as|than|then|i|i'm|we|he|she|they|it|you|yesterday|today|tomorrow|tonight|last|next|this|now|nowadays"
    "|recently|lately|again|anymore|any|currently|ago|every|too|also|btw|lol|haha|hehe|right|actually|these|those|is|are|was"
    "|were|has|have|had|with|for|during|once|later|soon|already|just|still|instead|though|even|either|like"
)
_WORD: Final = r"[^\W_](?:[\w'&/.+-]*[\w+])?(?:(?<=s)'(?= ))?"


_DATED: Final = (
    r"(?:in|on|by|around|at|from|until|till|since) (?:early |late |mid-?|the )?(?:january|february|march|april|may|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|fall|winter"
    r"|weekend|morning|afternoon|evening|night|noon|(?:19|20)\d\d|\d{1,2}(?::\d\d| ?[ap]m))\b"
)
_DURATION: Final = (
    r"(?:(?:(?:a|an|one|two|three|four|five|six|ten|several|some|\d+) )?(?:few|couple(?: of)?|good \w+|\d+) (?:days|weeks|months|years|hours)"
    rf"|(?:{either(lex.NUMBERS)}|several|many) (?:days|weeks|months|years|hours)"
    r"|(?:a|one) (?:day|week|month|year|while) (?:ago|later|before|from now)|someday|one day|some day|sometime|from home)\b"
)


def _phrase(longest: int, allow: str = "") -> str:
    """Up to `longest` words that do not begin another clause, a time, or a company; `allow` lifts some stops."""
    stop = "|".join(word for word in _STOP.split("|") if word not in allow.split())
    word = rf"(?!(?:{stop})\b|{_DURATION}|{_DATED}){_WORD}"
    return rf"{word}(?: {word}){{0,{longest - 1}}}"


_CAPITAL: Final = r"(?-i:[A-ZÀ-ÞŁŚŽ][\w'-]*)"
_NAME: Final = rf"(?!(?:I|The|My)\b){_CAPITAL}(?: {_CAPITAL})?"
_PLACE: Final = (
    rf"(?:(?:the )?(?:(?:north|south|east|west|northern|southern|eastern|western|upstate|downtown|rural|central) )?"
    rf"(?!(?:I|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
    rf"(?:St\. )?{_CAPITAL}(?: (?:(?:de|del|la|of|the|upon|and) )?{_CAPITAL})*(?:, (?!I\b)(?!I'){_CAPITAL}(?: {_CAPITAL})?)?)"
)
_DWELLING: Final = (
    r"(?:(?:a|an|the|our|my) (?:[\w'-]+ ){0,3}(?:town|city|village|apartment|flat|house|home|cottage|suburbs?|countryside|farm"
    rf"|dorm|condo|cabin|trailer|neighbou?rhood|place|island|mountains)(?: (?:in|near|by|outside|of|with) {_PLACE})?)"
)
_ARTICLE: Final = r"(?:a|an|the|my|our|some|one|two|three|four|five|another|\d+)"
_END: Final = (
    r"(?=\W*$|\s*[.,;!?:()\n–—]| -| (?:and|but|so|now|since|for|because|by|anymore|any more|again|too|though|actually|lol|as"
    r"|these days|myself|who|from|at|in|right now|until|when|which|with|diet|last|this)\b)"
)
_NUMBER: Final = rf"(?:\d{{1,3}}|(?:{either(lex.NUMBERS)})(?:-(?:{either(lex.NUMBERS)}))?)"
_ADJECTIVES: Final = r"(?:(?!(?:good|great|bad|terrible|horrible|decent|better|worse|big|huge|born|natural|pretty|lot|bit|fan|fake|such|wannabe|aspiring|would-be|kind|sort|former|ex|amazing|excellent|awful|lousy|mean|fine|failed|fellow)\b)[\w'-]+ )"
_NOUNS: Final = r"(?:(?!(?:for|of|at|in|on|to|from|with|about|like|and|or|is|was|as|that)\b)[\w'-]+ ){0,3}?"
_COUNT_KIN: Final = rf"(?:{_ARTICLE}|no|any) (?:(?:older|younger|little|big|baby|twin|elder|teenage|adult|grown|small|young|beautiful|wonderful|lovely) ){{0,3}}"
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
_JOB: Final = r"(?:(?:[\w-]+ ){0,3}?job|position|gig|internship|apprenticeship|role)"
_DATE: Final = (
    r"(?:(?:the )?\d{1,2}(?:st|nd|rd|th)?(?: of)? |)(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?(?: (?:the )?\d{1,2}(?:st|nd|rd|th)?)?(?:,? \d{4})?|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|(?:19|20)\d\d\b|christmas(?: day| eve)?|halloween|valentine's day|new year's(?: day| eve)?"
)
_NOT_LIKED: Final = (
    r"(?!(?:it|that|this|these|those|them|him|her|you|your|yours|how|what|when|where|who|why|the (?:idea|way|fact|look|sound|thought|feeling|vibe|one|first|second|last)|to (?:hear|see|know|think|say|be|have|get|tell|ask|share|help|do|talk|chat|thank|point)"
    r"|hearing|seeing|being|having|our (?:chats?|talks?|conversations?)|talking (?:to|with)|chatting|a (?:lot|bit)|so|more|most|every|all|any|both|better|best|less|other|i|we|he|she|they|if|when|myself|each other|us|me|one another)\b)"
)
_LIKED: Final = rf"{_NOT_LIKED}(?:(?:a|an|the|my|to|some) )?{_phrase(6, 'with for')}(?:(?:, {_phrase(3)})*,? and (?!i\b){_phrase(3)}(?=\W*$|[.,;!\n]))?"
_GOAL_VERBS: Final = (
    "become|be an?|learn (?:to|how|more about|the|\\w+)|start my|start an?|write an?|run an?|lose weight|lose \\d+|get better at|get into|travel|visit|save|buy an?|quit|stop \\w+ing|open|build|move|"
    "study|finish|get (?:fit|healthy|promoted|married|in shape|a (?:new |better )?(?:job|degree|promotion|raise|dog|cat|house|visa|license))|have (?:kids|children|a (?:baby|family))|adopt|publish|go to|apply (?:to|for)|climb|own|master|improve|complete|graduate|earn|work (?:as|at)|launch|record|grow"
)
_TO_WORK: Final = r"(?! ?to (?:my|the|his|her|this|that) (?:job|work|career|company|desk|phone|game|sea|idea|money)\b)"
"""Not "married to my job"."""
_FOODS: Final = "meat|red meat|pork|beef|chicken|fish|seafood|shellfish|dairy|gluten|sugar|eggs?|nuts|peanuts|wheat|bread|carbs|spicy food|animal products|onions?|garlic|lactose|soy"


def _rule(predicate: P, pattern: str, aspect: Aspect = Aspect.STATE, **options: object) -> Rule:
    return Rule(predicate=predicate, pattern=re.compile(pattern, re.IGNORECASE), aspect=aspect, **options)  # type: ignore[arg-type]


S, H, C, F, E, X = Aspect.STATE, Aspect.HABIT, Aspect.CHANGE, Aspect.FIXED, Aspect.EVENT, Aspect.END

_IN_PLACE: Final = rf"(?:alone |together |with [^.,;!?\n]{{1,30}}? |right |here |up |down |out |over |just )*(?:in|at|near|outside|on|close to|outside of) (?P<v>{_PLACE}|{_DWELLING})"
_TO_PLACE: Final = rf"(?:back |away |here |out |over |down |up |in |across the country )*(?:from {_PLACE} )?(?:to|into) (?P<v>{_PLACE}|{_DWELLING})"
_PET: Final = rf"{_ARTICLE} (?P<v>{_NOUNS}{_PET_WORDS}\b(?: mix)?(?:,? (?:named|called) {_CAPITAL}(?:,? and {_CAPITAL})?)?)(?! (?:food|toys?|bed|hair|house|person|show|costume|sitter|walker|in the|phobia|allergy|collar|photo|picture|video|meme|park|plants?|lover|drawing|painting|mug|shirt|tattoo|statue|story|book|sculpture|farm)\b)"
_WORKPLACE: Final = (
    rf"(?:full[- ]time |part[- ]time |remotely |nights |shifts |long hours )*(?:at (?!(?:night|home|all|least|the moment|the weekend|weekends|first|once|my own|it|this|that|you|him|her|them|my|full|times?)\b)|for (?!(?:me|you|us|him|her|them|it|a living|free|hours|days|weeks|months|years|fun|myself|that|this|everyone|now|the best|{_NUMBER})\b)|as (?=an? |the )|in (?!(?:the (?:morning|evening|afternoon|garden|kitchen|yard|past|summer|winter|dark|office|background|same|meantime|city)|progress|silence|peace|my|a (?:few|while|hurry|way|team|group)|this|that|order|general|it|bed|person|tandem|shifts|pairs)\b))"
    rf"(?:a |an |the )?(?P<v>{_phrase(6)})"
)

RULES: Final[dict[str, tuple[Rule, ...]]] = (
    {
        "be": (
            _rule(
                P.AGE,
                rf"(?P<v>{_NUMBER})(?= years? old| yrs? old| y/o|-years?-old|\s*[.,;!)\n]|\W*$| now\b| today\b| and (?:i|my|have|live|single|still|work)\b)(?!,? (?:\d|000|minutes|hours|percent))",
                H,
                negatable=False,
            ),
            _rule(P.HOME, rf"(?:based|settled|living) {_IN_PLACE}"),
            _rule(P.ORIGIN, rf"(?:originally |all the way )?from (?!{_NUMBER})(?P<v>{_PLACE})", F),
            _rule(
                P.ORIGIN,
                rf"(?:originally |half |part )?(?:a |an )?(?:proud )?(?P<v>{either(lex.NATIONALITIES)})(?:[- ](?:american|canadian|born))?(?=\W*$|\s*[.,;!\n)]| and i\b| but\b| by birth| citizen)",
                F,
                negatable=False,
            ),
            _rule(
                P.WORK,
                rf"(?:a|an) (?P<v>{_ADJECTIVES}{{0,3}}?(?:{either(lex.OCCUPATIONS)})(?: (?:at|for|in|with) (?:a |an |the )?{_phrase(4)})?){_END}",
            ),
            _rule(P.WORK, r"(?P<v>self[- ]employed|retired|a freelancer|freelance|freelancing)\b"),
            _rule(P.WORK, r"(?:unemployed|jobless|out of work|between jobs|out of a job)\b", X),
            _rule(
                P.STUDY,
                rf"(?:a|an) (?P<v>(?:[\w-]+ ){{0,3}}?(?:student|undergrad|undergraduate|freshman|sophomore|postgrad|phd candidate)(?: (?:at|of|in) (?:the )?{_phrase(5)})?){_END}",
            ),
            _rule(
                P.STUDY,
                r"in (?P<v>(?:my (?:first|second|third|fourth|fifth|final|last|junior|senior|freshman|sophomore) year (?:of|at) )?(?:college|university|high school|law school|med(?:ical)? school|grad(?:uate)? school|nursing school|art school|\w+ grade))\b",
            ),
            _rule(P.PARTNER, rf"in (?P<v>an? (?:[\w-]+ )?relationship(?: with {_NAME})?)"),
            _rule(
                P.PARTNER,
                rf"(?:single|widowed|separated|a widow|a widower|a bachelor){_END}",
                X,
            ),
            _rule(
                P.KIN,
                rf"(?P<v>an only child|(?:a |an )(?:single |proud |new |first-time |working )*(?:mom|mum|mother|dad|father|parent|grandmother|grandfather|grandma|grandpa)(?: (?:of|to) \w+(?: (?:boys|girls|kids|children|sons|daughters|teenagers|toddlers))?)?){_END}",
            ),
            _rule(
                P.HEALTH,
                r"(?P<v>(?:\w+ (?:weeks|months) )?pregnant(?: with \w+)?|sober|in remission|in rehab|in recovery|hospitalized|in (?:the )?hospital|expecting(?: (?:a|our|my) [\w ]{0,20}baby)?)(?! with anticipation)\b",
            ),
            _rule(
                P.ALLERGY,
                rf"(?:\w+ly |very |super |highly )?allergic to (?!(?:work|mondays|people|mornings|exercise|you|it|that|bullshit|drama|fun)\b)(?:the )?(?P<v>{_phrase(4)}(?:(?:, {_phrase(2)})*,? (?:and|or) {_phrase(2)}(?=\W*$|[.,;!\n]))?)",
                many=True,
            ),
            _rule(P.ALLERGY, r"(?P<v>(?:lactose|gluten|histamine|fructose)[- ]intolerant)\b"),
            _rule(
                P.DIAGNOSIS,
                rf"(?:\w+ )?(?P<v>(?:type \d )?(?:{either(lex.CONDITION_ADJECTIVES)})){_END}",
            ),
            _rule(P.MEDICATION, rf"(?:back )?on (?:\d+ ?mg (?:of )?)?(?P<v>{either(lex.MEDICATIONS)})\b"),
            _rule(
                P.DIET,
                rf"(?:a |an |on a |on an )?(?:strict |lifelong |mostly )?(?P<v>{either(lex.DIETS)}){_END}",
            ),
            _rule(
                P.BELIEF,
                rf"(?:a |an )?(?:devout |practi[cs]ing |lapsed |very |deeply |non-practicing )?(?P<v>{either(lex.BELIEFS)}){_END}",
            ),
            _rule(
                P.LANGUAGE,
                rf"(?:fluent|bilingual|trilingual) in (?P<v>(?:{either(lex.LANGUAGES)})(?:(?:, | and |, and )(?:{either(lex.LANGUAGES)}))*)",
                many=True,
            ),
            _rule(
                P.LIKES,
                rf"(?:really |so |super |totally |big |quite |very )*(?:into|fond of|obsessed with|crazy about|passionate about|an? (?:[\w-]+ ){{0,2}}?(?:fan|lover|admirer) of|hooked on|addicted to) (?P<v>{_LIKED})",
                many=True,
            ),
            _rule(
                P.LIKES,
                rf"an? (?:huge |big |massive |lifelong |total )+(?P<v>{_phrase(3)}) (?:fan|lover|nerd|geek|buff|enthusiast)\b",
            ),
            _rule(
                P.DISLIKES,
                rf"(?:really |so |very |deathly |absolutely )*(?:afraid|scared|terrified|sick and tired) of (?!(?:it|that|this|him|her|them|you|what|losing|being|the future|how)\b)(?P<v>{_phrase(4)})",
            ),
            _rule(P.NAME, rf"(?P<v>{_CAPITAL})(?=\W*$|\s*[.,!;]| by the way| and i'm| and i am| from)"),
        ),
        "have": (
            _rule(P.PET, _PET.replace(_ARTICLE, rf"(?:{_ARTICLE}|no|any)", 1)),
            _rule(
                P.KIN,
                rf"{_COUNT_KIN}(?P<v>(?:{_KIN_WORDS})(?:,? (?:named|called) {_CAPITAL}(?:,? and {_CAPITAL})?)?){_END}",
            ),
            _rule(
                P.PARTNER,
                rf"(?:a|an|no|any) (?:\w+ )?(?P<v>(?:{_PARTNER_WORDS})(?:,? (?:named|called) {_CAPITAL})?){_END}",
            ),
            _rule(P.FRIEND, rf"an? (?:[\w-]+ ){{0,2}}?(?P<v>friend,? (?:named|called) {_CAPITAL})"),
            _rule(
                P.ALLERGY, rf"(?:a|an) (?:severe |bad |serious |mild |life-threatening )*(?P<v>{_phrase(2)}) allergy\b"
            ),
            _rule(
                P.ALLERGY,
                rf"(?:an? )?(?:severe |bad |serious |mild )*allerg(?:y|ies) to (?:the )?(?P<v>{_phrase(4)}(?: and {_phrase(2)}(?=\W*$|[.,;!\n]))?)",
                many=True,
            ),
            _rule(
                P.DIAGNOSIS,
                rf"(?:severe |mild |bad |really bad |chronic |clinical |terrible |stage \w+ )*(?P<v>{either(lex.CONDITIONS)})(?! (?:about|attack|medication|meds|awareness|research|over)\b)(?=\W|$)",
            ),
            _rule(P.HEALTH, rf"(?P<v>{either(lex.AILMENTS)})(?! (?:brew|shower|drink|beer)\b)(?=\W|$)", E),
            _rule(
                P.HEALTH,
                rf"(?P<v>{either(lex.AILMENTS)})(?! (?:brew|shower|drink|beer|on|next|scheduled|tomorrow)\b)(?=\W|$)",
                H,
                negatable=False,
            ),
            _rule(
                P.WORK,
                rf"(?:a|an|two) (?P<v>{_JOB}(?: (?:at|as|with|in|for) (?:a |an |the )?{_phrase(5)})?)(?! (?:interview|offer|to do|application|for you)\b)(?=\W|$)",
                negatable=False,
            ),
            _rule(P.WORK, r"(?:no job|no work|any job|a job)(?=\W*$|[.,;!\n]| right now| at the moment| anymore)", X),
            _rule(
                P.STUDY,
                rf"an? (?P<v>(?:[\w'-]+ )?(?:degree|bachelor's|bachelor's degree|master's|master's degree|phd|doctorate|diploma) in {_phrase(4)})",
                F,
            ),
            _rule(
                P.POSSESSION,
                rf"{_ARTICLE} (?P<v>{_NOUNS}(?:{either(lex.GOODS)})s?)(?! (?:accident|crash|trip|party|warming|mate|owner|problem|payment|insurance|loan|ride|tour|key|keys|work)\b){_END}",
            ),
            _rule(
                P.PLAN,
                rf"(?:a|an|my|our|another|the) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.APPOINTMENTS)})s?(?: (?:with|at|in|for) (?:a |an |the |my )?{_phrase(4)})?)\b",
                H,
                dated=True,
                negatable=False,
            ),
            _rule(
                P.EVENT,
                r"(?P<v>an? (?:[\w-]+ )?(?:baby|accident|car accident|miscarriage|interview|job interview|surgery|operation|c-section|party|falling out|fight|breakthrough|son|daughter|baby boy|baby girl)(?: with [\w ]{2,20})?)(?=\W|$)",
                E,
                whole=True,
            ),
        ),
        "live": (_rule(P.HOME, _IN_PLACE),),
        "reside": (_rule(P.HOME, _IN_PLACE),),
        "settle": (_rule(P.HOME, rf"(?:down )?{_IN_PLACE}", C),),
        "move": (
            _rule(P.HOME, _TO_PLACE, C),
            _rule(P.EVENT, rf"(?P<v>{_TO_PLACE.replace('?P<v>', '?:')})", E, whole=True),
        ),
        "relocate": (
            _rule(P.HOME, _TO_PLACE, C),
            _rule(P.EVENT, rf"(?P<v>{_TO_PLACE.replace('?P<v>', '?:')})", E, whole=True),
        ),
        "grow": (_rule(P.ORIGIN, rf"up {_IN_PLACE}", F, negatable=False),),
        "raise": (_rule(P.ORIGIN, _IN_PLACE, F, passive=True, negatable=False),),
        "born": (
            _rule(P.BIRTHDAY, rf"(?:on|in) (?P<v>{_DATE})", F, passive=True, negatable=False),
            _rule(P.ORIGIN, rf"(?:and raised )?in (?!{_DATE})(?P<v>{_PLACE})", F, passive=True, negatable=False),
        ),
        "come": (_rule(P.ORIGIN, rf"(?:originally )?from (?P<v>{_PLACE})(?! (?:last|yesterday|today)\b)", H),),
        "work": (_rule(P.WORK, _WORKPLACE),),
        "teach": (
            _rule(
                P.WORK,
                rf"(?!(?:me|you|him|her|them|us|my|myself|people|a lesson|everyone|someone|that|it|the kids?|the dog)\b)(?P<v>{_phrase(4)}(?: (?:at|in|to) (?:a |an |the )?{_phrase(3)})?)",
                H,
                whole=True,
            ),
        ),
        "run": (
            _rule(
                P.WORK,
                rf"(?:a|an|my own|our own|the|our|my) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)})(?: (?:in|called|named) {_PLACE})?)\b",
                H,
            ),
            _rule(
                P.EVENT,
                rf"(?P<v>(?:a|my|the) (?:[\w'-]+ ){{0,3}}?(?:marathon|race|half|5k|10k|triathlon)(?: in {_PLACE})?)\b",
                E,
                whole=True,
            ),
        ),
        "own": (
            _rule(
                P.WORK,
                rf"(?:a|an|my own|our own|the|our|my) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)})(?: (?:in|called|named) {_PLACE})?)\b",
            ),
            _rule(P.PET, _PET),
            _rule(P.POSSESSION, rf"{_ARTICLE} (?P<v>{_NOUNS}(?:{either(lex.GOODS)})s?){_END}"),
        ),
        "manage": (
            _rule(
                P.WORK,
                rf"(?:a|an|the) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)}|team)(?: (?:in|at|of|called) {_phrase(3)})?)\b",
                H,
            ),
        ),
        "get": (
            _rule(
                P.WORK,
                rf"(?:a|an|the|my) (?P<v>(?:new )?{_JOB}(?: (?:at|as|with|in) (?:a |an |the )?{_phrase(5)})?)(?! (?:interview|offer|done|to do)\b)(?=\W|$)",
                C,
            ),
            _rule(P.WORK, rf"hired (?:at|by|as) (?:a |an |the )?(?P<v>{_phrase(5)})", C),
            _rule(P.WORK, rf"promoted to (?P<v>{_phrase(5)})", C),
            _rule(P.WORK, r"(?:fired|laid off|let go|sacked|made redundant)\b(?! up\b)", X),
            _rule(P.PET, _PET, C),
            _rule(P.PARTNER, rf"(?P<v>(?:married|engaged)(?: to (?:my [\w-]+ )?{_NAME})?)\b{_TO_WORK}", C),
            _rule(P.PARTNER, r"(?:divorced|dumped)\b", X),
            _rule(P.DIAGNOSIS, rf"(?:\w+ )?diagnosed with (?P<v>{_phrase(4)})", F, negatable=False),
            _rule(P.MEDICATION, rf"prescribed (?P<v>{_phrase(3)})", C),
            _rule(
                P.POSSESSION,
                rf"(?:a|an|my|our) (?:brand )?(?P<v>new (?:[\w'-]+ ){{0,2}}?(?:{either(lex.GOODS)})){_END}",
                C,
            ),
            _rule(
                P.EVENT,
                rf"(?P<v>(?:married|engaged|divorced|promoted|hired|fired|laid off|accepted|into (?:college|university|law school|med(?:ical)? school|grad(?:uate)? school|{_CAPITAL})|robbed|mugged|evicted|dumped|a promotion|a raise|a job offer|the job|a new job|my (?:driver's license|driving licence|degree|diploma|visa|green card|citizenship|first [\w ]{{2,20}}))(?: (?!{_DATED})(?:to|at|by|from|into|in|as) (?:a |an |the )?{_phrase(4)})?)\b(?! (?:up|to know|into it|into trouble)\b)",
                E,
                whole=True,
            ),
        ),
        "quit": (
            _rule(
                P.WORK,
                r"(?:(?:my|our|the)(?: [\w'-]+){0,3}? (?:job|position|gig)|work)\b|(?=\W*$|[.,;!\n]| last| yesterday| today| this)",
                X,
            ),
            _rule(
                P.HEALTH,
                r"(?P<v>smoking|drinking|alcohol|cigarettes|vaping|caffeine|coffee|sugar|weed)\b",
                E,
                whole=True,
            ),
            _rule(P.EVENT, r"(?P<v>my (?:[\w'-]+ ){0,3}?(?:job|position))\b", E, whole=True),
        ),
        "resign": (
            _rule(P.WORK, r"", X),
            _rule(P.EVENT, rf"(?P<v>(?:from (?:my |the )?{_phrase(4)})?)", E, whole=True),
        ),
        "retire": (
            _rule(P.WORK, r"(?P<v>)", passive=True, whole=True),
            _rule(
                P.WORK,
                r"(?P<v>(?:from (?:my |the )?[\w-]+)?)(?=\W*$|[.,;!\n]| (?:last|this|in|at|after|early|when|because|and|as)\b)",
                C,
                whole=True,
            ),
        ),
        "leave": (
            _rule(P.WORK, r"(?:my|the) (?:[\w'-]+ ){0,2}?(?:job|position|company|firm)\b", X),
            _rule(
                P.PARTNER,
                rf"my (?:{_PARTNER_WORDS})(?=\W*$|[.,;!\n]| last| because| after| for| this| in (?:19|20))",
                X,
            ),
        ),
        "lose": (
            _rule(P.WORK, r"(?:my|the) (?:[\w'-]+ )?job\b", X),
            _rule(
                P.EVENT,
                r"(?P<v>my (?:[\w'-]+ )?job|(?:our|my) (?:house|home)|\d+ (?:pounds|kilos|kg|lbs))\b",
                E,
                whole=True,
            ),
        ),
        "hire": (_rule(P.WORK, rf"(?:at|by|as) (?:a |an |the )?(?P<v>{_phrase(5)})", C, passive=True),),
        "promote": (
            _rule(P.WORK, rf"to (?P<v>{_phrase(5)})", C, passive=True),
            _rule(P.EVENT, rf"(?P<v>(?:to {_phrase(5)})?)", E, passive=True, whole=True),
        ),
        "fire": (
            _rule(P.WORK, r"", X, passive=True),
            _rule(P.EVENT, rf"(?P<v>(?:from {_phrase(4)})?)(?! up\b)", E, passive=True, whole=True),
        ),
        "lay": (
            _rule(P.WORK, r"off\b", X, passive=True),
            _rule(P.EVENT, rf"(?P<v>off(?: from {_phrase(4)})?)", E, passive=True, whole=True),
        ),
        "accept": (
            _rule(
                P.WORK,
                rf"(?:a|an|the) (?P<v>{_JOB}(?: (?:at|as|with|in) (?:a |an |the )?{_phrase(5)})?)(?! offer)(?=\W|$)",
                C,
            ),
            _rule(P.EVENT, rf"(?P<v>(?:in)?to (?:the )?{_phrase(5)})", E, passive=True, whole=True),
        ),
        "land": (
            _rule(
                P.WORK,
                rf"(?:a|an|the|my) (?P<v>{_JOB}(?: (?:at|as|with|in) (?:a |an |the )?{_phrase(5)})?)(?! (?:interview|offer)\b)(?=\W|$)",
                C,
            ),
        ),
        "start": (
            _rule(P.WORK, rf"(?:(?:working|work) (?:at|for|as) (?:a |an |the )?(?P<v>{_phrase(5)}))", C),
            _rule(
                P.WORK,
                rf"(?:a|my) (?P<v>(?:new )?{_JOB}(?: (?:at|as|with|in) (?:a |an |the )?{_phrase(5)})?)(?! (?:search|hunt)\b)(?=\W|$)",
                C,
            ),
            _rule(P.WORK, rf"(?:my own|our own|a|an) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:{either(lex.BUSINESSES)}))\b", C),
            _rule(
                P.STUDY,
                rf"(?:(?:studying|college|university|law school|med(?:ical)? school|grad(?:uate)? school) ?|(?:a|my) (?=[\w'-]+ (?:degree|program|programme|course)))(?:(?:at|in) )?(?P<v>{_phrase(4)})",
                C,
            ),
            _rule(
                P.HOBBY,
                rf"(?:to learn |learning |playing |doing |taking |going )?(?:the )?(?P<v>{either(lex.ACTIVITIES | lex.PRACTICES | lex.INSTRUMENTS | lex.GAMES)}|[\w-]+ (?:classes|lessons))\b(?! (?:it|my|a|an|the|that|this|her|him|them|up|down|late|through|out|about|on|toward|away)\b)",
                C,
            ),
            _rule(P.MEDICATION, rf"(?:taking |on )?(?:\d+ ?mg (?:of )?)?(?P<v>{either(lex.MEDICATIONS)})\b", C),
        ),
        "study": (
            _rule(
                P.STUDY,
                rf"(?!(?:for|hard|all|a lot|with|on|at night|abroad|more|every|late|my|to|about|it|at home|at the library|how|what|really|well|and|in the|up|day|less|better|alone|together)\b)(?P<v>(?:(?:at|in) (?=[A-Z]|the university|college|university))?{_phrase(8)})",
                S,
            ),
        ),
        "major": (_rule(P.STUDY, rf"in (?P<v>{_phrase(4)})"),),
        "attend": (
            _rule(
                P.STUDY,
                rf"(?:the )?(?P<v>(?:{_CAPITAL} |of )*(?-i:University|College|School|Academy|Institute|High)(?: of(?: {_CAPITAL})+)?|{_CAPITAL} (?:university|college))",
                H,
            ),
            _rule(P.EVENT, rf"(?P<v>(?:a|an|my|the|our) {_phrase(6)})", E, whole=True),
        ),
        "go": (
            _rule(
                P.STUDY,
                rf"to (?:the )?(?P<v>(?:{_CAPITAL} ){{1,3}}(?:university|college|high school|school)|university of {_PLACE}|(?:college|university|art school|law school|med school|medical school)(?: in {_PLACE})?)\b",
                H,
            ),
            _rule(P.HOBBY, rf"(?P<v>{either(lex.ACTIVITIES)})\b", H, progressive=False, negatable=False),
            _rule(
                P.EVENT,
                rf"(?P<v>(?:back )?(?:to (?!(?:bed|sleep|work|school|the (?:bathroom|store|shop)|hell|town|waste|college|university|it|that|see|get|go|do|be|the (?:gym|doctor))\b)(?:a |an |the |my |our )?{_phrase(5, 'with for')}|on (?:a|an|our|my) {_phrase(5)}|{either(lex.ACTIVITIES)}(?: (?:in|at|on|with) (?:the |my |a )?{_phrase(4)})?))",
                E,
                whole=True,
            ),
        ),
        "graduate": (
            _rule(P.STUDY, r"(?!(?:from )?(?:high|middle|elementary|primary) school)", X),
            _rule(P.EVENT, rf"(?P<v>(?:from (?:the )?{_phrase(5)}|with {_phrase(5)})?)", E, whole=True),
        ),
        "drop": (_rule(P.STUDY, r"out\b", X), _rule(P.EVENT, rf"(?P<v>out(?: of {_phrase(4)})?)", E, whole=True)),
        "enroll": (_rule(P.STUDY, rf"(?:in|at) (?:a |an |the )?(?P<v>{_phrase(5, 'for')})", C),),
        "speak": (
            _rule(
                P.LANGUAGE,
                rf"(?:fluent |a little |a little bit of |some |a bit of |basic |decent |good |mostly |only |both )*(?P<v>(?:{either(lex.LANGUAGES)})(?:(?:, | and |, and | or )(?:{either(lex.LANGUAGES)}))*)\b",
                H,
                many=True,
            ),
        ),
        "marry": (
            _rule(
                P.PARTNER, rf"{_TO_WORK}(?P<v>(?:happily )?(?:to (?:my [\w-]+ )?{_NAME})?)", S, passive=True, whole=True
            ),
            _rule(P.PARTNER, rf"(?:my (?:[\w-]+ ){{1,3}})?(?P<v>{_NAME})", C),
        ),
        "engage": (
            _rule(P.PARTNER, rf"(?P<v>(?:to (?:my [\w-]+ )?{_NAME})|(?=\W*$|[.,;!\n]))", S, passive=True, whole=True),
        ),
        "divorce": (
            _rule(P.PARTNER, r"", X, passive=True),
            _rule(P.PARTNER, rf"my (?:{_PARTNER_WORDS})|(?=\W*$|[.,;!\n]| last| in )", X),
        ),
        "date": (
            _rule(
                P.PARTNER,
                rf"(?P<v>{_NAME}|(?:a|an|this) (?:[\w-]+ )*?(?:guy|girl|man|woman|person|someone)(?: (?:named|called) {_CAPITAL})?|someone)\b",
                S,
                progressive=True,
            ),
        ),
        "see": (
            _rule(
                P.PARTNER,
                rf"(?P<v>someone(?: (?:new|named {_CAPITAL}))?|a (?:guy|girl|man|woman)(?: (?:named|called) {_CAPITAL})?)(?=\W*$|[.,;!\n]| for| named| called)",
                S,
                progressive=True,
            ),
        ),
        "break": (
            _rule(P.PARTNER, rf"up(?: with (?:my |{_NAME})(?:{_PARTNER_WORDS})?)?", X),
            _rule(P.EVENT, rf"(?P<v>up(?: with (?:my )?{_phrase(3)})?|off (?:my|our|the) engagement)", E, whole=True),
            _rule(
                P.HEALTH,
                rf"(?P<v>my (?:left |right |big |little |lower |upper )*(?:{either(lex.BODY_PARTS)})s?)\b",
                E,
                whole=True,
            ),
        ),
        "split": (
            _rule(P.PARTNER, r"up\b(?! the)", X),
            _rule(P.EVENT, rf"(?P<v>up(?: with (?:my )?{_phrase(3)})?)(?! the\b)", E, whole=True),
        ),
        "adopt": (
            _rule(P.PET, _PET, C),
            _rule(P.KIN, r"an? (?P<v>(?:[\w-]+ )?(?:baby|child|son|daughter|boy|girl))\b", C),
            _rule(P.EVENT, rf"(?P<v>(?:a|an|two|our|my) {_phrase(6)})", E, whole=True),
        ),
        "rescue": (_rule(P.PET, _PET, C),),
        "foster": (_rule(P.PET, _PET, S),),
        "bring": (_rule(P.PET, rf"home {_PET}", C),),
        "love": (_rule(P.LIKES, rf"(?P<v>{_LIKED})", H, many=True),),
        "like": (_rule(P.LIKES, rf"(?P<v>{_LIKED})", H, many=True),),
        "enjoy": (_rule(P.LIKES, rf"(?P<v>{_LIKED})", H, many=True),),
        "adore": (_rule(P.LIKES, rf"(?P<v>{_LIKED})", H, many=True),),
        "prefer": (_rule(P.LIKES, rf"(?!not\b)(?P<v>{_LIKED})", H, negatable=False),),
        "hate": (_rule(P.DISLIKES, rf"(?P<v>{_LIKED})", H, many=True, negatable=False),),
        "dislike": (_rule(P.DISLIKES, rf"(?P<v>{_LIKED})", H, many=True, negatable=False),),
        "detest": (_rule(P.DISLIKES, rf"(?P<v>{_LIKED})", H, many=True, negatable=False),),
        "despise": (_rule(P.DISLIKES, rf"(?P<v>{_LIKED})", H, many=True, negatable=False),),
        "loathe": (_rule(P.DISLIKES, rf"(?P<v>{_LIKED})", H, many=True, negatable=False),),
        "stand": (_rule(P.DISLIKES, rf"(?P<v>{_LIKED})", H, many=True, modal="ca"),),
        "play": (
            _rule(
                P.HOBBY,
                rf"(?:the |some |a bit of |lead |rhythm |a little |competitive )*(?P<v>(?:{either(lex.INSTRUMENTS | lex.GAMES)})(?:(?:, | and (?:the )?)(?:{either(lex.INSTRUMENTS | lex.GAMES)}))*)\b",
                H,
                many=True,
            ),
        ),
        "do": (_rule(P.HOBBY, rf"(?:some |a lot of |a bit of |hot )?(?P<v>{either(lex.PRACTICES)})\b", H),),
        "collect": (_rule(P.HOBBY, rf"(?!(?:my|the|a|an|it|them|him|her|from)\b)(?P<v>{_phrase(4)})", H, whole=True),),
        "take": (
            _rule(P.MEDICATION, rf"(?:\d+ ?mg (?:of )?|some |my |daily )*(?P<v>{either(lex.MEDICATIONS)})\b", H),
            _rule(P.HOBBY, rf"up (?!the\b)(?P<v>{_phrase(3)})", C),
            _rule(P.HOBBY, r"(?P<v>(?:[\w-]+ ){1,3}(?:classes|lessons))\b", H),
        ),
        "give": (
            _rule(
                P.HOBBY,
                rf"up (?:on )?(?:playing )?(?P<v>{either(lex.ACTIVITIES | lex.PRACTICES | lex.INSTRUMENTS | lex.GAMES)})\b",
                X,
            ),
            _rule(
                P.HEALTH,
                r"(?P<v>up (?:smoking|drinking|alcohol|cigarettes|vaping|caffeine|sugar|meat|dairy))\b",
                E,
                whole=True,
            ),
        ),
        "stop": (
            _rule(P.MEDICATION, rf"taking (?:my |the )?(?P<v>{either(lex.MEDICATIONS)})\b", X),
            _rule(
                P.HOBBY,
                rf"(?:playing |doing |going )?(?:the )?(?P<v>{either(lex.ACTIVITIES | lex.PRACTICES | lex.INSTRUMENTS | lex.GAMES)})(?=\W*$|[.,;!\n]| after| when| because| last| in )",
                X,
            ),
            _rule(P.HEALTH, r"(?P<v>smoking|drinking|vaping)\b", E, whole=True),
            _rule(P.WORK, r"(?:working|teaching)(?=\W*$|[.,;!\n]| at | last| in (?:19|20))", X),
        ),
        "prescribe": (_rule(P.MEDICATION, rf"(?P<v>{_phrase(3)})", C, passive=True),),
        "suffer": (
            _rule(P.DIAGNOSIS, rf"from (?:severe |mild |bad |chronic |clinical )*(?P<v>{either(lex.CONDITIONS)})\b"),
        ),
        "diagnose": (
            _rule(P.DIAGNOSIS, rf"(?:\w+ )?with (?P<v>{_phrase(4)}){_END}", F, passive=True, negatable=False),
        ),
        "eat": (
            _rule(
                P.DIET,
                rf"(?P<v>(?:{_FOODS})(?:(?:, | or | and )(?:{_FOODS}))*)\b(?! on \w+s\b| after | before | for )",
                H,
                many=True,
            ),
        ),
        "expect": (
            _rule(
                P.HEALTH,
                r"(?P<v>a (?:baby|child|girl|boy)|twins|our (?:first|second|third) (?:child|baby))\b",
                progressive=True,
                whole=True,
            ),
        ),
        "believe": (
            _rule(
                P.BELIEF,
                r"in (?P<v>god|jesus|allah|karma|fate|destiny|astrology|ghosts|aliens|reincarnation|angels|miracles|soulmates|magic"
                r"|heaven|hell|(?:an|the) afterlife|life after death|love at first sight|luck|a higher power|evolution|free will"
                r"|the supernatural)\b",
                H,
            ),
        ),
        "want": (
            _rule(
                P.GOAL,
                rf"to (?:also )?(?P<v>(?:{_GOAL_VERBS})\b(?: {_phrase(6, 'with for')})?)(?=\W|$)",
                H,
                negatable=False,
            ),
        ),
        "hope": (
            _rule(
                P.GOAL,
                rf"to (?:also )?(?P<v>(?:{_GOAL_VERBS})\b(?: {_phrase(6, 'with for')})?)(?=\W|$)",
                H,
                negatable=False,
            ),
        ),
        "dream": (_rule(P.GOAL, rf"(?:of|about) (?P<v>[\w-]+ing {_phrase(6, 'with for')})", H, negatable=False),),
        "try": (
            _rule(
                P.GOAL,
                rf"to (?P<v>(?:{_GOAL_VERBS})\b(?: {_phrase(6, 'with for')})?)(?=\W|$)",
                H,
                progressive=True,
                negatable=False,
            ),
        ),
        "train": (_rule(P.GOAL, rf"for (?P<v>(?:a|an|my|the) {_phrase(4)})", S, progressive=True, negatable=False),),
        "learn": (
            _rule(
                P.HOBBY,
                rf"(?:to (?:play|speak) )?(?:the )?(?P<v>{either(lex.LANGUAGES | lex.INSTRUMENTS | lex.GAMES | lex.ACTIVITIES)})\b",
                S,
                progressive=True,
            ),
        ),
        "plan": (
            _rule(
                P.PLAN,
                rf"(?:to|on) (?!(?:do|be|it|that|make sure|keep|continue|ask|use|try)\b)(?P<v>{_phrase(8, 'with for')})",
                H,
                negatable=False,
            ),
            _rule(
                P.PLAN,
                rf"(?:a|an|our|my) (?P<v>(?:[\w'-]+ ){{0,3}}?(?:trip|wedding|vacation|holiday|party|move|getaway|honeymoon|reunion|surgery)(?: (?:to|in|for) (?:my )?{_phrase(4)})?)\b",
                H,
                progressive=True,
                negatable=False,
            ),
        ),
        "book": (_rule(P.PLAN, rf"(?:a|an|our|my|the) (?P<v>{_phrase(6, 'for')})", E),),
        "buy": (
            _rule(
                P.POSSESSION,
                rf"(?:a|an|my first|our first|my own|our own|our|my)(?: brand)? (?P<v>{_NOUNS}(?:{either(lex.GOODS)})){_END}",
                C,
            ),
            _rule(
                P.EVENT,
                rf"(?P<v>(?:a|an|my first|our first|our) (?:new )?(?:house|home|flat|apartment|condo|car|boat|farm|cottage)(?: in {_PLACE})?)\b",
                E,
                whole=True,
            ),
        ),
        "sell": (_rule(P.POSSESSION, rf"(?:my|our|the) (?P<v>{_NOUNS}(?:{either(lex.GOODS)}))\b", X),),
        "turn": (
            _rule(
                P.AGE,
                rf"(?P<v>{_NUMBER})(?=\W*$|\s*[.,;!\n]| years? old| last| this| in| on| yesterday| today| and| a | two| three)(?! (?:in|of|percent|minutes)\b)",
                C,
            ),
        ),
        "sprain": (_rule(P.HEALTH, r"(?P<v>my (?:\w+ )?\w+)", E, whole=True),),
        "hurt": (
            _rule(P.HEALTH, rf"(?P<v>my (?:left |right |lower |upper )*(?:{either(lex.BODY_PARTS)}))\b", E, whole=True),
        ),
        "injure": (
            _rule(P.HEALTH, rf"(?P<v>my (?:left |right |lower |upper )*(?:{either(lex.BODY_PARTS)}))\b", E, whole=True),
        ),
        "tear": (_rule(P.HEALTH, rf"(?P<v>my (?:left |right )?(?:{either(lex.BODY_PARTS)}))\b", E, whole=True),),
        "fracture": (_rule(P.HEALTH, rf"(?P<v>my (?:left |right )?(?:{either(lex.BODY_PARTS)}))\b", E, whole=True),),
        "dislocate": (_rule(P.HEALTH, rf"(?P<v>my (?:left |right )?(?:{either(lex.BODY_PARTS)}))\b", E, whole=True),),
        "pass": (
            _rule(
                P.EVENT,
                r"(?P<v>(?:my|the|our|all my) (?:[\w'-]+ ){0,3}?(?:exams?|test|driving test|finals|bar|course|class|interview|viva|defense))\b",
                E,
                whole=True,
            ),
        ),
        "call": (_rule(P.NAME, rf"(?P<v>{_CAPITAL})", F, passive=True, negatable=False),),
        "name": (_rule(P.NAME, rf"(?P<v>{_CAPITAL})(?! after)", F, passive=True, negatable=False),),
    }
    | {
        verb: (
            _rule(
                P.HOBBY,
                r"(?P<v>)(?=\W*$|[.,;!\n]| every\b| in my (?:free|spare)\b| a lot| for fun| most | on weekends)",
                H,
                whole=True,
                progressive=False,
            ),
        )
        for verb in ("paint", "knit", "crochet", "sing", "dance", "surf", "ski", "bake", "garden", "meditate")
    }
    | {
        verb: (
            _rule(
                P.EVENT,
                rf"(?!(?:it|that|this|you|your|him|her|them|to|up with|out|how|what|a lot|so)\b)(?P<v>(?:a|an|my|our|the|in|to|at|from|for|up for)? ?{_phrase(7, 'for')})",
                E,
                whole=True,
            ),
        )
        for verb in (
            "visit",
            "travel",
            "fly",
            "win",
            "fail",
            "celebrate",
            "host",
            "publish",
            "perform",
            "join",
            "finish",
            "complete",
            "volunteer",
            "launch",
            "bury",
        )
    }
)
"""The rules of each verb; every one that matches gives a fact."""

_RELATIONS: Final = either(frozenset(lex.RELATIONS))
_IS: Final = r"(?: is| are|'s| has always been| was always)"

PHRASES: Final = tuple(
    (predicate, re.compile(pattern, re.IGNORECASE))
    for predicate, pattern in (
        (P.NAME, rf"\bmy (?:real |full |first )?name(?: is|'s) (?P<v>{_NAME})"),
        (
            P.NAME,
            rf"(?:^|[.!?,] |\b(?:you can|please|just|everyone|everybody|people|friends|they all|they) )calls? me (?P<v>{_CAPITAL})",
        ),
        (
            P.NAME,
            rf"\b(?:my|our) (?P<whose>(?:[\w-]+ ){{0,3}}?(?:{_RELATIONS}))(?:'s name(?: is|'s)| is (?:called|named)) (?P<v>{_NAME})",
        ),
        (P.NAME, rf"\b(?P<whose>his|her|its) name(?: is|'s) (?P<v>{_CAPITAL})"),
        (P.BIRTHDAY, rf"\bmy birthday(?: is|'s) (?:on )?(?:the )?(?P<v>{_DATE})"),
        (
            P.LIKES,
            rf"(?<!one of )\bmy (?:all[- ]time |absolute |personal )?(?P<v>favou?rite (?!so far|thing\b|part\b|one\b){_NOUNS}(?!(?:is|are)\b)[\w'-]+ (?:is|are|has always been) (?!(?:when|that|how|from|to|in|at|on|of|about|the (?:one|part|fact|way))\b){_phrase(6, 'with for')})",
        ),
        (
            P.GOAL,
            rf"\bmy (?:biggest |big |main |ultimate |lifelong |life |long-term |next )*(?:dream|goal|ambition|new year's resolution|resolution){_IS} (?:to )?(?P<v>{_phrase(8, 'with for')})",
        ),
        (
            P.WORK,
            rf"\bmy (?:job|profession|occupation|day job) is (?:being )?(?:an? )?(?P<v>(?:[\w-]+ ){{0,2}}?(?:{either(lex.OCCUPATIONS)}))\b",
        ),
        (
            P.HOBBY,
            rf"\bmy (?:main |biggest |new |only )?hobb(?:y|ies) (?:is|are|include) (?P<v>{_phrase(4)}(?: and {_phrase(3)})?)",
        ),
        (P.LANGUAGE, rf"\bmy (?:native|first|mother) (?:language|tongue) is (?P<v>{either(lex.LANGUAGES)})\b"),
        (P.ORIGIN, rf"\bmy (?:home ?town|home country|homeland) is (?P<v>{_PLACE})"),
        (P.STUDY, rf"\bmy major is (?P<v>{_phrase(4)})"),
        (
            P.BEREAVEMENT,
            rf"\b(?:i|we)(?:'ve| have)? (?:just |recently |also )?lost (?:my|our) (?P<v>(?:[\w-]+ ){{0,2}}?(?:{_RELATIONS})(?: {_CAPITAL})?)\b(?!'s| in the\b| at the\b| for a\b)",
        ),
        (
            P.BEREAVEMENT,
            rf"\bhad to (?:put|have) (?:my |our )?(?P<v>(?:[\w-]+ ){{0,2}}?(?:{either(frozenset(lex.PETS))})(?: {_CAPITAL})?|{_CAPITAL}) (?:put )?(?:down|to sleep)\b",
        ),
    )
)
"""Facts that a phrase states by itself, wherever it stands in a statement."""

PHRASED: Final = re.compile(
    r"\b(?:name|named|called|calls? me|birthday|favou?rite|dream|goal|ambition|resolution|job|profession|occupation|hobby|hobbies"
    r"|language|tongue|town|hometown|country|homeland|major|lost|had to)\b",
    re.IGNORECASE,
)
"""A message without any of these has none of `PHRASES`; searching for this is the cheaper."""

PLANNED: Final = re.compile(
    rf"{_WORD} (?:(?:to|in|on|at|a|an|my|the|our|up|for|with|back|off) ){{0,2}}{_phrase(8, 'with for')}", re.IGNORECASE
)
LIVED: Final = re.compile(_phrase(9, "with for as had have has"), re.IGNORECASE)
"""What is read of a life event, from the verb on."""
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

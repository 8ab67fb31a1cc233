"""Pieces of patterns that the rules share: phrases, names, places, dates, and where a phrase is over."""
# ruff: noqa: E501 (a pattern broken over lines is harder to read, not easier)

from typing import Final

from everkin.absorb import lexicon as lex
from everkin.absorb.lexicon import either

_STOP: Final = (
    "and|but|or|so|what|why|how|because|cause|cuz|since|when|while|whenever|where|which|who|whom|whose|that|if|though|although|until|till"
    "|before|after|as|than|then|i|i'm|we|he|she|they|it|you|yesterday|today|tomorrow|tonight|last|next|this|now|nowadays"
    "|recently|lately|again|anymore|any|currently|ago|every|too|also|btw|lol|haha|hehe|right|actually|these|those|is|are|was"
    "|were|has|have|had|with|for|during|once|later|soon|already|just|still|instead|though|even|either|like"
)
WORD: Final = r"(?:(?-i:St|Mt|Dr|Mr|Mrs|Ms)\. (?=(?-i:[A-Z])))?[^\W_](?:[\w'&/.+-]*[\w+])?(?:(?<=s)'(?= ))?"
DATED: Final = (
    r"(?:in|on|by|around|at|from|until|till|since) (?:early |late |mid-?|the )?(?:january|february|march|april|may|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|fall|winter"
    r"|weekend|morning|afternoon|evening|night|noon|(?:19|20)\d\d|\d{1,2}(?::\d\d| ?[ap]m))\b"
)
_DURATION: Final = (
    r"(?:(?:(?:a|an|one|two|three|four|five|six|ten|several|some|\d+) )?(?:few|couple(?: of)?|good \w+|\d+) (?:days|weeks|months|years|hours)"
    rf"|(?:{either(lex.NUMBERS)}|several|many) (?:days|weeks|months|years|hours)"
    r"|(?:a|one) (?:day|week|month|year|while) (?:ago|later|before|from now)|someday|one day|some day|sometime|from home)\b"
)


def phrase(longest: int, allow: str = "") -> str:
    """Up to `longest` words that do not begin another clause, a time, or a company; `allow` lifts some stops."""
    stop = "|".join(word for word in _STOP.split("|") if word not in allow.split())
    word = rf"(?!(?:{stop})\b|{_DURATION}|{DATED}){WORD}"
    return rf"{word}(?: {word}){{0,{longest - 1}}}"


CAPITAL: Final = r"(?-i:[A-ZÀ-ÞŁŚŽ][\w'-]*)"
NAME: Final = rf"(?!(?:I|The|My)\b){CAPITAL}(?: {CAPITAL})?"
PLACE: Final = (
    rf"(?:(?:the )?(?:(?:north|south|east|west|northern|southern|eastern|western|upstate|downtown|rural|central) )?"
    rf"(?!(?:I|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
    rf"(?:St\. )?{CAPITAL}(?: (?:(?:de|del|la|of|the|upon|and) )?{CAPITAL})*(?:, (?!I\b)(?!I'){CAPITAL}(?: {CAPITAL})?)?)"
)
_DWELLING: Final = (
    r"(?:(?:a|an|the|our|my) (?:[\w'-]+ ){0,3}(?:town|city|village|apartment|flat|house|home|cottage|suburbs?|countryside|farm"
    rf"|dorm|condo|cabin|trailer|neighbou?rhood|place|island|mountains)(?: (?:in|near|by|outside|of|with) {PLACE})?)"
)
IN_PLACE: Final = rf"(?:alone |together |with [^.,;!?\n]{{1,30}}? |right |here |up |down |out |over |just )*(?:in|at|near|outside|on|close to|outside of) (?P<v>{PLACE}|{_DWELLING})"
TO_PLACE: Final = rf"(?:back |away |here |out |over |down |up |in |across the country )*(?:from {PLACE} )?(?:to|into) (?P<v>{PLACE}|{_DWELLING})"
ARTICLE: Final = r"(?:a|an|the|my|our|some|one|two|three|four|five|another|\d+)"
NOUNS: Final = r"(?:(?!(?:for|of|at|in|on|to|from|with|about|like|and|or|is|was|as|that)\b)[\w'-]+ ){0,3}?"
NUMBER: Final = rf"(?:\d{{1,3}}|(?:{either(lex.NUMBERS)})(?:-(?:{either(lex.NUMBERS)}))?)"
DATE: Final = (
    r"(?:(?:the )?\d{1,2}(?:st|nd|rd|th)?(?: of)? |)(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?(?: (?:the )?\d{1,2}(?:st|nd|rd|th)?)?(?:,? \d{4})?|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|(?:19|20)\d\d\b|christmas(?: day| eve)?|halloween|valentine's day|new year's(?: day| eve)?"
)
BOUNDARY: Final = (
    r"(?=\W*$|\s*[.,;!?:()\n–—]| -| (?:and|but|so|now|since|for|because|by|anymore|any more|again|too|though|actually|lol|as"
    r"|these days|myself|who|from|at|in|right now|until|when|which|with|diet|last|this)\b)"
)

"""The first guard: explicit first-person phrases, found by rules alone, in no time, with no provider.

It is made to be quiet about idioms, other people, quotations and stories, and so it misses what is only hinted at.
"""

import re
import unicodedata
from collections.abc import Iterator

from everkin.mind.risk import Category, Finding, Level
from everkin.safety.tongue import LANGUAGES, Rule, Tongue, tongue

TONGUES = tuple(tongue(language) for language in LANGUAGES)
_ACCENTS = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff*_~]")
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc\u0060\u00b4", "'''''")
_SENTENCE = re.compile(
    r"[^.!?\n。！？…]+[.!?。！？…]*(?:\s*(?:lo+l|lmf?ao+|ha(?:ha)+|jk|just kidding|[\U0001f602\U0001f923\U0001f605]))*"
)
_QUOTED = re.compile(r"\"[^\"]{1,500}\"|“[^”]{1,500}”|«[^»]{1,500}»|「[^」]{1,500}」|„[^“”]{1,500}[“”]")
_OWN_WORDS = re.compile(
    r"\b(?:i|i'?ve|i'?d)(?: \w+){0,3} (?:said|say|saying|told|tell|wrote|write|texted|think|thinking|thought|screamed)"
    r"[^\"“]{0,40}$"
)
_BEFORE = 80
"""Characters before a phrase or a quotation that can change what it means."""


def screen(text: str) -> Finding | None:
    """The gravest finding in `text`, or None. Deterministic; 0.1 ms a chat message, linear in the length."""
    found = [finding for sentence in _sentences(text) for its in TONGUES for finding in _found(sentence, its)]
    return max(found, key=lambda finding: (finding.level, -finding.category), default=None)


def _sentences(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))))
    plain = _INVISIBLE.sub("", plain).lower()
    for match in _SENTENCE.finditer(_unquoted(plain)):
        if sentence := " ".join(match.group().split()):
            yield sentence


def _unquoted(text: str) -> str:
    """Without what stands in quotation marks, unless the speaker quotes their own words or quotes everything."""

    def kept(quote: re.Match[str]) -> str:
        own = quote.start() == 0 or _OWN_WORDS.search(_before(text, quote.start()))
        return quote.group() if own else " "

    return _QUOTED.sub(kept, text)


def _before(text: str, position: int) -> str:
    return text[max(0, position - _BEFORE) : position]


def _found(sentence: str, its: Tongue) -> Iterator[Finding]:
    for wrong, right in its.typos:
        sentence = wrong.sub(right, sentence)
    if not its.trigger.search(sentence):
        return
    plain = its.idioms.sub(" ", sentence)
    for rule in its.rules:
        if any(not its.denial.search(_before(plain, _core(match))) for match in rule.pattern.finditer(plain)):
            level = _level(rule, plain, its)
            if level >= Level.CONCERN:
                yield Finding(category=rule.category, level=Level(level), rule=rule.name)


def _core(match: re.Match[str]) -> int:
    """Where the phrase itself begins, after what has to stand somewhere before it."""
    return max(match.start(), *(match.start(group) for group in match.re.groupindex), 0)


def _level(rule: Rule, sentence: str, its: Tongue) -> int:
    level = int(rule.level)
    if its.pressing.search(sentence):
        level += rule.level is Level.HIGH and rule.category is Category.SUICIDE
    elif its.past.search(sentence):
        level = max(level - 1, Level.CONCERN)
    return level - sum(bool(pattern.search(sentence)) for pattern in its.softening)

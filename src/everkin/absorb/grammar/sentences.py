"""Sentences and words: what of a message is the speaker's own word, cut into tokens.

Quotes, code, links and stage directions are blanked out, so that every place stays where it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from everkin.absorb.lexicon import FIRST_NAMES, RELATIONS, either, words

TEXT_MAX: Final = 4000
"""Characters of a message that are read; what follows is most often pasted."""


class Word(NamedTuple):
    """A token: as written, in lower case, and where."""

    text: str
    low: str
    begin: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """The words of one sentence, and the mark that ends it; a question asserts nothing."""

    words: tuple[Word, ...]
    mark: str

    @property
    def question(self) -> bool:
        return "?" in self.mark

    @property
    def begin(self) -> int:
        return self.words[0].begin

    @property
    def end(self) -> int:
        return self.words[-1].end

    def low_at(self, at: int) -> str:
        """The word at `at` in lower case; nothing before the first and after the last."""
        return self.words[at].low if 0 <= at < len(self.words) else ""


_MASKED: Final = re.compile(
    r"```.*?(?:```|$)|`[^`\n]*`|https?://\S+|^[ \t]*>.*$|\[[^\]\n]{0,300}\]"
    r"|\"(?:[^\"\s]+\s+){2,}[^\"]*\"|“(?:[^”\s]+\s+){2,}[^”]*”|(?<![*\w])\*[^*\n]{3,200}\*(?!\*)",
    re.DOTALL | re.MULTILINE,
)
_TOKEN: Final = re.compile(
    r"n't\b|'(?:m|re|ve|ll|d|s)\b|[^\W_]+(?=n't\b)|[^\W_]+(?:[-.&/][^\W_]+)*|[.!?…]+|\n+|[^\w\s]", re.IGNORECASE
)
_SMALL_PLACE: Final = re.compile(
    r"(?P<said>\b(?:live|lives|living|lived|moved?|moving|relocated|grew up|grow up|born|raised|based|i'm|im|am|come|comes)"
    r"(?: back| out| here)? (?:in|to|from|near|outside) )"
    r"(?!(?:a|an|the|my|our|his|her|their|this|that|it|here|there|with|bed|work|home|school|college|fear|peace|hope|sin|denial|love"
    r"|town|what|where|one|two|\w+ing)\b)"
    r"(?P<place>[a-z]{3,}(?: (?!and|but|so|now|with|for|since|because|last|this|when|where|which|who|too|right|as|at|in|on|to)"
    r"[a-z]{3,})?)(?=\W*$|[.,;!?\n]| (?:and|but|so|now|with|for|since|because|last|this|when|where|which|who|too|right|as)\b)",
)
_SMALL_NAME: Final = re.compile(
    rf"(?P<said>\b(?:my|our) (?:[\w-]+ ){{0,2}}?(?:{either(frozenset(RELATIONS))}) |\b(?:named|called|name is|name's|i'm|im|me) )"
    r"(?P<name>[a-z]{3,})\b"
)
_ABBREVIATIONS: Final = words("mr mrs ms dr st prof jr sr vs etc e.g i.e mt")
_JOINED: Final = {
    "im": ("i", "'m"),
    "ive": ("i", "'ve"),
    "dont": ("do", "n't"),
    "didnt": ("did", "n't"),
    "doesnt": ("does", "n't"),
    "cant": ("ca", "n't"),
    "wont": ("wo", "n't"),
    "isnt": ("is", "n't"),
    "wasnt": ("was", "n't"),
    "havent": ("have", "n't"),
}
"""Contractions as they are typed in a hurry."""

DISOWNED: Final = re.compile(
    r"\b(?:jk|j/k|just kidding|only kidding|(?:only |just )?joking|kidding,|i kid\b|sarcasm|sarcastic|as an ai|language model"
    r"|an ai\b|pretend|role-?play|let's imagine|imagine|hypothetically|my (?:rpg )?character|in character|(?:a|my) story about"
    r"|(?:write|draft|compose|rewrite|proofread|translate|summarize|paraphrase)\b[^.?!\n]{0,40}"
    r"\b(?:story|poem|song|letter|email|essay|script|lyrics|scene|dialogue|bio|post|text|speech|paragraph|sentence)"
    r"|i(?:'ve| have)? (?:just )?(?:had|dreamed|dreamt|have)\b[^.?!\n]{0,20}\b(?:dream|nightmare)|i dreamed|i dreamt|in (?:my|the|this|a) "
    r"(?:dream|story|novel|book|game|movie|film|show)|quote of the day|song goes|lyrics)\b|(?:^|\s)/s\b",
    re.IGNORECASE,
)
"""A message with one of these does not mean what it says: a joke, a dream, a role, a text to be written."""


@lru_cache(maxsize=2)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text`, with what is not the speaker's own word blanked out; the last text is not read twice."""
    found = []
    current: list[Word] = []
    for word in _tokens(cased(_blanked(text))):
        if word.low[0] in ".!?…\n" and not (word.low == "." and current and current[-1].low in _ABBREVIATIONS):
            if current:
                found.append(Sentence(words=tuple(current), mark=word.low))
                current = []
        else:
            current.append(word)
    if current:
        found.append(Sentence(words=tuple(current), mark=""))
    return tuple(found)


def _blanked(text: str) -> str:
    plain = text[:TEXT_MAX].replace("’", "'").replace("‘", "'")
    if not any(mark in plain for mark in '`"“*[>:'):
        return plain
    return _MASKED.sub(_blank, plain)


def cased(text: str) -> str:
    """A text typed without any capitals, with some where a place or a name must be; the same length, else unchanged."""
    if text != text.lower():
        return text
    places = _SMALL_PLACE.sub(lambda match: match["said"] + match["place"].title(), text)
    return _SMALL_NAME.sub(
        lambda match: match["said"] + match["name"].title() if match["name"] in FIRST_NAMES else match[0], places
    )


def _blank(match: re.Match[str]) -> str:
    """Spaces in the place of what was matched; a title in quotes stays, as it is no speech."""
    said = match[0]
    if said[0] in '"“' and sum(word.strip('"“”')[:1].isupper() for word in said.split()) > len(said.split()) / 2:
        return said
    return " " * len(said)


def _tokens(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        said, (begin, end) = match[0], match.span()
        low = said.lower()
        if low in _JOINED:
            for part in _JOINED[low]:
                yield Word(part, part, begin, end)
        else:
            yield Word(said, low, begin, end)

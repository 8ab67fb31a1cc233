"""The manner of a text: a few numbers about how it is said, none about what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final

from everkin.mind.cue import Cue

_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]")
_ICON: Final = re.compile(r"(?<!\w)[:;=xX8]-?[)(DPpoO3/|](?!\w)|<3")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE: Final = re.compile(r"[.!?…]+(?=\s|$|[\"'”’)*])|\n+")
_CONTRACTION: Final = Cue(r"\b\w+['’](?:s|t|re|ve|ll|d|m|em|all)\b")
_SLANG: Final = Cue(
    r"\b(?:lol|lmao|omg|tbh|idk|imo|btw|u|ur|ya|yeah|yep|yup|nah|nope|gonna|wanna|gotta|kinda|sorta|dude|bro|hey|haha+|"
    r"ok|okay|cuz|cos|pls|plz|thx|hmm+|ugh|meh|wow|yay|oh)\b"
)
_COURTESY: Final = Cue(
    r"\b(?:please|kindly|would you|may i|shall|perhaps|indeed|however|therefore|regarding|certainly|sincerely|"
    r"permit|allow me|one might|i should|it is|i am|do not|cannot|i have|i would|sir|madam)\b"
)
_LONG: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """What `manner` measures. Shares are 0 .. 1 of the words, unless it says otherwise."""

    words: float
    """How many there are."""
    sentence: float
    """Words a sentence."""
    letters: float
    """Letters a word."""
    long: float
    """Words of seven letters and more."""
    varied: float
    """Different words, of the first fifty."""
    questions: float
    """Question marks."""
    exclamations: float
    emoji: float
    commas: float
    """A word; so are dashes and ellipses."""
    dashes: float
    ellipses: float
    quotes: float
    """Quotation marks, asterisks and brackets, a word: stage directions and asides."""
    capitals: float
    """Sentences that begin with a capital, of the sentences."""
    shouted: float
    """Words all in capitals, of two letters and more."""
    contractions: float
    slang: float
    courtesy: float
    first: float
    """I, me, my, mine, myself."""
    second: float
    """You, your, yours."""

    @property
    def formality(self) -> float:
        """0 casual .. 1 formal; 0.5 for words that show neither. A rough reading of English, and of punctuation elsewhere."""
        score = 4 * self.courtesy + self.long + 0.15 * (self.capitals - 0.9) + 0.02 * (min(self.sentence, 30) - 10)
        score -= 2.5 * self.contractions + 6 * self.slang + 0.2 * min(self.emoji, 2) + 0.1 * min(self.exclamations, 3)
        return min(max(0.5 + score - 0.15, 0.0), 1.0)


NAMES: Final = tuple(field.name for field in fields(Manner))
_all: Final = attrgetter(*NAMES)


def manner(text: str) -> Manner:
    """Of one message. About 60 µs for fifty words; no word of it can be told from the numbers."""
    words = _WORD.findall(text)
    sentences = [part for part in _SENTENCE.split(text) if _WORD.search(part)]
    count, spans = max(len(words), 1), max(len(sentences), 1)
    lowered = [word.lower() for word in words]

    def share(hits: int) -> float:
        return hits / count

    return Manner(
        words=float(len(words)),
        sentence=len(words) / spans,
        letters=sum(map(len, words)) / count,
        long=share(sum(len(word) >= _LONG for word in words)),
        varied=len(set(lowered[:50])) / max(len(lowered[:50]), 1),
        questions=float(text.count("?")),
        exclamations=float(text.count("!")),
        emoji=float(emoji_in(text)),
        commas=share(text.count(",") + text.count(";")),
        dashes=share(len(re.findall(r"[–—]|\s-\s|--", text))),
        ellipses=share(len(re.findall(r"\.\.\.|…", text))),
        quotes=share(len(re.findall(r"[\"“”*()\[\]]", text))),
        capitals=sum(_first_letter(sentence).isupper() for sentence in sentences) / spans,
        shouted=share(sum(len(word) > 1 and word.isupper() for word in words)),
        contractions=share(_CONTRACTION.count(text)),
        slang=share(_SLANG.count(text)),
        courtesy=share(_COURTESY.count(text)),
        first=share(sum(word in _FIRST for word in lowered)),
        second=share(sum(word in _SECOND for word in lowered)),
    )


def emoji_in(text: str) -> int:
    """Emoji, and faces made of signs."""
    return len(_EMOJI.findall(text)) + len(_ICON.findall(text))


def numbers(of: Manner) -> list[float]:
    """In the order of NAMES, as they are stored."""
    return list(map(float, _all(of)))


def from_numbers(stored: Sequence[float]) -> Manner:
    """What `numbers` was given; what was not measured yet when it was stored is nought."""
    return Manner(**dict(zip(NAMES, [*stored, *[0.0] * (len(NAMES) - len(stored))], strict=False)))


def _first_letter(sentence: str) -> str:
    return next((letter for letter in sentence if letter.isalpha()), "")


_FIRST: Final = frozenset(
    {"i", "me", "my", "mine", "myself", "i'm", "i've", "i'd", "i'll", "i’m", "i’ve", "i’d", "i’ll"}
)
_SECOND: Final = frozenset(
    {"you", "your", "yours", "yourself", "you're", "you've", "you'd", "you'll", "you’re", "you’ve"}
)

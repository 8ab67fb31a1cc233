"""Terms: what words are found by. Stems in several languages, bigrams where no spaces are written, numbers, emoji."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Protocol

from snowballstemmer.arabic_stemmer import ArabicStemmer
from snowballstemmer.dutch_stemmer import DutchStemmer
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.french_stemmer import FrenchStemmer
from snowballstemmer.german_stemmer import GermanStemmer
from snowballstemmer.italian_stemmer import ItalianStemmer
from snowballstemmer.portuguese_stemmer import PortugueseStemmer
from snowballstemmer.russian_stemmer import RussianStemmer
from snowballstemmer.spanish_stemmer import SpanishStemmer

from everkin.language.stopwords import FUNCTION_CHARACTERS, STOP_WORDS


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...


# The classes by name: `snowballstemmer.stemmer` takes PyStemmer when that is installed, whose stems may differ.
_COUNT_BITS: Final = 16
_COUNT_MAX: Final = (1 << _COUNT_BITS) - 1
_PLACES: Final = [(_COUNT_BITS * n, language) for n, language in enumerate(STOP_WORDS)]
_COUNTING: Final = {
    word: sum(1 << place for place, language in _PLACES if word in STOP_WORDS[language])
    for word in frozenset().union(*STOP_WORDS.values())
}
"""Each stop word as one of those of its languages: their counts stand side by side in one number."""

_STEMMERS: Final[dict[str, _Stemmer]] = {
    "ar": ArabicStemmer(),
    "de": GermanStemmer(),
    "en": EnglishStemmer(),
    "es": SpanishStemmer(),
    "fr": FrenchStemmer(),
    "it": ItalianStemmer(),
    "nl": DutchStemmer(),
    "pt": PortugueseStemmer(),
    "ru": RussianStemmer(),
}
_stemming = threading.Lock()
"""The stemmers keep the word they work on in themselves."""

_LETTERS: Final = {"de": frozenset("äöüß"), "es": frozenset("ñ¿¡"), "pt": frozenset("ãõ"), "fr": frozenset("çœêû")}
_TERM_CHARS_MAX = 64
_CACHED_WORDS = 50_000

_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
_UNSPACED = (
    "\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17d3\u3005\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = rf"\d+(?:[.,:]\d+)+|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}]|'(?=[^\W_{_UNSPACED}]))*"
_PIECE = re.compile(
    rf"(?P<word>{_WORD})|(?P<unspaced>[{_UNSPACED}]+)"
    "|(?P<emoji>[\U0001f1e6-\U0001f1ff]{2}|[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff])"
)
_ASCII_WORD = re.compile(r"\d+(?:[.,:]\d+)+|[a-z0-9]+(?:'[a-z0-9]+)*")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_ACCENT = re.compile("[\u0300-\u036f]")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|all|dall|dell|nell|sull|un)'(?=\w{2})")


class Terms:
    """Fulfils `everkin.mind.ports.lexicon.Lexicon`. Up to 50,000 words stay in memory, of no one user."""

    def stems(self, text: str) -> list[str]:
        text = _normal(text)
        if text.isascii():
            words = _ASCII_WORD.findall(text)
            language = _language(words, text)
            return [term for word in words for term in _forms(word, language)]
        pieces = [(piece.lastgroup, piece[0]) for piece in _PIECE.finditer(text)]
        language = _language([piece for kind, piece in pieces if kind == "word"], text)
        return [term for kind, piece in pieces for term in _terms(kind, piece, language)]


def _normal(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def _language(words: list[str], text: str) -> str:
    """The likeliest of en, de, es, fr, it, pt, nl for a text in Latin letters, by its stop words and special letters;
    `en` when nothing speaks for another, so also for other scripts."""
    counted = sum(map(_COUNTING.__getitem__, _COUNTING.keys() & set(words)))
    score = {language: counted >> place & _COUNT_MAX for place, language in _PLACES}
    if not text.isascii():
        letters = set(text)
        for language, special in _LETTERS.items():
            score[language] += bool(letters & special)
    return max(score, key=score.__getitem__)


def _terms(kind: str | None, piece: str, language: str) -> Iterator[str] | tuple[str, ...]:
    match kind:
        case "word":
            return _forms(piece, language)
        case "unspaced":
            return _bigrams(piece)
        case _:
            return (piece,)


def _bigrams(run: str) -> Iterator[str]:
    """Pairs of neighbours, and each character that means something alone (not kana)."""
    for place, character in enumerate(run):
        if character not in FUNCTION_CHARACTERS and (len(run) == 1 or "\u3400" <= character <= "\u9fff"):
            yield character
        pair = run[place : place + 2]
        if len(pair) == 2 and not FUNCTION_CHARACTERS.issuperset(pair):
            yield pair


@lru_cache(_CACHED_WORDS)
def _forms(word: str, language: str) -> tuple[str, ...]:
    """The term that does not depend on `language`, then the stem in it where that differs; none for a stop word.

    The first is what the English stemmer makes of the word without accents. A text in English thus has one term a word.
    """
    word = _ELISION.sub("", word[:_TERM_CHARS_MAX])
    if word in STOP_WORDS[language]:
        return ()
    if word[0].isdecimal():
        return (_ORDINAL.sub(r"\1", word).replace(",", ""),)
    own = _script(word) or language
    neutral, stem = _stem("en", _unaccented(word)), _unaccented(_stem(own, word))
    return (neutral,) if stem == neutral or own == "en" else (neutral, stem)


def _script(word: str) -> str | None:
    if "\u0400" <= word[0] <= "\u04ff":
        return "ru"
    if "\u0600" <= word[0] <= "\u06ff":
        return "ar"
    return None


def _stem(language: str, word: str) -> str:
    with _stemming:
        return _STEMMERS[language].stemWord(word) or word


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    return unicodedata.normalize("NFC", _ACCENT.sub("", letters))

"""Whom a question means: the names, relations and pronouns in it, seen from whoever asks; by grammar, without a model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from everkin.absorb.entities import COMMON, forms_of
from everkin.absorb.grammar.relations import BARE_KIN, relation_at
from everkin.absorb.grammar.sentences import Sentence, Word, sentences
from everkin.absorb.lexicon import FEMALE, MALE, PETS, PLURAL, RELATIONS, words
from everkin.mind.entity import COMPANION, USER, Speaker
from everkin.mind.meant import MEANT_MAX, Meant


def meant(text: str, speakers: Mapping[str, Speaker]) -> list[Meant]:
    """Who is spoken of in a question of the user's, each once, in its order. 0.03 ms.

    `speakers` are the names (lower case) of those who talk: they are nobody else, and what is theirs ("Lucy's sister")
    is told from the asker's own. Any other word that may be a name is taken for one: whether it is, the bond knows.
    """
    found: list[Meant] = []
    for sentence in sentences(text):
        found += _Asking(sentence, speakers).read()
    return list(dict.fromkeys((*found, *_pronouns(text))))[:MEANT_MAX]


class _Asking:
    """One pass over a sentence."""

    def __init__(self, sentence: Sentence, speakers: Mapping[str, Speaker]) -> None:
        self._words, self._speakers, self._low = sentence.words, speakers, sentence.low_at
        self._small = not any(_is_capital(word) and word.low not in COMMON for word in self._words[1:])

    def read(self) -> Iterator[Meant]:
        at = 0
        while at < len(self._words):
            found, at = self._at(at)
            if found:
                yield found

    def _at(self, at: int) -> tuple[Meant | None, int]:
        """Whom the word there means, if anybody, and where to read on."""
        word = self._words[at]
        if (owner := self._owner(at)) and (related := relation_at(self._words, at + 1 + (self._low(at + 1) == "'s"))):
            kinship, name, after = related
            said = " ".join(word.text for word in self._words[at + 1 : after] if word.low != "'s")
            return Meant(owner=owner, kinship=kinship, name=name.casefold() if name else None, said=said), after
        if word.low in self._speakers or not self._speakers.keys().isdisjoint(forms_of(word.low)):
            return None, at + 1
        if word.low in BARE_KIN and not self._is_somebodys(at):
            return Meant(owner=USER, kinship=RELATIONS[word.low], said=word.text), at + 1
        after = at
        while after < len(self._words) and after - at < 4 and self._can_be_name(self._words[after]):
            after += 1
            if self._small:
                break
        if after == at:
            return None, at + 1
        name = " ".join(word.low for word in self._words[at:after])
        return Meant(name=name, forms=forms_of(name) if after == at + 1 else (), said=name), after

    def _owner(self, at: int) -> Speaker | None:
        """Whose relation may follow: "my", "your", "Lucy's"."""
        low = self._low(at)
        if low in _OWN:
            return USER
        if low == "your":
            return COMPANION
        return self._speakers.get(low) if self._low(at + 1) == "'s" else None

    def _is_somebodys(self, at: int) -> bool:
        """ "Anna's mom", "the dad"; not "how's mom"."""
        before = self._low(at - 1)
        return before in _DETERMINERS or (before == "'s" and self._low(at - 2) not in COMMON)

    def _can_be_name(self, word: Word) -> bool:
        if word.low in COMMON or word.low in RELATIONS or word.low in self._speakers or not word.text[0].isalpha():
            return False
        return _is_capital(word) or (self._small and len(word.low) > 2 and word.low not in _PLAIN)


def _is_capital(word: Word) -> bool:
    return word.text[0].isupper() and len(word.text) > 1


def _pronouns(text: str) -> Sequence[Meant]:
    """ "he" or "she", where the question names nobody who could be it."""
    said = {_PRONOUNS[word.low] for sentence in sentences(text) for word in sentence.words if word.low in _PRONOUNS}
    return [Meant(pronoun=one, never=_NEVER[one]) for one in said] if len(said) == 1 else []


_NEVER: Final = {"he": FEMALE | PLURAL | {*PETS.values()}, "she": MALE | PLURAL | {*PETS.values()}}
_OWN: Final = words("my our")
_DETERMINERS: Final = words("a an the his her their your my our this that")
_PRONOUNS: Final = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she", "hers": "she"}
_PLAIN: Final = words(
    """may hope mark rose joy grace art bill faith dawn summer drew jack pat rob sue chase angel autumn april june august
    charity christian clay cliff daisy dean don earl ernest frank gay gene guy heath holly iris ivy jean jewel josh judge
    lance lily love major mercy miles mike nick olive page pearl penny peg porter ray reed rich robin rocky ruby rusty
    sandy sky stone sunny terry tony van victor violet ward wade warren young max art carol herb king"""
)
"""In a question typed without capitals these are words, whoever is called so."""

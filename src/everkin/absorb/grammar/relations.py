"""Whose somebody is: kin, friends and pets after "my", their names, and what stands before both."""

from collections.abc import Collection
from typing import Final

from everkin.absorb.grammar.sentences import Word
from everkin.absorb.lexicon import FEMALE, FIRST_NAMES, MALE, PETS, PLURAL, RELATIONS, words

_KIN_ADJECTIVES: Final = words(
    "little big older younger elder eldest oldest youngest middle twin baby dear best good old close closest childhood "
    "oldest other first second two three four five beloved sweet adorable lovely amazing wonderful new late own adopted "
    "adoptive biological crazy old lovely furry rescue family golden german border yorkshire cocker black yellow "
    "chocolate jack russell great siberian persian maine coon elderly lazy naughty dearest longtime high school college"
)
BARE_KIN: Final = words("mom mum mama mommy mummy dad daddy papa grandma grandpa granny nana")
"""Kin of the speaker's own, whom nobody calls "my" every time."""
_NOT_NAMES: Final = words(
    "i the a an and but so my our we he she it they you god jesus christmas easter monday tuesday wednesday thursday "
    "friday saturday sunday january february march april june july august september october november december "
    "mr mrs ms dr miss prof facebook instagram google netflix english french german spanish american"
)


def is_name(word: Word, known: Collection[str]) -> bool:
    """Whether a word can be somebody's name: capitalised, and common or known in this bond."""
    if not word.text[0].isupper() or not word.text.isalpha() or word.low in _NOT_NAMES:
        return False
    return word.low in FIRST_NAMES or word.low in known


def relation_at(sentence: tuple[Word, ...], at: int) -> tuple[str, str | None, int] | None:
    """The kin, friend or pet that follows "my" at word `at`: path in normal form, name if given, and the word after."""
    while at < len(sentence) and _describes(sentence, at):
        at += 1
    if at >= len(sentence) or sentence[at].low not in RELATIONS:
        return None
    path = [RELATIONS[sentence[at].low]]
    at += 1
    while at + 1 < len(sentence) and sentence[at].low == "'s" and sentence[at + 1].low in RELATIONS:
        path.append(RELATIONS[sentence[at + 1].low])
        at += 2
    name, after = _name_at(sentence, at)
    return "'s ".join(path), name, after


def _describes(sentence: tuple[Word, ...], at: int) -> bool:
    """Whether a word stands before the relation it tells more of ("little sister", "pet snake")."""
    low = sentence[at].low
    if low == "pet":
        return at + 1 < len(sentence) and sentence[at + 1].low in PETS
    return low in _KIN_ADJECTIVES and low not in RELATIONS


def _name_at(sentence: tuple[Word, ...], at: int) -> tuple[str | None, int]:
    """A capitalised name at word `at`, set off by a comma, quotes or "named" or not at all."""
    start = at
    while at < len(sentence) and sentence[at].low in (",", '"', "named", "called", "(", "-"):
        at += 1
    if (
        at < len(sentence)
        and sentence[at].text[0].isupper()
        and sentence[at].text.isalpha()
        and sentence[at].low not in _NOT_NAMES
    ):
        comma = at > start and sentence[start].low == ","
        if not comma or sentence[at].low in FIRST_NAMES:
            after = at + 1 + _is_surname(sentence, at + 1)
            name = " ".join(word.text for word in sentence[at:after])
            while after < len(sentence) and sentence[after].low in ('"', ")", ",") and at > start:
                after += 1
            return name, after
    return None, start


def _is_surname(sentence: tuple[Word, ...], at: int) -> bool:
    """Whether a word with a capital follows the first name: "my colleague Anna Lund"."""
    if at >= len(sentence):
        return False
    word = sentence[at]
    return word.text[0].isupper() and len(word.text) > 2 and word.text.isalpha() and word.low not in _NOT_NAMES


def gender(kinship: str | None) -> str | None:
    """ "he", "she", "they" or "it" for a relation in normal form, where its word tells."""
    last = (kinship or "").rsplit("'s ", 1)[-1]
    if last in MALE:
        return "he"
    if last in FEMALE:
        return "she"
    if last in PLURAL:
        return "they"
    return "it" if last in PETS.values() else None

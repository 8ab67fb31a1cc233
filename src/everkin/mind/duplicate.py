"""Near duplicates: when two texts say the same thing, so that keeping the longer one loses nothing."""

import hashlib
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import LCSseq
from snowballstemmer import stemmer

COSINE: Final = 0.82
"""Cosine above which two texts may be duplicates, if no guard speaks against it."""

SHORT: Final = 8
"""Texts of fewer content words are short: one word is a large part of what they say."""

COSINE_SHORT: Final = 0.95
"""The cosine that short texts need where each has words that the other lacks."""

LACKING_MAX: Final = 0.28
"""The largest share of a text's content words that the other may lack."""

IN_ORDER_MIN: Final = 0.76
"""The smallest share of all words, of the longer text, that both have in the same order."""


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_WORD: Final = re.compile(r"[^\W_]+(?:['’.,:/][^\W_]+)*%?")
_NUMBERS: Final = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half "
    "quarter once twice thrice second third fourth fifth sixth seventh eighth ninth tenth dozen"
)
_CARDINALS: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_DIGITS: Final = {word: str(value) for value, word in enumerate(_CARDINALS)}
_NEGATIONS: Final = _words(
    "no not never none nobody nothing nowhere neither nor cannot without hardly barely scarcely rarely seldom "
    "refuse refused refuses deny denied denies fail failed fails lack lacks lacked stopped quit unable unless"
)
_NO_NAMES: Final = _words(
    "i we he she they you it a an the this that these those there here my your his her our their in on at for but "
    "and so then also however though although since because when while if after before yesterday today now well oh "
    "hey yes no mr mrs ms miss dr prof professor sir madam president st jr sr inc corp co ltd"
)
"""Words that carry a capital without being somebody's name."""
_STOP: Final = _words(
    "a an the of in on at to for by with from and or but as is was were are be been has have had it its that this "
    "which who will would he she his her hers him i me my mine we us our you your they them their also said"
)
_EXCLUSIVE: Final = tuple(
    _words(words)
    for words in (
        "i me my mine we us our ours you your yours he him his she her hers they them their",
        "monday tuesday wednesday thursday friday saturday sunday weekend",
        "january february march april may june july august september october november december",
        "spring summer autumn fall winter",
        "yesterday today tomorrow tonight",
        "morning afternoon evening night noon midnight",
        "last next this previous",
        "mother mom mum father dad sister brother son daughter aunt uncle cousin niece nephew grandmother grandma "
        "grandfather grandpa husband wife boyfriend girlfriend friend boss colleague neighbour neighbor",
        "man woman boy girl men women boys girls",
        "dog cat puppy kitten rabbit hamster horse parrot bird fish",
        "red blue green yellow black white brown grey gray pink purple orange",
        "north south east west northern southern eastern western",
        "love hate like dislike adore loathe",
        "good bad great terrible better worse best worst",
        "up down rose fell rise fall increase decrease increased decreased gained lost gain lose",
        "win lose won lost passed failed pass fail accepted rejected",
        "buy sell bought sold",
        "always sometimes often rarely never",
        "before after",
        "with without",
        "more most less least fewer",
        "start stop started stopped finish finished begin began end ended",
        "open close opened closed",
        "left right",
        "hot cold warm cool",
        "big small large little",
        "happy sad glad upset",
        "early late old young new",
        "high low higher lower",
        "on off in out",
        "come go came went arrive arrived leave left",
        "all some none",
        "can must should may might will",
        "hope fear",
        "cheap expensive easy hard",
        "is was are were am has had",
    )
)
"""Sets of words of which one cannot stand for another."""


def content_hash(text: str) -> bytes:
    """32 bytes that are the same for texts which differ only in case, spacing and the form of a character."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(plain.encode()).digest()


def near_duplicate(left: str, right: str, cosine: float) -> bool:
    """Whether the longer of two texts can stand for both. `cosine` is that of their vectors.

    Texts with one `content_hash` can. Otherwise they must be close as vectors, have nearly all words in common and in
    order, and agree in every number, negation, name, and word that excludes another; when in doubt they are two.
    """
    if content_hash(left) == content_hash(right):
        return True
    if cosine <= COSINE:
        return False
    ours, theirs = _WORD.findall(left), _WORD.findall(right)
    return _share(ours, theirs, cosine) and _agree(ours, theirs)


def _share(left: list[str], right: list[str], cosine: float) -> bool:
    """Neither says much that the other does not, and both say it in one order."""
    ours, theirs = _stems(left), _stems(right)
    said, heard = _content(ours), _content(theirs)
    we_lack, they_lack = (heard - said).total(), (said - heard).total()
    if we_lack and they_lack and min(said.total(), heard.total()) < SHORT and cosine <= COSINE_SHORT:
        return False
    return (
        they_lack <= LACKING_MAX * said.total()
        and we_lack <= LACKING_MAX * heard.total()
        and LCSseq.normalized_similarity(ours, theirs) >= IN_ORDER_MIN
    )


def _agree(left: list[str], right: list[str]) -> bool:
    """Nothing that one says contradicts the other; a name that one only adds is tolerated in long texts."""
    ours, theirs = _only(left, right), _only(right, left)
    named = (_named(ours), _named(theirs))
    short = min(len(left), len(right)) < 2 * SHORT
    return (
        _numbers(left) == _numbers(right)
        and _negations(left) == _negations(right)
        and not (any(named) if short else all(named))
        and not any(_meet(ours, words) and _meet(theirs, words) for words in _EXCLUSIVE)
    )


def _only(words: list[str], others: list[str]) -> list[str]:
    """The words that `others` lack, whatever their case and possessive."""
    known = {_plain(word) for word in others}
    return [word for word in words if _plain(word) not in known]


def _plain(word: str) -> str:
    return re.sub(r"['’]?s$|['’.,]", "", word.casefold())


def _named(words: list[str]) -> bool:
    return any(word[0].isupper() and word.casefold() not in _NO_NAMES for word in words)


def _meet(words: list[str], exclusive: frozenset[str]) -> bool:
    return any(word.casefold() in exclusive for word in words)


def _numbers(words: list[str]) -> Counter[str]:
    plain = (word.casefold() for word in words)
    return Counter(_DIGITS.get(w, w) for w in plain if w in _NUMBERS or any(c.isdigit() for c in w))


def _negations(words: list[str]) -> int:
    return sum(word in _NEGATIONS or word.endswith(("n't", "n’t")) for word in map(str.casefold, words))


def _stems(words: list[str]) -> list[str]:
    return [_stem(word.casefold()) for word in words]


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """A stemmer of its own, as one keeps state and two threads would mix theirs."""
    return str(stemmer("english").stemWord(word))


def _content(stems: list[str]) -> Counter[str]:
    return Counter(stem for stem in stems if stem not in _STOP)

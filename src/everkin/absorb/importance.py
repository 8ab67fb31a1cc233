"""The signals of importance in a message's words and in the answer it got."""

import math
import re
from collections.abc import Callable, Iterable
from typing import Final

from everkin.absorb.lexicon import words
from everkin.mind.fact import Fact
from everkin.mind.importance import Signals, blend
from everkin.mind.thesaurus import thesaurus

Rarity = Callable[[str], float]

_RARE: Final = 3.0
"""Stems that are not rarer are too common to count: some seventy of them."""
_GUESS: Final = 0.5
"""A fact hedged by more does not lift its message."""
_READ_MAX: Final = 4000
_WORD: Final = re.compile(r"[^\W_][\w']*")
_FIRST: Final = words("i i'm i've i'd i'll my me mine we we're we've our us")
_TIMES: Final = words(
    "yesterday today tonight tomorrow last next ago week weeks month months year years birthday anniversary since recently "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september "
    "october november december"
)
_NUMBERS: Final = words("two three four five six seven eight nine ten twelve dozen")
_PAST: Final = words(
    "was were had did went got bought made took met saw lost won found gave told left began came became felt grew"
)
_MOVED: Final = re.compile(
    r"\b(?:congrat\w*|(?:so )?sorry (?:to hear|for your|about your)|my condolences|condolences|(?:so )?(?:happy|proud|thrilled"
    r"|excited) (?:for|of) you|good luck|best of luck|all the best|get well|welcome home|way to go|well done"
    r"|(?:that's|how|what) (?:\w+ )?(?:awesome|amazing|great|huge|exciting|wonderful|fantastic|awful|terrible|tough|heartbreaking|sad)"
    r"|wow|oh no|so cool)\b",
    re.IGNORECASE,
)


def importance(
    text: str,
    *,
    terms: Iterable[str],
    facts: Iterable[Fact] = (),
    reply: str | None = None,
    rarity: Rarity | None = None,
) -> float:
    """How much a message matters, in [0, 1], about 40 µs for one of a chat.

    `terms` are its index terms, `facts` those that were read from it, and `reply` what the other said next, where it is
    known yet: the answer says more of the weight of news than any word in it. `rarity` is how rare a term is, 1 to 7;
    None for what is rare in English, so that a message weighs the same on every device and in every import.
    """
    return blend(signals(text, terms=terms, facts=facts, reply=reply, rarity=rarity))


def signals(
    text: str,
    *,
    terms: Iterable[str],
    facts: Iterable[Fact] = (),
    reply: str | None = None,
    rarity: Rarity | None = None,
) -> Signals:
    written = _WORD.findall(text[:_READ_MAX])
    said = [word.lower() for word in written]
    rarities = map(rarity or thesaurus().rarity, {term for term in terms if not term[0].isdigit()})
    return Signals(
        rarity=math.log1p(sum(sorted(each for each in rarities if each > _RARE))),
        first_person=not _FIRST.isdisjoint(said),
        times=min(sum(map(_TIMES.__contains__, said)), 3),
        numbers=min(sum(word[0].isdigit() or word in _NUMBERS for word in said), 3),
        names=min(sum(word[0].isupper() and word[1:2].islower() for word in written[1:]), 4),
        past=min(sum(word in _PAST or (word.endswith("ed") and len(word) > 3) for word in said), 5),
        asks=text.rstrip().endswith(("?", "？")),
        floor=max((fact.predicate.kind.floor for fact in facts if fact.hedge < _GUESS), default=0.0),
        moved=reply is not None and _MOVED.search(reply[:300]) is not None,
    )

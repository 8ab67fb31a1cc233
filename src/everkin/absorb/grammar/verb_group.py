"""The verb group of a clause: auxiliaries, adverbs, negation and one main verb, and the time they put it in."""

from enum import Enum
from typing import Final

from everkin.absorb.grammar.sentences import Sentence
from everkin.absorb.grammar.verbs import ADVERBS, BE, DO, FORMS, HAVE, MODAL, NEVER, UNSURE
from everkin.absorb.lexicon import words

_BARELY_NOT: Final = words("almost nearly practically virtually")
"""Before a verb these say that it did not happen, and nobody would ask whether it did."""


class Time(Enum):
    """When a clause holds, seen from the moment it was said."""

    NOW = "now"
    PAST = "past"
    PERFECT = "perfect"
    FUTURE = "future"
    FORMERLY = "formerly"


class VerbGroup:
    """The words from `at` on up to the main verb; `verb` is its lemma, or nothing where there is none."""

    def __init__(self, sentence: Sentence, at: int) -> None:
        self._words, self._low = sentence.words, sentence.low_at
        self.negated = self.passive = self.progressive = False
        self.hedge = 0.0
        self.modal = self.verb = ""
        self._have = self._be = self._did = self._used = ""
        self._tense = ""
        self.said = self._next = at
        self._read()

    def rest(self, end: int) -> int:
        """Where the words after the verb begin."""
        return self._words[self._next].begin if self._next < len(self._words) else end

    def time(self) -> Time | None:
        """When the group puts it; None where it only might be so."""
        if self._used:
            return None if self.negated else Time.FORMERLY
        if self.modal in ("will", "wo", "shall", "'ll", "going to", "gonna"):
            return Time.FUTURE
        if self.modal not in ("", "can", "ca", "may", "might"):
            return None
        if self._have in ("have", "has", "'ve"):
            return Time.PERFECT
        if self._have == "had" or self._be in ("was", "were") or self._did == "did":
            return Time.PAST
        return Time.PAST if self._tense not in ("base", "base/part", "s", "ing") and not self._be else Time.NOW

    def _read(self) -> None:
        at = self._next
        while at < len(self._words):
            low = self._words[at].low
            if low == "," or not self._auxiliary(low, at):
                break
            at += 1
        self._main(at)

    def _auxiliary(self, low: str, at: int) -> bool:
        """Take in one word that is not yet the main verb."""
        if (
            low in NEVER
            or (low == "no" and self._low(at + 1) == "longer")
            or (low == "longer" and self._low(at - 1) == "no")
        ):
            self.negated = True
        elif low in _BARELY_NOT or (self.negated and low in ("just", "only", "merely", "simply")):
            self.modal = self.modal or low
        elif low in UNSURE and low not in ("hope", "guess", "think", "believe", "suspect", "considering"):
            self.hedge = max(self.hedge, UNSURE[low])
            self.modal = low if low in MODAL else self.modal
        elif low in ADVERBS:
            pass
        elif low in MODAL:
            self.modal = "have 'd" if low == "'d" else low
        elif low in ("going", "gon", "gonna") and self._be and (low == "gonna" or self._to_verb(at)):
            self.modal, self._be = "going to", ""
        elif low in ("na", "to") and self.modal == "going to":
            pass
        elif low == "used" and self._low(at + 1) == "to" and not self._be:
            self._used = low
        elif low == "to" and self._used:
            pass
        else:
            return self._helping(low, at)
        return True

    def _to_verb(self, at: int) -> bool:
        following = self._low(at + 2)
        return self._low(at + 1) == "to" and (following in FORMS or following == "be")

    def _helping(self, low: str, at: int) -> bool:
        """Whether `low` is a form of be, have or do that helps the verb after it."""
        if low in BE and low != "ai":
            self._be = low
            self.said = at
            return True
        if low in HAVE and self._participle_follows(at + 1):
            self._have = low
            return True
        if low in DO and (self._low(at + 1) in NEVER or self._low(self._skip(at + 1)) in FORMS):
            self._did = low
            return True
        return False

    def _participle_follows(self, at: int) -> bool:
        low = self._low(self._skip(at))
        return low in ("been", "had", "got", "gotten") or "part" in FORMS.get(low, ("", ""))[1] or low == "become"

    def _skip(self, at: int) -> int:
        while self._low(at) in ADVERBS or self._low(at) in NEVER:
            at += 1
        return at

    def _main(self, at: int) -> None:
        """The main verb at `at`, or "be" where only forms of be came before it."""
        self._next = at
        low = self._low(at)
        lemma, tense = FORMS.get(low, ("", ""))
        if not lemma and low in HAVE:
            lemma, tense = "have", "past" if low == "had" else "base"
        if low == "gotten":
            lemma, tense = "get", "part"
        if self._be and not (tense == "ing" or "part" in tense):
            self.verb = "be"
            return
        if not lemma or (tense == "ing" and not self._be):
            return
        self.verb, self._tense, self.said, self._next = lemma, tense, at, at + 1
        self.progressive = tense == "ing"
        self.passive = bool(self._be) and not self.progressive

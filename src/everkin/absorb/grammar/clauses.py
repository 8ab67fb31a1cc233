"""Clauses: who does or is what, when, how surely; a small English grammar without a model, about 1 µs a character.

Quotes, code, links, stage directions and what somebody else is said to have said are not clauses of the speaker.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from everkin.absorb.grammar.relations import BARE_KIN, is_name, relation_at
from everkin.absorb.grammar.sentences import Sentence
from everkin.absorb.grammar.verb_group import Time, VerbGroup
from everkin.absorb.grammar.verbs import ADVERBS, BE, DO, FORMS, HAVE, UNSURE
from everkin.absorb.lexicon import RELATIONS, words
from everkin.mind.entity import EntityRef, Speaker


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """`subject` does `verb` (a lemma; "be" for what it is); `rest` is where the words after the verb begin.

    `begin` is where the subject starts, `said` where the verb does, `end` where the sentence ends.
    """

    subject: EntityRef
    verb: str
    time: Time
    negated: bool
    passive: bool
    progressive: bool
    hedge: float
    modal: str
    begin: int
    said: int
    rest: int
    end: int


NOBODY_MEANT: Final[Mapping[int, EntityRef]] = MappingProxyType({})
"""Pronouns are nobody's."""
_BLOCKING: Final = words(
    "if unless whether assume asume assumes wish wished suppose supposing assuming imagine imagining otherwise "
    "pretending pretended"
)
"""Words after which nothing is said to be so."""
_REPORTING: Final = words(
    "said says say saying told tells tell thinks thought claims claimed believes believed asked asks heard insists "
    "insisted suggested suggests joked jokes swears assumed assumes wrote writes texted mentioned predicted"
)
_ONCE: Final = words("thought believed assumed claimed joked insisted")
_TRUSTED: Final = words(
    "doctor doctors gp specialist psychiatrist therapist dermatologist cardiologist vet neurologist"
)
_SUBJECTS: Final = words("i we my our")
_NOT_BEFORE: Final = words(
    "do did does am are have can should could would will shall was were like than what how where why who whose whom "
    "which"
)
"""Words after which "I" asks, compares, or is part of a noun phrase."""
_OPENING: Final = words(
    "and but so because since cause ; : - – — that well yes yeah oh hey also today yesterday now when while then"
) | {",", '"'}
"""Words and marks after which a clause can begin with a name."""
_NOUNS_TOO: Final = words(
    "love like hope dream date plan dance paint train fire book name call work play run move break turn visit travel"
)
_AFTER_VERB: Final = words("a an the my to in as at with")
"""What must follow one of `_NOUNS_TOO` for it to be a verb."""


def clauses(
    sentence: Sentence,
    speaker: Speaker,
    known: Collection[str] = (),
    meant: Mapping[int, EntityRef] = NOBODY_MEANT,
) -> tuple[list[Clause], int]:
    """The clauses of a statement whose subject is the speaker, their kin or pet, or somebody named; and its own part.

    `known` are names, in lower case, that are somebody's in this bond; other names count only when they are common.
    `meant` says whom a "she" or "he" means, by where it begins.
    Conditions, wishes and what others are said to have said give none: the speaker's own part ends where they begin.
    """
    found: list[Clause] = []
    reading = _Reading(sentence, speaker, known, meant)
    position = 0
    while position < len(sentence.words) and reading.until == sentence.end:
        clause, position = reading.step(position, found[-1] if found else None)
        if clause:
            found.append(clause)
    return found, reading.until


class _Reading:
    """One pass over a sentence, left to right, that remembers what makes later words less sure."""

    def __init__(
        self, sentence: Sentence, speaker: Speaker, known: Collection[str], meant: Mapping[int, EntityRef]
    ) -> None:
        self._sentence = sentence
        self._words, self._low = sentence.words, sentence.low_at
        self._speaker = speaker
        self._known, self._meant = known, meant
        self._hedge = 0.0
        self.until = sentence.end

    def step(self, at: int, last: Clause | None) -> tuple[Clause | None, int]:
        """The clause that begins at word `at`, if one does, and where to read on."""
        word = self._words[at]
        if word.low in _SUBJECTS or word.text[0].isupper() or word.begin in self._meant:
            subject = self._subject(at)
            if subject:
                ref, after = subject
                clause = self._clause(ref, at, after)
                return clause, (after if clause is None else self._after(clause))
        elif last and word.low in ("and", "but") and self._continues(at, last):
            clause = self._clause(last.subject, at, at + 1)
            if clause and clause.time is last.time:
                return clause, self._after(clause)
        self._weigh(at)
        return None, at + 1

    def _after(self, clause: Clause) -> int:
        return next((i for i, word in enumerate(self._words) if word.begin >= clause.rest), len(self._words))

    def _weigh(self, at: int) -> None:
        """What this word does to the rest of the sentence."""
        low = self._words[at].low
        if low in _BLOCKING:
            self.until = min(self.until, self._words[at].begin)
        elif low in _REPORTING:
            self._report(at)
        elif low in UNSURE and not (low == "hope" and self._low(at - 1) in ("no", "the", "my")):
            self._hedge = max(self._hedge, UNSURE[low])

    def _report(self, at: int) -> None:
        before = at - 1
        while before >= 0 and self._words[before].low in ADVERBS | HAVE:
            before -= 1
        reporter, low = self._low(before), self._low(at)
        if reporter in ("i", "we") and not self._once(at):
            thought = low.startswith(("thi", "tho", "bel", "ass"))
            self._hedge = max(self._hedge, 0.3 if thought else 0.1)
        elif reporter in _TRUSTED and low not in _ONCE:
            self._hedge = max(self._hedge, 0.1)
        else:
            self.until = min(self.until, self._words[at].begin)

    def _once(self, at: int) -> bool:
        """ "I thought my cat had died", "I told my boss I have the flu": what one thought or told others need not be so."""
        low = self._low(at)
        return low in _ONCE or (low == "told" and self._low(at + 1) != "you")

    def _subject(self, at: int) -> tuple[EntityRef, int] | None:
        """Who a clause at `at` may be about, and the word after."""
        word, before = self._words[at], self._low(at - 1)
        if before in _NOT_BEFORE or (before == "that" and self._low(at - 2) in ("not", "n't")):
            return None
        if word.low in ("i", "we"):
            return EntityRef(owner=self._speaker), at + 1
        if word.low in ("my", "our"):
            return self._related(at)
        if word.low in BARE_KIN and word.text[0].isupper():
            return EntityRef(owner=self._speaker, kinship=RELATIONS[word.low]), at + 1
        if self._opens(at) and word.begin in self._meant:
            return self._meant[word.begin], at + 1
        if self._opens(at) and is_name(word, self._known):
            return EntityRef(owner=self._speaker, name=word.text), at + 1
        return None

    def _opens(self, at: int) -> bool:
        """Whether a clause can begin here."""
        return at == 0 or self._low(at - 1) in _OPENING

    def _related(self, at: int) -> tuple[EntityRef, int] | None:
        relation = relation_at(self._words, at + 1)
        if relation is None:
            return None
        kinship, name, after = relation
        return EntityRef(owner=self._speaker, kinship=kinship, name=name), after

    def _continues(self, at: int, last: Clause) -> bool:
        """Whether "and" at `at` goes on with the last clause's subject ("I live in Oslo and work as a nurse")."""
        following = self._low(at + 1)
        if following in _NOUNS_TOO and self._low(at + 2) not in _AFTER_VERB:
            return False
        if not any(following in forms for forms in (FORMS, BE, HAVE, DO)):
            return False
        between = [word.low for word in self._words if last.rest <= word.begin < self._words[at].begin]
        return not {"to", "who", "that", "which", "whose"} & set(between) and FORMS.get(following, ("", ""))[1] != "ing"

    def _clause(self, ref: EntityRef, at: int, after: int) -> Clause | None:
        group = VerbGroup(self._sentence, after)
        if not group.verb:
            return None
        time = group.time()
        if time is None:
            return None
        return Clause(
            subject=ref,
            verb=group.verb,
            time=time,
            negated=group.negated,
            passive=group.passive,
            progressive=group.progressive,
            hedge=max(self._hedge, group.hedge),
            modal=group.modal,
            begin=self._words[at].begin,
            said=self._words[group.said].begin,
            rest=group.rest(self._sentence.end),
            end=self._sentence.end,
        )

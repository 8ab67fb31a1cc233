"""Facts from a message, by grammar and closed lists, without a model; it would rather miss one than invent one."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from everkin.absorb.assertion import CHANGES, PAST, allowed, cleaned, happened, judged, validity, values
from everkin.absorb.grammar.clauses import NOBODY_MEANT, Clause, clauses
from everkin.absorb.grammar.relations import relation_at
from everkin.absorb.grammar.sentences import DISOWNED, Sentence, cased, sentences
from everkin.absorb.grammar.verb_group import Time
from everkin.absorb.lexicon import FIRST_NAMES, FRIENDS, KINSHIP, PARTNERS, PETS, RELATIONS, words
from everkin.absorb.rules.aims import PLANNED
from everkin.absorb.rules.life import CARRIED, HAS_GOT, LASTING, LIVED, SUFFERED, TURNS
from everkin.absorb.rules.people import DIED
from everkin.absorb.rules.phrases import PHRASED, PHRASES
from everkin.absorb.rules.rule import Aspect, Rule
from everkin.absorb.rules.rulebook import RULES
from everkin.mind.entity import EntityRef, Speaker
from everkin.mind.fact import Fact, Predicate
from everkin.mind.milestone import SURE, Milestone, milestone
from everkin.mind.timespan import TimeSpan

FACTS_MAX: Final = 16
"""The most facts one message gives; a message with more is a list that somebody pasted."""

Spans = Callable[[str], list[TimeSpan]]

_RELATION: Final = (
    dict.fromkeys(KINSHIP, Predicate.KIN)
    | dict.fromkeys(PARTNERS, Predicate.PARTNER)
    | dict.fromkeys(FRIENDS, Predicate.FRIEND)
    | dict.fromkeys(PETS, Predicate.PET)
)
_EVERYBODY_HAS: Final = words("mother father parents grandmother grandfather grandparents")
"""Kin that only a name makes worth a fact."""
_ABOUT_PETS: Final = words(
    "photo photos picture painting drawing food toys bed sitter walker video collar shelter hair tattoo show costume person "
    "lover mug shirt statue sculpture book story game riding breed park training trainer school plant plants sweater"
)
"""Nouns that make "my horse" part of something else."""


def no_spans(text: str) -> list[TimeSpan]:
    """No time expressions: what a caller without a date grammar passes."""
    return []


def extract(
    text: str,
    *,
    speaker: Speaker,
    name: str | None,
    at: datetime,
    spans: Spans = no_spans,
    known: Collection[str] = (),
    meant: Mapping[int, EntityRef] = NOBODY_MEANT,
) -> list[Fact]:
    """What `speaker`, called `name`, says of themself and of their people and pets at `at`, in the order of the text.

    Questions, conditions, wishes, jokes, quotes and what others are said to have said give nothing; hedges lower the
    certainty. `spans` finds the time expressions and is only called when there is a fact to date. `known` are names
    (lower case) of people and pets of this bond: without it, only common first names can be subjects. `meant` says whom
    a "she" or "he" that begins at a place of the text means: without it, pronouns are nobody.
    """
    message = _Message(text, speaker, name, at, spans)
    phrased = PHRASED.search(text) is not None
    for sentence in sentences(text):
        message.presupposed(sentence)
        if not sentence.question:
            message.stated(sentence, known, meant, phrased)
    facts = message.facts()
    return [] if facts and DISOWNED.search(text) else facts[:FACTS_MAX]


class _Message:
    """One message and the facts found in it so far."""

    def __init__(self, text: str, speaker: Speaker, name: str | None, at: datetime, spans: Spans) -> None:
        self._text, self._name, self._at = cased(text.replace("’", "'")), name, at
        self._self = EntityRef(owner=speaker)
        self._find_spans = spans
        self._spans: list[TimeSpan] | None = None
        self._found: dict[tuple[EntityRef, Predicate, str, bool], Fact] = {}

    def facts(self) -> list[Fact]:
        """In the order of the text; each fact once, as it was first said."""
        lost = {fact.value.lower(): fact.valid_from or self._at for fact in self._of(Predicate.BEREAVEMENT)}
        for fact in (*self._of(Predicate.PET), *self._of(Predicate.PARTNER)):
            gone = next((when for value, when in lost.items() if fact.value.lower() in value), None)
            if gone and fact.polarity:
                self._found[_key(fact)] = replace(fact, valid_to=gone)
        return sorted(self._found.values(), key=lambda fact: fact.begin)

    def _of(self, predicate: Predicate) -> list[Fact]:
        return [fact for fact in self._found.values() if fact.predicate is predicate]

    def presupposed(self, sentence: Sentence) -> None:
        """Who speaks of "my sister Anna" has one, even in a question."""
        for at, word in enumerate(sentence.words):
            if word.low in ("my", "our"):
                self._possessed(sentence, at)

    def stated(self, sentence: Sentence, known: Collection[str], meant: Mapping[int, EntityRef], phrased: bool) -> None:
        """What a sentence says of the speaker and theirs."""
        said, until = clauses(sentence, self._self.owner, known, meant)
        for clause in said:
            if self._name and clause.subject.name == self._name:
                clause = replace(clause, subject=self._self)
            self._clause(clause)
        for predicate, pattern in PHRASES if phrased else ():
            for match in pattern.finditer(self._text, sentence.begin, until):
                self._phrase(predicate, match, sentence)

    def _possessed(self, sentence: Sentence, at: int) -> None:
        relation = relation_at(sentence.words, at + 1)
        if relation is None or "'s " in relation[0]:
            return
        kinship, name, after = relation
        noun = next(i for i in range(at + 1, after) if sentence.words[i].low in RELATIONS)
        predicate = _RELATION.get(sentence.words[noun].low)
        adjectives = {word.low for word in sentence.words[at + 1 : noun]}
        if predicate is None or sentence.low_at(at - 1) in _UNLIKE or (name is None and "childhood" in adjectives):
            return
        if name is None and (predicate is Predicate.FRIEND or kinship in _EVERYBODY_HAS) and "late" not in adjectives:
            return
        if predicate is Predicate.PARTNER and ({"first", "second"} & adjectives or sentence.low_at(after) == "in"):
            return
        if predicate is Predicate.PET and not name and sentence.low_at(after) in _ABOUT_PETS:
            return
        begin, end = sentence.words[noun].begin, sentence.words[after - 1].end
        if "late" in adjectives:
            predicate = Predicate.BEREAVEMENT
        self._put(self._self, predicate, begin, end)

    def _clause(self, clause: Clause) -> None:
        if clause.subject != self._self:
            self._death(clause)
        for rule in RULES.get(clause.verb, ()):
            if rule.passive == clause.passive and rule.progressive in (None, clause.progressive):
                self._apply(rule, clause)
        self._planned(clause)
        self._lived(clause)

    def _apply(self, rule: Rule, clause: Clause) -> None:
        match = rule.pattern.match(self._text, clause.rest, clause.end)
        if match is None or not allowed(rule, clause) or (rule.dated and not self._coming(clause)):
            return
        if rule.aspect in CHANGES and _WHEN.search(self._text[: clause.begin][-6:]):
            return  # "I was 12 when we moved to Kent" dates something else, by what was known already
        if rule.aspect is Aspect.END:
            begin, end = match.span("v") if match.re.groups else (clause.begin, clause.begin)
            self._put(clause.subject, rule.predicate, begin, end, clause=clause, aspect=Aspect.END)
            return
        predicate, polarity = judged(rule, clause, match)
        for begin, end in values(self._text, rule, clause, match):
            if not self._fits(predicate, clause, begin, end):
                break
            aspect = Aspect.EVENT if predicate is Predicate.PLAN else rule.aspect
            self._put(clause.subject, predicate, begin, end, clause=clause, aspect=aspect, polarity=polarity)

    def _fits(self, predicate: Predicate, clause: Clause, begin: int, end: int) -> bool:
        """Whether a value says something by itself, apart from the conversation around it."""
        value = cleaned(self._text[begin:end]).lower()
        match predicate:
            case Predicate.NAME if clause.verb == "be":
                return clause.subject == self._self and value in FIRST_NAMES
            case Predicate.AGE if clause.verb == "turn":
                return not _WHEN.search(self._text[: clause.begin][-6:])
            case Predicate.LIKES | Predicate.DISLIKES:
                return not _VAGUE.search(self._text[begin:end]) and not _CUT.match(self._text, end) and bool(value)
            case Predicate.GOAL | Predicate.PLAN | Predicate.EVENT:
                whole = " " in value or value in _WHOLE or clause.verb in _OF_ONE_WORD
                return whole and not _VAGUE.search(value) and not _CUT.match(self._text, end)
            case Predicate.HOME:
                return " " in value or self._text[begin].isupper() or value in _DWELLINGS
            case _:
                return bool(value)

    def _death(self, clause: Clause) -> None:
        """Whose clause says that they died is a loss of the speaker's."""
        follows = DIED.get(clause.verb)
        if clause.time not in PAST or clause.negated or not (follows and follows.match(self._text, clause.rest)):
            return
        whole = self._text[clause.begin : clause.said]
        match = _WHO_DIED.match(whole)
        if match:
            begin, end = clause.begin + match.start("v"), clause.begin + match.end("v")
            who = (clause.subject.kinship, clause.subject.name) if match["v"].lower() in _PRONOUNS else ()
            value = " ".join(word for word in who if word)
            self._put(self._self, Predicate.BEREAVEMENT, begin, end, clause=clause, aspect=Aspect.EVENT, value=value)

    def _planned(self, clause: Clause) -> None:
        """Something dated that the speaker, or one of theirs, is about to do."""
        ahead = clause.time is Time.FUTURE or (clause.time is Time.NOW and clause.progressive)
        if not ahead or clause.negated or not self._coming(clause):
            return
        match = PLANNED.match(self._text, clause.said, clause.end)
        if match:
            self._put(clause.subject, Predicate.PLAN, *match.span(), clause=clause, aspect=Aspect.EVENT)

    def _lived(self, clause: Clause) -> None:
        """A day that a life is told by: the event or state that was read of the clause, else what it says from the verb on."""
        if not self._may_be_lived(clause):
            return
        only = CARRIED.get(clause.verb) if clause.verb == "be" or not happened(clause) else None
        match = LIVED.match(self._text, clause.rest if clause.verb == "be" else clause.said, clause.end)
        if match and (
            not _is_turn(milestone(cleaned(match[0]), clause.subject), only)
            or (clause.time is Time.PERFECT and HAS_GOT.match(match[0]))
        ):
            return
        for fact in [fact for fact in self._found.values() if fact.predicate in _LESSER and fact.begin == clause.begin]:
            if _is_turn(milestone(fact.value, fact.subject), only):
                lived = replace(self._found.pop(_key(fact)), predicate=Predicate.LIFE_EVENT)
                self._found.setdefault(_key(lived), lived)
                return
        if match:
            self._put(clause.subject, Predicate.LIFE_EVENT, *match.span(), clause=clause, aspect=Aspect.EVENT)

    def _may_be_lived(self, clause: Clause) -> bool:
        """Whether the clause's mood, tense and voice let it tell that something happened."""
        if clause.verb not in TURNS:
            return False
        if clause.negated or clause.modal or clause.hedge >= SURE or _WHEN.search(self._text[: clause.begin][-6:]):
            return False
        if clause.verb in SUFFERED and not clause.passive:
            return False
        if clause.verb in LASTING and clause.passive and happened(clause) and not self._on_a_day(clause):
            return False
        return happened(clause) or (clause.verb in CARRIED and clause.time is not Time.FUTURE)

    def _on_a_day(self, clause: Clause) -> bool:
        """Whether the clause says when, and not for how long: "married last May", not "married for ten years"."""
        span = self._span(clause.begin, clause.end)
        return span is not None and not self._frame(span)

    def _phrase(self, predicate: Predicate, match: re.Match[str], sentence: Sentence) -> None:
        """A fact that needs no clause: "my favourite colour is green"."""
        subject = self._self
        if predicate is Predicate.NAME and "whose" in match.re.groupindex:
            kinship = self._relation_named(match["whose"])
            if kinship is None:
                return
            subject = EntityRef(owner=self._self.owner, kinship=kinship)
        begin, end = match.span("v")
        span = self._span(sentence.begin, sentence.end)
        lost = predicate is Predicate.BEREAVEMENT
        self._put(subject, predicate, begin, end, span=span if lost else None, aspect=Aspect.EVENT if lost else None)

    def _relation_named(self, whose: str) -> str | None:
        """The relation in "my little sister", or, for a pronoun, the one last spoken of if there is just one."""
        words = whose.lower().split()
        if not _UNREAL.isdisjoint(words):
            return None
        last = RELATIONS.get(words[-1])
        if last or whose.lower() not in ("his", "her", "its"):
            return last
        spoken = [
            RELATIONS[word]
            for fact in self._found.values()
            if fact.subject == self._self and fact.predicate in _WITH_NAMES
            for word in fact.value.lower().split()
            if word in RELATIONS
        ]
        return spoken[0] if len(spoken) == 1 else None

    def _put(
        self,
        subject: EntityRef,
        predicate: Predicate,
        begin: int,
        end: int,
        *,
        clause: Clause | None = None,
        aspect: Aspect | None = None,
        polarity: bool = True,
        span: TimeSpan | None = None,
        value: str = "",
    ) -> None:
        value = value or cleaned(self._text[begin:end])
        ended = aspect is Aspect.END
        if clause and clause.begin < clause.end:
            span = self._span(clause.begin, clause.end)
        valid_from, valid_to = validity(aspect, clause.time if clause else Time.PAST, span, self._at, self._frame(span))
        fact = Fact(
            subject=subject,
            predicate=predicate,
            value=value,
            polarity=polarity and not ended,
            hedge=clause.hedge if clause else 0.0,
            valid_from=valid_from,
            valid_to=valid_to,
            recorded=self._at,
            begin=clause.begin if clause else begin,
            end=max(end, clause.rest) if clause else end,
        )
        self._found.setdefault(_key(fact), fact)

    def _coming(self, clause: Clause) -> bool:
        span = self._span(clause.begin, clause.end)
        return span is not None and span.end > self._at

    def _span(self, begin: int, end: int) -> TimeSpan | None:
        """The time expression right before `begin` ("last week I …"), else the first after it, else the last before."""
        if self._spans is None:
            self._spans = sorted(self._find_spans(self._text), key=lambda span: span.span)
        before = [span for span in self._spans if begin - _NEAR <= span.span[0] < begin]
        if before and not self._text[before[-1].span[1] : begin].strip(" ,"):
            return before[-1]
        after = [span for span in self._spans if begin <= span.span[0] < end]
        return after[0] if after else before[-1] if before else None

    def _frame(self, span: TimeSpan | None) -> str:
        """Whether a time expression says "since" when, or "until" when, or neither."""
        match = span and _FRAME.search(self._text[max(0, span.span[0] - 8) : span.span[0] + 6])
        return _FRAMES.get(match[0].lower(), "") if match else ""


def _is_turn(kind: Milestone | None, only: Milestone | None) -> bool:
    return kind is not None and only in (None, kind)


def _key(fact: Fact) -> tuple[EntityRef, Predicate, str, bool]:
    return fact.subject, fact.predicate, fact.value.lower(), fact.polarity


_VAGUE: Final = re.compile(
    r"^(?:its|their|his|her|those|some|any|one|both|all|things?|stuff|other|to|dr|mr|mrs|ms)$|^(?:its|their|his|her|those|some of)\b"
    r"|\b(?:him|her|them|it|their)\b"
    r"|^the (?!(?-i:[A-Z])|(?:outdoors?|ocean|beach|sea|mountains?|city|countryside|cold|rain|snow|smell of|taste of|sound of"
    r"|feeling of|theater|theatre|piano|water|woods|forest|sun|night)\b)"
    r"|\b(?:ideas?|suggestions?|options?|tips|advice|list|approach|recommendations?|questions?|concept|plan|answer|explanation|look)$"
    r"|^(?:makes?|helps?|keeps?|gives?|means?|can|will|would|of|in|on|at)\b|^(?:my )?(?:life|self|everything|everyone|everybody)$",
    re.IGNORECASE,
)
"""A liking that points into the conversation: nobody can tell later what it was."""
_CUT: Final = re.compile(
    r" (?:(?:in|about|of|with|for|from|to|on) )?(?:that|which|who|what|how|where|when it|it|you|him|them|this|those"
    r"|like (?:this|that|these)|these (?!days))\b",
    re.IGNORECASE,
)
"""What follows a value that was cut before its point."""
_WHOLE: Final = words(
    "graduated resigned promoted fired hired surgery married engaged divorced trip wedding vacation holiday party getaway honeymoon "
    "reunion"
)
_DWELLINGS: Final = words("dorm trailer countryside suburbs")
_OF_ONE_WORD: Final = words("have book get")
"""Verbs whose object may be one word: "I have an interview"."""
_WHEN: Final = re.compile(r"\bwhen\s$", re.IGNORECASE)

_LESSER: Final = (Predicate.EVENT, Predicate.HEALTH)
"""What a life event of the same clause says as well."""
_UNLIKE: Final = words("not n't like as basically practically almost kinda sorta")
"""Before "my sister" these say that somebody else is, or is not, one."""
_UNREAL: Final = words("fake imaginary fictional pretend future ex former would-be")
_WITH_NAMES: Final = (Predicate.KIN, Predicate.PET, Predicate.PARTNER, Predicate.FRIEND)
_FRAME: Final = re.compile(r"\b(?:since|for|until|till)\b", re.IGNORECASE)
_FRAMES: Final = {"since": "since", "for": "since", "until": "until", "till": "until"}
_NEAR: Final = 60
"""Characters before a clause within which a time expression can be its own."""
_PRONOUNS: Final = ("he", "she")
_WHO_DIED: Final = re.compile(
    r"(?:(?:my|our) )?(?P<v>.+?)(?: (?:just|has|had|have|recently|sadly|suddenly|also|finally|actually|'s))*\s*$",
    re.IGNORECASE,
)

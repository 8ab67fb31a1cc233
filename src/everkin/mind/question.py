"""A question as recall understands it: its kind, who is asked about, its parts, its terms and its times."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Final

from rapidfuzz import fuzz

from everkin.mind.matter import COMPANION, USER
from everkin.mind.meant import Meant
from everkin.mind.timespan import TimeSpan

TERMS_MAX: Final = 64
"""A longer question is searched by its first terms; nobody's question has more, a pasted text does."""

NAME_LIKENESS: Final = 74.0
"""How alike (0 to 100) a capitalised word and a speaker's name must be to be taken for it ("Carolin", "Jon's")."""


class Kind(StrEnum):
    """What sort of answer is wanted."""

    WHEN = "when"
    WHERE = "where"
    WHO = "who"
    COUNT = "count"
    WHY = "why"
    HOW = "how"
    YES_NO = "yes_no"
    LIST = "list"
    WHAT = "what"
    SUMMARY = "summary"
    INSTRUCTION = "instruction"
    STATEMENT = "statement"
    SMALL_TALK = "small_talk"


_OF_ANYTHING: Final = frozenset({Kind.WHAT, Kind.LIST, Kind.SUMMARY, Kind.INSTRUCTION, Kind.STATEMENT})
_ANYTHING: Final = frozenset(
    {"happen", "go", "do", "talk", "tell", "say", "speak", "chat", "discuss", "mention", "summar", "summari", "recap"}
    | {"remind", "rememb", "week", "day", "month", "time", "thing"}
)
"""Stems that ask for whatever there was."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """A term that means nearly what the question's term number `of` means; `weight` is above 0, up to 1."""

    term: str = field(repr=False)
    of: int
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """`wording` is the text to embed and `terms` its distinct index terms (stems) in order; from both the speakers' names
    are left out, because they say who and not what, and from the terms its times, because they say when.

    `about` is the one speaker (a value of `Matter.speaker`) whose words are wanted and `sure`, 0 to 1, how surely; None
    when nobody's or everybody's. `named` are the speakers whose names the question says, `people` whoever else it may
    speak of, and `naming` the terms that it does so with. `spans` are the intervals, in
    epoch seconds, that its time expressions mean, `at` when it is asked. `parts` are its sub-questions when it has
    several, else empty: they are answered apart.
    """

    kind: Kind
    wording: str = field(repr=False)
    terms: tuple[str, ...] = field(repr=False)
    related: tuple[Related, ...] = field(default=(), repr=False)
    about: int | None = None
    sure: float = 0.0
    named: frozenset[int] = frozenset()
    people: tuple[Meant, ...] = ()
    naming: tuple[tuple[str, Meant], ...] = field(default=(), repr=False)
    spans: tuple[tuple[float, float], ...] = ()
    at: float | None = None
    parts: tuple["Question", ...] = ()
    cued: bool = False
    """Whether words in it ask, though it is none by its form: a question mark inside, "remind me", "any advice"."""

    @property
    def wordings(self) -> tuple[str, ...]:
        """What to embed, in the order of `Evidence.dense`: the whole, then the parts."""
        return (self.wording, *(part.wording for part in self.parts))

    @property
    def asks(self) -> bool:
        """Whether something is asked of whoever listens; a statement, a greeting or a thank-you asks for nothing."""
        return self.kind is not Kind.SMALL_TALK and (self.kind is not Kind.STATEMENT or self.cued)

    @property
    def of_a_time(self) -> bool:
        """Whether it asks about nothing but a time: "What happened last week?" English alone."""
        return bool(self.spans) and not self.parts and self.kind in _OF_ANYTHING and set(self.terms) <= _ANYTHING

    def asks_only_of(self, people: Collection[Meant]) -> bool:
        """Whether it asks about nothing but some of these: "What happened with my ex?", "How is Anna?" English alone."""
        naming = {term for term, one in self.naming if one in people}
        anything = self.kind in _OF_ANYTHING or self.kind is Kind.HOW
        return bool(naming) and not self.parts and anything and set(self.terms) - naming <= _ANYTHING

    @property
    def search_terms(self) -> tuple[str, ...]:
        """Everything whose postings are worth fetching, each once."""
        return tuple(dict.fromkeys((*self.terms, *(related.term for related in self.related))))

    @property
    def search_people(self) -> tuple[Meant, ...]:
        """Everybody whom it or a part of it may speak of, each once."""
        return tuple(dict.fromkeys((*self.people, *(one for part in self.parts for one in part.people))))


Stems = Callable[[str], Sequence[str]]
Thesaurus = Callable[[str], Sequence[tuple[str, float]]]
People = Callable[[str], Sequence[Meant]]


def understand(
    text: str,
    *,
    stems: Stems,
    names: Mapping[int, Sequence[str]] | None = None,
    times: Sequence[TimeSpan] = (),
    related: Thesaurus | None = None,
    people: People | None = None,
    at: float | None = None,
) -> Question:
    """Reads a question without a model, in well under a millisecond.

    `names` are the names each speaker goes by, `stems` the index terms of a text, `times` its time expressions as they
    are meant when and where it is asked, `related` the neighbours of a term, `people` who else is spoken of in a text.
    The patterns are English: in other languages the kind is `WHAT` or `STATEMENT` and nobody is asked about but by
    name. Names get no related terms (Anna is not Hannah).
    """
    text = text.replace("’", "'")
    read = partial(_read, stems=stems, names=names or {}, related=related, people=people, at=at)
    whole = read(text, times)
    parts = [read(part, inside) for part, inside in _apart(text, times)]
    return replace(whole, parts=tuple(_like(whole, part) for part in parts))


def _read(
    text: str,
    times: Sequence[TimeSpan],
    *,
    stems: Stems,
    names: Mapping[int, Sequence[str]],
    related: Thesaurus | None,
    people: People | None,
    at: float | None,
) -> Question:
    timeless = _timeless(text, times)
    called = _called(text, names)
    terms = list(dict.fromkeys(stems(_without(timeless, called))))[:TERMS_MAX]
    proper = {stem for word in _CAPITALISED.findall(text) for stem in stems(word)}
    about, sure = _about(text, frozenset(called.values()))
    spoken_of = tuple(people(text)) if people else ()
    return Question(
        kind=kind_of(text),
        wording=_without(text, called),
        terms=tuple(terms),
        related=tuple(_related(terms, proper, related)) if related else (),
        about=about,
        sure=sure,
        named=frozenset(called.values()),
        people=spoken_of,
        naming=tuple((stem, one) for one in spoken_of for stem in stems(one.said)),
        spans=tuple((time.start.timestamp(), time.end.timestamp()) for time in times),
        cued=_CUE.search(text) is not None,
        at=at,
    )


def _apart(text: str, times: Sequence[TimeSpan]) -> Iterator[tuple[str, list[TimeSpan]]]:
    """The parts, each with the time expressions that stand in it, placed as they stand there."""
    end = 0
    for part in parts_of(text):
        begin = text.index(part, end)
        end = begin + len(part)
        inside = [time for time in times if begin <= time.span[0] and time.span[1] <= end]
        yield part, [replace(time, span=(time.span[0] - begin, time.span[1] - begin)) for time in inside]


def _like(whole: Question, part: Question) -> Question:
    """A part that names nobody asks about whom the whole does: "… and what is her dog called?"."""
    if not any(one.pronoun is None for one in part.people):
        part = replace(part, people=whole.people)
    return part if part.named else replace(part, about=whole.about, sure=whole.sure, named=whole.named)


def _timeless(text: str, times: Sequence[TimeSpan]) -> str:
    """The text without its time expressions: those are looked for by date, hardly anybody says them again."""
    for time in sorted(times, key=lambda time: -time.span[0]):
        text = text[: time.span[0]] + " " + text[time.span[1] :]
    return text


def _related(terms: Sequence[str], proper: set[str], thesaurus: Thesaurus) -> Iterator[Related]:
    for position, term in enumerate(terms):
        if term not in proper:
            yield from (Related(term=near, of=position, weight=weight) for near, weight in thesaurus(term))


_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_CAPITALISED: Final = re.compile(r"(?<=[^.!?\s]\s)[A-Z]\w+")
_ROLES: Final = frozenset({"user", "assistant", "companion", "human", "ai", "bot", "char"})


def _called(text: str, names: Mapping[int, Sequence[str]]) -> dict[str, int]:
    """The words of the text that are a speaker's name, exactly or else nearly; only capitals count, if it has any."""
    words = {word.removesuffix("'s") for word in _WORD.findall(text)}
    if any(word[:1].isupper() for word in words):
        words = {word for word in words if word[:1].isupper() or not word.isascii()}
    wanted = [
        (name.lower(), speaker) for speaker, group in names.items() for name in group if name.lower() not in _ROLES
    ]
    exact = {word: speaker for word in words for name, speaker in wanted if word.lower() == name}
    return exact or {word: speaker for word in words for name, speaker in wanted if _alike(name, word.lower())}


def _without(text: str, called: Mapping[str, int]) -> str:
    if not called:
        return text
    names = "|".join(map(re.escape, called))
    return re.sub(rf"\b(?:{names})\b(?:'s)?", "", text)


def _alike(name: str, word: str) -> bool:
    return len(word) > 2 and word not in _OPENERS and fuzz.ratio(name, word) >= NAME_LIKENESS


_OPENERS: Final = frozenset(
    re.findall(
        r"\w+",
        "what when where which who whom whose why how did does do is are was were can could would should will has have "
        "had may might tell the in on at for and but if since after before",
    )
)
_SELF: Final = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|mine|me|myself|we|our|us)\b", re.I)
_ASKS_ADVICE: Final = re.compile(r"\b(?:would|should|could|can|will) you\b", re.I)
_TOLD: Final = (
    "recommend|suggest|tell|told|say|said|give|gave|given|provide|mention|advise|propose|explain|describe|list|"
    "outline|share|write|wrote|written|promise|call|send|sent|make|made|create|show|think|help|come up|came up"
)
_TOLD_BY_COMPANION: Final = re.compile(
    rf"\b(?:did|had|have) you (?:\w+ ){{0,2}}?(?:{_TOLD})|\byou(?:'ve| have| had|'d)? (?:\w+ )?(?:{_TOLD})e?d?\b"
    r"|\byour (?:\w+ )?(?:suggestion|advice|recommendation|answer|response|reply|list|explanation|opinion)s?\b",
    re.I,
)
_OVERVIEW: Final = re.compile(r"\b(?:summar(?:y|i[sz])|overview\b|recap\b)", re.I)


def _about(text: str, named: frozenset[int]) -> tuple[int | None, float]:
    """Whose words are wanted, and how surely: a speaker named; else what "you" told; else the user's own."""
    if named:
        return (next(iter(named)), 1.0) if len(named) == 1 else (None, 0.0)
    if _TOLD_BY_COMPANION.search(text) and not _ASKS_ADVICE.search(text):
        return COMPANION, 1.0
    if _OVERVIEW.search(text):
        return None, 0.0
    return (USER, 1.0) if _SELF.search(text) else (USER, 0.5)


_SMALL_TALK: Final = re.compile(
    r"\W*(?:(?:hi|hey|hello|yo|ok(?:ay)?|yes|no|yeah|sure|thanks?|thank you|lol|haha+|wow|cool|nice|great|bye|"
    r"good (?:morning|evening|night|afternoon)|how are you|how's it going|what's up|there|today|so much|you)\W*){1,5}",
    re.I,
)
_IMPERATIVE: Final = re.compile(
    r"\W*(?:please\s+)?(?:write|make|create|draft|translate|play|draw|sing|pretend|continue|stop|explain|describe|help|"
    r"give|show|generate|let's)\b",
    re.I,
)
_CUE: Final = re.compile(
    r"[?？]|\b(?:remind|remember|recall|recommend|suggest|advice|advise|ideas?|tips?|help me|tell me|show me|give me|let me know|"
    r"i forgot|forgotten|wonder|wondering|looking for|curious|want to know|need to know|please|could use)\b",
    re.I,
)
_EXCLAMATION: Final = re.compile(r"\W*(?:what an?|such an?|how (?:nice|lovely|sad|funny|awful|strange))\b", re.I)
_KINDS: Final = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        (Kind.COUNT, r"\bhow (?:many|much|often)\b|\bhow old\b|\bnumber of\b|\bhow far\b"),
        (Kind.WHEN, r"\bwhen\b|\b(?:what|which) (?:date|day|month|year|time|week|season)\b|\bhow long\b"),
        (Kind.WHERE, r"\bwhere\b|\b(?:what|which) (?:place|city|country|town|state|street)\b"),
        (Kind.WHO, r"\bwho(?:m|se)?\b"),
        (Kind.WHY, r"\bwhy\b|\bwhat (?:reason|made|motivated|inspired)\b|\bhow come\b"),
        (Kind.LIST, r"\b(?:what|which) (?:\w+ ){0,2}\w+s (?:has|have|did|do|does|are|were)\b|\blist\b"),
        (Kind.WHAT, r"\b(?:what|which)\b"),
        (Kind.HOW, r"\bhow\b"),
        (Kind.YES_NO, r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|would|will|should|am)\b"),
    )
)  # fmt: skip


def kind_of(text: str) -> Kind:
    """What sort of answer the text wants; `STATEMENT` when it asks for none."""
    if _SMALL_TALK.fullmatch(text):
        return Kind.SMALL_TALK
    if _OVERVIEW.search(text):
        return Kind.SUMMARY
    asks = text.rstrip().endswith(("?", "？"))
    if not asks and _IMPERATIVE.match(text):
        return Kind.INSTRUCTION
    if not asks and _EXCLAMATION.match(text):
        return Kind.STATEMENT
    for kind, pattern in _KINDS:
        if pattern.search(text) and (asks or kind is Kind.LIST or pattern.match(text)):
            return kind
    return Kind.WHAT if asks else Kind.STATEMENT


_CLAUSE: Final = (
    r"(?:(?:what|when|where|which|who|whose|whom|why|how)(?:\s+\w+)?\s+(?:is|are|was|were|do|does|did|has|have|had|can|"
    r"could|will|would|should)\b|(?:is|are|was|were|do|does|did|has|have|had|can|could)\s+(?:i|you|he|she|we|they|it|"
    r"there|my|your|his|her|our|their|the)\b)"
)
_JOINT: Final = re.compile(rf"(?<=[?？])\s+|,?\s+(?:and|or)\s+(?=(?:also\s+)?{_CLAUSE})", re.I)
_QUESTION: Final = re.compile(rf"\W*(?:(?:and|also|so)\s+)?{_CLAUSE}", re.I)
PARTS_MAX: Final = 4


def parts_of(text: str) -> tuple[str, ...]:
    """The sub-questions of a question of several parts, at most `PARTS_MAX`; empty when it is of one part."""
    parts = [part.strip(" ,") for part in _JOINT.split(text) if part and _QUESTION.match(part)]
    return tuple(parts[:PARTS_MAX]) if len(parts) > 1 else ()

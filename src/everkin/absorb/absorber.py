"""From messages to drafts of memories, without a model call other than the embedder's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any, Final
from zoneinfo import ZoneInfo

from everkin.absorb.company import STRANGERS, Company, Utterance
from everkin.absorb.facts import extract
from everkin.absorb.importance import importance
from everkin.errors import EmbedderUnavailable
from everkin.mind.entity import COMPANION, USER, EntityRef, Form, Mention, Speaker
from everkin.mind.fact import Fact, told
from everkin.mind.identity import MemoryId, NewId
from everkin.mind.matter import flags_of
from everkin.mind.memory import Kind
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.people import Acquaintance
from everkin.mind.ports.transcripts import Draft, Passage
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import SESSION_GAP, Role

Spans = Callable[[str, datetime, ZoneInfo], list[TimeSpan]]
"""The time expressions of a text said at a moment in a zone."""

_OWN_WORDS_MAX: Final = {USER: 4, COMPANION: 1}
"""Facts are read from texts of so many passages: who pours out their heart writes a page, and what is longer was pasted;
of a companion's pages little is about its own life."""

SPEAKERS: Final = {Role.USER: USER, Role.ASSISTANT: COMPANION}
"""Whose words are remembered: other roles are nobody's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One message to be remembered from."""

    role: Role
    name: str | None = field(repr=False)
    content: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """One message taken apart: its passages, then the facts in it, each in words."""

    passages: Sequence[str] = field(default=(), repr=False)
    terms: Sequence[tuple[str, ...]] = field(default=(), repr=False)
    """The index terms of each passage."""
    facts: Sequence[Fact] = ()
    told: Sequence[str] = field(default=(), repr=False)
    mentions: Sequence[Mention] = field(default=(), repr=False)
    importance: float = 0.0

    @property
    def texts(self) -> list[str]:
        return [*self.passages, *self.told]


class Absorber:
    """Reads what was said. Costs one embedding a passage and one a fact; about 0.4 ms a message besides."""

    def __init__(self, embedder: Embedder, lexicon: Lexicon, spans: Spans, *, new_id: NewId) -> None:
        self._embedder, self._lexicon, self._new_id, self._spans = embedder, lexicon, new_id, spans

    async def drafts(
        self, messages: Sequence[Said], *, zone: ZoneInfo, acquainted: Acquaintance = STRANGERS
    ) -> list[tuple[Draft, ...]]:
        """The memories each message leaves, in order: none for what is empty or no speaker's own.

        First what was said, then a draft for each fact in it. Without an embedder the drafts have no vectors: they are
        found by their words until vectors are made. `zone` says when the speaker's days begin, `acquainted` who is known.
        """
        read = self._all_read(messages, zone, Company(acquainted))
        vectors = iter(await self._vectors([text for each in read for text in each.texts]))
        return [tuple(self._drafted(each, vectors)) for each in read]

    async def fact_drafts(self, facts: Sequence[Fact], *, names: Mapping[str, str]) -> list[Draft]:
        """A draft for each of these facts, which no grammar found; `names` are what each speaker is called."""
        read = _Read(facts=facts, told=[told(fact, names) for fact in facts])
        return list(self._drafted(read, iter(await self._vectors(read.texts))))

    def _all_read(self, messages: Sequence[Said], zone: ZoneInfo, company: Company) -> list[_Read]:
        """In the order of time, so that a name that one introduces is known to the next; returned in that given."""
        read: dict[int, _Read] = {}
        order = sorted(range(len(messages)), key=lambda place: (messages[place].at, place))
        for place, after in zip_longest(order, order[1:]):
            message, reply = messages[place], None if after is None else messages[after]
            mentioned = _heard(company, message)
            taken = self._read(message, zone, mentioned, company.names)
            read[place] = replace(taken, importance=_weight(message, taken, reply))
        return [read[place] for place in range(len(messages))]

    def _read(self, message: Said, zone: ZoneInfo, mentioned: Sequence[Mention], known: frozenset[str]) -> _Read:
        speaker = SPEAKERS.get(message.role)
        if speaker is None or not message.content.strip():
            return _Read()
        passages = self._embedder.passages(message.content)
        meant = _meant(mentioned, speaker)
        facts = self._facts(message, speaker, zone, known, meant) if len(passages) <= _OWN_WORDS_MAX[speaker] else []
        names: dict[str, str] = {speaker: message.name} if message.name else {}
        return _Read(
            passages=passages,
            terms=[tuple(self._lexicon.stems(passage)) for passage in passages],
            facts=facts,
            told=[told(fact, names) for fact in facts],
            mentions=[*mentioned, *_unmentioned(facts, mentioned)],
        )

    def _facts(
        self, message: Said, speaker: Speaker, zone: ZoneInfo, known: frozenset[str], meant: Mapping[int, EntityRef]
    ) -> list[Fact]:
        def spans(text: str) -> list[TimeSpan]:
            return self._spans(text, message.at, zone)

        return extract(
            message.content, speaker=speaker, name=message.name, at=message.at, spans=spans, known=known, meant=meant
        )

    async def _vectors(self, texts: Sequence[str]) -> Sequence[Any]:
        if not texts:
            return []
        try:
            return list(await self._embedder.embed(texts))
        except EmbedderUnavailable:
            return [None] * len(texts)

    def _drafted(self, read: _Read, vectors: Iterator[Any]) -> Iterator[Draft]:
        if read.passages:
            searchable = tuple(
                Passage(vector=next(vectors), terms=terms, flags=flags_of(text))
                for text, terms in zip(read.passages, read.terms, strict=True)
            )
            yield Draft(
                id=MemoryId(self._new_id()),
                kind=Kind.EPISODIC,
                text=None,
                passages=searchable,
                mentions=tuple(read.mentions),
                importance=read.importance,
            )
        for fact, text in zip(read.facts, read.told, strict=True):
            terms = tuple(self._lexicon.stems(text))
            passage = Passage(vector=next(vectors), terms=terms, flags=flags_of(text, fact=True))
            yield Draft(
                id=MemoryId(self._new_id()),
                kind=Kind.SEMANTIC,
                text=text,
                passages=(passage,),
                importance=read.importance,
                fact=fact,
                valid_from=fact.valid_from,
                valid_to=fact.valid_to,
            )


def _heard(company: Company, message: Said) -> Sequence[Mention]:
    """The mentions of a message, where it is somebody's own words."""
    speaker = SPEAKERS.get(message.role)
    if speaker is None or not message.content.strip():
        return ()
    said = Utterance(speaker=speaker, text=message.content, at=message.at)
    return company.hear(said, other=COMPANION if speaker == USER else USER)


def _weight(message: Said, read: _Read, reply: Said | None) -> float:
    """How much a message matters; the other's answer tells too, where it is known already."""
    answered = reply is not None and reply.role is not message.role and reply.at - message.at <= SESSION_GAP
    return importance(
        message.content,
        terms=chain.from_iterable(read.terms),
        facts=read.facts,
        reply=reply.content if reply and answered else None,
    )


def _meant(mentioned: Sequence[Mention], speaker: Speaker) -> dict[int, EntityRef]:
    """Whom pronouns mean, by where they begin: the speaker's own people alone, of a name only where this message says it.

    A relation tells who is a she; a name does not, and somebody of another message may have been meant.
    """
    named = {mention.ref: mention.begin for mention in reversed(mentioned) if mention.form is Form.NAME}
    return {
        mention.begin: mention.ref
        for mention in mentioned
        if mention.form is Form.PRONOUN
        and mention.ref.owner == speaker
        and (mention.ref.kinship or named.get(mention.ref, mention.begin) < mention.begin)
    }


def _unmentioned(facts: Sequence[Fact], mentioned: Sequence[Mention]) -> Iterator[Mention]:
    """Whom a fact is about is spoken of, even where no name or relation was seen apart from it."""
    keys = {mention.ref.key for mention in mentioned}
    subjects: dict[str, EntityRef] = {fact.subject.key: fact.subject for fact in facts}
    for key, subject in subjects.items():
        if (subject.name or subject.kinship) and key not in keys:
            yield Mention(ref=subject, form=Form.KINSHIP if subject.kinship else Form.NAME, begin=0, end=0)

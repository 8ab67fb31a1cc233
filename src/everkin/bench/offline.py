"""A conversation in RAM, ranked and judged by what recall ranks and judges with, without a database: seconds, not hours."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from everkin.absorb import Absorber, Said, kindred, meant
from everkin.bench.conversation import Conversation, Question
from everkin.bench.recall import Asked, Row, foreign_questions, retrieval
from everkin.exchange.observation import settle
from everkin.language import dates
from everkin.language.terms import Terms
from everkin.mind.confidence import judge
from everkin.mind.entity import Entity, EntityRef, Form, Mention, Speaker, Turn
from everkin.mind.fact import Fact
from everkin.mind.identity import MemoryId, MessageKey
from everkin.mind.matter import COMPANION, USER, Evidence, Ints, Matter, Posting
from everkin.mind.meant import Meant, fitting
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.question import Question as Understood
from everkin.mind.question import understand
from everkin.mind.ranking import Ranked, rank
from everkin.mind.registry import Registry, referred
from everkin.mind.thesaurus import thesaurus
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import Role, Utterance
from everkin.store.matters import COLUMNS, Layout, pack_entries, unpack_entries

UTC: Final = ZoneInfo("UTC")
COMPANION_NAME: Final = "bench"
SPEAKERS: Final = {Role.USER: USER, Role.ASSISTANT: COMPANION}
VOICES: Final = (Speaker("user"), Speaker("companion"))
"""Who says "I", by the number of a speaker."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """What recall would search of one bond. `sources` are the ids of the messages that each row's memory came from."""

    matter: Matter = field(repr=False)
    postings: dict[str, Posting] = field(repr=False)
    vectors: NDArray[np.float16] = field(repr=False)
    """float16[N, d], as PostgreSQL keeps them."""
    sources: Sequence[Sequence[str]] = field(repr=False)
    names: dict[int, list[str]] = field(repr=False)
    people: "Acquaintances"

    def evidence(self, question: Understood, vectors: NDArray[Any]) -> Evidence:
        postings = {term: self.postings[term] for term in question.search_terms if term in self.postings}
        dense = np.asarray(vectors, np.float32) @ self.vectors.astype(np.float32).T
        return Evidence(postings=postings, dense=dense, people=self.people.meant(question.people))

    def ids(self, ranked: Ranked) -> list[str]:
        """The messages of what was ranked, each where it first appears."""
        return list(dict.fromkeys(id for row in ranked.rows for id in self.sources[row]))


@dataclass(frozen=True, kw_only=True)
class Acquaintances:
    """Who was spoken of, each way to refer with the person it leads to, and the rows that speak of each."""

    known: Sequence[tuple[EntityRef, Entity]] = field(repr=False)
    rows: Mapping[str, Sequence[int]] = field(repr=False)
    """By key, ascending."""

    def meant(self, people: Sequence[Meant]) -> dict[Meant, Ints]:
        """As the store answers it; a pronoun means nobody where no talk goes on."""
        who = {one: fitting(one, self.known) for one in people if one.pronoun is None}
        return {
            one: np.unique([row for entity in entities for key in entity.keys for row in self.rows.get(key, ())])
            for one, entities in who.items()
            if entities
        }


def timespans(text: str, at: datetime, zone: ZoneInfo) -> list[TimeSpan]:
    return dates.find(text, at=at, zone=zone)


async def heard(conversation: Conversation, embedder: Embedder) -> Life:
    """The conversation absorbed as `observe` would absorb it, though in one go."""
    absorber = Absorber(embedder, Terms(), timespans, new_id=uuid4)
    said = [Said(role=u.role, name=u.name, content=u.content, at=u.at) for u in conversation.messages if u.at]
    drafts = await absorber.drafts(said, zone=UTC)
    told = _Told()
    told.add(map(_message, conversation.messages, drafts))
    return told.life(_called(conversation))


def _called(conversation: Conversation) -> dict[int, list[str]]:
    spoken = {SPEAKERS[u.role]: [u.name] for u in conversation.messages if u.name and u.role in SPEAKERS}
    return {USER: [], COMPANION: [COMPANION_NAME], **spoken}


def _message(utterance: Utterance, drafts: Sequence[Draft]) -> NewMessage:
    assert utterance.at is not None
    assert utterance.id is not None
    return NewMessage(
        key=MessageKey(uuid4()),
        id=utterance.id,
        role=utterance.role,
        content=utterance.content,
        name=utterance.name,
        at=utterance.at,
        drafts=tuple(drafts),
    )


class _Told:
    """Rows as the store would number them."""

    def __init__(self) -> None:
        self._standing: dict[MemoryId, Fact] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._vectors: list[Any] = []
        self._entries: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._sources: dict[MemoryId, list[str]] = {}
        self._renewed: dict[MemoryId, float] = {}
        self._successor: dict[MemoryId, int] = {}
        self._ordinal = 0
        self._registry = Registry(kindred=kindred)
        self._spoken: dict[MemoryId, set[str]] = {}

    def add(self, messages: Iterator[NewMessage]) -> None:
        for message in [settle(each, self._standing) for each in sorted(messages, key=lambda each: each.at)]:
            self._hear(message)
            for draft in message.drafts:
                self._add(message, draft)
            for memory in message.renews:
                self._sources[memory].append(message.id)
                self._renewed[memory] = max(self._renewed.get(memory, 0), message.at.timestamp())
            self._ordinal += 1

    def _hear(self, message: NewMessage) -> None:
        """Who is spoken of; the name that a message carries is its speaker's own."""
        if message.role not in SPEAKERS:
            return
        speaker, other = VOICES[SPEAKERS[message.role]], VOICES[1 - SPEAKERS[message.role]]
        mentions = [mention for draft in message.drafts for mention in draft.mentions]
        if message.name:
            own = EntityRef(owner=speaker, name=message.name)
            mentions.append(Mention(ref=own, form=Form.SELF, begin=0, end=0))
        turn = Turn(speaker=speaker, mentions=mentions, at=message.at, before=other, after=other)
        self._registry = self._registry.hear(turn)

    def _add(self, message: NewMessage, draft: Draft) -> None:
        told = [draft.fact.subject] if draft.fact else [ref for each in draft.mentions for ref in referred(each)]
        self._spoken[draft.id] = {ref.key for ref in told if ref.name or ref.kinship}
        self._sources[draft.id] = [message.id]
        for passage in draft.passages:
            row, at = len(self._rows), message.at.timestamp()
            speaker = SPEAKERS[message.role]
            self._rows.append(
                (row, self._ordinal, at, at, speaker, len(passage.terms), passage.flags, draft.importance, draft.id)
            )
            self._vectors.append(passage.vector)
            for term, count in Counter(passage.terms).items():
                self._entries[term].append((row, count))
        for older in draft.supersedes:
            self._successor[older] = len(self._rows) - 1

    def life(self, names: dict[int, list[str]]) -> Life:
        columns = np.zeros(len(self._rows), COLUMNS)
        fields = ("row", "ordinal", "at", "renewed", "speaker", "length", "flags", "salience")
        for name, values in zip(fields, zip(*self._rows, strict=True), strict=False):
            columns[name] = values
        ids = [MemoryId(row[-1]) for row in self._rows]
        columns["memory"] = [np.void(id.bytes) for id in ids]
        columns["successor"] = [self._successor.get(id, -1) for id in ids]
        columns["renewed"] = [max(at, self._renewed.get(id, 0)) for at, id in zip(columns["at"], ids, strict=True)]
        layout = Layout.of(columns)
        return Life(
            matter=layout.matter,
            postings={
                term: layout.posting(unpack_entries(pack_entries(entries))) for term, entries in self._entries.items()
            },
            vectors=np.array(self._vectors, np.float16)[layout.order],
            sources=[tuple(self._sources[ids[row]]) for row in layout.order],
            names=names,
            people=self._acquainted([ids[row] for row in layout.order]),
        )

    def _acquainted(self, ids: Sequence[MemoryId]) -> Acquaintances:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, id in enumerate(ids):
            for key in self._spoken[id]:
                rows[key].append(row)
        others = [(known.ref, self._registry.of[key]) for key, known in self._registry.known.items()]
        return Acquaintances(known=[(ref, entity) for ref, entity in others if entity.speaker is None], rows=rows)


@dataclass(frozen=True, kw_only=True)
class Put:
    """A question put to a life, with all that ranking it needs, so that it can be ranked again and again."""

    question: Question
    understood: Understood
    evidence: Evidence = field(repr=False)
    foreign: bool


async def put(
    life: Life, conversation: Conversation, others: Sequence[Conversation], asked: Asked, embedder: Embedder, rng: Any
) -> list[Put]:
    """Every question of the conversation, then as many foreign ones as asked for: those that `ask` would put to it."""
    foreign = foreign_questions(conversation, others, asked.foreign, rng)
    return [
        *[await _put(life, question, embedder, foreign=False) for question in conversation.questions],
        *[await _put(life, question, embedder, foreign=True) for question in foreign],
    ]


async def _put(life: Life, question: Question, embedder: Embedder, *, foreign: bool) -> Put:
    speakers = {name.split()[0].lower(): VOICES[which] for which, names in life.names.items() for name in names}
    understood = understand(
        question.text,
        stems=Terms().stems,
        names=life.names,
        times=timespans(question.text, question.at, UTC),
        related=thesaurus(),
        people=lambda text: meant(text, speakers),
    )
    evidence = life.evidence(understood, await embedder.embed(understood.wordings))
    return Put(question=question, understood=understood, evidence=evidence, foreign=foreign)


def answered(life: Life, put: Put, conversation: Conversation, asked: Asked) -> Row:
    """The row that `ask` would have given, without a context and without times."""
    ranked = rank(put.understood, life.matter, put.evidence, off=asked.off, limit=asked.limit)
    judged = judge(put.understood, ranked)
    got = life.ids(ranked)
    gold = () if put.foreign else put.question.evidence
    return Row(
        id=put.question.id,
        category=put.question.category,
        answerable=put.question.answerable and not put.foreign,
        foreign=put.foreign,
        verdict=judged.verdict,
        confidence=judged.confidence,
        hit=put.question.answerable and bool(set(got[:10]) & set(gold)),
        figures=retrieval(got, gold, conversation) if gold else {},
        recall_ms=0.0,
        context_ms=0.0,
    )

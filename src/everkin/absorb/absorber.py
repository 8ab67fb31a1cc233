"""From messages to drafts of memories, without a model call other than the embedder's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from everkin.absorb.facts import extract
from everkin.errors import EmbedderUnavailable
from everkin.mind.entity import COMPANION, USER, Speaker
from everkin.mind.fact import Fact, told
from everkin.mind.identity import MemoryId, NewId
from everkin.mind.matter import flags_of
from everkin.mind.memory import Kind
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.transcripts import Draft, Passage
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import Role

Spans = Callable[[str, datetime, ZoneInfo], list[TimeSpan]]
"""The time expressions of a text said at a moment in a zone."""

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
    facts: Sequence[Fact] = ()
    told: Sequence[str] = field(default=(), repr=False)

    @property
    def texts(self) -> list[str]:
        return [*self.passages, *self.told]


class Absorber:
    """Reads what was said. Costs one embedding a passage and one a fact; about 0.4 ms a message besides."""

    def __init__(self, embedder: Embedder, lexicon: Lexicon, spans: Spans, *, new_id: NewId) -> None:
        self._embedder, self._lexicon, self._new_id, self._spans = embedder, lexicon, new_id, spans

    async def drafts(self, messages: Sequence[Said], *, zone: ZoneInfo) -> list[tuple[Draft, ...]]:
        """The memories each message leaves, in order: none for what is empty or no speaker's own.

        First what was said, then a draft for each fact in it. Without an embedder the drafts have no vectors: they are
        found by their words until vectors are made. `zone` says when the speaker's days begin.
        """
        read = [self._read(message, zone) for message in messages]
        vectors = iter(await self._vectors([text for each in read for text in each.texts]))
        return [tuple(self._drafted(each, vectors)) for each in read]

    async def fact_drafts(self, facts: Sequence[Fact], *, names: Mapping[str, str]) -> list[Draft]:
        """A draft for each of these facts, which no grammar found; `names` are what each speaker is called."""
        read = _Read(facts=facts, told=[told(fact, names) for fact in facts])
        return list(self._drafted(read, iter(await self._vectors(read.texts))))

    def _read(self, message: Said, zone: ZoneInfo) -> _Read:
        speaker = SPEAKERS.get(message.role)
        if speaker is None or not message.content.strip():
            return _Read()
        passages = self._embedder.passages(message.content)
        facts = self._facts(message, speaker, zone) if len(passages) == 1 else []
        names: dict[str, str] = {speaker: message.name} if message.name else {}
        return _Read(passages=passages, facts=facts, told=[told(fact, names) for fact in facts])

    def _facts(self, message: Said, speaker: Speaker, zone: ZoneInfo) -> list[Fact]:
        def spans(text: str) -> list[TimeSpan]:
            return self._spans(text, message.at, zone)

        return extract(message.content, speaker=speaker, name=message.name, at=message.at, spans=spans)

    async def _vectors(self, texts: Sequence[str]) -> Sequence[Any]:
        if not texts:
            return []
        try:
            return list(await self._embedder.embed(texts))
        except EmbedderUnavailable:
            return [None] * len(texts)

    def _drafted(self, read: _Read, vectors: Iterator[Any]) -> Iterator[Draft]:
        if read.passages:
            searchable = tuple(self._passage(text, next(vectors)) for text in read.passages)
            yield Draft(id=MemoryId(self._new_id()), kind=Kind.EPISODIC, text=None, passages=searchable)
        for fact, text in zip(read.facts, read.told, strict=True):
            passage = self._passage(text, next(vectors), fact=True)
            yield Draft(
                id=MemoryId(self._new_id()),
                kind=Kind.SEMANTIC,
                text=text,
                passages=(passage,),
                fact=fact,
                valid_from=fact.valid_from,
                valid_to=fact.valid_to,
            )

    def _passage(self, text: str, vector: Any, *, fact: bool = False) -> Passage:
        return Passage(vector=vector, terms=tuple(self._lexicon.stems(text)), flags=flags_of(text, fact=fact))

"""From messages to drafts of memories, without a model call other than the embedder's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from everkin.errors import EmbedderUnavailable
from everkin.mind.identity import MemoryId, NewId
from everkin.mind.matter import flags_of
from everkin.mind.memory import Kind
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.transcripts import Draft, Passage
from everkin.mind.transcript import Role

_SPEAKERS = (Role.USER, Role.ASSISTANT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One message to be remembered from."""

    role: Role
    name: str | None = field(repr=False)
    content: str = field(repr=False)


class Absorber:
    """Reads what was said. Costs one embedding a passage; about 0.2 ms a message besides."""

    def __init__(self, embedder: Embedder, lexicon: Lexicon, *, new_id: NewId) -> None:
        self._embedder, self._lexicon, self._new_id = embedder, lexicon, new_id

    async def drafts(self, messages: Sequence[Said]) -> list[tuple[Draft, ...]]:
        """The memories each message leaves, in order: none for what is empty or no speaker's own.

        Without an embedder the drafts have no vectors: they are found by their words until vectors are made.
        """
        cut = [self._passages(message) for message in messages]
        texts = [passage for passages in cut for passage in passages]
        vectors = iter(await self._vectors(texts))
        return [tuple(self._episode(passages, [next(vectors) for _ in passages])) for passages in cut]

    def _passages(self, message: Said) -> list[str]:
        if message.role not in _SPEAKERS or not message.content.strip():
            return []
        return self._embedder.passages(message.content)

    async def _vectors(self, texts: Sequence[str]) -> Sequence[Any]:
        if not texts:
            return []
        try:
            return list(await self._embedder.embed(texts))
        except EmbedderUnavailable:
            return [None] * len(texts)

    def _episode(self, passages: Sequence[str], vectors: Sequence[Any]) -> list[Draft]:
        if not passages:
            return []
        searchable = tuple(
            Passage(vector=vector, terms=tuple(self._lexicon.stems(passage)), flags=flags_of(passage))
            for passage, vector in zip(passages, vectors, strict=True)
        )
        return [Draft(id=MemoryId(self._new_id()), kind=Kind.EPISODIC, text=None, passages=searchable)]

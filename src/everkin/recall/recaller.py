"""Gather, rank, judge: the three steps of one recall."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from everkin.errors import EmbedderUnavailable
from everkin.mind.confidence import Judgement, judge
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import COMPANION, USER
from everkin.mind.memory import Memory, Recalled, Recollection
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.memories import Gathered, Matters, Memories, Probe
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.question import Question, understand
from everkin.mind.ranking import RANKED_MAX, Ranked, rank
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import Role

Times = Callable[[str, datetime, ZoneInfo], Sequence[TimeSpan]]
"""The time expressions of a text, as they are meant at a moment in a zone."""

QUESTION_CHARACTERS: Final = 4000
"""A longer question is searched for by its first and last half of this; what is asked stands at one of the ends."""
ALIKE: Final = 0.35
"""Dot product of unit vectors from which on a search takes a memory to mean the same; unrelated chat is below 0.3."""
_BONDS: Final = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What recall reads with, handed in by the composition root."""

    matters: Matters
    memories: Memories
    transcripts: Transcripts
    embedder: Embedder
    lexicon: Lexicon
    times: Times
    related: Callable[[str], Sequence[tuple[str, float]]] | None = None


class Recaller:
    """Answers questions about one bond at a time. One embedding, one read of the bond's matter, one read of memories."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._names: OrderedDict[BondId, tuple[int, dict[Role, str]]] = OrderedDict()

    async def recall(
        self,
        user: UserId,
        bond: BondId,
        question: str,
        *,
        at: datetime,
        limit: int,
        zone: ZoneInfo,
        companion: str,
        explain: bool = False,
        off: frozenset[str] = frozenset(),
    ) -> Recalled:
        """Best first, at most `limit`. If nothing clears the floor the verdict is `nothing`.

        With the embedder down it goes on with words alone, and says so in `degraded`.
        """
        text = _shortened(question)
        names = await self._names_of(user, bond, companion)
        asked = self._understood(text, names, at, zone)
        vectors = await self._vectors(asked.wordings)
        gathered = await self._tools.matters.gather(user, bond, Probe(vectors=vectors, stems=asked.search_terms))
        ranked = rank(asked, gathered.matter, gathered.evidence, off=off, limit=max(limit, 50))
        judged = judge(asked, ranked)
        recollections = await self._opened(user, gathered, ranked, judged, limit, explain)
        self._notice(bond, gathered.epoch)
        return Recalled(
            verdict=judged.verdict,
            confidence=judged.confidence,
            recollections=recollections,
            parts=max(1, len(asked.parts)),
            why=judged.reasons,
            degraded=() if vectors is not None else ("vectors",),
            explanation=_explained(asked, gathered) if explain else None,
        )

    async def search(
        self, user: UserId, bond: BondId, text: str, *, at: datetime, limit: int, zone: ZoneInfo, companion: str
    ) -> list[Memory]:
        """What shares a word or the meaning with a text, nearest first, unjudged: nothing of the bond is too old for it."""
        asked = self._understood(_shortened(text), await self._names_of(user, bond, companion), at, zone)
        vectors = await self._vectors([asked.wording or text])
        gathered = await self._tools.matters.gather(user, bond, Probe(vectors=vectors, stems=asked.terms))
        ranked = rank(asked, gathered.matter, gathered.evidence, limit=RANKED_MAX)
        hits = [row for row in ranked.rows if _is_hit(gathered, int(row))][:limit]
        self._notice(bond, gathered.epoch)
        ids = list(dict.fromkeys(MemoryId(id) for id in gathered.memories(hits)))
        memories = await self._tools.memories.get(user, ids)
        return [memories[id] for id in ids if id in memories]

    def _understood(self, text: str, names: Mapping[Role, str], at: datetime, zone: ZoneInfo) -> Question:
        return understand(
            text,
            stems=self._tools.lexicon.stems,
            names={
                USER: [names[Role.USER]] if Role.USER in names else [],
                COMPANION: [names[Role.ASSISTANT]] if Role.ASSISTANT in names else [],
            },
            times=self._tools.times(text, at, zone),
            related=self._tools.related,
        )

    async def _vectors(self, texts: Sequence[str]) -> NDArray[Any] | None:
        try:
            return await self._tools.embedder.embed(texts)
        except EmbedderUnavailable:
            return None

    async def _names_of(self, user: UserId, bond: BondId, companion: str) -> dict[Role, str]:
        """What the two were called last; read again after the bond has changed."""
        held = self._names.get(bond)
        if held is None:
            spoken = await self._tools.transcripts.speakers(user, bond)
            held = self._names[bond] = (0, {Role.ASSISTANT: companion, **spoken})
            while len(self._names) > _BONDS:
                self._names.popitem(last=False)
        return held[1]

    def _notice(self, bond: BondId, epoch: int) -> None:
        read_at, names = self._names[bond]
        if read_at == 0:
            self._names[bond] = (epoch, names)
        elif read_at != epoch:
            del self._names[bond]

    async def _opened(
        self, user: UserId, gathered: Gathered, ranked: Ranked, judged: Judgement, limit: int, explain: bool
    ) -> tuple[Recollection, ...]:
        rows = ranked.rows[:limit]
        ids = [MemoryId(id) for id in gathered.memories(rows)]
        memories = await self._tools.memories.get(user, ids)
        top = float(ranked.scores[0]) if len(rows) else 1.0
        return tuple(
            Recollection(
                memory=memories[id],
                score=float(ranked.scores[place]),
                confidence=round(judged.confidence * min(1.0, max(0.0, float(ranked.scores[place]) / (top or 1.0))), 4),
                why=_why(ranked, place),
                excerpt=self._excerpt(gathered, int(row), memories[id]),
                features={name: round(float(values[place]), 4) for name, values in ranked.features.items()}
                if explain
                else None,
            )
            for place, (row, id) in enumerate(zip(rows, ids, strict=True))
            if id in memories
        )

    def _excerpt(self, gathered: Gathered, row: int, memory: Memory) -> str | None:
        """The passage a row stands for, where its memory has several."""
        passages = self._tools.embedder.passages(memory.text)
        if len(passages) < 2:
            return None
        mine = np.flatnonzero(gathered.ids == gathered.ids[row])
        position = int(np.searchsorted(np.sort(gathered.matter.memory[mine]), gathered.matter.memory[row]))
        return passages[min(position, len(passages) - 1)]


def _is_hit(gathered: Gathered, row: int) -> bool:
    dense = gathered.evidence.dense
    if len(dense) and dense[0][row] >= ALIKE:
        return True
    return any((posting.rows == row).any() for posting in gathered.evidence.postings.values())


def _shortened(question: str) -> str:
    if len(question) <= QUESTION_CHARACTERS:
        return question
    half = QUESTION_CHARACTERS // 2
    return f"{question[:half]}\n{question[-half:]}"


def _why(ranked: Ranked, place: int) -> tuple[str, ...]:
    """The three features that speak for it most, by name."""
    strongest = sorted(ranked.features, key=lambda name: -float(ranked.features[name][place]))
    return tuple(name for name in strongest[:3] if float(ranked.features[name][place]) > 0)


def _explained(asked: Question, gathered: Gathered) -> dict[str, Any]:
    return {
        "kind": asked.kind.value,
        "about": asked.about,
        "spans": list(asked.spans),
        "parts": len(asked.parts),
        "terms": len(asked.terms),
        "terms_known": len(gathered.evidence.postings),
        "rows": len(gathered.matter),
    }

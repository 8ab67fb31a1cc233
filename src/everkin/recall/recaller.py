"""Gather, rank, judge: the three steps of one recall."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from everkin.errors import EmbedderUnavailable
from everkin.mind import entity
from everkin.mind.confidence import Judgement, judge
from everkin.mind.entity import Speaker
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import COMPANION, USER, Bools, Ints
from everkin.mind.meant import Meant
from everkin.mind.memory import Memory, Recalled, Recollection, Verdict
from everkin.mind.ports.embedder import Embedder
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.memories import Gathered, Matters, Memories, Probe
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.question import Question, understand
from everkin.mind.ranking import RANKED_MAX, Ranked, rank
from everkin.mind.timespan import TimeSpan
from everkin.mind.transcript import Role
from everkin.mind.worth import Purpose, comes_up
from everkin.recall.counting import counts_from, dated
from everkin.recall.explaining import explained
from everkin.recall.filling import TOKENS_A_LINE, enough, promising
from everkin.recall.sharing import joined
from everkin.recall.succession import NO_LONGER_SO, Spans, as_of, heirs, no_longer_so, settled
from everkin.recall.weeks import Weeks
from everkin.recall.whose import AboutWhom, judged_without, surer_no_more, told_of_others

Times = Callable[[str, datetime, ZoneInfo], Sequence[TimeSpan]]
"""The time expressions of a text, as they are meant at a moment in a zone."""

People = Callable[[str, Mapping[str, Speaker]], Sequence[Meant]]
"""Whom a text speaks of, among people whose names (lower case) are those of who talks."""

SPEAKERS: Final = {Role.USER: entity.USER, Role.ASSISTANT: entity.COMPANION}
QUESTION_CHARACTERS: Final = 4000
"""A longer question is searched for by its first and last half of this; what is asked stands at one of the ends."""
SHARED: Final = "shared by another companion of theirs"
"""Said of a fact that was told elsewhere; its messages stay there."""
ALIKE: Final = 0.35
"""Dot product of unit vectors from which on a search takes a memory to mean the same; unrelated chat is below 0.3."""
TELLS: Final = "tells most of that time"
TOO_EARLY: Final = "nothing had been said by then"
EARLY: Final = timedelta(days=1)
"""How long before the first message a question may be asked: clocks differ, and a day is often meant by its midnight."""
_BONDS: Final = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What recall reads with, handed in by the composition root."""

    matters: Matters
    """All tiers, for what is asked."""
    salient: Matters
    """What is at hand, for what nobody asks for."""
    memories: Memories
    transcripts: Transcripts
    embedder: Embedder
    lexicon: Lexicon
    times: Times
    weeks: Weeks | None = None
    """What tells most of a time, for questions about nothing else."""
    subjects: AboutWhom | None = None
    """Of whom a text speaks; None: the judge does not look at that."""
    related: Callable[[str], Sequence[tuple[str, float]]] | None = None
    people: People | None = None
    """Whom a text of the user's speaks of."""


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
        fill: int | None = None,
        purpose: Purpose = Purpose.ANSWER,
    ) -> Recalled:
        """Best first, at most `limit`. If nothing clears the floor the verdict is `nothing`.

        With `fill`, no more is opened than a context of so many tokens could hold: all facts, and of what was said what
        is worth most for its length. With the embedder down it goes on with words alone, and says so in `degraded`.
        Where no word is asked, nothing is found.
        """
        if not question.strip():
            return Recalled(verdict=Verdict.NOTHING, confidence=0.0, recollections=())
        text = _shortened(question)
        names = await self._names_of(user, bond, companion)
        asked = self._understood(text, names, at, zone)
        vectors = await self._vectors(asked.wordings)
        counted = counts_from(text, asked, self._tools.lexicon.stems)
        stems = (*asked.search_terms, *(counted.terms if counted else ()))
        probe = Probe(vectors=vectors, stems=tuple(dict.fromkeys(stems)), people=asked.search_people, at=at)
        fits = _fits(purpose, asked, at)
        matters = self._tools.matters if fits.asked else self._tools.salient
        own, shared = await asyncio.gather(matters.gather(user, bond, probe), self._tools.memories.shared(user, bond))
        gathered = joined(own, await self._shared(user, shared, probe))
        if counted:
            its, times = self._tools.memories, self._tools.times
            asked = await dated(asked, counted, its, gathered, (user, bond), times=times, at=at, zone=zone)
            fits = replace(fits, spans=asked.spans)
        ranked = rank(asked, gathered.matter, gathered.evidence, off=off, limit=max(limit, 50))
        judged = judge(asked, ranked)
        if await self._is_too_early(user, bond, gathered, at):
            return Recalled(verdict=Verdict.NOTHING, confidence=0.0, recollections=(), why=(TOO_EARLY,))
        recollections = await self._opened(user, bond, gathered, ranked, judged, limit, fill, explain, fits)
        judged, recollections = self._of_whom(text, asked, names, gathered, judged, recollections, off)
        self._notice(bond, own.as_of.epoch)
        told = await self._of_that_time(user, bond, asked, judged, limit) if fits.asked else []
        recollections = [*told, *(each for each in recollections if each.memory.id not in {t.memory.id for t in told})]
        degraded = (*gathered.degraded, *(() if vectors is not None else ("vectors",)))
        return Recalled(
            verdict=Verdict.WEAK if told and judged.verdict is Verdict.NOTHING else judged.verdict,
            confidence=judged.confidence,
            recollections=tuple(recollections[:limit]),
            asked=fits.asked,
            parts=max(1, len(asked.parts)),
            why=judged.reasons,
            degraded=degraded,
            explanation=explained(asked, gathered, ranked, recollections, off, degraded, limit) if explain else None,
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
        self._notice(bond, gathered.as_of.epoch)
        ids = list(dict.fromkeys(MemoryId(id) for id in gathered.memories(hits)))
        memories = await self._tools.memories.get(user, ids)
        return [memories[id] for id in ids if id in memories]

    async def _shared(
        self, user: UserId, shared: Mapping[BondId, frozenset[MemoryId]], probe: Probe
    ) -> list[tuple[Gathered, frozenset[MemoryId]]]:
        """The facts that the user's other bonds share with this one, among what they hold."""
        return [(await self._tools.matters.gather(user, other, probe), ids) for other, ids in shared.items()]

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
            people=self._people(names),
            at=at.timestamp(),
        )

    def _people(self, names: Mapping[Role, str]) -> Callable[[str], Sequence[Meant]] | None:
        read = self._tools.people
        speakers = {name.split()[0].lower(): SPEAKERS[role] for role, name in names.items() if name.strip()}
        return (lambda text: read(text, speakers)) if read else None

    async def _is_too_early(self, user: UserId, bond: BondId, gathered: Gathered, at: datetime) -> bool:
        """Whether the question is asked as of a time from before anything was said. Costs a read only where it seems so."""
        until = at + EARLY
        if not len(gathered.matter) or float(gathered.matter.at.min()) <= until.timestamp():
            return False
        return not await self._tools.memories.timeline(user, bond, start=None, end=until, limit=1)

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
        if bond not in self._names:  # another recall of the same bond saw it change first
            return
        read_at, names = self._names[bond]
        if read_at == 0:
            self._names[bond] = (epoch, names)
        elif read_at != epoch:
            del self._names[bond]

    async def _opened(
        self,
        user: UserId,
        bond: BondId,
        gathered: Gathered,
        ranked: Ranked,
        judged: Judgement,
        limit: int,
        fill: int | None,
        explain: bool,
        fits: "_Fits",
    ) -> list[Recollection]:
        ids = [MemoryId(id) for id in gathered.memories(ranked.rows[:limit])]
        memories = (
            await self._tools.memories.opened(user, bond, ids, gathered.as_of)
            if fill is None
            else await self._filling(user, bond, ids, gathered, ranked.rows[:limit], fill)
        )
        places = [place for place, id in enumerate(ids) if id in memories]
        why, several = _why(ranked, places), _several(gathered, ranked.rows)
        outdated = no_longer_so(gathered.matter, ranked.rows)
        found = [
            self._recollection(
                bond, gathered, ranked, place, memories[ids[place]], judged, reasons, bool(several[place]), explain
            )
            for place, reasons in zip(places, _marked(why, outdated[places]), strict=True)
            if memories[ids[place]].repeats not in memories
            and fits.told(
                memories[ids[place]], gathered, int(ranked.rows[place]), in_vain=judged.verdict is Verdict.NOTHING
            )
        ]
        later = await self._later(user, gathered, memories)
        instead = {} if fits.spans else heirs(gathered.matter, ranked.rows[:limit], ranked.scores)
        order = settled(
            found,
            {id: _unranked(memory, judged) for id, memory in later.items()},
            {ids[old]: ids[new] for old, new in instead.items()},
        )
        return as_of(order, fits.spans)

    def _of_whom(
        self,
        text: str,
        asked: Question,
        names: Mapping[Role, str],
        gathered: Gathered,
        judged: Judgement,
        recollections: list[Recollection],
        off: frozenset[str],
    ) -> tuple[Judgement, list[Recollection]]:
        """The subject check: what was found of a sister is no answer to a question about a brother."""
        if self._tools.subjects is None or judged.verdict is Verdict.NOTHING or asked.parts:
            return judged, recollections
        others = told_of_others(self._tools.subjects, text, names, gathered, recollections)
        if not others:
            return judged, recollections
        again = judged_without(asked, gathered, judged, others, off)
        return again, recollections if again is judged else surer_no_more(recollections, judged, again)

    async def _of_that_time(
        self, user: UserId, bond: BondId, asked: Question, judged: Judgement, limit: int
    ) -> list[Recollection]:
        """What tells most of the time that a question asks about and nothing else; such a question is like no message."""
        if not asked.of_a_time or self._tools.weeks is None:
            return []
        told = await self._tools.weeks.of(user, bond, asked.spans, limit=limit)
        return [
            Recollection(memory=memory, score=float(1 + len(told) - place), confidence=judged.confidence, why=(TELLS,))
            for place, memory in enumerate(told)
        ]

    async def _filling(
        self, user: UserId, bond: BondId, ids: Sequence[MemoryId], gathered: Gathered, rows: Ints, fill: int
    ) -> dict[MemoryId, Memory]:
        """Batch after batch, until their words fill so many tokens."""
        opened: dict[MemoryId, Memory] = {}
        waiting, left = promising(gathered.matter, rows), float(fill)
        while waiting and left > 0:
            batch = enough(waiting, left)
            waiting = waiting[len(batch) :]
            found = await self._tools.memories.opened(user, bond, [ids[place] for place, _ in batch], gathered.as_of)
            left -= sum(TOKENS_A_LINE + len(memory.text.encode(errors="replace")) / 4 for memory in found.values())
            opened |= found
        return opened

    async def _later(
        self, user: UserId, gathered: Gathered, known: Mapping[MemoryId, Memory]
    ) -> dict[MemoryId, Memory]:
        """What superseded some of these and is not among them, step by step, as far as this bond still remembers it."""
        later: dict[MemoryId, Memory] = {}
        wanted = _superseding(known.values()) - known.keys()
        while wanted:
            live = [id for id in wanted if (gathered.ids == np.void(id.bytes)).any()]
            opened = await self._tools.memories.get(user, live)
            later |= opened
            wanted = _superseding(opened.values()) - known.keys() - later.keys()
        return later

    def _recollection(
        self,
        bond: BondId,
        gathered: Gathered,
        ranked: Ranked,
        place: int,
        memory: Memory,
        judged: Judgement,
        reasons: tuple[str, ...],
        is_part: bool,
        explain: bool,
    ) -> Recollection:
        score, top = float(ranked.scores[place]), float(ranked.scores[0]) or 1.0
        foreign = memory.bond != bond
        return Recollection(
            memory=replace(memory, message_ids=()) if foreign else memory,
            score=score,
            confidence=round(judged.confidence * min(1.0, max(0.0, score / top)), 4),
            why=(SHARED, *reasons) if foreign else reasons,
            excerpt=self._excerpt(gathered, int(ranked.rows[place]), memory) if is_part else None,
            features={name: round(float(values[place]), 4) for name, values in ranked.features.items()}
            if explain
            else None,
        )

    def _excerpt(self, gathered: Gathered, row: int, memory: Memory) -> str:
        """The passage a row stands for, of a memory that has several."""
        mine = np.flatnonzero(gathered.ids == gathered.ids[row])
        passages = self._tools.embedder.passages(memory.text)
        position = int(np.searchsorted(np.sort(gathered.matter.memory[mine]), gathered.matter.memory[row]))
        return passages[min(position, len(passages) - 1)]


def _several(gathered: Gathered, rows: Ints) -> Bools:
    """Whether the memory of each row has more of them; they stand beside each other, so this looks no further."""
    ids, last = gathered.ids, len(gathered.ids) - 1
    before = (rows > 0) & (ids[np.maximum(rows - 1, 0)] == ids[rows])
    return np.asarray(before | ((rows < last) & (ids[np.minimum(rows + 1, last)] == ids[rows])))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fits:
    """What may be told of what was found; all of it, unless a context is being filled."""

    purpose: Purpose
    asked: bool
    at: datetime
    spans: Spans = ()
    """The times that are asked about."""

    def told(self, memory: Memory, gathered: Gathered, row: int, *, in_vain: bool) -> bool:
        if self.purpose is Purpose.ANSWER or (self.asked and not in_vain):
            return True
        return comes_up(memory, self.at) or (self.asked and _is_hit(gathered, row))


def _fits(purpose: Purpose, asked: Question, at: datetime) -> _Fits:
    wanted = purpose is Purpose.ANSWER or (purpose is Purpose.CONTEXT and asked.asks)
    return _Fits(purpose=purpose, asked=wanted, at=at, spans=asked.spans)


def _marked(why: Sequence[tuple[str, ...]], outdated: Bools) -> list[tuple[str, ...]]:
    return [(NO_LONGER_SO, *reasons) if old else reasons for reasons, old in zip(why, outdated, strict=True)]


def _unranked(memory: Memory, judged: Judgement) -> Recollection:
    return Recollection(memory=memory, score=0.0, confidence=judged.confidence, why=())


def _superseding(memories: Iterable[Memory]) -> set[MemoryId]:
    return {memory.superseded_by for memory in memories if memory.superseded_by is not None}


def _is_hit(gathered: Gathered, row: int) -> bool:
    dense = gathered.evidence.dense
    if len(dense) and dense[0][row] >= ALIKE:
        return True
    spoken = (posting.rows for posting in gathered.evidence.postings.values())
    return any((rows == row).any() for rows in (*spoken, *gathered.evidence.people.values()))


def _shortened(question: str) -> str:
    if len(question) <= QUESTION_CHARACTERS:
        return question
    half = QUESTION_CHARACTERS // 2
    return f"{question[:half]}\n{question[-half:]}"


def _why(ranked: Ranked, places: Sequence[int]) -> list[tuple[str, ...]]:
    """The three features that speak for each of these most, by name."""
    if not places:
        return []
    names = list(ranked.features)
    values = np.stack([ranked.features[name][places] for name in names])
    strongest = np.argsort(-values, axis=0, kind="stable")[:3].T
    return [
        tuple(names[feature] for feature in three if values[feature, column] > 0)
        for column, three in enumerate(strongest.tolist())
    ]

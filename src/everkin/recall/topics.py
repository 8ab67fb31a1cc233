"""What two people talk about: topics with their size, their time and a few words, worked out from what is at hand when asked.

Nothing of it is stored or held, so nothing of it can outlive what it was made from.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np

from everkin.errors import NotFound
from everkin.mind.identity import BondId, MemoryId, UserId
from everkin.mind.matter import Ints
from everkin.mind.memory import Memory
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.ports.memories import Matters, Memories, Probe
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.ports.vectors import Spread, Spreads
from everkin.mind.tier import Tier
from everkin.mind.topics import TELLING, Topic, gathered, telling_words

NAMED_MAX: Final = 48
"""So many of the largest clusters are given words; the rest is too small to show."""
LOOKED_AT: Final = 24
"""Messages of each that are opened for its words, the most central ones."""
SHOWN: Final = 3
_READ_MAX: Final = 2000
_WORD: Final = re.compile(r"[^\W\d_][\w'-]+")
_SMALL_TALK: Final = (
    "agree always amazing anything appreciate awesome believe best better big bye care chat congrats congratulations "
    "cool day definitely effort excited exciting feel feeling felt fun get give glad going gonna good got great guess "
    "haha happened happy hard hear help hey hope inspiring keep kinda know lately let little lol look lot love maybe "
    "mean means month motivated need never new nice okay people photo pic picture pretty proud really recently share "
    "soon sorry step super support sure take talk tell thanks thing time today together tomorrow totally tough try "
    "trying wait want way week weekend work worries wow yeah year yesterday"
)
"""Words of any talk; no topic is called by them, where there are others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    """A cluster with its words; `rows` are those of the matter, the most central first."""

    words: tuple[str, ...] = field(repr=False)
    rows: Ints


class Subjects:
    """Reads what a bond talks about. Costs about 40 µs a message and 50 ms for the words; done in a thread of its own."""

    def __init__(
        self, spreads: Spreads, matters: Matters, memories: Memories, transcripts: Transcripts, lexicon: Lexicon
    ) -> None:
        self._spreads, self._matters, self._memories = spreads, matters, memories
        self._transcripts, self._lexicon = transcripts, lexicon

    async def topics(self, user: UserId, bond: BondId, *, limit: int) -> list[Topic]:
        """The largest first; of a bond with too little said, none."""
        spread = await self._spreads.spread(user, bond)
        named = (await self._named(user, bond, spread))[:limit]
        return [topic for each in named if (topic := await self._topic(user, spread, each, shown=SHOWN))]

    async def of(self, user: UserId, bond: BondId, memory: MemoryId, *, limit: int) -> Topic:
        """The topic that a memory belongs to, with the last `limit` of its messages, newest first. Raises NotFound."""
        spread = await self._spreads.spread(user, bond)
        for each in await self._named(user, bond, spread):
            if memory in spread.memories(each.rows):
                last = np.sort(each.rows)[::-1]
                topic = await self._topic(user, spread, _Named(words=each.words, rows=last), shown=limit)
                if topic:
                    return topic
        raise NotFound("There is no topic of that memory.", next="List the topics to see which there are.")

    async def _topic(self, user: UserId, spread: Spread, named: _Named, *, shown: int) -> Topic | None:
        ids = spread.memories(named.rows[: shown + LOOKED_AT])
        memories = await self._open(user, ids)
        if not memories:
            return None
        at = spread.matter.at[named.rows]
        return Topic(
            words=named.words,
            messages=len(named.rows),
            first_at=datetime.fromtimestamp(float(at.min()), UTC),
            last_at=datetime.fromtimestamp(float(at.max()), UTC),
            memories=tuple(memories[:shown]),
        )

    async def _named(self, user: UserId, bond: BondId, spread: Spread) -> list[_Named]:
        """The clusters that words tell apart, the largest first; two with two words in common are one."""
        clusters = (await asyncio.to_thread(gathered, spread.matter, spread.vectors))[:NAMED_MAX]
        said = [
            [
                _Said(memory.text, self._lexicon)
                for memory in await self._open(user, spread.memories(each.rows[:LOOKED_AT]))
            ]
            for each in clusters
        ]
        common = {stem for each in said for stem, count in _counted(each).items() if count > 2}
        found = await self._matters.gather(user, bond, Probe(vectors=None, stems=tuple(sorted(common))))
        frequency = {stem: len(posting.rows) for stem, posting in found.evidence.postings.items()}
        apart_from = await self._no_names(user, bond)
        named: list[_Named] = []
        for cluster, texts in zip(clusters, said, strict=True):
            telling = telling_words(
                [each.stems for each in texts], frequency, spread.matter.layout.messages, apart_from=apart_from
            )
            if len(telling) > 1 and telling[0][1] >= TELLING:
                _add(named, _Named(words=tuple(_spelt(texts, [stem for stem, _ in telling])), rows=cluster.rows))
        return sorted(named, key=lambda each: -len(each.rows))

    async def _open(self, user: UserId, ids: Sequence[MemoryId]) -> list[Memory]:
        known = await self._memories.get(user, ids)
        return [known[id] for id in ids if id in known and _may_tell(known[id])]

    async def _no_names(self, user: UserId, bond: BondId) -> frozenset[str]:
        """The stems that name no topic: small talk, and what the two are called."""
        names = (await self._transcripts.speakers(user, bond)).values()
        return frozenset(self._lexicon.stems(" ".join([_SMALL_TALK, *names])))


class _Said:
    """The stems of one message, each with the ways it was spelt."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.spelt: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for word in _WORD.findall(text[:_READ_MAX]):
            for stem in lexicon.stems(word):
                self.spelt[stem][word.casefold()] += 1

    @property
    def stems(self) -> Collection[str]:
        return self.spelt.keys()


def _counted(said: Iterable[_Said]) -> Counter[str]:
    return Counter(stem for each in said for stem in each.stems)


def _spelt(said: Sequence[_Said], stems: Sequence[str]) -> list[str]:
    """Each stem as it was written most often."""
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in said:
        for stem in stems:
            written[stem] += each.spelt.get(stem, Counter())
    return [min(written[stem], key=lambda word: (-written[stem][word], word)) for stem in stems]


def _add(named: list[_Named], fresh: _Named) -> None:
    for place, known in enumerate(named):
        if len({*known.words} & {*fresh.words}) > 1:
            named[place] = _Named(words=known.words, rows=np.concatenate([known.rows, fresh.rows]))
            return
    named.append(fresh)


def _may_tell(memory: Memory) -> bool:
    """What was said in need is told to nobody in passing; what is forgotten or said again tells nothing."""
    return not memory.safety and memory.tier is not Tier.FORGOTTEN and memory.repeats is None

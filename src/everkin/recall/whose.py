"""The right topic of the wrong person: what was told of somebody else than who is asked about is no answer, and the judge is
asked again without it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from everkin.mind.confidence import SOMEBODY_ELSE, Judgement, judge
from everkin.mind.entity import EntityRef
from everkin.mind.identity import MemoryId
from everkin.mind.matter import Bools, Evidence, Posting
from everkin.mind.memory import Memory, Recollection
from everkin.mind.ports.memories import Gathered
from everkin.mind.question import Question
from everkin.mind.ranking import rank
from everkin.mind.transcript import Role

LOOKED_AT = 10
"""How many of the first recollections are read for whom they are about: as many as the confidence is about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AboutWhom:
    """How it is told of whom a text speaks, and whether that can be who is asked about; handed in by the composition root."""

    spoken_of: Callable[[str, Role, Mapping[Role, str]], Sequence[EntityRef]]
    is_somebody_else: Callable[[Sequence[EntityRef], Sequence[EntityRef]], bool]


def told_of_others(
    subjects: AboutWhom,
    question: str,
    names: Mapping[Role, str],
    gathered: Gathered,
    recollections: Sequence[Recollection],
) -> set[MemoryId]:
    """Those of the first recollections that are about somebody else than the one whom the question names.

    What the registry of people knows to speak of who is meant, under whatever name, is none of them.
    """
    asked = subjects.spoken_of(question, Role.USER, names)
    if not asked:
        return set()

    def told(memory: Memory) -> Sequence[EntityRef]:
        if memory.fact is None:
            return subjects.spoken_of(memory.text, memory.role, names)
        return [memory.fact.subject] if memory.fact.subject.name or memory.fact.subject.kinship else []

    of_them = [rows for rows in gathered.evidence.people.values() if len(rows)]
    theirs = set(gathered.memories(np.concatenate(of_them))) if of_them else set()
    first = [each.memory for each in recollections[:LOOKED_AT] if each.memory.id not in theirs]
    return {memory.id for memory in first if subjects.is_somebody_else(asked, told(memory))}


def judged_without(
    asked: Question, gathered: Gathered, judged: Judgement, others: Collection[MemoryId], off: frozenset[str]
) -> Judgement:
    """The judgement as it were if nothing had been said of those others, where it is a lower one. Costs a ranking."""
    wanted = np.array([id.bytes for id in others], gathered.ids.dtype)
    theirs = np.isin(gathered.ids, wanted)
    again = judge(asked, rank(asked, gathered.matter, _without(gathered.evidence, theirs), off=off, limit=LOOKED_AT))
    if again.confidence >= judged.confidence:
        return judged
    if again.verdict is judged.verdict:
        return replace(judged, confidence=again.confidence)
    return replace(again, reasons=tuple(dict.fromkeys((SOMEBODY_ELSE, *again.reasons))))


def surer_no_more(recollections: Sequence[Recollection], before: Judgement, after: Judgement) -> list[Recollection]:
    """Recollections are as sure as the judgement they share."""
    share = after.confidence / before.confidence if before.confidence else 0.0
    return [replace(each, confidence=round(each.confidence * share, 4)) for each in recollections]


def _without(evidence: Evidence, rows: Bools) -> Evidence:
    """As if a question hit nothing in these rows."""
    dense = evidence.dense.copy()
    dense[:, rows] = 0.0
    postings = {}
    for term, posting in evidence.postings.items():
        kept = ~rows[posting.rows]
        postings[term] = Posting(rows=posting.rows[kept], count=posting.count[kept])
    return replace(evidence, dense=dense, postings=postings)

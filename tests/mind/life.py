"""Alice's months with Bob, told as lines; what recall would search, without a database and without a model."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from everkin.mind.matter import COMPANION, USER, Evidence, Matter, Posting, flags_of
from everkin.mind.question import Question, understand

DAY = 86_400.0
SMALL_WORDS = set(
    re.findall(
        r"\w+",
        "a an and are as at be been but by did do does for from had has have he her his how i in is it me my of on our "
        "she so that the their they this to was we were what when where which who why will with you your",
    )
)


def stems(text: str) -> list[str]:
    """A stemmer good enough for stories."""
    words = re.findall(r"\w+", text.lower().replace("'s", ""))
    return [word.rstrip("s") for word in words if word not in SMALL_WORDS]


def vector(text: str) -> np.ndarray:
    """A bag of hashed stems: texts that share words point the same way."""
    total = np.zeros(64, np.float32)
    for stem in stems(text):
        seed = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4], "big")
        total += np.random.default_rng(seed).standard_normal(64).astype(np.float32)
    length = float(np.linalg.norm(total))
    return total / length if length else total


@dataclass(frozen=True, kw_only=True)
class Line:
    text: str
    speaker: int = USER
    day: float = 0.0
    renewed: float | None = None
    fact: bool = False
    same_message: bool = False
    successor: int = -1
    importance: float = 0.5


@dataclass
class Life:
    lines: Sequence[Line]
    names: dict[int, list[str]] = field(default_factory=lambda: {USER: ["Alice"], COMPANION: ["Bob"]})

    @property
    def matter(self) -> Matter:
        lines = self.lines
        at = np.array([line.day * DAY + place for place, line in enumerate(lines)], np.float64)
        renewed = [t if line.renewed is None else line.renewed * DAY for t, line in zip(at, lines, strict=True)]
        message = np.cumsum([not (line.same_message or line.fact) for line in lines], dtype=np.int32) - 1
        return Matter(
            memory=np.arange(len(lines), dtype=np.int64),
            message=message.astype(np.int32),
            session=np.array([int(line.day) for line in lines], np.int32),
            at=at,
            renewed=np.array(renewed, np.float64),
            speaker=np.array([line.speaker for line in lines], np.int8),
            length=np.array([len(stems(line.text)) for line in lines], np.int32),
            flags=np.array([flags_of(line.text, fact=line.fact) for line in lines], np.uint16),
            salience=np.array([line.importance for line in lines], np.float32),
            successor=np.array([line.successor for line in lines], np.int32),
        )

    def ask(self, text: str, **more: object) -> Question:
        return understand(text, stems=stems, names=self.names, **more)

    def evidence(self, question: Question, *, vectors: bool = True, words: bool = True) -> Evidence:
        postings = {term: self._posting(term) for term in question.search_terms} if words else {}
        if not vectors:
            return Evidence(postings=postings)
        rows = np.array([vector(line.text) for line in self.lines], np.float32).reshape(len(self.lines), 64)
        asked = np.array([vector(wording) for wording in question.wordings])
        return Evidence(postings=postings, dense=(asked @ rows.T).astype(np.float32))

    def _posting(self, term: str) -> Posting:
        counts = [stems(line.text).count(term) for line in self.lines]
        rows = np.flatnonzero(counts).astype(np.int32)
        return Posting(rows=rows, count=np.array(counts, np.int32)[rows])

"""Lives to train on: LongMemEval's assistant logs rewritten as chats between two people who each tell of themselves.

Two haystacks are merged. In each of them the user becomes one of two people and the assistant the other: what the user
wrote is cut to turns of one or two sentences; in between, the other one answers with a piece of the assistant's reply,
or, as friends do, with an echo ("Oh wow, you adopted a cat! Tell me more!"). Questions are put in the third person.
So a question has a right and a wrong person, and every other life gives questions whose answers are not there.

LongMemEval is MIT-licensed; only its development part is used.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from everkin.language.dates import find
from everkin.language.terms import Terms
from everkin.mind.matter import COMPANION, USER, Evidence, Matter, Posting, flags_of
from everkin.mind.question import Question, understand
from everkin.mind.thesaurus import thesaurus

NAMES = re.findall(
    r"\w+",
    "Anna Ben Carla David Emma Frank Grace Henry Ivy Jack Kate Leo Maria Nick Olivia Paul Quinn Rose Sam Tara Uma "
    "Victor Wendy Xavier Yara Zoe Aaron Bella Chris Diana Ethan Fiona George Hannah Ian Julia Kevin Laura Martin Nora",
)
STEMS = Terms().stems
ECHO_SHARE = 0.6
DATED_SHARE = 0.25
"""Of the questions: these name the day or month they are about."""
WEEK_SECONDS, ERA_WEEKS = 7 * 86_400.0, 200
"""Each life is moved on by whole weeks, so that a foreign question means other days."""
TURN_SECONDS, APART_SECONDS = 20.0, 5 * 3600.0
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
OPENINGS = ["Oh wow,", "That's great,", "Nice!", "Really?", "Haha,", "Oh no,", "Aww,", "Cool!", "So", "Wait,", "Wow!"]
CLOSINGS = [
    "How did that go?",
    "How do you feel about it?",
    "Tell me more!",
    "I'm so happy for you.",
    "What's next?",
    "",
]
TO_SECOND = (
    (r"\bI'm\b", "you're"),
    (r"\bI've\b", "you've"),
    (r"\bI'd\b", "you'd"),
    (r"\bI'll\b", "you'll"),
    (r"\bI was\b", "you were"),
    (r"\bI am\b", "you are"),
    (r"\bI\b", "you"),
    (r"\b[Mm]y\b", "your"),
    (r"\b[Mm]e\b", "you"),
    (r"\bmyself\b", "yourself"),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question put to a life; `evidence` are the numbers of the messages that answer it, none if nothing does."""

    source: str
    """Which question of the data it was made from."""
    text: str
    at: datetime
    evidence: frozenset[int]
    names: tuple[str, str]
    """The two it was put about, in the order of the life; a question in the first person names neither."""


@dataclass
class Life:
    """One bond's matter with its vectors and postings, and what may be asked of it. `fold` keeps its sources apart."""

    fold: int
    names: tuple[str, str]
    matter: Matter
    texts: Sequence[str]
    postings: dict[str, Posting]
    asked: list[Asked] = field(default_factory=list)
    vectors: NDArray[np.float32] | None = None

    def understood(self, asked: Asked) -> Question:
        names = {USER: [self.names[0]], COMPANION: [self.names[1]]}
        times = find(asked.text, at=asked.at, zone=ZoneInfo("UTC"))
        return understand(asked.text, stems=STEMS, names=names, times=times, related=thesaurus())

    def evidence(self, question: Question, vector: NDArray[np.float32]) -> Evidence:
        assert self.vectors is not None
        postings = {term: self.postings[term] for term in question.search_terms if term in self.postings}
        return Evidence(postings=postings, dense=(self.vectors @ vector)[None].astype(np.float32))


Turn = tuple[str, str, bool]
"""Who speaks, what, and whether it answers the question."""


def load(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def folds(count: int, rng: random.Random, parts: int = 5) -> list[list[int]]:
    order = list(range(count))
    rng.shuffle(order)
    return [order[part::parts] for part in range(parts)]


def paired(haystacks: list[dict[str, Any]], *, sessions: int, rounds: int, seed: int) -> Iterator[Life]:
    """Lives of two haystacks of the same fold each, with about `sessions` sessions of either."""
    for fold, members in enumerate(folds(len(haystacks), random.Random(11))):
        rng = random.Random(seed * 1000 + fold)
        for _ in range(rounds):
            rng.shuffle(members)
            for one, other in zip(members[::2], members[1::2], strict=False):
                yield merged([haystacks[one], haystacks[other]], fold=fold, sessions=sessions, rng=rng)


def merged(haystacks: Sequence[dict[str, Any]], *, fold: int, sessions: int, rng: random.Random) -> Life:
    """One life of two people; the haystacks are told by the one and the other in turn."""
    one, other = rng.sample(NAMES, 2)
    told: list[tuple[float, int, list[Turn]]] = []
    asked: list[tuple[dict[str, Any], str, str]] = []
    for number, haystack in enumerate(haystacks):
        me, you = (one, other) if number % 2 == 0 else (other, one)
        told += [(start, number, turns) for start, turns in chats(haystack, me, you, sessions, rng)]
        asked.append((haystack["questions"][0], me, you))
    told.sort(key=lambda each: each[:2])
    turns = [(session, number, *turn) for session, (_, number, turns) in enumerate(told) for turn in turns]
    era = random.Random(f"{one} {other} {len(turns)}")
    later = WEEK_SECONDS * era.randrange(ERA_WEEKS)
    life = life_of(
        [text for _, _, _, text, _ in turns],
        speakers=[USER if who == one else COMPANION for _, _, who, _, _ in turns],
        sessions=[session for session, *_ in turns],
        at=later + clocked([start for start, _, _ in told], [len(turns) for _, _, turns in told]),
        names=(one, other),
        fold=fold,
    )
    for number, (question, me, you) in enumerate(asked):
        hits = frozenset(place for place, turn in enumerate(turns) if turn[1] == number and turn[4])
        if question["answerable"] and hits:
            ways = [in_third_person(question["text"], me, you)] + [question["text"]] * (me == one)
            at = when(question["at"]) + timedelta(seconds=later)
            told_at = datetime.fromtimestamp(life.matter.at[era.choice(sorted(hits))], UTC)
            ways = [dated(text, told_at, era) if era.random() < DATED_SHARE else text for text in ways]
            life.asked += [
                Asked(source=question["id"], text=text, at=at, evidence=hits, names=(one, other)) for text in ways
            ]
    return life


def clocked(starts: Sequence[float], lengths: Sequence[int]) -> NDArray[np.float64]:
    """When each turn was said: sessions begin when they did, or a while after the one before has ended."""
    times: list[float] = []
    for start, length in zip(starts, lengths, strict=True):
        begin = max(start, times[-1] + APART_SECONDS) if times else start
        times += [begin + TURN_SECONDS * turn for turn in range(length)]
    return np.array(times)


def dated(question: str, told_at: datetime, rng: random.Random) -> str:
    """The question with the day or month that it is about; people tell of things on the day or some days after."""
    day = told_at - timedelta(days=rng.choice((0, 0, 1, 3, 7)))
    said = f"on {day:%B} {day.day}, {day.year}" if rng.random() < 0.5 else f"in {day:%B} {day.year}"
    return f"{question.rstrip('?. ')} {said}?"


def when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def life_of(
    texts: Sequence[str],
    *,
    speakers: Sequence[int],
    sessions: Sequence[int],
    at: NDArray[np.float64],
    names: tuple[str, str],
    fold: int,
) -> Life:
    stems = [STEMS(text) for text in texts]
    postings: dict[str, dict[int, int]] = {}
    for row, terms in enumerate(stems):
        for term in terms:
            counts = postings.setdefault(term, {})
            counts[row] = counts.get(row, 0) + 1
    matter = Matter(
        memory=np.arange(len(texts)),
        message=np.arange(len(texts), dtype=np.int32),
        session=np.array(sessions, np.int32),
        at=at,
        renewed=at,
        speaker=np.array(speakers, np.int8),
        length=np.array([len(terms) for terms in stems], np.int32),
        flags=np.array([flags_of(text) for text in texts], np.uint16),
        salience=np.full(len(texts), 0.5, np.float32),
        successor=np.full(len(texts), -1, np.int32),
    )
    packed = {
        term: Posting(rows=np.array(list(counts), np.int32), count=np.array(list(counts.values()), np.int32))
        for term, counts in postings.items()
    }
    return Life(fold=fold, names=names, matter=matter, texts=texts, postings=packed)


def chats(
    haystack: dict[str, Any], me: str, you: str, sessions: int, rng: random.Random
) -> Iterator[tuple[float, list[Turn]]]:
    """The sessions with evidence and some others of a haystack, each with when it began."""
    question = haystack["questions"][0]
    by_session: dict[str, list[dict[str, Any]]] = {}
    for message in haystack["messages"]:
        by_session.setdefault(message["session"], []).append(message)
    wanted = set(question["evidence"])
    gold = [name for name, messages in by_session.items() if any(m["id"] in wanted for m in messages)]
    rest = [name for name in by_session if name not in gold]
    rng.shuffle(rest)
    for name in gold + rest[: max(0, sessions - len(gold))]:
        messages = by_session[name]
        yield when(messages[0]["at"]).timestamp(), list(turns_of(messages, question, me, you, rng))


def turns_of(
    messages: Sequence[dict[str, Any]], question: dict[str, Any], me: str, you: str, rng: random.Random
) -> Iterator[Turn]:
    """What the user wrote, piece by piece, with something of the reply or an echo after each piece."""
    wanted = set(question["evidence"])
    for place, message in enumerate(messages):
        answers = message["id"] in wanted
        if message["role"] == "user":
            pieces = cut(message["text"], rng)[:12]
            reply = messages[place + 1] if place + 1 < len(messages) else None
            spare = snippets(reply["text"], rng) if reply and reply["id"] not in wanted else []
            best = telling(pieces, question) if answers else -1
            for number, piece in enumerate(pieces):
                yield me, piece, number == best
                back = echo(piece, rng) if rng.random() < ECHO_SHARE else None
                if back or number < len(spare):
                    yield you, back or spare[number], False
        elif answers:
            pieces = cut(message["text"], rng)[:40]
            best = telling(pieces, question)
            yield from ((you, piece, number == best) for number, piece in enumerate(pieces) if abs(number - best) < 2)


def cut(text: str, rng: random.Random) -> list[str]:
    """Turns of one or two sentences, none over 45 words, scraps joined to what stands before them."""
    sentences = [clean for part in SENTENCE.split(text) if len(clean := part.strip(" -*#>")) > 1]
    turns: list[str] = []
    place = 0
    while place < len(sentences):
        count = rng.randint(1, 2)
        words = " ".join(sentences[place : place + count]).split()
        place += count
        for begin in range(0, len(words), 40):
            piece = " ".join(words[begin : begin + 40])
            if turns and len(piece.split()) < 4:
                turns[-1] += " " + piece
            else:
                turns.append(piece)
    return turns


def snippets(text: str, rng: random.Random) -> list[str]:
    """The first five pieces of 12 to 35 words of an assistant's reply."""
    words, pieces, place = re.sub(r"[#*|]+", "", text).split(), [], 0
    while place < len(words) and len(pieces) < 5:
        size = rng.randint(12, 35)
        pieces.append(" ".join(words[place : place + size]))
        place += size
    return pieces


def telling(pieces: Sequence[str], question: dict[str, Any]) -> int:
    """The piece with most of the words of question and answer, those of the answer counting half as much again."""
    answer = set(STEMS(str(question["answer"])))
    words = set(STEMS(question["text"])) | answer
    scores = [len(words & set(stems)) + 0.5 * len(answer & set(stems)) for stems in map(STEMS, pieces)]
    return int(np.argmax(scores)) if scores else -1


def echo(text: str, rng: random.Random) -> str | None:
    """What a friend says back: some of the same, in the second person."""
    sentences = [s for s in SENTENCE.split(text) if 3 < len(s.split()) < 30 and not s.rstrip().endswith("?")]
    if not sentences:
        return None
    said = rng.choice(sentences).strip().rstrip(".!")
    for first, second in TO_SECOND:
        said = re.sub(first, second, said)
    words = said.split()
    if len(words) > 14:
        begin = rng.randint(0, len(words) - 10)
        words = words[begin : begin + rng.randint(8, 14)]
    return f"{rng.choice(OPENINGS)} {' '.join(words)}{rng.choice('!.?')} {rng.choice(CLOSINGS)}".strip()


def in_third_person(question: str, me: str, you: str) -> str:
    for first, third in (
        (r"\bI'm\b", f"{me} is"),
        (r"\bI've\b", f"{me} has"),
        (r"\bI'd\b", f"{me} would"),
        (r"\b[Dd]o I\b", f"does {me}"),
        (r"\b[Hh]ave I\b", f"has {me}"),
        (r"\b[Aa]m I\b", f"is {me}"),
        (r"\bI have\b", f"{me} has"),
        (r"\bI am\b", f"{me} is"),
        (r"\b[Mm]y\b|\bmine\b", f"{me}'s"),
        (r"\b[Mm]e\b|\bmyself\b|\bI\b", me),
        (r"\b[Yy]our\b", f"{you}'s"),
        (r"\b[Yy]ou\b", you),
    ):
        question = re.sub(first, third, question)
    return question[:1].upper() + question[1:]


def about(asked: Asked, names: tuple[str, str]) -> Asked:
    """The same question about these two, or, their order turned, about the wrong one of them; nothing answers it."""
    swap = dict(zip(asked.names, names, strict=True))
    text = re.sub("|".join(rf"\b{name}\b" for name in swap), lambda name: swap[name[0]], asked.text)
    return Asked(source=asked.source, text=text, at=asked.at, evidence=frozenset(), names=names)

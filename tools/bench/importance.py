"""Whether the importance given to a message on the write path tells which messages are needed again.

    EVERKIN_EVAL=folder python tools/bench/importance.py

Reads `locomo.jsonl.gz` and `longmemeval_s.jsonl.gz` of the folder. A message counts as needed if any question's answer lies in it;
of LongMemEval the user's messages alone are looked at. Beside it stand each signal left out in turn, the message's length alone,
and novelty (1 less the highest cosine to what was said before), which the write path does not have. Writes figures, never a text.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
from report import Table, write
from vectors import KeptEmbedder

from everkin.absorb import Absorber, Said
from everkin.absorb.importance import signals
from everkin.bench import Conversation, load
from everkin.bench.figures import auroc_figure
from everkin.bench.offline import timespans
from everkin.language.terms import Terms
from everkin.mind.importance import Signals, blend
from everkin.mind.transcript import SESSION_GAP, Role, Utterance

SETS = {"locomo": (Role.USER, Role.ASSISTANT), "longmemeval_s": (Role.USER,)}
UTC = ZoneInfo("UTC")
NEUTRAL = Signals(
    rarity=0.0, first_person=False, times=0, numbers=0, names=0, past=0, asks=False, floor=0.0, moved=False
)


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """One message: whether it is needed, and what could tell."""

    needed: bool
    importance: float
    signals: Signals
    length: int
    novelty: float


async def main() -> None:
    told = arguments()
    folder = Path(
        os.environ.get("EVERKIN_EVAL") or sys.exit("Set EVERKIN_EVAL to the folder with the conversation sets.")
    )
    embedder = KeptEmbedder(told.vectors)
    tables = []
    for name, roles in SETS.items():
        weighed: list[Weighed] = []
        for conversation in load(folder / f"{name}.jsonl.gz"):
            weighed += await weigh(conversation, roles, embedder)
        tables.append(table(name, weighed))
    write("importance", "Importance of a message", "python tools/bench/importance.py", *tables)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, default=Path(tempfile.gettempdir()) / "everkin-bench-vectors.sqlite")
    return parser.parse_args()


async def weigh(conversation: Conversation, roles: Sequence[Role], embedder: KeptEmbedder) -> list[Weighed]:
    """Every message of these roles, as `observe` would weigh it with the whole conversation at hand."""
    messages = sorted((u for u in conversation.messages if u.at), key=lambda u: u.at or 0)
    absorber = Absorber(embedder, Terms(), timespans, new_id=uuid4)
    said = [Said(role=u.role, name=u.name, content=u.content, at=u.at) for u in messages if u.at]
    drafts = await absorber.drafts(said, zone=UTC)
    needed = {id for question in conversation.questions for id in question.evidence}
    vectors = np.array([each[0].passages[0].vector if each else np.zeros(embedder.dimensions) for each in drafts])
    novel = 1 - np.array([float((vectors[:n] @ vectors[n]).max(initial=0)) for n in range(len(vectors))])
    replies = [*(after for _, after in pairwise(messages)), None]
    return [
        Weighed(
            needed=message.id in needed,
            importance=each[0].importance,
            signals=signals(
                message.content,
                terms=[term for passage in each[0].passages for term in passage.terms],
                facts=[draft.fact for draft in each if draft.fact],
                reply=answer(message, reply),
            ),
            length=len(message.content),
            novelty=float(novelty),
        )
        for message, reply, each, novelty in zip(messages, replies, drafts, novel, strict=True)
        if each and message.role in roles
    ]


def answer(message: Utterance, reply: Utterance | None) -> str | None:
    if reply is None or reply.at is None or message.at is None or reply.role is message.role:
        return None
    return reply.content if reply.at - message.at <= SESSION_GAP else None


def table(name: str, weighed: Sequence[Weighed]) -> Table:
    needed = sum(each.needed for each in weighed)
    note = f"{name}: {len(weighed)} messages, {needed} of them needed. AUROC with 95 % bootstrap interval."
    return Table(head=("what tells", "AUROC"), rows=list(rows(weighed)), note=note)


def rows(weighed: Sequence[Weighed]) -> Iterator[tuple[str, str]]:
    def row(label: str, scores: Sequence[float]) -> tuple[str, str]:
        yes = [score for score, each in zip(scores, weighed, strict=True) if each.needed]
        no = [score for score, each in zip(scores, weighed, strict=True) if not each.needed]
        return label, str(auroc_figure(yes, no))

    yield row("**importance**", [each.importance for each in weighed])
    for signal, nothing in asdict(NEUTRAL).items():
        without = [blend(Signals(**{**asdict(each.signals), signal: nothing})) for each in weighed]
        yield row(f"without {signal.replace('_', ' ')}", without)
    yield row("length alone", [each.length for each in weighed])
    yield row("novelty alone", [each.novelty for each in weighed])


if __name__ == "__main__":
    asyncio.run(main())

"""The cache that knows the topic: hit rates and what a skipped retrieval would have found, latencies, topic shifts.

Replays the LoCoMo conversations of EVERKIN_EVAL turn by turn, the recorded companion speaking; beside every turn what it
would have retrieved is retrieved, to see what a turn that looked nothing up went without; and recall is asked as if the
turn were a question about the past.
"""

import argparse
import asyncio
import gzip
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from report import Table, quantile, write

from everkin import Bond, Everkin
from everkin.config.settings import Settings
from everkin.exchange.sessions import Visit
from everkin.language.embedder import LocalEmbedder
from everkin.language.terms import Terms
from everkin.mind.memory import Recalled, Verdict
from everkin.mind.session import Step
from everkin.mind.topic import HARD, SOFT, Heard, boundaries, heard, shifts
from everkin.mind.worth import Purpose
from everkin.testing.voice import ScriptedGateway

CUT = 2
"""Messages cut away at each end of a session, so that greetings and goodbyes give nothing away."""
TOPS = (1, 3, 10)
EVAL = Path(os.environ.get("EVERKIN_EVAL", "eval/data"))


def conversations(name: str) -> list[dict[str, Any]]:
    with gzip.open(EVAL / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@dataclass
class Seen:
    """What a replay showed."""

    steps: Counter[Step] = field(default_factory=Counter)
    hit_ms: list[float] = field(default_factory=list)
    answer_ms: list[float] = field(default_factory=list)
    miss_ms: list[float] = field(default_factory=list)
    found: int = 0
    lacked: Counter[int] = field(default_factory=Counter)
    lacked_asked: Counter[int] = field(default_factory=Counter)
    lacked_looked_up: Counter[int] = field(default_factory=Counter)
    wanted: int = 0
    at_hand: int = 0
    beside: Counter[str] = field(default_factory=Counter)
    """Turns that asked for what every turn needs, and those that found it there."""
    ready: Counter[str] = field(default_factory=Counter)

    @property
    def turns(self) -> int:
        return sum(self.steps.values())

    @property
    def skipped(self) -> int:
        return sum(count for step, count in self.steps.items() if step.hit)


class Watched:
    """Sessions, with an eye on each visit."""

    def __init__(self, kin: Everkin, seen: Seen) -> None:
        self._visit, self._seen = kin.sessions.visit, seen
        self.last: Visit | None = None
        self._asks = {"facts": kin.sessions.profile, "weeks": kin.sessions.weeks}
        kin.sessions.visit = self.visit  # type: ignore[method-assign]
        kin.sessions.profile = partial(self._asked, "facts")  # type: ignore[method-assign]
        kin.sessions.weeks = partial(self._asked, "weeks")  # type: ignore[method-assign]

    def leave(self, kin: Everkin) -> None:
        kin.sessions.visit = self._visit  # type: ignore[method-assign]
        kin.sessions.profile, kin.sessions.weeks = self._asks["facts"], self._asks["weeks"]  # type: ignore[method-assign]

    async def _asked(self, what: str, visit: Visit, fetch: Callable[[], Awaitable[Any]]) -> Any:
        """Whether a turn that belongs to a running session had to fetch it."""
        fetched = False

        async def fetching() -> Any:
            nonlocal fetched
            fetched = True
            return await fetch()

        found = await self._asks[what](visit, fetching)
        if visit.step is not Step.BEGUN:
            self._seen.beside[what] += 1
            self._seen.ready[what] += not fetched
        return found

    async def visit(self, *asked: Any, **how: Any) -> Visit:
        started = time.perf_counter()
        self.last = visit = await self._visit(*asked, **how)
        took = (time.perf_counter() - started) * 1e3
        (self._seen.hit_ms if visit.step.hit else self._seen.miss_ms).append(took)
        if visit.session and visit.message and visit.step.hit:
            started = time.perf_counter()
            visit.session.working.recalled(visit.message, visit.message.vector, limit=200)
            self._seen.answer_ms.append((time.perf_counter() - started) * 1e3)
        return visit


def exchanges(messages: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """What the user said, and the recorded answer to it."""
    for said, answer in pairwise(messages):
        if said["role"] == "user":
            yield said, answer["text"] if answer["role"] == "assistant" else "Mhm."


async def replayed(
    kin: Everkin, voice: dict[str, str], gateway: ScriptedGateway, talk: dict[str, Any], seen: Seen
) -> None:
    bond = await kin.bond(user=talk["id"], companion=talk["companion"].lower())
    watched = Watched(kin, seen)
    for said, answer in exchanges(talk["messages"]):
        at = datetime.fromisoformat(said["at"])
        asked = await bond.recall(said["text"], at=at, limit=max(TOPS))
        full = await retrieved(bond, said["text"], at)
        voice["says"] = answer
        await bond.reply(said["text"], at=at, id=said["id"])
        await kin.sessions.settle()
        assert watched.last is not None
        compared(seen, watched.last, full, asked, "\n".join(m.content for m in gateway.prompts[-1].messages))
    watched.leave(kin)


async def retrieved(bond: Bond, text: str, at: datetime) -> Recalled:
    """What a turn retrieves that looks it up: all that answers a question, and what may come up unasked otherwise."""
    return await bond.house.recaller.recall(
        bond.user_id,
        bond.bond_id,
        text,
        at=at,
        limit=max(TOPS),
        zone=bond.zone,
        companion=bond.persona.name,
        purpose=Purpose.CONTEXT,
    )


def compared(seen: Seen, visit: Visit, full: Recalled, asked: Recalled, prompt: str) -> None:
    """What would have been found first, against what the prompt held."""
    seen.steps[visit.step] += 1
    if visit.step.hit:
        _lacked(seen.lacked_asked, asked, prompt)
    absent = _lacked(seen.lacked if visit.step.hit else seen.lacked_looked_up, full, prompt)
    seen.found += full.verdict is Verdict.FOUND
    if visit.step.hit and visit.session and absent:
        seen.wanted += len(absent)
        seen.at_hand += sum(
            not gone or visit.session.working.knows(each.memory.id)
            for gone, each in zip(absent, full.recollections, strict=True)
        )


def _lacked(lacked: Counter[int], found: Recalled, prompt: str) -> list[bool]:
    """Counts what is `found` and not in the prompt; which of it that is."""
    if found.verdict is not Verdict.FOUND:
        return []
    absent = [(each.excerpt or each.memory.text) not in prompt for each in found.recollections]
    for top in TOPS:
        lacked[top] += any(absent[:top])
    return absent


async def replay(data: Path, limit: int) -> Seen:
    seen, voice = Seen(), {"says": ""}
    gateway = ScriptedGateway(lambda prompt: voice["says"])
    async with Everkin.open(data=data, settings=Settings(zone="UTC"), gateway=gateway) as kin:
        for talk in conversations("locomo")[:limit]:
            await replayed(kin, voice, gateway, talk, seen)
    return seen


def laid_end_to_end(talk: dict[str, Any], most: int) -> tuple[list[dict[str, Any]], set[int]]:
    """The middles of the sessions one behind another, without times, and where each begins."""
    sessions: dict[str, list[dict[str, Any]]] = {}
    for message in talk["messages"]:
        sessions.setdefault(str(message["session"]), []).append(message)
    told: list[dict[str, Any]] = []
    begins = set()
    for session in sessions.values():
        middle = session[CUT:-CUT]
        if len(middle) > CUT and len(told) < most:
            begins.add(len(told))
            told += middle
    return told, begins - {0}


async def segmented(
    embedder: LocalEmbedder, talks: list[dict[str, Any]], most: int
) -> dict[tuple[float, str], list[int]]:
    """By threshold and manner: boundaries found rightly, found, and there."""
    terms, counts = Terms(), {(least, how): [0, 0, 0] for least in (SOFT, HARD) for how in ("back", "live")}
    for talk in talks:
        told, true = laid_end_to_end(talk, most)
        vectors = await embedder.embed([message["text"] for message in told])
        listened: list[Heard] = [
            heard(message["text"], vector, terms.stems(message["text"]))
            for message, vector in zip(told, vectors, strict=True)
        ]
        values = shifts(listened)
        for (least, how), count in counts.items():
            found = set(boundaries(values, least=least) if how == "back" else _at_once(values, least))
            for place, more in enumerate((len(found & true), len(found), len(true))):
                count[place] += more
    return counts


def _at_once(values: list[float], least: float) -> list[int]:
    return [place for place, value in enumerate(values) if value >= least]


async def shift_rows(limit: int) -> list[list[object]]:
    embedder = LocalEmbedder(threads=1)
    lme = conversations("longmemeval_s")
    sets = {
        "LoCoMo": (conversations("locomo"), 10_000),
        "LongMemEval, held out": (lme[20 : 20 + limit], 250),
    }
    rows: list[list[object]] = []
    pooled: dict[tuple[float, str], list[int]] = {}
    for name, (talks, most) in sets.items():
        counts = await segmented(embedder, talks, most)
        for key, count in counts.items():
            pooled[key] = [a + b for a, b in zip(pooled.get(key, [0, 0, 0]), count, strict=True)]
        rows += [_shift_row(name, key, count) for key, count in counts.items()]
    rows += [_shift_row("both", key, count) for key, count in pooled.items()]
    await embedder.close()
    return rows


def _shift_row(name: str, key: tuple[float, str], count: list[int]) -> list[object]:
    right, found, true = count
    threshold = "soft" if key[0] == SOFT else "hard"
    manner = "looking back" if key[1] == "back" else "as it is said"
    precision, recall = right / max(1, found), right / max(1, true)
    return [
        name,
        threshold,
        manner,
        true,
        f"{precision:.2f}",
        f"{recall:.2f}",
        f"{2 * right / max(1, found + true):.3f}",
    ]


def rows_of(seen: Seen) -> list[list[object]]:
    looked_up = seen.turns - seen.skipped
    lacked = [
        [
            f"of the skipped turns, one of the first {top} that a retrieval would have `found` was not in the context",
            f"{seen.lacked[top] / seen.skipped:.1%}",
            "at most 1 %" if top == 1 else "",
        ]
        for top in TOPS
    ]
    as_questions = [
        [
            f"the same, had the turn been a question about the past, first {top} (much of it is too little to come up unasked)",
            f"{seen.lacked_asked[top] / seen.skipped:.1%}",
            "",
        ]
        for top in TOPS
    ]
    for_comparison = [
        [
            f"the same of the turns that did look it up, first {top} (no room in 4,000 tokens)",
            f"{seen.lacked_looked_up[top] / max(1, looked_up):.1%}",
            "",
        ]
        for top in TOPS
    ]
    return [
        ["turns of a user", seen.turns, ""],
        ["answered without retrieval", f"{seen.skipped / seen.turns:.1%}", "at least 60 %"],
        *[[f"- because {step.value}", f"{count / seen.turns:.1%}", ""] for step, count in seen.steps.most_common()],
        *lacked,
        *as_questions,
        *for_comparison,
        [
            "prefetch: of the first ten that recall in full finds at a skipped turn, at hand or in the context",
            f"{seen.at_hand / max(1, seen.wanted):.1%}",
            "",
        ],
        *[
            [
                f"prefetch: {what}, of the turns of running sessions, fetched before they were asked for",
                f"{seen.ready[what] / max(1, asked):.1%}",
                "",
            ]
            for what, asked in sorted(seen.beside.items())
        ],
        ["the session's answer p50 / p99", _ms(seen.answer_ms), "under 1 ms"],
        ["with the new message's vector and the user's epoch read, p50 / p99", _ms(seen.hit_ms), ""],
        ["recall in full p50 / p99", _ms(seen.miss_ms), ""],
    ]


def _ms(values: list[float]) -> str:
    return f"{quantile(values, 0.5):.2f} / {quantile(values, 0.99):.2f} ms"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--limit", type=int, default=4, help="LoCoMo conversations to replay")
    options.add_argument("--haystacks", type=int, default=12, help="LongMemEval haystacks to segment")
    told = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="everkin-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        seen = asyncio.run(replay(home / "data", told.limit))
    shift = asyncio.run(shift_rows(told.haystacks))
    write(
        "cache",
        "The cache that knows the topic",
        "python tools/bench/cache.py",
        Table(
            head=["what", "measured", "goal"],
            rows=rows_of(seen),
            note=(
                "LoCoMo replayed turn by turn, embedded PostgreSQL, contexts of 4,000 tokens. `found` is what the judge says of "
                "the message as if it were a question; most are statements."
            ),
        ),
        Table(
            head=["sessions laid end to end", "threshold", "", "boundaries", "precision", "recall", "F1"],
            rows=shift,
            note=(
                "Where a conversation turns, to the message: sessions concatenated, times hidden, two messages cut at each "
                "end. Weights come from six other LongMemEval haystacks, rounded with an eye on LoCoMo. *Looking back* a "
                "boundary is the highest shift within three messages; *as it is said* nothing later is known."
            ),
        ),
    )


if __name__ == "__main__":
    main()

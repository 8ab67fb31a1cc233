"""The embedder dies while Alice talks: what she says is kept and found by its words, everybody is told so, and later it is read."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from numpy.typing import NDArray

from everkin import Bond, Everkin
from everkin.errors import EmbedderUnavailable
from everkin.language.embedder import LocalEmbedder
from everkin.mind.memory import Verdict
from support.house import NOON, Opener
from support.serving import serving

SAID = [
    "My dog Biscuit chewed my blue canoe paddle.",
    "I live in Lisbon.",
    "My sister Nora is allergic to peanuts.",
    "Our hound trembles whenever there is thunder.",
]


class Mortal:
    """The embedder that ships, while it is `up`."""

    def __init__(self) -> None:
        self._its, self.up = LocalEmbedder(), True
        self.stamp, self.dimensions = self._its.stamp, self._its.dimensions

    def passages(self, text: str) -> list[str]:
        return self._its.passages(text)

    async def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        if not self.up:
            raise EmbedderUnavailable("Down.")
        return await self._its.embed(texts)

    async def close(self) -> None:
        await self._its.close()


@pytest.fixture
def embedder() -> Mortal:
    return Mortal()


@pytest.fixture
async def kin(opener: Opener, embedder: Mortal) -> AsyncIterator[Everkin]:
    async with opener(embedder=embedder) as opened:
        yield opened


async def told(kin: Everkin, embedder: Mortal) -> Bond:
    """Half of it before the embedder dies, half of it after."""
    bond = await kin.bond(user="alice", companion="lucy")
    said = [
        {"role": "user", "name": "Alice", "content": text, "at": NOON - timedelta(days=20 - day)}
        for day, text in enumerate(SAID)
    ]
    await bond.observe(said[:2])
    embedder.up = False
    assert (await bond.observe(said[2:])).kept == 2
    return bond


async def late(kin: Everkin) -> object:
    (job,) = [job for job in kin.jobs() if job.name == "embed_late"]
    return await job.run()


def unread(database: str) -> int:
    with psycopg.connect(database) as owner:
        row = owner.execute("SELECT count(*) FROM passages WHERE embedding IS NULL").fetchone()
    assert row is not None
    return int(row[0])


async def test_words_alone_still_find_it_and_the_answer_says_so(kin: Everkin, embedder: Mortal) -> None:
    bond = await told(kin, embedder)
    recalled = await bond.recall("What is Nora allergic to?", explain=True)
    assert recalled.recollections[0].memory.text == SAID[2]
    assert recalled.verdict is not Verdict.NOTHING
    assert recalled.degraded == ("vectors",)
    assert recalled.explanation is not None
    assert recalled.explanation["degraded"] == ["vectors"]
    assert SAID[2] in [memory.text for memory in await bond.search("peanuts")]


async def test_what_was_said_before_is_found_by_words_too(kin: Everkin, embedder: Mortal) -> None:
    bond = await told(kin, embedder)
    recalled = await bond.recall("What did Biscuit chew?")
    assert recalled.recollections[0].memory.text == SAID[0]
    assert recalled.degraded == ("vectors",)


async def test_contexts_and_replies_go_on_and_say_so(kin: Everkin, embedder: Mortal) -> None:
    bond = await told(kin, embedder)
    context = await bond.context("What is Nora allergic to?", explain=True)
    assert SAID[2] in context.messages[0]["content"]
    assert context.degraded == ("vectors",)
    assert context.explanation is not None
    assert context.explanation["recall"]["degraded"] == ["vectors"]
    reply = await bond.reply("What is Nora allergic to?")
    assert reply.started.degraded == ("vectors",)
    assert (await bond.reply("And where do I live?")).started.degraded == ("vectors",)


async def test_whoever_asks_over_http_is_told(kin: Everkin, embedder: Mortal) -> None:
    await told(kin, embedder)
    asked = {"question": "What is Nora allergic to?"}
    chat = {"model": "lucy", "user": "alice", "messages": [{"role": "user", "content": asked["question"]}]}
    async with serving(kin) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        for verb in ("recall", "context"):
            answer = (await http.post(f"/v1/bonds/alice/lucy/{verb}", json=asked)).json()
            assert (answer["degraded"], answer["verdict"]) == (["vectors"], "found")
        replied = (await http.post("/v1/chat/completions", json=chat)).json()
        assert replied["everkin"]["degraded"] == ["vectors"]


async def test_when_it_is_back_what_was_missed_is_read(kin: Everkin, embedder: Mortal, database: str) -> None:
    bond = await told(kin, embedder)
    missed = unread(database)
    assert missed >= 2
    assert await late(kin) == 0  # still down: nothing is lost, and the next run tries again
    assert unread(database) == missed
    embedder.up = True
    assert await late(kin) == missed
    assert (unread(database), await late(kin)) == (0, 0)
    recalled = await bond.recall("Which animal is scared of storms?", explain=True)
    assert recalled.degraded == ()
    assert recalled.recollections[0].memory.text == SAID[3]
    assert recalled.recollections[0].features is not None
    assert recalled.recollections[0].features["dense"] > 0.9


async def test_nobody_is_kept_waiting_by_somebody_who_left(kin: Everkin, embedder: Mortal, database: str) -> None:
    """Alice is erased during the outage; what Bob said is read all the same."""
    await told(kin, embedder)
    bob = await kin.bond(user="bob", companion="lucy")
    await bob.observe([{"role": "user", "content": "I sail a small wooden boat.", "at": NOON}])
    await kin.erase(user="alice")
    embedder.up = True
    assert await late(kin) == 1
    assert unread(database) == 0
    recalled = await bob.recall("What vessel do I own?", explain=True)
    assert recalled.recollections[0].memory.text == "I sail a small wooden boat."

"""What Alice's companion thinks while it answers is in that one prompt, and in no table, key, log or later context."""

import json
import logging
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.api.application import create_app
from everkin.errors import InvalidInput, TooLarge
from everkin.mind.scratchpad import CHARACTERS_MAX, NOTES_MAX, Scratchpad
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener
from support.redis import RedisServer, redis_server

__all__ = ["redis_server"]

THOUGHT = "zanzibarquartz: she sounds tired, so be brief"
TOOL = "xylophonemoth lookup says rain until six"


def pad() -> Scratchpad:
    notes = Scratchpad()
    notes.note(TOOL, kind="tool", order=2)
    notes.note(THOUGHT, order=1)
    return notes


def prompted(voice: ScriptedGateway, turn: int = -1) -> str:
    return "\n".join(message.content for message in voice.prompts[turn].messages)


async def every_word(kin: Everkin, bond: Bond) -> str:
    """All that can be opened of the bond."""
    memories = await bond.memories(limit=1000)
    transcript = await kin.store.transcripts.recent(bond.user_id, bond.bond_id, before=kin.now(), limit=1000)
    session = list(kin.sessions._its.queries._cache._entries.values())
    held = [
        each.recollection.memory.text
        for e in session
        if hasattr(e.value, "working")
        for each in e.value.working.held.values()
    ]
    return json.dumps([*(m.text for m in memories), *(m.content for m in transcript), *held])


def dumped(dsn: str) -> str:
    """Every row of every table, as PostgreSQL would print it."""
    with psycopg.connect(dsn) as owner:
        tables = owner.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
        )
        return "".join(
            str(owner.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t".encode()).fetchone())
            for (table,) in tables.fetchall()
        )


async def test_it_is_in_the_prompt_in_order_and_nowhere_after(
    opener: Opener,
    clock: Clock,
    database: str,
    redis_server: RedisServer,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Sealed or not: what can be opened, what lies in the tables and in Redis, what was logged, what comes next."""
    caplog.set_level(logging.DEBUG)
    voice = ScriptedGateway(lambda prompt: "Good night then")
    async with opener(gateway=voice, redis=redis_server.url) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        notes = pad()
        await bond.reply("I am going to bed after this long day", scratchpad=notes)
        await kin.sessions.settle()
        await kin.store.matters.laid()

        told = prompted(voice)
        assert told.index(THOUGHT) < told.index(TOOL)
        assert (len(notes), notes.closed) == (0, True)

        clock.pass_by(minutes=1)
        await bond.reply("Good night, I am really going to bed now")
        await kin.sessions.settle()
        left = [
            prompted(voice),
            await every_word(kin, bond),
            dumped(database),
            str([redis_server.client.dump(key) for key in redis_server.client.scan_iter()]),
            caplog.text,
            "".join(capfd.readouterr()),
            repr(notes),
        ]
        assert len(json.loads(left[1])) >= 4
        for text in left:
            assert "zanzibarquartz" not in text
            assert "xylophonemoth" not in text


async def test_it_is_gone_however_the_exchange_ends(opener: Opener) -> None:
    """Left early, broken off, or answered by nobody."""

    async def left(bond: Bond, notes: Scratchpad) -> None:
        replying = bond.reply("Hello", scratchpad=notes)
        await anext(aiter(replying))
        await replying.aclose()

    async def told(bond: Bond, notes: Scratchpad) -> None:
        await bond.reply("Hello", scratchpad=notes)

    for say, breaks_after, end in ((lambda p: "a b c", None, left), (lambda p: "a b c", 1, told), (None, None, told)):
        async with opener(gateway=ScriptedGateway(say, breaks_after=breaks_after)) as kin:
            notes = pad()
            await end(await kin.bond(user="alice", companion="lucy"), notes)
            assert (len(notes), notes.closed) == (0, True)


async def test_a_model_of_their_own_works_with_it_step_by_step(kin: Everkin) -> None:
    """An app asks for the context after each tool call; the scratchpad stays open until the app is done."""
    bond = await kin.bond(user="alice", companion="lucy")
    with Scratchpad() as notes:
        notes.note("look up the weather", kind="plan")
        first = await bond.context("Will it rain?", scratchpad=notes)
        notes.note(TOOL, kind="tool")
        second = await bond.context("Will it rain?", scratchpad=notes)
    assert TOOL not in str(first.messages)
    assert TOOL in str(second.messages)
    assert second.tokens <= second.budget
    with pytest.raises(InvalidInput):
        notes.note("too late")


async def test_over_http(kin: Everkin) -> None:
    """`scratch` of a request is in its context, and too much of it is refused before anything is kept."""
    transport = httpx.ASGITransport(app=create_app(kin, kin.settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        url = "/v1/bonds/alice/lucy"
        scratch = [{"text": TOOL, "kind": "tool"}]
        answer = await client.post(f"{url}/context", json={"question": "Will it rain?", "scratch": scratch})
        reply = await client.post(f"{url}/reply", json={"text": "Will it rain?", "scratch": scratch})
        refused = await client.post(f"{url}/reply", json={"text": "Hi", "scratch": [{"text": "x"}] * (NOTES_MAX + 1)})
        timeline = await client.get(f"{url}/timeline")
    assert TOOL in answer.text
    assert reply.status_code == 200
    assert refused.status_code == 400
    assert "xylophonemoth" not in timeline.text


@given(st.lists(st.tuples(st.text(max_size=2000), st.none() | st.floats(-9, 9)), max_size=400))
def test_it_is_ordered_and_bounded(notes: list[tuple[str, float | None]]) -> None:
    """Whatever is put down: in order, never over its limits, and the last in order are those that stay."""
    scratch = Scratchpad()
    for text, order in notes:
        scratch.note(text, order=order)
    kept: list[Any] = list(scratch)
    assert [(n.order, n.number) for n in kept] == sorted((n.order, n.number) for n in kept)
    assert len(kept) <= NOTES_MAX
    assert sum(len(n.text) for n in kept) <= CHARACTERS_MAX
    assert len(kept) == len(notes) or len(notes) > NOTES_MAX or sum(len(t) for t, _ in notes) > CHARACTERS_MAX


def test_a_note_that_is_too_long_is_refused() -> None:
    scratch = Scratchpad()
    scratch.note("short")
    with pytest.raises(TooLarge):
        scratch.note("x" * (CHARACTERS_MAX + 1))
    assert [note.text for note in scratch.between(0, 1)] == ["short"]
    assert "short" not in repr(scratch) + repr(list(scratch))

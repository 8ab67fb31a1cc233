"""Alice's phone loses its connection in mid-reply; her laptop hears the rest, and nothing is said twice."""

import asyncio

import pytest

from everkin.errors import NotFound
from everkin.exchange.reply import Started
from everkin.mind.ports.gateway import Finished, TextDelta
from everkin.mind.transcript import Delivery
from everkin.testing.voice import ScriptedGateway
from support.house import Opener

WORDS = "One two three four five six seven"


async def test_a_lost_reader_does_not_stop_the_reply(opener: Opener) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: WORDS)) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        phone = await bond.begin("Count")
        heard = []
        async for numbered in phone.listen():
            heard.append(numbered)
            if len(heard) == 3:
                break
        laptop = bond.join(phone.id)
        rest = [numbered async for numbered in laptop.listen(after=heard[-1].number)]
        events = [numbered.event for numbered in heard + rest]
        assert [numbered.number for numbered in heard + rest] == list(range(1, len(events) + 1))
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == WORDS
        assert isinstance(events[0], Started)
        assert isinstance(events[-1], Finished)
        assert WORDS in [memory.text for memory in await bond.timeline()]


async def test_two_devices_hear_the_same(opener: Opener) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: WORDS)) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        broadcast = await bond.begin("Count")

        async def all_of_it() -> list[int]:
            return [numbered.number async for numbered in broadcast.listen()]

        first, second = await asyncio.gather(all_of_it(), all_of_it())
        assert first == second


async def test_bob_cannot_listen_in(opener: Opener) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: WORDS)) as kin:
        broadcast = await (await kin.bond(user="alice", companion="lucy")).begin("Count")
        with pytest.raises(NotFound):
            (await kin.bond(user="bob", companion="lucy")).join(broadcast.id)


async def test_stop_ends_it_and_keeps_what_was_said(opener: Opener) -> None:
    heard = asyncio.Event()
    voice = ScriptedGateway(lambda prompt: " ".join([WORDS] * 2000), between=heard.set)
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        broadcast = await bond.begin("Count")
        await heard.wait()
        await bond.stop(broadcast.id)
        scene = await bond._scene(None)
        last = (await kin.store.transcripts.branch(bond.user_id, scene.conversation))[-1]
        assert last.delivery is Delivery.STOPPED
        assert last.content.startswith("One")

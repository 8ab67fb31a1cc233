"""Alice's phone and laptop are in one bond at once, each served by a process of its own: one order, one state."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from everkin import Bond, Everkin
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener
from support.redis import RedisServer, redis_server

__all__ = ["redis_server"]


async def alice_of(kin: Everkin) -> Bond:
    return await kin.bond(user="alice", companion="lucy")


async def transcript(kin: Everkin, bond: Bond) -> list[Any]:
    return await kin.store.transcripts.recent(bond.user_id, bond.bond_id, before=kin.now(), limit=1000)


def user(text: str, **more: object) -> dict[str, object]:
    return {"role": "user", "content": text, **more}


async def test_both_talk_at_once_and_see_one_order_and_one_state(opener: Opener, clock: Clock) -> None:
    """Twenty messages and ten exchanges from each side, interleaved as they come: none lost, none twice, and both read
    the same transcript, the same memories and the same feelings."""
    voice = ScriptedGateway(lambda prompt: "I hear you")
    async with opener(gateway=voice) as phone, opener(gateway=voice) as laptop:
        bonds = [await alice_of(kin) for kin in (phone, laptop)]

        async def talk(bond: Bond, device: str) -> None:
            for n in range(10):
                await bond.observe([user(f"{device} says {n}, so happy")], device=device)
                await bond.observe([user(f"{device} adds {n}, and a bit sad")], device=device)
                await bond.reply(f"{device} asks {n}?")

        await asyncio.gather(*(talk(bond, device) for bond, device in zip(bonds, ("phone", "laptop"), strict=True)))
        clock.pass_by(minutes=1)
        seen = [await transcript(kin, bond) for kin, bond in zip((phone, laptop), bonds, strict=True)]
        states = [await bond.state() for bond in bonds]

        assert seen[0] == seen[1]
        assert len(seen[0]) == 2 * 10 * 4
        assert len({message.ordinal for message in seen[0]}) == len(seen[0])
        assert len({message.content for message in seen[0] if message.role == "user"}) == 60
        assert [(m.at, m.ordinal) for m in seen[0]] == sorted((m.at, m.ordinal) for m in seen[0])
        assert states[0] == states[1]
        assert await bonds[0].memories(limit=1000) == await bonds[1].memories(limit=1000)


async def test_what_one_device_did_is_in_the_others_next_context(opener: Opener, clock: Clock) -> None:
    """Without a word between the two processes."""
    async with opener() as phone, opener() as laptop:
        mobile, desk = [await alice_of(kin) for kin in (phone, laptop)]
        await desk.observe([user("Let's talk about dinner")])
        await mobile.observe([user("I have just become allergic to walnuts")], device="phone")
        clock.pass_by(minutes=1)
        recalled = await desk.recall("What am I allergic to?")
        assert "walnuts" in recalled.recollections[0].memory.text


async def test_offline_messages_land_at_their_own_time(opener: Opener, clock: Clock) -> None:
    """Written on a plane, sent after landing: between what was said before and after on the laptop, from their device."""
    async with opener() as kin:
        bond = await alice_of(kin)
        start = clock()
        await bond.observe([user("I am at the airport", at=start)], device="laptop")
        await bond.observe([user("I have landed", at=start + timedelta(hours=3))], device="laptop")
        clock.pass_by(hours=4)
        written = [
            user(f"cloud number {n}", at=start + timedelta(hours=1, minutes=n), id=f"offline-{n}") for n in (0, 1)
        ]
        await bond.observe(written, device="phone")

        said = await transcript(kin, bond)
        assert [message.content for message in said] == [
            "I am at the airport",
            "cloud number 0",
            "cloud number 1",
            "I have landed",
        ]
        assert [message.device for message in said] == ["laptop", "phone", "phone", "laptop"]


async def test_the_same_offline_messages_sent_twice_are_kept_once(opener: Opener, clock: Clock) -> None:
    """By both devices at the same moment, after they synchronised with one another."""
    async with opener() as phone, opener() as laptop:
        written = [user(f"cloud number {n}", at=clock() - timedelta(hours=5 - n), id=f"offline-{n}") for n in range(5)]
        bonds = [await alice_of(kin) for kin in (phone, laptop)]
        observed = await asyncio.gather(*(bond.observe(written) for bond in bonds))
        assert sum(each.kept for each in observed) == 5
        assert len(await transcript(phone, bonds[0])) == 5


async def test_a_fact_told_offline_does_not_undo_a_later_one(opener: Opener, clock: Clock) -> None:
    """The phone held back that she lived in Bergen; meanwhile the laptop heard that she moved to Oslo."""
    async with opener() as kin:
        bond = await alice_of(kin)
        await bond.observe([user("I live in Oslo now", at=clock())], device="laptop")
        await bond.observe([user("I live in Bergen", at=clock() - timedelta(days=30), id="late")], device="phone")
        clock.pass_by(hours=1)
        homes = [
            m for m in await bond.memories() if m.fact and m.fact.predicate.value == "home" and not m.superseded_by
        ]
        assert ["Oslo" in memory.text for memory in homes] == [True]


async def test_feelings_do_not_depend_on_when_a_message_arrives(opener: Opener, clock: Clock) -> None:
    """Bob's phone sends in order, Alice's late and last: what they felt, and when, is the same."""
    said = [("I am so happy today!", 5), ("My cat died and I am heartbroken", 3), ("I am furious with my boss", 1)]
    async with opener() as kin:
        states = []
        for name, order in (("bob", (0, 1, 2)), ("alice", (2, 0, 1))):
            bond = await kin.bond(user=name, companion="lucy")
            for place in order:
                text, hours = said[place]
                await bond.observe([user(text, at=clock() - timedelta(hours=hours))])
            states.append((await bond.state()).emotion)
        assert {axis: round(value, 9) for axis, value in states[0].items()} == {
            axis: round(value, 9) for axis, value in states[1].items()
        }


class Device:
    """One of her devices, served by a process of its own."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def told(self, word: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n".encode())
        return await self.heard()

    async def heard(self) -> str:
        """The next line that is not of the log."""
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode():
            if line.strip() in ("ready", "done") or line.startswith("{"):
                return line.strip()
        raise AssertionError("the process is gone")

    async def leave(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "redis"])
async def test_two_processes_see_one_order_and_one_state(
    opener: Opener, database: str, tmp_path: Path, redis_server: RedisServer, shared: bool
) -> None:
    """Both talk at once; both read the same; and one that is shot takes nothing with it that was acknowledged."""
    async with opener() as kin:
        await alice_of(kin)  # so that the keyring is there
    script, where = (
        str(Path(__file__).parent / "talking.py"),
        [database, str(tmp_path / "keyring"), str(tmp_path / "d")],
    )
    redis = redis_server.url if shared else ""
    devices = []
    try:
        for name in ("phone", "laptop"):
            told = [sys.executable, script, *where, redis, name]
            devices.append(Device(await asyncio.create_subprocess_exec(*told, stdin=PIPE, stdout=PIPE)))
        assert await asyncio.gather(*(device.heard() for device in devices)) == ["ready", "ready"]
        assert await asyncio.gather(*(device.told("talk") for device in devices)) == ["done", "done"]
        phone, laptop = [json.loads(await device.told("look")) for device in devices]

        assert (phone["said"], phone["memories"], phone["feels"]) == (
            laptop["said"],
            laptop["memories"],
            laptop["feels"],
        )
        assert len(phone["said"]) == 2 * 4 * 3
        assert [each[:2] for each in phone["said"]] == sorted(each[:2] for each in phone["said"])
        assert len({content for _, _, content in phone["said"]}) == 2 * 4 * 2 + 1

        await devices[0].leave()
        assert await devices[1].told("talk") == "done"
        alone = json.loads(await devices[1].told("look"))
        assert alone["said"][: len(phone["said"])] == phone["said"]
    finally:
        for device in devices:
            await device.leave()

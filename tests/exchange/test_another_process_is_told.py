"""Alice erases something on her phone; the process that serves her laptop lets go of it before anybody asks it again."""

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from everkin import Everkin
from support.house import Clock, Opener

SOON_S = 10


async def alice_of(kin: Everkin) -> Any:
    return await kin.bond(user="alice", companion="lucy")


class Ear:
    """Hears when a process is told of a user's."""

    def __init__(self, kin: Everkin, patched: pytest.MonkeyPatch) -> None:
        self._heard = asyncio.Event()
        for name in ("forget", "changed"):
            patched.setattr(kin.sessions, name, self._hearing(getattr(kin.sessions, name)))

    def _hearing(self, act: Callable[[Any], None]) -> Callable[[Any], None]:
        def heard(user: Any) -> None:
            act(user)
            self._heard.set()

        return heard

    async def wait(self) -> None:
        await asyncio.wait_for(self._heard.wait(), SOON_S)

    @property
    def silent(self) -> bool:
        return not self._heard.is_set()


async def running(kin: Everkin, clock: Clock) -> Any:
    """A session that has something at hand; its entry in the cache."""
    await asyncio.wait_for(kin.store.hints.listening.wait(), SOON_S)
    alice = await alice_of(kin)
    await alice.observe([{"role": "user", "content": "My grandmother grew tomatoes by the wall"}])
    clock.pass_by(minutes=1)
    await alice.reply("The tomatoes by the wall are growing well")
    await kin.sessions.settle()
    return alice


@pytest.mark.parametrize("how", ["erase", "edit", "erase everything"])
async def test_what_became_another_is_let_go_of_elsewhere(
    opener: Opener, clock: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with opener() as laptop, opener() as phone:
        await running(laptop, clock)
        assert laptop.sessions.held > 0
        ear = Ear(laptop, monkeypatch)
        alice = await alice_of(phone)
        memory = (await alice.memories())[-1]
        match how:
            case "erase":
                await alice.erase(memory.id)
            case "edit":
                await alice.edit(memory.id, "My grandmother grew roses")
            case _:
                await phone.erase(user="alice")
        await ear.wait()
        assert laptop.sessions.held == 0


async def test_bob_keeps_what_is_at_hand_when_alice_erases(
    opener: Opener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as laptop, opener() as phone:
        bob = await laptop.bond(user="bob", companion="lucy")
        await bob.reply("It rains on my roof")
        await laptop.sessions.settle()
        bobs = laptop.sessions.held
        await running(laptop, clock)
        ear = Ear(laptop, monkeypatch)
        await phone.erase(user="alice")
        await ear.wait()
        assert laptop.sessions.held == bobs > 0


async def test_a_lost_line_is_taken_up_again_and_nonsense_on_it_is_not_heard(
    opener: Opener, clock: Clock, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the connection; the next turn is as right as ever, and later hints arrive."""

    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    async with opener() as laptop, opener() as phone:
        alice = await running(laptop, clock)
        laptop.store.hints._sleep = at_once
        ear = Ear(laptop, monkeypatch)
        with psycopg.connect(database, autocommit=True) as owner:
            owner.execute("SELECT pg_notify('everkin_hints', 'nobody nothing')")
            laptop.store.hints.listening.clear()
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE '%LISTEN everkin_hints%' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        await asyncio.wait_for(laptop.store.hints.listening.wait(), SOON_S)
        assert ear.silent
        await (await alice_of(phone)).erase((await alice.memories())[-1].id)
        await ear.wait()

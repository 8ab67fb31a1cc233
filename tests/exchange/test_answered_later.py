"""Every provider is down when Alice writes; she is answered once when one is back."""

from everkin import Bond, Everkin
from everkin.mind.ports.gateway import Exhausted, Fault, FaultKind, Prompt
from everkin.testing.voice import ScriptedGateway
from support.house import Clock, Opener


class Outage(ScriptedGateway):
    """Down until `back`."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "Biscuit is his name.")
        self.back = False
        self.kind = FaultKind.REFUSED

    async def stream(self, prompt: Prompt, *, seconds: float | None = None):
        if not self.back:
            yield Exhausted(fault=Fault(kind=self.kind), attempts=())
            return
        async for event in super().stream(prompt, seconds=seconds):
            yield event


async def pay(kin: Everkin, clock: Clock) -> int:
    (job,) = [job for job in kin.jobs() if job.name == "answer_owed_turns"]
    clock.pass_by(minutes=15)
    return await job.run()  # type: ignore[return-value]


async def branch(kin: Everkin, bond: Bond) -> list[str]:
    scene = await bond._scene(None)
    return [message.content for message in await kin.store.transcripts.branch(bond.user_id, scene.conversation)]


async def test_she_is_answered_exactly_once_when_a_provider_is_back(opener: Opener, clock: Clock) -> None:
    voice = Outage()
    async with opener(gateway=voice) as kin, opener(gateway=voice) as other:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.observe([{"role": "user", "content": "My dog is called Biscuit.", "at": "2026-01-01T00:00:00Z"}])
        reply = await bond.reply("What is my dog called?")
        assert reply.understudy
        assert await pay(kin, clock) == 0
        voice.back = True
        assert [await pay(kin, clock), await pay(other, clock), await pay(kin, clock)] == [1, 0, 0]
        assert (await branch(kin, bond))[-1] == "Biscuit is his name."
        assert (await branch(kin, bond)).count("Biscuit is his name.") == 1
        assert "My dog is called Biscuit." in voice.prompts[-1].messages[0].content


async def test_a_talk_that_moved_on_is_not_answered_behind_its_back(opener: Opener, clock: Clock) -> None:
    voice = Outage()
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.reply("What is my dog called?")
        voice.back = True
        clock.pass_by(seconds=5)
        await bond.reply("Never mind, good night!")
        assert await pay(kin, clock) == 0
        assert (await branch(kin, bond)).count("Biscuit is his name.") == 1


async def test_a_request_that_was_rejected_is_not_tried_for_ever(opener: Opener, clock: Clock) -> None:
    voice = Outage()
    voice.kind = FaultKind.REJECTED
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.reply("What is my dog called?")
        voice.back = True
        assert await pay(kin, clock) == 0


async def test_an_erased_user_is_owed_nothing(opener: Opener, clock: Clock) -> None:
    voice = Outage()
    async with opener(gateway=voice) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.reply("What is my dog called?")
        await kin.erase(user="alice")
        voice.back = True
        assert await pay(kin, clock) == 0

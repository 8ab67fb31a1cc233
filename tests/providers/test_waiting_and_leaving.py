"""Deadlines, patience and Retry-After; and a reader who leaves takes nothing with her."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from stage import BEACH, PATIENT, QUICK, VET, ask, gateway, provider, read

from everkin.mind.ports.breaker import BreakerState
from everkin.mind.ports.gateway import (
    Exhausted,
    FaultKind,
    Finished,
    Interrupted,
    Shown,
    Switched,
    TextDelta,
    Waiting,
)
from everkin.providers import MemoryLedger
from everkin.testing.faults import FaultyServer, Mishap, Script, refused_url

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


class TestPatience:
    async def test_the_last_provider_gets_more_time_and_the_client_is_kept_alive(self):
        """A local model that is being loaded answers after its first deadline; nobody else could."""
        slow = Script(text=BEACH, pace_s=0.02)
        hesitant = replace(PATIENT, first_content=0.005)
        async with (
            FaultyServer(slow) as server,
            gateway(provider("local", server, deadlines=hesitant), keep_alive=0.004) as house,
        ):
            told = await read(house)

        assert (told.text, told.faults) == (BEACH, [("local", None)])
        assert told.of(Waiting)

    async def test_keep_alives_and_empty_deltas_are_no_content(self):
        async with (
            FaultyServer(Script(mishap=Mishap.KEEP_ALIVES)) as dead,
            FaultyServer(Script(text=VET)) as well,
            gateway(provider("dead", dead, deadlines=QUICK), provider("well", well)) as house,
        ):
            told = await read(house)

        assert told.faults == [("dead", FaultKind.NO_CONTENT), ("well", None)]
        [switch] = told.of(Switched)
        assert (switch.after, switch.to, switch.continuation) == ("dead", "well", False)

    async def test_the_request_has_an_end(self):
        """Nobody answers within the caller's own time: no provider is charged for that."""
        async with FaultyServer(Script(mishap=Mishap.HANG)) as server, gateway(provider("only", server)) as house:
            told = await read(house, seconds=0.15)
            [status] = await house.status()

        assert isinstance(told.end, Exhausted)
        assert (status.failures, status.in_flight) == (0, 0)

    async def test_a_drip_is_left_for_another_but_suffered_when_alone(self):
        drip = Script(text=BEACH, mishap=Mishap.DRIP, after=10, drip_s=0.02)
        hasty = replace(PATIENT, total=0.1)
        async with FaultyServer(drip) as slow, FaultyServer(Script(text=VET)) as well:
            async with gateway(provider("slow", slow, deadlines=hasty), provider("well", well)) as house:
                left = await read(house)
            async with gateway(provider("slow", slow, deadlines=hasty)) as house:
                alone = await read(house)

        assert left.faults == [("slow", FaultKind.TOO_SLOW), ("well", None)]
        assert (alone.text, alone.faults) == (BEACH, [("slow", None)])


class TestRetryAfter:
    async def test_it_is_waited_for_when_it_fits(self):
        limited = Script(mishap=Mishap.RATE_LIMITED_RETRY_AFTER, retry_after="0.1")
        async with FaultyServer(limited, Script(text=BEACH)) as server, gateway(provider("only", server)) as house:
            told = await read(house)

        assert told.faults == [("only", FaultKind.RATE_LIMITED), ("only", None)]
        assert told.text == BEACH

    async def test_it_is_not_waited_for_when_it_does_not_fit(self):
        limited = Script(mishap=Mishap.RATE_LIMITED_RETRY_AFTER, retry_after="3000")
        async with FaultyServer(limited) as server, gateway(provider("only", server), now=lambda: NOON) as house:
            told = await read(house)

        assert isinstance(told.end, Exhausted)
        assert (told.end.retry_after_s, len(server.asked)) == (3000.0, 1)

    async def test_another_provider_does_not_wait_for_it(self):
        limited = Script(mishap=Mishap.RATE_LIMITED_RETRY_AFTER, retry_after="5")
        async with (
            FaultyServer(limited) as busy,
            FaultyServer(Script(text=VET)) as well,
            gateway(provider("busy", busy), provider("well", well)) as house,
        ):
            first, second = await read(house), await read(house)

        assert [first.text, second.text] == [VET, VET]
        assert second.faults == [("busy", FaultKind.RESTING), ("well", None)]
        assert len(busy.asked) == 1


class TestTheBreakerAtWork:
    async def test_two_hangs_open_it_and_then_nobody_waits(self):
        async with (
            FaultyServer(Script(mishap=Mishap.HANG)) as dead,
            FaultyServer(Script(text=VET)) as well,
            gateway(provider("dead", dead, deadlines=QUICK), provider("well", well)) as house,
        ):
            faults = [(await read(house)).faults[0][1] for _ in range(3)]

        assert faults == [FaultKind.NO_CONTENT, FaultKind.NO_CONTENT, FaultKind.RESTING]

    async def test_a_provider_that_came_back_is_noticed_when_nobody_else_is_left(self):
        """The only provider rests, yet Alice asks: she is not sent away from one that is well again."""
        async with (
            FaultyServer(Script(mishap=Mishap.RESET), Script(mishap=Mishap.RESET), Script(text=BEACH)) as server,
            gateway(provider("only", server), now=lambda: NOON) as house,
        ):
            first, second = await read(house), await read(house)
            [status] = await house.status()

        assert isinstance(first.end, Exhausted)
        assert second.faults == [("only", FaultKind.RESTING), ("only", None)]
        assert status.breaker == BreakerState.CLOSED

    async def test_probes_close_it_before_a_reader_has_to_find_out(self):
        now = [NOON]
        async with (
            FaultyServer(Script(mishap=Mishap.UNAUTHORIZED), Script(text="Hello.")) as server,
            gateway(provider("only", server), now=lambda: now[0]) as house,
        ):
            await read(house)
            await house.probe()
            resting = (await house.status())[0].breaker
            now[0] += timedelta(seconds=301)
            await house.probe()
            closed = (await house.status())[0].breaker

        assert (resting, closed, len(server.asked)) == (BreakerState.OPEN, BreakerState.CLOSED, 2)

    async def test_the_state_is_shared_between_gateways(self):
        ledger = MemoryLedger()
        async with FaultyServer(Script(text=VET)) as well:
            chain = (provider("dead", refused_url()), provider("well", well))
            async with gateway(*chain, ledger=ledger) as first, gateway(*chain, ledger=ledger) as second:
                await read(first)
                told = await read(second)

        assert told.faults == [("dead", FaultKind.RESTING), ("well", None)]

    async def test_a_reader_who_leaves_gives_the_probe_back(self):
        now = [NOON]
        async with (
            FaultyServer(Script(mishap=Mishap.UNAUTHORIZED), Script(text=BEACH, pace_s=0.01)) as server,
            gateway(provider("only", server), now=lambda: now[0]) as house,
        ):
            await read(house)
            now[0] += timedelta(seconds=301)
            async with aclosing(house.stream(ask())) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        break
                during = (await house.status())[0].breaker
            [after] = await house.status()
            told = await read(house)

        assert (during, after.breaker) == (BreakerState.HALF_OPEN, BreakerState.OPEN)
        assert told.text == BEACH


class TestSlotsAndHedges:
    async def test_a_full_provider_is_passed_over_and_waited_for_when_alone(self):
        slow = Script(text=BEACH, pace_s=0.005)
        async with FaultyServer(slow) as one, FaultyServer(Script(text=VET)) as other:
            async with gateway(provider("one", one, slots=1), provider("other", other)) as house:
                hers, his = await asyncio.gather(read(house), read(house))
            async with gateway(provider("one", one, slots=1)) as house:
                alone = await asyncio.gather(*(read(house) for _ in range(3)))

        assert hers.faults == [("one", None)]
        assert his.faults == [("one", FaultKind.BUSY), ("other", None)]
        assert [told.text for told in alone] == [BEACH] * 3

    async def test_a_hedge_overtakes_a_slow_start(self):
        async with (
            FaultyServer(Script(mishap=Mishap.HANG)) as slow,
            FaultyServer(Script(text=VET)) as quick,
            gateway(provider("slow", slow), provider("quick", quick), hedge_after=0.02) as house,
        ):
            told = await read(house)
            statuses = await house.status()

        assert (told.text, [attempt.hedge for attempt in told.end.attempts]) == (VET, [False, True])
        assert [status.failures for status in statuses] == [0, 0]
        assert [status.in_flight for status in statuses] == [0, 0]

    async def test_hedges_stay_under_their_share(self):
        """Of 40 requests to a primary that never answers, a hedge of 10 % saves 10 + 3, the bucket and its income."""
        async with FaultyServer(Script(mishap=Mishap.HANG)) as slow, FaultyServer(Script(text=VET)) as quick:
            eager = replace(PATIENT, first_content=3.0)
            chain = (provider("slow", slow, deadlines=eager, slots=99), provider("quick", quick, slots=99))
            async with gateway(*chain, hedge_after=0.005) as house:
                told = await asyncio.gather(*(read(house) for _ in range(40)))

        hedged = sum(any(attempt.hedge for attempt in each.end.attempts) for each in told)
        assert all(each.text == VET for each in told)
        assert 10 <= hedged <= 13


class TestLeaving:
    @pytest.mark.parametrize("shown", Shown)
    @pytest.mark.parametrize("mishap", [Mishap.NONE, Mishap.HANG, Mishap.STALL, Mishap.KEEP_ALIVES])
    async def test_a_cancelled_reader_leaks_no_task_slot_or_socket(self, mishap: Mishap, shown: Shown):
        script = Script(text=BEACH, mishap=mishap, after=3, pace_s=0.01)
        async with FaultyServer(script) as server:
            house = gateway(provider("one", server), provider("two", server))
            readers = [asyncio.create_task(read(house, ask(shown=shown))) for _ in range(6)]
            await server.requests(6)
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

            statuses = await house.status()
            assert [status.in_flight for status in statuses] == [0, 0]
            assert [status.failures for status in statuses] == [0, 0]
            assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("everkin.")]
            await server.quiet()
            await house.aclose()

    async def test_a_slow_reader_makes_the_provider_wait_and_is_no_fault(self):
        """Backpressure: she reads one token, thinks for longer than any deadline, and reads on."""
        long = " ".join(["word"] * 5000) + "."
        deadlines = replace(PATIENT, between=1.0)
        async with (
            FaultyServer(Script(text=long)) as server,
            gateway(provider("one", server, deadlines=deadlines), provider("two", server)) as house,
        ):
            text = ""
            async with aclosing(house.stream(ask())) as events:
                async for event in events:
                    if isinstance(event, TextDelta) and not text:
                        await asyncio.sleep(1.2)  # the one pause that is the story itself
                    text += event.text if isinstance(event, TextDelta) else ""

        assert isinstance(event, Finished)
        assert (text, [attempt.fault for attempt in event.attempts]) == (long, [None])


class TestThereIsALimit:
    async def test_a_firehose_ends_with_the_request(self):
        """A provider that never pauses misses no deadline between contents; the request's own end still comes."""
        endless = Script(text="Word. " * 300_000)
        async with FaultyServer(endless) as server, gateway(provider("only", server)) as house:
            told = await read(house, seconds=2.0)

        assert told.faults == [("only", FaultKind.OUT_OF_TIME)]
        assert isinstance(told.end, Interrupted)

    async def test_no_reply_is_without_end(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("everkin.providers.call.REPLY_CHARS_MAX", 1000)
        async with FaultyServer(Script(text="Word. " * 400)) as server, gateway(provider("only", server)) as house:
            told = await read(house)

        assert told.faults == [("only", FaultKind.ENDLESS)]
        assert len(told.text) <= 1000


class TestWhatIsNeverContinued:
    async def test_json_is_done_over_where_it_can_be_taken_back(self):
        half = Script(text='{"dog": "Biscuit", "age": 5, "home": true}', mishap=Mishap.FIN, after=3)
        whole = Script(text='{"dog": "Rex"}')
        async with (
            FaultyServer(half) as one,
            FaultyServer(whole) as two,
            gateway(provider("one", one), provider("two", two)) as house,
        ):
            native = await read(house, ask(shown=Shown.REPLACEABLE))
            openai = await read(house, ask(shown=Shown.APPEND_ONLY))
            buffered = await read(house, ask(shown=Shown.NOWHERE))

        assert (native.text, buffered.text) == ('{"dog": "Rex"}', '{"dog": "Rex"}')
        assert isinstance(openai.end, Interrupted)
        assert openai.end.fault.kind is FaultKind.TRUNCATED
        assert len(two.asked) == 2

    async def test_tool_calls_are_never_continued(self):
        call = {"id": "c1", "type": "function", "function": {"name": "feed", "arguments": '{"pet": "Biscuit", "n": 2}'}}
        half = Script(tool_calls=[call], mishap=Mishap.RST, after=2)
        async with (
            FaultyServer(half) as one,
            FaultyServer(Script(text=VET)) as two,
            gateway(provider("one", one), provider("two", two)) as house,
        ):
            openai = await read(house, ask(shown=Shown.APPEND_ONLY))
            native = await read(house, ask(shown=Shown.REPLACEABLE))

        assert isinstance(openai.end, Interrupted)
        assert isinstance(native.end, Finished)
        assert native.text == VET

    async def test_prose_that_may_not_be_continued_is_not(self):
        async with (
            FaultyServer(Script(text=BEACH, mishap=Mishap.RST, after=9)) as one,
            FaultyServer() as two,
            gateway(provider("one", one), provider("two", two)) as house,
        ):
            told = await read(house, ask(shown=Shown.APPEND_ONLY, continuable=False))

        assert isinstance(told.end, Interrupted)
        assert BEACH.startswith(told.text)


class TestBlame:
    async def test_a_request_that_all_reject_says_so(self):
        async with (
            FaultyServer() as server,
            gateway(provider("one", server, context_window=1100), provider("two", refused_url())) as house,
        ):
            long = ask(replace(ask().messages[0], content="word " * 2000))
            told = await read(house, long)

        assert told.faults[0] == ("one", FaultKind.TOO_LONG)
        assert told.end.fault.kind is FaultKind.REFUSED

    async def test_nobody_is_configured(self):
        async with gateway() as house:
            told = await read(house)
        assert told.end == Exhausted(fault=None, attempts=())

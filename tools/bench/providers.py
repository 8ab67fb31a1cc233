"""What the gateway costs when all is well, how long a reader waits when a provider is dead, and the whole fault matrix.

    python tools/bench/providers.py

About six minutes, nearly all of it the matrix. Everything runs against scripted servers on this machine, in a process of
their own for what is timed.
"""

import asyncio
import logging
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing

import httpx
import structlog
from openai import AsyncOpenAI
from report import Table, quantile, write

from everkin.config.providers import ProviderKind, ProviderSettings, ProvidersSettings
from everkin.language.tokens import estimate
from everkin.mind.ports.gateway import ChatMessage, Exhausted, Interrupted, Prompt, Shown, TextDelta
from everkin.mind.transcript import Role
from everkin.providers import ProviderGateway
from everkin.testing.faults import FaultyServer, Mishap, Script, refused_url
from everkin.testing.matrix import Outcome, Verdict, cells, play

LONG, SHORT = 1000, 1
AT_ONCE = 12
MESSAGES = [{"role": "user", "content": "How is my dog?"}]


async def serve() -> None:
    """The other process: a healthy server and one that never answers."""
    text = " ".join(f"word{n}" for n in range(LONG))
    healthy = Script(text=lambda asked: text if asked.body["max_tokens"] == LONG else "Hello.")
    async with FaultyServer(healthy) as well, FaultyServer(Script(mishap=Mishap.HANG)) as dead:
        sys.stdout.write(f"{well.openai_url} {dead.openai_url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def gateway(*urls: str) -> ProviderGateway:
    providers = tuple(
        ProviderSettings(name=f"p{n}", kind=ProviderKind.OPENAI, base_url=url, model="scripted", slots=200)
        for n, url in enumerate(urls)
    )
    return ProviderGateway(ProvidersSettings(providers=providers, ollama=None), estimate=estimate)


# What it costs

Ask = Callable[[int], Awaitable[float]]
"""Reads an answer of so many tokens at most; returns the seconds to its first content."""


def through_gateway(house: ProviderGateway) -> Ask:
    async def ask(tokens: int) -> float:
        started, first = time.perf_counter(), 0.0
        message = ChatMessage(role=Role.USER, content="How is my dog?")
        prompt = Prompt(messages=[message], parameters={"max_tokens": tokens}, shown=Shown.APPEND_ONLY)
        async with aclosing(house.stream(prompt)) as events:
            async for event in events:
                first = first or (time.perf_counter() - started if isinstance(event, TextDelta) else 0.0)
                if isinstance(event, (Interrupted, Exhausted)):
                    raise RuntimeError("the healthy server failed")
        return first

    return ask


def through_openai(client: AsyncOpenAI) -> Ask:
    async def ask(tokens: int) -> float:
        started, first = time.perf_counter(), 0.0
        stream = await client.chat.completions.create(
            model="scripted", messages=MESSAGES, max_tokens=tokens, stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.perf_counter() - started
        return first

    return ask


def through_bytes(client: httpx.AsyncClient, url: str) -> Ask:
    async def ask(tokens: int) -> float:
        started, first = time.perf_counter(), 0.0
        body = {"model": "scripted", "messages": MESSAGES, "max_tokens": tokens, "stream": True}
        async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
            async for _ in response.aiter_bytes():
                first = first or time.perf_counter() - started
        return first

    return ask


async def cost(well: str) -> Table:
    async with (
        gateway(well) as house,
        AsyncOpenAI(base_url=well, api_key="none", max_retries=0) as openai,
        httpx.AsyncClient() as client,
    ):
        ways = {
            "the gateway": through_gateway(house),
            "the openai client": through_openai(openai),
            "httpx, bytes unread": through_bytes(client, well),
        }
        short = await paired(ways, SHORT, 500)
        long = await paired(ways, LONG, 60)
    rows = []
    for way in ways:
        request = statistics.median(short[way])
        token = (statistics.median(long[way]) - request) / LONG
        rows.append(
            [way, f"{1e3 * request:.2f} ms", f"{1e3 * quantile(short[way], 0.99):.2f} ms", f"{1e6 * token:.1f} µs"]
        )
    over = [statistics.median(a - b for a, b in zip(short["the gateway"], short[way], strict=True)) for way in ways]
    over_token = [
        statistics.median(a - b for a, b in zip(long["the gateway"], long[way], strict=True)) / LONG for way in ways
    ]
    for way, request, token in list(zip(ways, over, over_token, strict=True))[1:]:
        rows.append([f"overhead over {way}", f"{1e3 * request:+.2f} ms", "", f"{1e6 * token:+.1f} µs"])
    note = (
        f"One streamed answer after the other, the ways in turn (paired): {len(short['the gateway'])} answers of one token, "
        f"{len(long['the gateway'])} of {LONG:,}. Goals: under 3 ms a request, under 150 µs a token (stretch 50)."
    )
    return Table(head=["way", "request p50", "request p99", "a token"], rows=rows, note=note)


async def paired(ways: Mapping[str, Ask], tokens: int, times: int) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(times):
        for way, ask in ways.items():
            started = time.perf_counter()
            await ask(tokens)
            took[way].append(time.perf_counter() - started)
    return took


# How long a reader waits


async def waits(well: str, dead: str) -> Table:
    rows = [
        ["direct", *await told(well)],
        ["first provider refuses, breaker still closed", *await told(refused_url(), well)],
        ["first provider hangs, breaker still closed", *await told(dead, well, at_once=100)],
        ["first provider dead, breaker open", *await told(dead, well, opened=True)],
    ]
    note = "Time to first content with the default deadlines. Goals: p99 at most 2.5 s; at most 50 ms over direct once it is open."
    return Table(head=["situation", "n", "p50", "p99"], rows=rows, note=note)


async def told(*urls: str, at_once: int = 1, opened: bool = False, times: int = 200) -> list[str]:
    """Every request meets a gateway of its own, so that no breaker remembers; unless it shall be `opened`."""
    houses = [gateway(*urls) for _ in range(1 if opened else at_once if at_once > 1 else times)]
    if opened:
        await asyncio.gather(*(through_gateway(houses[0])(SHORT) for _ in range(3)))
        houses = houses * times
    if at_once > 1:
        firsts = await asyncio.gather(*(through_gateway(house)(SHORT) for house in houses))
    else:
        firsts = [await through_gateway(house)(SHORT) for house in houses]
    for house in set(houses):
        await house.aclose()
    return [str(len(firsts)), f"{1e3 * statistics.median(firsts):.1f} ms", f"{1e3 * quantile(firsts, 0.99):.1f} ms"]


# The matrix


async def matrix() -> Table:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(cell: object) -> Outcome:
        async with gate:
            return await play(cell)

    started = time.perf_counter()
    outcomes = await asyncio.gather(*(one(cell) for kind in ProviderKind for cell in cells(kind)))
    minutes = (time.perf_counter() - started) / 60
    faults = dict.fromkeys(outcome.cell.fault for outcome in outcomes)
    rows = [[str(fault), *tallies([o for o in outcomes if o.cell.fault == fault])] for fault in faults]
    rows.append(["**all**", *tallies(outcomes)])
    note = (
        f"{len(outcomes):,} cells in {minutes:.1f} minutes: three protocols, three places for the text (nowhere before the end, "
        "a stream that can be replaced, one that can only be appended to); faults in mid-stream after the first, the twentieth and "
        "all tokens but the last, times seven ways in which a fallback goes on. Full answers of cells; in brackets those that "
        "ended in an explicit interruption; then silently wrong ones and broken promises (a sentence twice, a leaked socket or "
        "slot, a wrong provider charged)."
    )
    for outcome in outcomes:
        if outcome.objections or outcome.verdict is Verdict.WRONG:
            sys.stderr.write(f"{outcome.cell}: {outcome.verdict}; {', '.join(outcome.objections)}\n")
    return Table(
        head=["fault", "primary faulty", "first two faulty", "all faulty", "wrong", "broken"], rows=rows, note=note
    )


def tallies(outcomes: Sequence[Outcome]) -> list[str]:
    columns = []
    for faulty in (1, 2, 3):
        verdicts = Counter(outcome.verdict for outcome in outcomes if outcome.cell.faulty == faulty)
        columns.append(f"{verdicts[Verdict.FULL]} of {verdicts.total()} ({verdicts[Verdict.TOLD]})")
    wrong = sum(outcome.verdict is Verdict.WRONG for outcome in outcomes)
    return [*columns, str(wrong), str(sum(bool(outcome.objections) for outcome in outcomes))]


async def measured() -> list[Table]:
    server = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "serve", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    well, dead = (await server.stdout.readline()).decode().split()
    tables = [await cost(well), await waits(well, dead)]
    server.stdin.close()
    await server.wait()
    return [*tables, await matrix()]


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    write("providers", "When a provider dies", "python tools/bench/providers.py", *asyncio.run(measured()))


if __name__ == "__main__":
    main()

"""Alice's two devices ask the same thing at the same moment; it is fetched once, and never from before an erasure."""

import asyncio
from datetime import timedelta

import pytest

from everkin.errors import StoreUnavailable
from everkin.exchange.queries import Queries
from everkin.mind.cache import Cache, Lifetime

KEY = ("profile", "alice")
LONG = Lifetime(stale=timedelta(hours=1))


class Well:
    """Something to fetch from, slowly: each fetch waits until told."""

    def __init__(self) -> None:
        self.fetched = 0
        self.open = asyncio.Event()
        self.fails = False

    async def fetch(self) -> str:
        self.fetched += 1
        await self.open.wait()
        if self.fails:
            raise StoreUnavailable("It is away.")
        return "likes tea"


@pytest.fixture
def queries() -> Queries:
    return Queries(Cache(limit_bytes=10_000, weigh=len), monotonic=lambda: 0.0)


async def test_two_who_ask_at_once_share_one_fetch(queries: Queries) -> None:
    well = Well()
    asked = [asyncio.create_task(queries.ask(KEY, 1, LONG, well.fetch)) for _ in range(5)]
    await asyncio.sleep(0)
    well.open.set()

    assert await asyncio.gather(*asked) == ["likes tea"] * 5
    assert await queries.ask(KEY, 1, LONG, well.fetch) == "likes tea"
    assert (well.fetched, queries.tally.joined, queries.tally.hits) == (1, 4, 1)


async def test_one_who_leaves_takes_nothing_from_the_other(queries: Queries) -> None:
    """The phone goes offline while both wait."""
    well = Well()
    phone, laptop = [asyncio.create_task(queries.ask(KEY, 1, LONG, well.fetch)) for _ in range(2)]
    await asyncio.sleep(0)
    phone.cancel()
    well.open.set()

    assert await laptop == "likes tea"
    assert well.fetched == 1


async def test_a_fetch_from_before_an_erasure_serves_nobody_after_it(queries: Queries) -> None:
    """It is under way when the epoch moves: whoever asks under the new one fetches again, and the old is not held."""
    before, after = Well(), Well()
    old = asyncio.create_task(queries.ask(KEY, 1, LONG, before.fetch))
    await asyncio.sleep(0)
    queries.remove(("profile",))
    new = asyncio.create_task(queries.ask(KEY, 2, LONG, after.fetch))
    await asyncio.sleep(0)
    before.open.set()
    await old

    assert queries.held(KEY) is None
    after.open.set()
    assert await new == "likes tea"
    assert after.fetched == 1


async def test_an_error_reaches_all_who_wait_and_is_not_kept(queries: Queries) -> None:
    well = Well()
    well.fails = True
    asked = [asyncio.create_task(queries.ask(KEY, 1, LONG, well.fetch)) for _ in range(2)]
    await asyncio.sleep(0)
    well.open.set()
    failed = await asyncio.gather(*asked, return_exceptions=True)
    well.fails = False

    assert [type(error) for error in failed] == [StoreUnavailable, StoreUnavailable]
    assert await queries.ask(KEY, 1, LONG, well.fetch) == "likes tea"


async def test_what_is_fetched_ahead_is_there_when_asked(queries: Queries) -> None:
    """And fetching ahead fails in silence."""
    well = Well()
    well.open.set()
    await queries.prefetch(KEY, 1, LONG, well.fetch)
    await queries.prefetch(KEY, 1, LONG, well.fetch)
    assert await queries.ask(KEY, 1, LONG, well.fetch) == "likes tea"
    assert well.fetched == 1

    well.fails = True
    await queries.prefetch(("other",), 1, LONG, well.fetch)
    assert queries.held(("other",)) is None

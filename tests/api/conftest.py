"""A real server on loopback, and clients that talk to it as Alice, Bob and Charlie would."""

import asyncio
import signal
from contextlib import asynccontextmanager

import httpx
import pytest
from openai import AsyncOpenAI

from everkin.api import serve
from everkin.app import Everkin
from everkin.config.settings import Settings


@pytest.fixture
async def kin(tmp_path):
    async with Everkin.open(data=tmp_path / "data", keyring=tmp_path / "keys") as kin:
        yield kin


@asynccontextmanager
async def serving(kin, **told):
    """The address of a server on this facade, for as long as it is wanted."""
    settings = Settings(**{"port": 0, "stop_seconds": 0.2} | told)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(kin, settings, on_ready=ready.set_result))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield ready.result()
    finally:
        if not task.done():
            signal.raise_signal(signal.SIGTERM)
        await task


@pytest.fixture
async def server(kin):
    async with serving(kin) as address:
        yield address


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture
async def openai(server):
    async with AsyncOpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0) as client:
        yield client

"""Clients that talk to a real server as Alice, Bob and Charlie would."""

import httpx
import pytest
from openai import AsyncOpenAI

from everkin.language.embedder import LocalEmbedder
from everkin.testing.faults import FaultyServer, Script
from support.serving import furnished, serving, speaking_through


@pytest.fixture(scope="session")
def embedder():
    """The real one, loaded once a run."""
    return LocalEmbedder()


@pytest.fixture
async def provider():
    """The language model behind the server; a test may give it other scripts."""
    async with FaultyServer(Script(text="I am glad you told me.")) as server:
        yield server


@pytest.fixture
async def kin(database, tmp_path, embedder, provider, monkeypatch):
    monkeypatch.setenv("EVERKIN_PROVIDERS", speaking_through(provider))
    async with furnished(database, tmp_path / "keys", embedder) as kin:
        yield kin


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

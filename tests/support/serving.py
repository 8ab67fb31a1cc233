"""A real server on loopback, over a real facade, a real PostgreSQL and a language model that plays what it is told."""

import asyncio
import json
import signal
from contextlib import asynccontextmanager

from everkin.api import serve
from everkin.app import Everkin
from everkin.config.settings import Settings

PERSONA = "Lucy is a warm, curious gardener."


def speaking_through(provider) -> str:
    """What `EVERKIN_PROVIDERS` says where `provider` is the only language model."""
    return json.dumps([{"name": "vllm", "kind": "openai", "base_url": provider.openai_url, "model": "scripted"}])


@asynccontextmanager
async def furnished(database, keyring, embedder):
    """A cell of its own, with Lucy in it."""
    settings = Settings(host="127.0.0.1", zone="UTC")
    async with Everkin.open(dsn=database, keyring=keyring, settings=settings, embedder=embedder) as kin:
        await kin.put_companion("lucy", PERSONA)
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

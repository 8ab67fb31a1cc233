"""Bob keeps his embedder on another machine; here it is a real server on a real port."""

import logging
import threading
from contextlib import AsyncExitStack

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from everkin.app.backends import configured_embedder
from everkin.config.settings import Settings
from everkin.errors import ConfigError, EmbedderUnavailable
from everkin.language.embedder import RemoteEmbedder

SECRET = "Alice told Bob about the pier"


class Server:
    """An OpenAI-compatible embedder whose vectors spell the lengths of texts, and whose manners a test may change."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.manners = "good"
        app = FastAPI()
        app.post("/v1/embeddings")(self.embeddings)
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()

    async def embeddings(self, request: Request) -> Response:
        asked = await request.json()
        self.requests.append(asked["input"])
        match self.manners:
            case "html":
                return HTMLResponse("<h1>Welcome</h1>")
            case "busy":
                return JSONResponse({"error": {"message": f"busy with: {asked['input']}"}}, status_code=503)
            case "silent":
                while (await request.receive())["type"] != "http.disconnect":
                    pass
            case "broken":
                return Response('{"data": [{"embed', media_type="application/json")
        vectors = [self.vector(text) for text in asked["input"]]
        data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        if self.manners == "short":
            del data[0]
        return JSONResponse({"object": "list", "model": asked["model"], "data": data[::-1], "usage": usage})

    def vector(self, text: str) -> list[float]:
        match self.manners:
            case "wide":
                return [1.0] * 8
            case "zero":
                return [0.0] * 4
            case _:
                return [float(len(text)), 3.0, 0.0, 0.0]


@pytest.fixture(scope="module")
def running():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def server(running):
    running.requests.clear()
    running.manners = "good"
    return running


def remote(server: Server, **settings) -> RemoteEmbedder:
    settings = {"dimensions": 4, "deadline_s": 5.0, **settings}
    return RemoteEmbedder(base_url=f"http://127.0.0.1:{server.port}/v1", api_key="none", model="tall", **settings)


async def test_vectors_come_back_in_order_and_with_length_one(server):
    embedder = remote(server)
    vectors = await embedder.embed(["four", "eightish"])
    np.testing.assert_allclose(vectors, [[0.8, 0.6, 0, 0], [8 / 73**0.5, 3 / 73**0.5, 0, 0]], rtol=1e-6)
    assert embedder.stamp == "tall:1:float32:4"
    await embedder.close()


async def test_no_request_is_larger_than_the_batch_limit_and_none_is_repeated(server):
    embedder = remote(server, batch_max=3)
    texts = [f"note {number}" for number in range(8)]
    first, again = await embedder.embed(texts + texts), await embedder.embed(texts)
    assert [len(asked) for asked in server.requests] == [3, 3, 2]
    np.testing.assert_array_equal(first[8:], again)
    await embedder.close()


async def test_half_a_character_does_not_stop_a_batch(server):
    embedder = remote(server)
    assert (await embedder.embed(["broken \ud83d emoji"])).shape == (1, 4)
    await embedder.close()


async def test_nothing_asks_nothing(server):
    embedder = remote(server)
    assert (await embedder.embed([])).shape == (0, 4)
    assert server.requests == []
    await embedder.close()


@pytest.mark.parametrize("manners", ["html", "busy", "broken", "short", "wide", "zero"])
async def test_a_bad_answer_is_unavailable_at_the_first_try_and_tells_no_words(server, manners, caplog):
    caplog.set_level(logging.DEBUG, logger="everkin")
    embedder = remote(server)
    server.manners = manners
    with pytest.raises(EmbedderUnavailable) as failed:
        await embedder.embed([SECRET, "second"])
    error = failed.value
    assert len(server.requests) == 1
    assert "pier" not in f"{error!r} {error} {error.facts} {error.__cause__} {caplog.text}"
    assert error.__suppress_context__ or error.__context__ is None
    server.manners = "good"
    assert (await embedder.embed([SECRET])).shape == (1, 4)
    await embedder.close()


async def test_a_silent_server_ends_at_the_deadline(server):
    embedder = remote(server, deadline_s=0.2)
    server.manners = "silent"
    with pytest.raises(EmbedderUnavailable, match=r"within 0\.2 s"):
        await embedder.embed(["Hello?"])
    await embedder.close()


async def test_nobody_there(server):
    embedder = RemoteEmbedder(base_url="http://127.0.0.1:9/v1", api_key="none", model="tall", dimensions=4)
    with pytest.raises(EmbedderUnavailable):
        await embedder.embed(["Hello?"])
    await embedder.close()


async def test_closed_is_unavailable(server):
    embedder = remote(server)
    await embedder.close()
    with pytest.raises(EmbedderUnavailable):
        await embedder.embed(["Good night"])


def test_long_texts_are_cut_into_passages(server):
    told = "Bob rowed across the lake and back. " * 60
    pieces = remote(server, passage_tokens=100).passages(told)
    assert "".join(pieces) == told
    assert 4 <= len(pieces) <= 8


async def test_bob_names_it_in_his_settings(server, opener):
    """What is said is embedded there, and nowhere else."""
    named = {"embedder_url": f"http://127.0.0.1:{server.port}/v1", "embedder_model": "tall", "embedder_dimensions": 4}
    async with opener(**named) as kin:
        assert kin.embedder_stamp == "tall:1:float32:4"
        bond = await kin.bond(user="bob", companion="lucy")
        await bond.observe([{"role": "user", "content": SECRET}])
        assert (await bond.recall("the pier")).recollections[0].memory.text == SECRET
    assert any(SECRET in text for texts in server.requests for text in texts)


async def test_an_address_alone_is_not_enough():
    async with AsyncExitStack() as stack:
        with pytest.raises(ConfigError, match="embedder_dimensions"):
            await configured_embedder(stack, Settings(embedder_url="http://127.0.0.1:1/v1", embedder_model="lengths"))

"""Bob runs the server and reads its logs; Charlie reads an error somebody pasted. Neither learns what Alice said."""

import io
import logging

import httpx
import pytest
import structlog

from everkin.ops.logs import configure
from everkin.testing.faults import Mishap, Script
from support.serving import serving

WORDS = ("Tromsø", "lighthouse", "Marguerite")
TOLD = "I am moving to Tromsø to keep the lighthouse with Marguerite."


@pytest.fixture
def log():
    kept = structlog.get_config(), logging.root.handlers[:]
    out = io.StringIO()
    configure(level="debug", style="json", stream=out)
    yield out
    structlog.configure(**kept[0])
    logging.root.handlers[:] = kept[1]
    logging.captureWarnings(False)


def requests_that_go_wrong():
    """Alice's words in every place where a request can break."""
    chat = {"model": "lucy", "messages": [{"role": "user", "content": TOLD}]}
    said = {"role": "user", "content": TOLD}
    yield "POST", "/v1/chat/completions", {"json": chat | {"model": TOLD}}
    yield "POST", "/v1/chat/completions", {"json": chat | {"temperature": TOLD, "n": TOLD}}
    yield "POST", "/v1/chat/completions", {"json": {"model": "lucy", "messages": [{"role": TOLD, "content": TOLD}]}}
    yield "POST", "/v1/chat/completions", {"json": {"model": "lucy", "messages": [{TOLD: TOLD}]}}
    yield "POST", "/v1/chat/completions", {"json": chat | {"metadata": TOLD}}
    yield "POST", "/v1/chat/completions", {"content": TOLD.encode(), "headers": {"content-type": "application/json"}}
    yield "POST", "/v1/chat/completions", {"content": TOLD.encode(), "headers": {"content-type": "text/plain"}}
    yield "POST", "/v1/embeddings", {"json": {"model": TOLD, "input": TOLD}}
    yield "POST", "/v1/embeddings", {"json": {"model": "all-MiniLM-L6-v2", "input": [TOLD, ""]}}
    yield "POST", "/v1/bonds/alice/lucy/observe", {"json": {"messages": [said | {"at": TOLD}]}}
    yield "POST", "/v1/bonds/alice/lucy/observe", {"json": {"messages": [said | {"id": [TOLD]}]}}
    yield "POST", "/v1/bonds/alice/lucy/observe", {"json": {"messages": [said | {"parent": TOLD * 100}]}}
    yield "POST", "/v1/bonds/alice/lucy/reply", {"json": {"text": [TOLD]}}
    yield "POST", "/v1/bonds/alice/lucy/recall", {"json": {"question": {TOLD: TOLD}}}
    yield "GET", f"/v1/bonds/alice/{TOLD}/memories", {}
    yield "GET", f"/v1/bonds/alice/lucy/memories/{TOLD}/sources", {}
    yield "GET", "/v1/bonds/alice/lucy/timeline", {"params": {"from": TOLD}}
    yield "GET", f"/{TOLD}", {}
    yield "PUT", "/v1/users/alice/time-zone", {"json": {"zone": TOLD}}
    yield "PUT", "/v1/companions/lucy", {"json": {"persona": {TOLD: TOLD}}}


async def test_no_error_and_no_log_line_repeats_what_alice_said(kin, log, provider):
    provider.play(Script(mishap=Mishap.ERROR_500))
    async with serving(kin) as address, httpx.AsyncClient(base_url=address, timeout=30) as client:
        await client.post("/v1/bonds/alice/lucy/observe", json={"messages": [{"role": "user", "content": TOLD}]})
        for method, path, request in requests_that_go_wrong():
            answer = await client.request(method, path, **request)
            assert 400 <= answer.status_code < 500, (method, path)
            assert not any(word in answer.text for word in WORDS), (method, path)
        reply = await client.post("/v1/bonds/alice/lucy/reply", json={"text": TOLD})
        assert reply.status_code == 200
    assert '"route":"/v1/bonds/{user}/{companion}/observe"' in log.getvalue().replace('": "', '":"')
    assert not any(word in log.getvalue() for word in WORDS)
    assert "alice" not in log.getvalue()


async def test_an_error_nobody_planned_for_tells_its_place_alone(kin, log, monkeypatch):
    async def broken(**_):
        raise RuntimeError(TOLD)

    monkeypatch.setattr(kin, "bond", broken)
    async with serving(kin) as address, httpx.AsyncClient(base_url=address) as client:
        answer = await client.post("/v1/bonds/alice/lucy/reply", json={"text": TOLD, "stream": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "unforeseen")
    assert "RuntimeError" in log.getvalue()
    assert "everkin/api/door.py" in log.getvalue()
    assert not any(word in answer.text + log.getvalue() for word in WORDS)

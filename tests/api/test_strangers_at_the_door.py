"""Who is let in, and who is not: other machines, other people's keys, web pages, and far too much at once."""

import asyncio
import http.client
import json

import httpx
import pytest

from everkin.api import create_app
from everkin.config.settings import Settings
from everkin.errors import ConfigError
from support.serving import serving

ALICES, APPS = "alices-secret-key-0001", "the-key-of-the-app-itself"
KEYS = f"{ALICES}:alice,{APPS}"
ASK = {"model": "lucy", "messages": [{"role": "user", "content": "My dog is called Biscuit."}]}


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
async def locked(kin):
    async with (
        serving(kin, api_keys=KEYS) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as client,
    ):
        yield client


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "home.example"])
async def test_no_server_opens_to_other_machines_without_keys(kin, host):
    with pytest.raises(ConfigError, match="no API key is set"):
        create_app(kin, Settings(host=host))
    assert create_app(kin, Settings(host=host, api_keys=KEYS))


@pytest.mark.parametrize("headers", [{}, bearer("wrong-key-wrong-key"), {"Authorization": ALICES}, bearer(ALICES[:-1])])
async def test_nobody_comes_in_without_a_key(locked, headers):
    answer = await locked.post("/v1/chat/completions", json=ASK, headers=headers)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_health_and_the_page_need_no_key(locked):
    for path in ("/healthz", "/readyz", "/", "/page/page.js"):
        assert (await locked.get(path)).status_code == 200
    assert (await locked.get("/openapi.json")).status_code == 401


async def test_a_users_key_speaks_for_that_user_alone(locked, kin):
    assert (await locked.post("/v1/chat/completions", json=ASK, headers=bearer(ALICES))).status_code == 200
    assert (await (await kin.bond(user="alice", companion="lucy", create=False)).memories()) != []
    for answer in (
        await locked.post("/v1/chat/completions", json=ASK, headers=bearer(ALICES) | {"X-Everkin-User": "bob"}),
        await locked.get("/v1/bonds/bob/lucy/memories", headers=bearer(ALICES)),
        await locked.delete("/v1/users/bob", headers=bearer(ALICES)),
        await locked.put("/v1/companions/lucy", json={"persona": "Lucy is rude."}, headers=bearer(ALICES)),
    ):
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")


async def test_a_users_key_does_not_make_a_companion_in_passing(locked):
    said = {"messages": [{"role": "user", "content": "Hello."}]}
    path = "/v1/bonds/alice/somebody-new/observe"
    assert (await locked.post(path, json=said, headers=bearer(ALICES))).status_code == 404
    assert (await locked.post(path, json=said, headers=bearer(APPS))).status_code == 200


async def test_a_disclosure_is_reviewed_by_the_app_and_not_by_the_user_it_is_about(locked):
    said = {"messages": [{"role": "user", "content": "I want to kill myself."}]}
    lucy = "/v1/bonds/alice/lucy"
    await locked.post(f"{lucy}/observe", json=said, headers=bearer(APPS))
    (told,) = (await locked.get(f"{lucy}/disclosures", headers=bearer(ALICES))).json()
    place = f"{lucy}/disclosures/{told['id']}"
    decided = {"decision": "dismiss"}
    assert (await locked.post(f"{place}/review", json=decided, headers=bearer(ALICES))).status_code == 403
    assert (await locked.get(f"{place}/message", headers=bearer(ALICES))).status_code == 403
    assert (await locked.get(f"{place}/message", headers=bearer(APPS))).json()["content"] == "I want to kill myself."
    assert (await locked.post(f"{place}/review", json=decided, headers=bearer(APPS))).json()["state"] == "dismissed"
    assert (await locked.post(f"{place}/review", json=decided, headers=bearer(APPS))).status_code == 400
    assert (await locked.get(f"{lucy}/disclosures", headers=bearer(ALICES))).json() == []
    assert len((await locked.get(f"{lucy}/disclosures?settled=true", headers=bearer(APPS))).json()) == 1


async def test_an_openai_user_field_does_not_move_a_users_key(locked, kin):
    """Some programs always send an id of their own there."""
    answer = await locked.post("/v1/chat/completions", json=ASK | {"user": "id-4711"}, headers=bearer(ALICES))
    assert answer.status_code == 200
    assert (await (await kin.bond(user="alice", companion="lucy", create=False)).memories()) != []


async def test_an_apps_key_speaks_for_whom_it_names(locked):
    for user in ("bob", "charlie"):
        headers = bearer(APPS) | {"X-Everkin-User": user}
        assert (await locked.post("/v1/chat/completions", json=ASK, headers=headers)).status_code == 200
        assert (await locked.get(f"/v1/bonds/{user}/lucy/memories", headers=bearer(APPS))).json() != []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[::1", "a b"])
async def test_a_name_that_was_rebound_to_this_machine_is_refused(http, host):
    answer = await http.get("/v1/companions", headers={"Host": host})
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9000", "[::1]:8765", "LocalHost:1"])
async def test_this_machine_by_any_of_its_names_is_let_in(http, host):
    assert (await http.get("/v1/companions", headers={"Host": host})).status_code == 200


async def test_a_web_page_of_another_origin_cannot_post(http, server, kin):
    for origin in (
        "https://evil.example",
        "null",
        "http://localhost:1",
        server.replace("http", "https") + ".evil.example",
    ):
        answer = await http.post("/v1/chat/completions", json=ASK, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    assert (await http.post("/v1/chat/completions", json=ASK, headers={"Origin": server})).status_code == 200


async def test_names_and_origins_that_were_allowed_are_let_in(kin):
    told = {"allowed_hosts": "home.example", "allowed_origins": "https://chat.example"}
    async with serving(kin, **told) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/v1/companions", headers={"Host": "home.example"})).status_code == 200
        answer = await client.get("/v1/companions", headers={"Origin": "https://chat.example"})
        assert answer.headers["access-control-allow-origin"] == "https://chat.example"
        assert (await client.get("/v1/companions", headers={"Origin": "https://evil.example"})).status_code == 403


async def test_sixty_four_megabytes_are_refused_before_they_are_read(server):
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(64 * 1024 * 1024))
    connection.endheaders()
    answer = await asyncio.to_thread(connection.getresponse)
    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (413, "too_large")
    connection.close()


async def test_nor_is_a_body_whose_length_was_not_said(kin):
    async def parts():
        for _ in range(20):
            yield b" " * 1024

    async with serving(kin, body_bytes_max=10_000) as address, httpx.AsyncClient(base_url=address) as client:
        answer = await client.post(
            "/v1/chat/completions", content=parts(), headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_every_answer_forbids_to_be_framed_sniffed_or_kept(http):
    for path in ("/", "/v1/companions", "/nowhere"):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]

"""Alice's app allows Lucy to write first, comes to ask, listens, and reads what has changed for weeks."""

import json

import httpx
import pytest

ALICE = "/v1/bonds/alice/lucy"


@pytest.fixture
async def alice(http: httpx.AsyncClient) -> httpx.AsyncClient:
    said = [
        {"role": "user", "content": "My sister Mia lives in Porto.", "at": "2025-05-01T09:00:00Z", "id": "m1"},
        {"role": "user", "content": "I live in Lisbon.", "at": "2025-05-01T09:01:00Z", "id": "m2"},
    ]
    answer = await http.post(f"{ALICE}/observe", json={"messages": said})
    assert answer.status_code == 200
    return http


async def test_off_until_she_turns_it_on_and_on_her_own_clock(alice: httpx.AsyncClient) -> None:
    assert (await alice.get(f"{ALICE}/initiative")).json()["enabled"] is False
    wanted = {
        "enabled": True,
        "quiet_from": "22:00:00",
        "quiet_until": "08:30:00",
        "per_day": 2,
        "zone": "Europe/Lisbon",
    }
    told = (await alice.put(f"{ALICE}/initiative", json=wanted)).json()
    assert told == {**wanted, "per_week": 3}
    assert (await alice.get(f"{ALICE}/initiative")).json() == told
    assert (await alice.get("/v1/users/alice")).json()["time_zone"] == "Europe/Lisbon"


@pytest.mark.parametrize(
    "ask",
    [
        {"enabled": True, "zone": "Europe/Atlantis"},
        {"enabled": True, "quiet_from": "25:00"},
        {"enabled": True, "per_day": -1},
        {"enabled": True, "per_week": 1000},
        {"enabled": True, "hours": "any"},
        {},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_turned_on(
    alice: httpx.AsyncClient, ask: dict[str, object]
) -> None:
    assert (await alice.put(f"{ALICE}/initiative", json=ask)).status_code in (400, 422)
    assert (await alice.get(f"{ALICE}/initiative")).json()["enabled"] is False


async def test_there_is_nothing_to_fetch_yet(alice: httpx.AsyncClient) -> None:
    assert (await alice.get(f"{ALICE}/initiative/messages")).json() == []
    assert (await alice.get("/v1/bonds/charlie/lucy/initiative/messages")).status_code == 404


async def test_a_stream_opens_at_once(alice: httpx.AsyncClient) -> None:
    async with alice.stream("GET", f"{ALICE}/initiative/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert await anext(answer.aiter_text()) == ": still here\n\n"


async def test_arcs_and_a_summary_that_cites(alice: httpx.AsyncClient) -> None:
    arcs = (await alice.get(f"{ALICE}/arcs")).json()
    assert (arcs["arcs"], arcs["themes"]) == ([], [])
    summary = (await alice.get(f"{ALICE}/summary")).json()
    texts = {sentence["text"]: sentence["message_ids"] for sentence in summary}
    assert texts["They live in Lisbon."] == ["m2"]
    assert all(sentence["message_ids"] for sentence in summary)
    assert json.dumps(summary).count("Mia") >= 1

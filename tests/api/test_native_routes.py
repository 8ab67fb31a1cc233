"""Alice's own program talks with Lucy through the native routes; Bob and Charlie have no part in it."""

import json
from datetime import UTC, datetime

import pytest

NO_SUCH = "01a1fd8a-daaf-720e-a202-1ab987273435"
ALICE = "/v1/bonds/alice/lucy"
SAID = "My dog Biscuit is afraid of thunder."
ASKED = "Is Biscuit afraid of anything?"


async def told(http, *texts):
    """Said last year, in a conversation that is over."""
    messages = [
        {"role": "user", "content": text, "at": f"2025-05-0{day}T20:15:00Z"} for day, text in enumerate(texts, start=1)
    ]
    answer = await http.post(f"{ALICE}/observe", json={"messages": messages, "conversation": "last year"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(text):
    """The events of a stream: (number, name, data)."""
    found = []
    for block in text.strip().split("\n\n"):
        if not block.startswith(":"):
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def test_what_is_observed_is_recalled(http):
    observed = await told(http, SAID)
    assert observed["kept"] == 1
    recalled = (await http.post(f"{ALICE}/recall", json={"question": ASKED})).json()
    memory = recalled["recollections"][0]["memory"]
    assert (recalled["verdict"], memory["text"], memory["kind"], memory["role"]) == ("found", SAID, "episodic", "user")


async def test_a_context_holds_what_was_recalled_and_keeps_its_budget(http):
    await told(http, SAID)
    context = (await http.post(f"{ALICE}/context", json={"question": ASKED, "tokens": 1000})).json()
    assert (context["verdict"], context["tokens"] <= 1000) == ("found", True)
    assert context["recollections"][0]["memory"]["text"] == SAID


async def test_a_reply_in_one_piece(http):
    await told(http, SAID)
    reply = (await http.post(f"{ALICE}/reply", json={"text": ASKED})).json()
    assert reply["text"] == "I am glad you told me."
    assert (reply["verdict"], reply["delivery"], reply["understudy"]) == ("found", "complete", False)


@pytest.mark.parametrize(("more", "headers"), [({"stream": True}, {}), ({}, {"accept": "text/event-stream"})])
async def test_a_reply_in_numbered_events(http, more, headers):
    await told(http, SAID)
    answer = await http.post(f"{ALICE}/reply", json={"text": ASKED} | more, headers=headers)
    numbers, names, data = zip(*events(answer.text), strict=True)
    assert numbers == tuple(range(1, len(numbers) + 1))
    assert (names[0], set(names[1:-1]), names[-1]) == ("started", {"text"}, "finished")
    assert data[0]["recollections"][0]["memory"]["text"] == SAID
    assert "".join(piece["text"] for piece in data[1:-1]) == data[-1]["text"]


async def test_why_do_you_know_this(http):
    await told(http, SAID)
    memory = (await http.get(f"{ALICE}/memories")).json()[0]
    (source,) = (await http.get(f"{ALICE}/memories/{memory['id']}/sources")).json()
    assert (source["id"], source["content"]) == (memory["message_ids"][0], SAID)


async def test_a_memory_is_pinned_and_let_go_again(http):
    await told(http, SAID)
    memory = (await http.get(f"{ALICE}/memories")).json()[0]
    for body, pinned in ((None, True), ({"pinned": False}, False)):
        assert (await http.post(f"{ALICE}/memories/{memory['id']}/pin", json=body)).status_code == 204
        assert (await http.get(f"{ALICE}/memories")).json()[0]["pinned"] is pinned


async def test_what_is_erased_is_not_recalled(http):
    await told(http, SAID)
    memory = (await http.get(f"{ALICE}/memories")).json()[0]
    assert (await http.delete(f"{ALICE}/memories/{memory['id']}")).json()["messages"] == 1
    assert (await http.get(f"{ALICE}/memories")).json() == []
    assert (await http.post(f"{ALICE}/recall", json={"question": ASKED})).json()["recollections"] == []


async def test_the_timeline_is_newest_first(http):
    await told(http, "I moved to Lisbon.", "I found a flat.")
    memories = (await http.get(f"{ALICE}/timeline")).json()
    said = [memory["text"] for memory in memories if memory["kind"] == "episodic"]
    assert said == ["I found a flat.", "I moved to Lisbon."]
    later = (await http.get(f"{ALICE}/timeline", params={"from": "2025-05-02T00:00:00"})).json()
    assert [memory["text"] for memory in later] == ["I found a flat."]
    odd = await http.get(f"{ALICE}/timeline", params={"to": "2025-05-01T23:59:00-23:59"})
    assert (odd.status_code, len(odd.json())) == (200, 2)


async def test_state_and_disclosures_can_be_looked_at(http):
    await told(http, SAID)
    assert (await http.get(f"{ALICE}/state")).json()["persona"][0] == "lucy"
    assert (await http.get(f"{ALICE}/disclosures")).json() == []


async def test_alice_has_a_time_zone_of_her_own(http):
    await told(http, SAID)
    assert (await http.put("/v1/users/alice/time-zone", json={"zone": "Asia/Tokyo"})).status_code == 204
    assert (await http.get("/v1/users/alice")).json()["time_zone"] == "Asia/Tokyo"
    assert (await http.put("/v1/users/alice/time-zone", json={"zone": "Middle/Earth"})).status_code == 400
    assert (await http.get("/v1/users/nobody")).status_code == 404


async def test_alice_is_erased(http):
    await told(http, SAID)
    assert (await http.delete("/v1/users/alice")).json()["memories"] > 0
    answer = await http.post(f"{ALICE}/recall", json={"question": ASKED})
    assert answer.status_code in (404, 410)


async def test_looking_at_a_bond_does_not_make_one(http):
    assert (await http.get("/v1/bonds/charlie/lucy/memories")).status_code == 404


async def test_a_companion_is_made_and_listed(http):
    made = (await http.put("/v1/companions/mira", json={"persona": "Mira is a gardener of few words."})).json()
    assert made["name"] == "mira"
    assert {one["name"] for one in (await http.get("/v1/companions")).json()} == {"lucy", "mira"}
    assert (await http.get("/v1/companions/mira")).json() == made
    assert (await http.get("/v1/companions/nobody")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{ALICE}/memories/{NO_SUCH}/sources", None, 404),
        ("DELETE", f"{ALICE}/memories/{NO_SUCH}", None, 404),
        ("DELETE", f"{ALICE}/memories/not-an-id", None, 400),
        ("POST", f"{ALICE}/recall", {"question": None}, 400),
        ("POST", f"{ALICE}/recall", {"question": ASKED, "at": "yesterday"}, 400),
        ("POST", f"{ALICE}/recall", {"question": ASKED, "limit": 0}, 400),
        ("POST", f"{ALICE}/observe", {"messages": [{"role": "narrator", "content": SAID}]}, 400),
        ("GET", "/v1/nowhere", None, 404),
        ("PATCH", f"{ALICE}/recall", None, 405),
    ],
)
async def test_every_error_has_one_form_and_repeats_nothing(http, method, path, body, status):
    await told(http, "I moved to Lisbon.")
    answer = await http.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"].keys() == {"message", "type", "param", "code", "kept", "next", "retryable"}
    assert answer.json()["error"]["next"]
    for word in ("Biscuit", "yesterday", "narrator", "not-an-id"):
        assert word not in answer.text


@pytest.mark.parametrize(
    "at", ["2025-05-03T20:15:00-18:21", "2025-05-03T20:15:00", "1950-05-03T20:15:00Z", "9000-01-01T00:00:00Z"]
)
async def test_strange_times_are_taken_as_they_are_meant(http, at):
    said = {"messages": [{"role": "user", "content": SAID, "at": at}]}
    assert (await http.post(f"{ALICE}/observe", json=said)).json()["kept"] == 1
    kept = (await http.get(f"{ALICE}/memories")).json()[-1]["at"]
    meant = datetime.fromisoformat(at)
    assert datetime.fromisoformat(kept) == (meant if meant.tzinfo else meant.replace(tzinfo=UTC))
    for path, ask in (("recall", {"question": ASKED}), ("context", {"question": ASKED}), ("reply", {"text": ASKED})):
        assert (await http.post(f"{ALICE}/{path}", json=ask | {"at": at})).status_code == 200


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
async def test_times_that_no_calendar_has_are_refused(http, at):
    said = {"messages": [{"role": "user", "content": SAID, "at": at}]}
    await told(http, SAID)
    assert (await http.post(f"{ALICE}/observe", json=said)).status_code == 400
    assert (await http.post(f"{ALICE}/recall", json={"question": ASKED, "at": at})).status_code == 400


STRANGE = {
    "empty": "",
    "a megabyte": "a word " * 150_000,
    "binary": "".join(map(chr, range(256))),
    "half an emoji": "half \ud83d of it",
    "right to left": "שלום, קוראים לי דנה",
    "emoji": "🌊🐕🎉",
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE)
async def test_strange_messages_are_kept_or_refused_and_can_be_read_back(http, content):
    body = json.dumps({"messages": [{"role": "user", "content": content}]})
    answer = await http.post(f"{ALICE}/observe", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (200, 400)
    kept = answer.json()["kept"] if answer.status_code == 200 else 0
    memories = (await http.get(f"{ALICE}/memories")).json() if kept else []
    assert [memory["text"] for memory in memories if memory["kind"] == "episodic"] in ([], [content])
    for question in (content[:1000], "What did I say?"):
        asked = json.dumps({"question": question})
        recalled = await http.post(f"{ALICE}/recall", content=asked, headers={"content-type": "application/json"})
        assert recalled.status_code == (200 if kept else 404)


async def test_alive_and_ready(http):
    assert (await http.get("/healthz")).json() == {"status": "alive"}
    ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert ready.json()["parts"].keys() == {"database", "embedder", "hot tier", "provider vllm"}

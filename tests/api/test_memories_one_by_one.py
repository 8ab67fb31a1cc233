"""Alice's own program shows her what Lucy remembers, and does with it what she says; Charlie's id leads nowhere."""

from uuid import uuid4

ALICE = "/v1/bonds/alice/lucy"
SAID = {"role": "user", "content": "I'm allergic to walnuts.", "at": "2025-05-01T20:15:00Z"}


async def allergy(http):
    await http.post(f"{ALICE}/observe", json={"messages": [SAID]})
    known = (await http.get(f"{ALICE}/memories")).json()
    return next(memory for memory in known if memory["fact"] and memory["fact"]["predicate"] == "allergy")


async def test_a_memory_is_searched_put_right_and_explained(http):
    memory = await allergy(http)
    found = (await http.post(f"{ALICE}/memories/search", json={"text": "walnuts"})).json()
    assert memory["id"] in [one["id"] for one in found]
    edited = (await http.patch(f"{ALICE}/memories/{memory['id']}", json={"text": "hazelnuts"})).json()
    assert (edited["text"], edited["pinned"], edited["fact"]["origin"]) == (
        "user: allergy, hazelnuts",
        True,
        "corrected",
    )
    why = (await http.get(f"{ALICE}/memories/{edited['id']}/why")).json()
    assert SAID["content"] in why["why"]
    assert [source["content"] for source in why["sources"]] == [SAID["content"]]
    assert why["fate"][0].startswith("warm")
    assert "pinned: it does not fade" in why["fate"]


async def test_what_is_not_there_is_not_found(http):
    await allergy(http)
    for method, path, body in (
        ("PATCH", "", {"text": "x"}),
        ("GET", "/why", None),
        ("GET", "/sources", None),
        ("POST", "/restore", None),
    ):
        answer = await http.request(method, f"{ALICE}/memories/{uuid4()}{path}", json=body)
        assert answer.status_code == 404


async def test_no_words_are_no_correction(http):
    memory = await allergy(http)
    for text in ("", "   "):
        answer = await http.patch(f"{ALICE}/memories/{memory['id']}", json={"text": text})
        assert 400 <= answer.status_code < 500


async def test_nothing_is_fading_and_what_does_not_fade_is_not_restored(http):
    memory = await allergy(http)
    assert (await http.get(f"{ALICE}/fading")).json() == []
    assert (await http.post(f"{ALICE}/memories/{memory['id']}/restore")).status_code == 404


async def test_the_days_her_life_is_told_by(http):
    said = [
        {"id": "a", "role": "user", "content": "We moved to Bergen in May 2019.", "at": "2026-05-01T10:00:00Z"},
        {"id": "b", "role": "user", "content": "My sister Mia got engaged!", "at": "2026-05-02T10:00:00Z"},
    ]
    await http.post("/v1/bonds/alice/lucy/observe", json={"messages": said})
    events = (await http.get("/v1/bonds/alice/lucy/life-events")).json()
    assert [(each["milestone"], each["who"], each["message_ids"]) for each in events] == [
        ("move", "", ["a"]),
        ("engagement", "sister Mia", ["b"]),
    ]
    assert events[0]["start"].startswith("2019-05-01")
    since = (await http.get("/v1/bonds/alice/lucy/life-events", params={"from": "2026-01-01T00:00:00Z"})).json()
    assert [each["milestone"] for each in since] == ["engagement"]


async def test_what_they_talk_about(http):
    said = [
        f"The choir practises the {what} of the requiem." for what in ("alto part", "ending", "slow bars", "first page")
    ]
    messages = [{"role": "user", "content": text, "at": f"2026-05-03T20:1{n}:00Z"} for n, text in enumerate(said)]
    await http.post("/v1/bonds/alice/lucy/observe", json={"messages": messages})
    [topic] = (await http.get("/v1/bonds/alice/lucy/topics")).json()
    assert ("choir" in topic["words"], topic["messages"]) == (True, 4)
    listed = (await http.get(f"/v1/bonds/alice/lucy/topics/{topic['id']}", params={"limit": 2})).json()
    assert [memory["text"] for memory in listed["memories"]] == said[:1:-1]
    nowhere = await http.get("/v1/bonds/alice/lucy/topics/01a1fd8a-daaf-720e-a202-1ab987273435")
    assert nowhere.status_code == 404

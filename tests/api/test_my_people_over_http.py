"""Alice's own program shows her people, and puts right who is who; Bob's id leads nowhere."""

from uuid import uuid4

import pytest

ALICE = "/v1/bonds/alice/lucy"
SAID = [
    {"role": "user", "id": "a", "content": "My sister Anna lives in Oslo.", "at": "2026-05-01T20:15:00Z"},
    {"role": "user", "id": "b", "content": "Anna moved to Bergen.", "at": "2026-05-02T20:15:00Z"},
    {"role": "user", "id": "c", "content": "Rebecca came by.", "at": "2026-05-03T20:15:00Z"},
]


@pytest.fixture
async def people(http):
    await http.post(f"{ALICE}/observe", json={"messages": SAID})
    found = (await http.get(f"{ALICE}/people")).json()
    return {each["name"]: each for each in found}


async def test_the_list_says_who_is_who(people):
    assert list(people) == ["Rebecca", "Anna"]
    anna = people["Anna"]
    assert (anna["relation"], anna["whose"], anna["mentions"]) == ("sister", "user", 2)
    assert (anna["first_at"], anna["last_at"]) == ("2026-05-01T20:15:00Z", "2026-05-02T20:15:00Z")


async def test_a_page_says_what_is_known_and_from_where(http, people):
    page = (await http.get(f"{ALICE}/people/{people['Anna']['id']}")).json()
    homes = [trait for trait in page["traits"] if trait["predicate"] == "home"]
    assert [(trait["value"], trait["current"], trait["message_ids"]) for trait in homes] == [
        ("Oslo", False, ["a"]),
        ("Bergen", True, ["b"]),
    ]


async def test_a_person_is_called_what_they_are_called(http, people):
    path = f"{ALICE}/people/{people['Anna']['id']}"
    put = (await http.patch(path, json={"name": "Anna Berg"})).json()
    assert (put["name"], put["relation"]) == ("Anna Berg", "sister")
    assert (await http.patch(path, json={"name": ""})).status_code == 400
    assert (await http.get(path)).json()["name"] == "Anna Berg"


async def test_two_are_made_one_and_one_two(http, people):
    anna, rebecca = people["Anna"]["id"], people["Rebecca"]["id"]
    both = (await http.post(f"{ALICE}/people/{anna}/merge", json={"other": rebecca})).json()
    assert both["mentions"] == 3
    assert [each["why"] for each in both["aliases"] if each["name"] == "Rebecca"] == ["hand"]
    assert (await http.post(f"{ALICE}/people/{rebecca}/merge", json={"other": anna})).status_code == 400
    pages = (await http.post(f"{ALICE}/people/{anna}/unmerge", json={"alias": rebecca})).json()
    assert [page["name"] for page in pages] == ["Anna", "Rebecca"]


async def test_who_is_erased_is_gone_with_the_messages(http, people):
    erased = (await http.delete(f"{ALICE}/people/{people['Anna']['id']}")).json()
    assert erased["messages"] == 2
    assert [each["name"] for each in (await http.get(f"{ALICE}/people")).json()] == ["Rebecca"]
    assert all("Anna" not in each["text"] for each in (await http.get(f"{ALICE}/memories")).json())


async def test_nobody_is_nobody(http, people):
    await http.post("/v1/bonds/bob/lucy/observe", json={"messages": [SAID[2]]})
    anna, stranger = people["Anna"]["id"], str(uuid4())
    for base, id in ((ALICE, stranger), ("/v1/bonds/bob/lucy", anna)):
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "X"}),
            ("DELETE", "", None),
            ("POST", "/merge", {"other": stranger}),
            ("POST", "/unmerge", {"alias": stranger}),
        ):
            answer = await http.request(method, f"{base}/people/{id}{path}", json=body)
            assert answer.status_code == 404, (method, path)
    assert (await http.get("/v1/bonds/nobody/lucy/people")).status_code == 404
    assert (await http.get(f"{ALICE}/people/anna")).status_code == 400

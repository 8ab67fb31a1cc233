"""An operator releases and rolls out a persona over HTTP; a user sees what they wore, and can begin anew."""

from everkin.mind.persona import version_of

FIRST = "name: Mira\nidentity: You are Mira, calm.\nstyle: {length: {usual: 40, range: [10, 80]}}\n"
SECOND = FIRST.replace("calm", "quick")
OLD, NEW = version_of(FIRST), version_of(SECOND)
MIRA = "/v1/companions/mira"
ALICE = "/v1/bonds/alice/mira"


async def test_a_version_from_its_release_to_its_rollback(http):
    assert (await http.put(MIRA, json={"persona": FIRST})).json()["version"] == OLD
    assert (await http.post(f"{MIRA}/persona/release", json={"persona": SECOND})).json()["version"] == NEW
    rollout = (await http.post(f"{MIRA}/persona/rollout", json={"shares": [0.05, 0.5], "every_hours": 24})).json()
    assert (rollout["version"], rollout["control"], rollout["share"], rollout["steps"]) == (NEW, OLD, 0.05, [0.5])
    assert (await http.post(f"{MIRA}/persona/promote", json={})).json()["version"] == NEW
    assert (await http.post(f"{MIRA}/persona/rollback", json={})).json()["version"] == OLD
    told = (await http.get(f"{MIRA}/persona")).json()
    assert [event["act"] for event in told["events"]] == ["put", "release", "rollout", "promote", "rollback"]
    assert (told["current"], told["rollout"]) == (OLD, None)
    assert (await http.get(f"{MIRA}/persona/{NEW[:6]}")).json()["document"] == SECOND


async def test_what_cannot_be_is_refused(http):
    await http.put(MIRA, json={"persona": FIRST})
    flawed = await http.put(MIRA, json={"persona": FIRST + "emotion: {baselines: {hunger: 1}}\n"})
    assert (flawed.status_code, flawed.json()["error"]["code"]) == (400, "persona_refused")
    assert "line 4: There is no axis `hunger`." in flawed.json()["error"]["message"]
    never = await http.post(f"{MIRA}/persona/rollback", json={"version": "feedbeefcafe"})
    assert (never.status_code, "never" in never.json()["error"]["message"]) == (404, True)
    assert (await http.post(f"{MIRA}/persona/rollout", json={"shares": [0.5, 0.1]})).status_code == 400
    flaws = (await http.post(f"{MIRA}/persona/lint", json={"persona": "name: a\nname: b"})).json()["flaws"]
    assert [(flaw["line"], flaw["rule"]) for flaw in flaws] == [(2, "duplicate")]
    assert (await http.get("/v1/persona.schema.json")).json()["title"] == "An Everkin persona"


async def test_alice_sees_what_mira_was_and_begins_anew(http):
    await http.put(MIRA, json={"persona": FIRST})
    await http.post(f"{ALICE}/reply", json={"text": "Shorter answers, please."})
    assert [spell["version"] for spell in (await http.get(f"{ALICE}/personas")).json()] == [OLD]
    assert (await http.get(f"{ALICE}/voice")).json()["dials"]["length"] < 25
    assert (await http.delete(f"{ALICE}/voice")).status_code == 204
    assert (await http.get(f"{ALICE}/voice")).json()["dials"]["length"] == 40
    assert (await http.get(f"{ALICE}/state")).json()["drifted"] is False

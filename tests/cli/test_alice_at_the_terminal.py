"""Alice brings her chats, asks, talks, looks why, and erases: all at a terminal."""

import json

import pytest

CHAT = [
    {"role": "user", "content": "My dog Biscuit is afraid of thunder.", "id": "1", "at": "2025-05-03T20:15:00Z"},
    {"role": "assistant", "content": "Poor Biscuit. Where does he hide?", "id": "2", "at": "2025-05-03T20:15:30Z"},
    {"role": "user", "content": "Under the stairs.", "id": "3", "at": "2025-05-03T20:16:00Z"},
]


@pytest.fixture
def chats(house):
    file = house / "chats.jsonl"
    file.write_text("\n".join([*map(json.dumps, CHAT), "{broken"]), encoding="utf-8")
    return file


@pytest.fixture
def brought(everkin, chats):
    """Her chats, in Lucy's memory."""
    assert everkin("import", chats, "--user", "alice", "--companion", "lucy").code == 0
    return everkin


def test_an_import_reports_what_was_read_and_what_was_not(everkin, chats):
    ran = everkin("import", chats, "--user", "alice", "--companion", "lucy")
    assert ran.code == 0
    assert "Read 3 messages" in ran.out
    assert "Kept 3 new" in ran.out
    assert "line 4" in ran.out
    assert "everkin chat lucy -u alice" in ran.out


def test_importing_again_changes_nothing(brought, chats):
    told = json.loads(brought("import", chats, "-u", "alice", "-c", "lucy", "--json").out)
    assert (told["messages"], told["kept"], told["unchanged"]) == (3, 0, 3)


def test_the_first_run_shows_the_phrase_and_where_the_keys_lie(everkin, house):
    ran = everkin("companions", "list")
    assert "Recovery phrase" in ran.err
    unwrapped = "".join(ran.err.replace("│", "").split())
    assert str(house / "keys") in unwrapped
    assert ran.out == ""


def test_a_question_from_another_process_is_answered_with_its_day(brought):
    ran = brought("recall", "What is Biscuit afraid of?", "-u", "alice")
    assert ran.code == 0
    assert "Sat 3 May 2025" in ran.out
    assert "afraid of thunder" in ran.out


def test_the_same_for_other_programs(brought):
    told = json.loads(brought("recall", "What is Biscuit afraid of?", "-u", "alice", "--json", "--limit", "1").out)
    assert told["recollections"][0]["memory"]["message_ids"] == ["1"]
    composed = json.loads(brought("context", "What is Biscuit afraid of?", "-u", "alice", "--json").out)
    assert "afraid of thunder" in json.dumps(composed["messages"])


def test_asking_makes_no_one_up(brought):
    for words in (("recall", "Who?", "-u", "charlie"), ("recall", "Who?", "-u", "alice", "-c", "mira")):
        ran = brought(*words)
        assert (ran.code, ran.out) == (1, "")
        assert "There is no such bond." in ran.err


def test_she_talks_and_asks_why(brought):
    ran = brought("chat", "lucy", "-u", "alice", typed="What is Biscuit afraid of?\n/why\n/quit\n")
    assert ran.code == 0
    assert "understudy" in ran.out
    assert ran.out.count("afraid of thunder") >= 2
    later = json.loads(brought("recall", "What did I ask about Biscuit?", "-u", "alice", "--json").out)
    assert "What is Biscuit afraid of?" in {one["memory"]["text"] for one in later["recollections"]}


def test_erasing_shows_what_will_go_and_asks(brought):
    memory = json.loads(brought("recall", "Biscuit thunder", "-u", "alice", "--json").out)["recollections"][0]["memory"]
    one = ("erase", "-u", "alice", "-c", "lucy", "--memory", memory["id"])
    unasked = brought(*one)
    assert unasked.code == 65
    assert "afraid of thunder" in unasked.err
    assert "Nothing was erased." in unasked.err
    assert "Erased 1 messages" in brought(*one, "--yes").out
    assert "thunder" not in brought("recall", "Biscuit thunder", "-u", "alice").out


def test_she_is_erased(brought):
    assert brought("erase", "-u", "alice").code == 65
    assert json.loads(brought("erase", "-u", "alice", "--yes", "--json").out)["messages"] == 3
    assert brought("recall", "Biscuit", "-u", "alice").code == 1
    assert brought("erase", "-u", "alice", "--yes").code == 1


def test_a_companion_gets_a_persona(everkin, house):
    (house / "mira.yaml").write_text("identity: Mira is a gardener of few words.\n")
    assert everkin("companions", "put", "mira", house / "mira.yaml").code == 0
    (companion,) = json.loads(everkin("companions", "list", "--json").out)
    assert companion["name"] == "mira"
    missing = everkin("companions", "put", "mira", house / "nowhere.yaml")
    assert (missing.code, "Nothing was changed." in missing.err) == (65, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("recall", "Who?", "--at", "yesterday"), 65, "ISO 8601"),
        (("import", "/nowhere"), 65, "cannot be read"),
        (("serve", "--host", "0.0.0.0"), 78, "EVERKIN_API_KEYS"),
        (("serve", "--port", "99999"), 78, "port"),
        (("recall", "Who?", "--dsn", "postgresql://nobody@127.0.0.1:1/nowhere"), 1, "everkin doctor"),
        (("recall",), 2, "question"),
    ],
)
def test_errors_are_told_without_a_traceback(everkin, words, code, told):
    ran = everkin(*words)
    assert ran.code == code
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_what_nobody_planned_for_keeps_her_words_to_itself(everkin, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("I am moving to Tromsø")

    monkeypatch.setattr("everkin.cli.opening.load", broken)
    ran = everkin("recall", "Where am I moving?")
    assert ran.code == 70
    assert "RuntimeError at everkin/cli/opening.py" in ran.err
    assert "Tromsø" not in ran.err + ran.out


def test_a_disclosure_is_listed_without_its_words_shown_and_reviewed(everkin):
    assert everkin("chat", "lucy", typed="I want to kill myself.\n").code == 0
    listed = everkin("disclosures", "list")
    assert "suicide" in listed.out
    assert "kill" not in listed.out + listed.err
    id = listed.out.split()[0]
    assert everkin("disclosures", "show", id).out.strip() == "I want to kill myself."
    assert "reviewed" in everkin("disclosures", "review", id, "confirm").out
    assert "None stands open" in everkin("disclosures", "list").err
    assert everkin("disclosures", "review", id, "forget").code == 2


def test_while_the_embedder_is_down_chats_are_kept_and_answers_say_what_they_went_without(everkin, chats, monkeypatch):
    monkeypatch.setenv("EVERKIN_EMBEDDER_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("EVERKIN_EMBEDDER_MODEL", "away")
    monkeypatch.setenv("EVERKIN_EMBEDDER_DIMENSIONS", "8")
    assert "Kept 3 new" in everkin("import", chats, "-u", "alice", "-c", "lucy").out
    ran = everkin("recall", "What is Biscuit afraid of?", "-u", "alice", "-c", "lucy")
    assert ran.code == 0
    assert "by words alone: the embedder does not answer" in ran.out
    assert "thunder" in ran.out
    shown = everkin("context", "What is Biscuit afraid of?", "-u", "alice", "-c", "lucy")
    assert "by words alone" in shown.out


def test_explain_shows_every_score_and_every_cut(brought):
    ran = brought(
        "recall", "What is Biscuit afraid of?", "-u", "alice", "-c", "lucy", "--limit", "1", "--explain", "--json"
    )
    told = json.loads(ran.out)
    (best,) = told["recollections"]
    weights = told["explanation"]["weights"]
    assert best["features"].keys() == weights.keys()
    assert sum(weights[name] * value for name, value in best["features"].items()) == pytest.approx(
        best["score"], abs=1e-3
    )
    cut = told["explanation"]["cut"]["beyond_limit"]
    assert len(cut) == told["explanation"]["rows"] - 1
    assert all(one["score"] <= best["score"] for one in cut)

"""Alice looks at how things stand, draws her year, reads the summary, and lets Lucy write first, at a terminal."""

import json

import pytest

from everkin.cli import picture


@pytest.fixture
def lived(everkin, house):
    said = [
        {"role": "user", "content": "I live in Lisbon.", "id": "1", "at": "2026-05-03T20:15:00Z"},
        {"role": "user", "content": "My dad died this morning, I am so sad.", "id": "2", "at": "2026-06-03T20:15:00Z"},
        {"role": "user", "content": "I have a job interview on Friday.", "id": "3", "at": "2026-06-10T20:15:00Z"},
    ]
    file = house / "chats.jsonl"
    file.write_text("\n".join(map(json.dumps, said)), encoding="utf-8")
    assert everkin("import", file, "--user", "alice", "--companion", "lucy").code == 0
    return everkin


AT = ("-u", "alice", "--at", "2026-06-11T09:00:00Z")


def test_how_things_stand(lived):
    told = lived("state", *AT).out
    assert "grief" in told
    assert "I have a job interview on Friday." in told
    state = json.loads(lived("state", *AT, "--json").out)
    assert [thread["text"] for thread in state["open_threads"]] == ["I have a job interview on Friday."]


@pytest.mark.parametrize(("name", "starts"), [("year.png", b"\x89PNG"), ("year.svg", b"<?xml")])
def test_a_year_in_one_picture_and_the_same_again(lived, house, name, starts):
    ran = lived("state", *AT, "--plot", house / name)
    assert ran.code == 0, ran.err
    first = (house / name).read_bytes()
    assert first.startswith(starts)
    lived("state", *AT, "--plot", house / name)
    assert (house / name).read_bytes() == first


def test_without_a_library_it_says_what_to_type(everkin, house, monkeypatch):
    monkeypatch.setattr(picture, "find_spec", lambda name: None)
    ran = everkin("state", "--plot", house / "year.png")
    assert ran.code == 78
    assert "pip install 'everkin[plot]'" in ran.err


def test_a_picture_has_to_be_one(everkin, house):
    ran = everkin("state", "--plot", house / "year.docx")
    assert (ran.code, "png" in ran.err) == (65, True)


def test_the_summary_cites(lived):
    told = lived("summary", *AT).out
    assert "They live in Lisbon.  [1]" in told
    assert lived("arcs", *AT).code == 0


def test_lucy_may_write_first_when_she_is_told_so(lived):
    assert "does not write first" in lived("initiative", "show", "-u", "alice").out
    on = lived("initiative", "on", "-u", "alice", "--quiet", "22:00-08:00", "--zone", "Europe/Lisbon")
    assert "quiet 22:00-08:00 in Europe/Lisbon, at most 1 a day and 3 a week" in on.out
    assert lived("initiative", "on", "-u", "alice", "--zone", "Mars/Olympus").code == 65
    assert lived("initiative", "on", "-u", "alice", "--quiet", "late").code == 65
    assert "does not write first" in lived("initiative", "off", "-u", "alice").out
    assert json.loads(lived("initiative", "messages", "-u", "alice", "--json").out) == []


def test_the_days_a_life_is_told_by(lived):
    told = lived("events", "-u", "alice").out
    assert "death" in told
    assert "dad" in told
    [event] = json.loads(lived("events", "-u", "alice", "--json").out)
    assert (event["milestone"], event["text"], event["message_ids"]) == ("death", "dad", ["2"])


def test_what_they_talk_about(lived, house):
    assert "No topic yet" in lived("topics", "-u", "alice").err
    said = [
        f"The choir practises the {what} of the requiem." for what in ("alto part", "ending", "slow bars", "first page")
    ]
    lines = [{"role": "user", "content": text, "at": f"2026-05-03T20:1{n}:00Z"} for n, text in enumerate(said)]
    (house / "choir.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert lived("import", house / "choir.jsonl", "--user", "alice", "--companion", "lucy").code == 0
    assert "choir" in lived("topics", "-u", "alice").out
    [topic] = json.loads(lived("topics", "-u", "alice", "--json").out)
    assert topic["messages"] == 4
    assert said[0] in lived("topics", "-u", "alice", "--of", topic["id"]).out

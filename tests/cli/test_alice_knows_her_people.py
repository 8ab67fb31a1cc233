"""`everkin people`: Alice sees who is who at the terminal, and puts it right."""

import json

import pytest


@pytest.fixture
def life(everkin, tmp_path):
    """Alice's chat, imported, and what `everkin people list` says of it."""
    chat = tmp_path / "chat.jsonl"
    lines = ["My sister Anna lives in Oslo.", "Anna moved to Bergen.", "Rebecca came by."]
    chat.write_text("\n".join(json.dumps({"role": "user", "content": line}) for line in lines))
    assert everkin("import", chat, "--user", "alice", "--companion", "lucy").code == 0

    def asked(*words):
        return everkin("people", *words, "--user", "alice", "--companion", "lucy")

    return asked, {each["name"]: each["id"] for each in json.loads(asked("list", "--json").out)}


def test_people_are_listed_shown_called_merged_and_parted(life):
    asked, ids = life
    assert "Anna (my sister)" in asked("list").out
    shown = asked("show", ids["Anna"]).out
    assert "Oslo" in shown
    assert "no longer so" in shown
    assert "Anna Berg" in asked("call", ids["Anna"], "--name", "Anna Berg").out
    assert json.loads(asked("merge", ids["Anna"], ids["Rebecca"], "--json").out)["mentions"] == 3
    assert len(json.loads(asked("unmerge", ids["Anna"], ids["Rebecca"], "--json").out)) == 2


def test_somebody_is_erased_only_when_it_is_meant(life):
    asked, ids = life
    refused = asked("erase", ids["Anna"])
    assert refused.code == 65
    assert "2 messages" in refused.err
    assert "Erased 2 messages" in asked("erase", ids["Anna"], "--yes").out
    gone = asked("show", ids["Anna"])
    assert gone.code == 1
    assert "nobody of that id" in gone.err

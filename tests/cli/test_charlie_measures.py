"""Charlie measures before he trusts: `everkin bench` on a set and on a chat, in a cell that is gone afterwards."""

import json
import tempfile
from pathlib import Path

from everkin.portability.samples import LIFE


def chat(folder: Path, messages: int = 60) -> Path:
    path = folder / "chat.jsonl"
    path.write_text("\n".join(LIFE.read_text(encoding="utf-8").splitlines()[:messages]), encoding="utf-8")
    return path


def questioned(folder: Path, *, answer: str | None) -> Path:
    told = [json.loads(line) for line in chat(folder).read_text(encoding="utf-8").splitlines()]
    asked = {"id": "q", "text": told[0]["content"], "at": told[-1]["at"], "evidence": [told[0]["id"]], "answer": answer}
    life = {
        "id": "one",
        "user": "Ann",
        "companion": "Lucy",
        "messages": [{**message, "text": message["content"]} for message in told],
        "questions": [asked],
    }
    path = folder / "set.jsonl"
    path.write_text(json.dumps(life), encoding="utf-8")
    return path


def test_a_chat_is_measured_and_the_cell_thrown_away(everkin, house, monkeypatch):
    rooms = house / "temporary"
    rooms.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(rooms))
    ran = everkin("bench", chat(house), "--questions", "20", "--tokens", "800", "--json")
    told = json.loads(ran.out)
    assert ran.code == 0
    assert told["recall"]["known-item"]["R@10"]["n"] == 15
    assert told["recall"]["overall"]["kept@800"]["mean"] > 0.7
    assert told["abstention"]["own"]["n"] == 5
    assert list(rooms.iterdir()) == []
    assert not (house / ".everkin").exists()


def test_a_set_is_shown_as_a_table_with_n_and_intervals(everkin, house, monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    ran = everkin("bench", questioned(house, answer=None))
    assert ran.code == 0
    assert "overall" in ran.out
    assert "1.000 [1.000, 1.000]" in ran.out


def test_answers_need_a_reference_a_voice_and_a_judge_that_exists(everkin, house):
    without = everkin("bench", questioned(house, answer=None), "--answers")
    assert (without.code, "reference answer" in without.err) == (65, True)
    assert everkin("bench", questioned(house, answer="tea"), "--judge", "vllm").code == 65
    nobody = everkin("bench", questioned(house, answer="tea"), "--answers")
    assert (nobody.code, "no provider" in nobody.err) == (1, True)


def test_a_file_that_is_no_chat_is_refused(everkin, house):
    path = house / "notes.txt"
    path.write_text("nothing of the kind")
    assert everkin("bench", path).code == 65

"""OpenAI messages and conversation sets: a conversation a line, or a message a line."""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from everkin.mind.transcript import Role
from everkin.portability import Format, Report, detect, read

HI = {"role": "user", "content": "Hi, it's Charlie"}
HELLO = {"role": "assistant", "content": "Hello Charlie"}


def test_a_conversation_a_line(written, taken):
    path = written([{"messages": [HI, HELLO]}, {"messages": [HI | {"content": "Back again"}, HELLO]}])
    chats, report = taken(path)
    assert detect(path) is Format.OPENAI
    assert [[m.content for m in c.messages] for c in chats] == [
        ["Hi, it's Charlie", "Hello Charlie"],
        ["Back again", "Hello Charlie"],
    ]
    assert len({c.conversation for c in chats}) == 2
    assert report.conversations == 2


def test_a_message_a_line_with_dates_ids_and_names(written, taken):
    dated = HI | {"id": "m1", "name": "Charlie", "at": "2025-03-01T10:00:00+01:00"}
    [chat], report = taken(written([dated, HELLO | {"id": "m2", "name": "Mira", "created_at": 1740819700}]))
    assert (chat.user, chat.companion) == ("Charlie", "Mira")
    assert [(m.id, m.parent, m.at) for m in chat.messages] == [
        ("m1", None, datetime(2025, 3, 1, 9, tzinfo=UTC)),
        ("m2", "m1", datetime(2025, 3, 1, 9, 1, 40, tzinfo=UTC)),
    ]
    assert report.warnings == []


def test_messages_of_several_conversations_in_one_file(written, taken):
    lines = [HI | {"conversation_id": "a"}, HELLO | {"conversation_id": "a"}, HI | {"conversation_id": "b"}]
    chats, _ = taken(written(lines))
    assert [(c.conversation, len(c.messages)) for c in chats] == [("a", 2), ("b", 1)]


def test_one_array_of_messages_is_read_too(written, taken):
    [chat], _ = taken(written(json.dumps([HI, HELLO]), name="messages.json"))
    assert [m.role for m in chat.messages] == [Role.USER, Role.ASSISTANT]


def test_parts_of_a_message_that_are_text_are_its_words(written, taken):
    parts = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:"}}, "here"]
    [chat], _ = taken(written([HI | {"content": parts}]))
    assert chat.messages[0].content == "Look\nhere"


def test_roles_under_other_names_and_roles_that_are_none(written, taken):
    lines = [{"role": name, "content": "x"} for name in ("human", "Assistant", "developer", "function", "ghost", None)]
    [chat], report = taken(written(lines))
    assert [m.role for m in chat.messages] == [Role.USER, Role.ASSISTANT, Role.SYSTEM, Role.TOOL]
    assert [(r.place, r.reason) for r in report.skipped] == [("line 5", "unknown role"), ("line 6", "unknown role")]


def test_a_call_of_a_tool_has_no_words(written, taken):
    [chat], report = taken(written([HI, {"role": "assistant", "content": None, "tool_calls": []}, HELLO]))
    assert len(chat.messages) == 2
    assert [(r.place, r.reason) for r in report.skipped] == [("line 2", "no words")]


def test_an_id_used_twice_keeps_both_messages(written, taken):
    [chat], report = taken(written([HI | {"id": "1"}, HELLO | {"id": "1"}]))
    assert [m.id for m in chat.messages] == ["1", "1 (2)"]
    assert [r.place for r in report.warnings if "used before" in r.reason] == ["line 2"]


@pytest.mark.parametrize("name", ["set.jsonl", "set.jsonl.gz"])
def test_a_conversation_set(written, taken, name):
    line = {
        "id": "conv-7",
        "user": "Charlie",
        "companion": "Mira",
        "messages": [
            {
                "id": "1:1",
                "session": "1",
                "at": "2024-01-02T08:00:00Z",
                "role": "user",
                "name": "Charlie",
                "text": "Snow!",
            },
            {
                "id": "1:2",
                "session": "1",
                "at": "2024-01-02T08:01:00Z",
                "role": "assistant",
                "name": "Mira",
                "text": "Oh!",
            },
        ],
        "questions": [{"id": "q", "text": "Did it snow?"}],
    }
    content = json.dumps(line).encode() + b"\n"
    path = written(gzip.compress(content) if name.endswith("gz") else content, name=name)
    [chat], report = taken(path)
    assert detect(path) is Format.EVERKIN
    assert (chat.conversation, chat.user, chat.companion) == ("conv-7", "Charlie", "Mira")
    assert [(m.id, m.parent, m.content) for m in chat.messages] == [("1:1", None, "Snow!"), ("1:2", "1:1", "Oh!")]
    assert (report.skipped, report.warnings) == ([], [])


def test_missing_dates_are_put_between_their_neighbours_and_reported(written, taken):
    lines = [HI, HI | {"at": "2025-01-01T10:00:00Z"}, HELLO, HI, HELLO | {"at": "2025-01-01T10:00:01.5Z"}, HI]
    [chat], report = taken(written(lines))
    start = datetime(2025, 1, 1, 10, tzinfo=UTC)
    assert [(m.at - start) / timedelta(seconds=1) for m in chat.messages] == [-1, 0, 0.5, 1, 1.5, 2.5]
    assert [r.place for r in report.warnings] == ["line 1", "line 3", "line 4", "line 6"]
    assert report.tally == {"date inferred: none given": 4}


def test_without_any_date_the_files_own_date_ends_the_conversation(written, taken, now):
    path = written([HI, HELLO, HI])
    os.utime(path, (1700000000, 1700000000))
    [chat], _ = taken(path)
    assert chat.messages[-1].at == datetime.fromtimestamp(1700000000, UTC)
    assert chat.messages[0].at == chat.messages[-1].at - timedelta(minutes=2)


def test_dates_that_cannot_be_true_and_dates_long_ago(written, taken):
    years = ["2024-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "1921-01-01T00:00:00Z", "soon", "0001-01-01", 1e300, True]
    [chat], report = taken(written([HI | {"at": at} for at in years]))
    assert [m.at.year for m in chat.messages] == [2024, 2024, 1921, 1921, 1, 1, 1]
    assert report.tally["date inferred: the one given is in the future"] == 1
    assert report.tally["dated before 1970; kept as it is"] == 2
    assert report.tally["date inferred: not one that can be read"] == 3


def test_a_date_that_was_in_the_future_gives_the_same_id_when_it_no_longer_is(written):
    path = written([HI | {"at": "2025-09-01T00:00:00Z"}, HELLO | {"at": "2025-09-02T00:00:00Z"}])
    early, late = (next(read(path, now=datetime(year, 6, 1, tzinfo=UTC), report=Report())) for year in (2025, 2026))
    assert [m.id for m in early.messages] == [m.id for m in late.messages]
    assert early.conversation == late.conversation

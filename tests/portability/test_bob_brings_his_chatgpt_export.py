"""ChatGPT's export: the tree is walked to the branch on show; what nobody said is left out, with the reason."""

import json
import zipfile
from datetime import UTC, datetime

import pytest

from everkin.errors import InvalidInput
from everkin.mind.transcript import Role
from everkin.portability import Format, Report, detect, read


def node(key, parent, words=None, *, by="user", at=None, children=(), kind="text", **more):
    message = None
    if words is not None:
        content = {"content_type": kind, "parts": words if isinstance(words, list) else [words]}
        message = {"id": key, "author": {"role": by}, "create_time": at, "content": content} | more
    return {key: {"id": key, "parent": parent, "children": list(children), "message": message}}


def conversation(*nodes, tip, id="conv-1"):
    mapping = {}
    for each in nodes:
        mapping |= each
    return {"conversation_id": id, "title": "Bread", "mapping": mapping, "current_node": tip}


HIDDEN = {"metadata": {"is_visually_hidden_from_conversation": True}}
BREAD = conversation(
    node("root", None, children=["sys"]),
    node("sys", "root", "", by="system", children=["q"], **HIDDEN),
    node("q", "sys", "Why is my loaf flat?", at=1717599410.25, children=["a1", "a2"]),
    node("a1", "q", "Too little time.", by="assistant", at=1717599420, children=["thanks"]),
    node("a2", "q", "Old yeast.", by="assistant", at=1717599430),
    node("thanks", "a1", "I'll wait longer.", at=1717599440),
    tip="thanks",
)


def exported(written, *conversations):
    return written(json.dumps(list(conversations), indent=1), name="conversations.json")


def test_the_branch_on_show_comes_last_and_the_other_answer_is_a_branch(written, taken):
    path = exported(written, BREAD)
    [chat], report = taken(path)
    assert detect(path) is Format.CHATGPT
    assert chat.conversation == "conv-1"
    assert [(m.id, m.parent, m.role) for m in chat.messages] == [
        ("q", None, Role.USER),
        ("a2", "q", Role.ASSISTANT),
        ("a1", "q", Role.ASSISTANT),
        ("thanks", "a1", Role.USER),
    ]
    assert chat.messages[0].at == datetime(2024, 6, 5, 14, 56, 50, 250000, UTC)
    assert (report.messages, report.branches) == (4, 1)
    assert [r.reason for r in report.skipped] == ["hidden in ChatGPT"]


def test_tools_thoughts_and_pages_were_not_said(written, taken):
    chat = conversation(
        node("q", None, "What is the weather?", children=["call"]),
        node("call", "q", "search()", by="assistant", kind="code", recipient="web", children=["page"]),
        node("page", "call", "Sunny", by="tool", children=["think"]),
        node("think", "page", "Hmm", by="assistant", kind="thoughts", children=["a"]),
        node("a", "think", "Sunny, they say.", by="assistant"),
        tip="a",
    )
    [read_back], report = taken(exported(written, chat))
    assert [(m.id, m.parent) for m in read_back.messages] == [("q", None), ("a", "q")]
    assert sorted(r.reason for r in report.skipped) == [
        "a system or tool message",
        "not something that was said",
        "said to a tool",
    ]


def test_the_words_beside_a_picture_are_kept(written, taken):
    parts = [{"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}, "My dog, finally asleep"]
    spoken = [{"content_type": "audio_transcription", "text": "She snores."}]
    chat = conversation(
        node("q", None, parts, kind="multimodal_text", children=["v"]),
        node("v", "q", spoken, kind="multimodal_text"),
        tip="v",
    )
    [read_back], _ = taken(exported(written, chat))
    assert [m.content for m in read_back.messages] == ["My dog, finally asleep", "She snores."]


def test_an_edited_first_message_makes_a_conversation_of_its_own(written, taken):
    chat = conversation(
        node("root", None, children=["first", "second"]),
        node("first", "root", "Flat loaf?", children=["a1"]),
        node("a1", "first", "More time.", by="assistant"),
        node("second", "root", "Why is my loaf flat?", children=["a2"]),
        node("a2", "second", "Old yeast.", by="assistant"),
        tip="a2",
    )
    chats, report = taken(exported(written, chat))
    assert [(c.conversation, [m.id for m in c.messages]) for c in chats] == [
        ("conv-1", ["first", "a1"]),
        ("conv-1 second", ["second", "a2"]),
    ]
    assert report.messages == 4


def test_a_tree_that_bites_its_tail_ends(written, taken):
    chat = conversation(
        node("a", None, "One", children=["b"]), node("b", "a", "Two", by="assistant", children=["a", "b"]), tip="b"
    )
    loop = node("z", "z", "Alone", children=["z"])
    chats, _ = taken(exported(written, chat | {"mapping": loop | chat["mapping"]}))
    assert sorted([m.id for m in c.messages] for c in chats) == [["a", "b"], ["z"]]


def test_a_very_long_conversation_is_no_deeper_than_a_short_one(written, taken):
    nodes = [node(f"n{i}", f"n{i - 1}" if i else None, f"word {i}", children=[f"n{i + 1}"]) for i in range(5000)]
    [chat], report = taken(exported(written, conversation(*nodes, tip="n4999")))
    assert (len(chat.messages), report.branches) == (5000, 0)


def test_the_zip_is_read_as_it_came(written, taken, tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("conversations-000.json", json.dumps([BREAD]))
        archive.writestr("conversations-001.json", json.dumps([BREAD | {"conversation_id": "conv-2"}]))
    chats, _ = taken(path)
    assert [c.conversation for c in chats] == ["conv-1", "conv-2"]


def test_a_zip_of_something_else_is_refused(tmp_path, now):
    path = tmp_path / "holiday.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("beach.txt", "sand")
    with pytest.raises(InvalidInput, match=r"no conversations\.json"):
        list(read(path, now=now, report=Report()))


def test_a_locked_zip_says_so(tmp_path, now):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", json.dumps([BREAD]))
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(whole)
    with pytest.raises(InvalidInput, match="locked with a password"):
        list(read(path, now=now, report=Report()))


def test_an_export_cut_off_in_the_middle_gives_what_came_before(written, taken):
    whole = json.dumps([BREAD, BREAD | {"conversation_id": "conv-2"}, BREAD | {"conversation_id": "conv-3"}])
    chats, report = taken(written(whole[: int(len(whole) * 0.9)], name="conversations.json"))
    assert [c.conversation for c in chats] == ["conv-1", "conv-2"]
    assert report.skipped[-1].place == "entry 3"
    assert report.skipped[-1].reason.startswith("this and what follows is not JSON")


def test_an_export_larger_than_a_gulp_is_read_entry_by_entry(written, taken):
    many = [BREAD | {"conversation_id": f"conv-{i}", "padding": "x" * 9000} for i in range(100)]
    path = exported(written, *many)
    done = []
    chats, _ = taken(path, progress=lambda bytes_done, total: done.append((bytes_done, total)))
    assert len(chats) == 100
    assert done == sorted(done)
    assert done[-1] == (path.stat().st_size, path.stat().st_size)

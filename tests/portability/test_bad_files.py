"""Whatever the file, the error is clear and what could be read was read."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.errors import InvalidInput
from everkin.portability import Report, detect, read
from everkin.portability.report import PLACES_MAX

HI = {"role": "user", "content": "Hi"}
SECRET = "my landlord is called Ottokar"


def test_broken_lines_are_named_and_the_rest_is_read(written, taken):
    good = json.dumps(HI)
    [chat], report = taken(
        written(f'{good}\n{{"role": "user", "content": "{SECRET}\n\n[1, 2\n7\n{good}\n{"[" * 100_000}\n')
    )
    assert len(chat.messages) == 2
    assert [r.place for r in report.skipped] == ["line 2", "line 4", "line 5", "line 7"]
    assert "Ottokar" not in repr(report)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \n\n", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "The file is not text."),
        (b"Dear diary,\n", "The file is in no format that Everkin knows."),
        (b'{"name": "Mira", "description": "a card"}\n', "The file is in no format that Everkin knows."),
        (
            gzip.compress(b'{"role": "user", "content": "Hi"}\n' * 50, mtime=0)[:-12],
            "The compressed file is damaged or cut off.",
        ),
        (b"\x1f\x8bnot really", "The compressed file is damaged or cut off."),
        (b"PK\x03\x04nor this", "The compressed file is damaged or cut off."),
    ],
)
def test_a_file_that_is_no_conversation_says_what_it_is(written, now, content, message):
    with pytest.raises(InvalidInput) as refusal:
        list(read(written(content, name="file"), now=now, report=Report()))
    assert refusal.value.what == message
    assert refusal.value.next


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "nowhere.jsonl", tmp_path):
        with pytest.raises(InvalidInput, match="cannot be read"):
            detect(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_words(written, taken, encoding):
    [chat], _ = taken(
        written((json.dumps({"role": "user", "content": "Grüße"}, ensure_ascii=False) + "\n").encode(encoding))
    )
    assert chat.messages[0].content == "Grüße"


def test_bytes_that_are_no_utf8_and_half_characters_are_mended_and_named(written, taken):
    lines = b'{"role": "user", "content": "caf\xe9"}\n{"role": "user", "content": "half \\ud83d"}\n'
    [chat], report = taken(written(lines))
    assert [m.content for m in chat.messages] == ["caf\ufffd", "half \ufffd"]
    assert [r.place for r in report.warnings if "U+FFFD" in r.reason] == ["line 1", "line 2"]


@pytest.mark.parametrize(
    "words", ["x" * 1_000_000, "🐕🎉", "مرحبا بكم", "\x00\x1b[31m", "  two\n\n lines \u2028 three  "]
)
def test_words_are_kept_as_they_are(written, taken, words):
    [chat], report = taken(written([HI | {"content": words}]))
    assert chat.messages[0].content == words
    assert report.skipped == []


def test_a_name_that_is_no_name(written, taken):
    names = [7, None, ["x"], " \x00\n", "Ann\x00a\ud83d", "n" * 5000]
    [chat], _ = taken(written([HI | {"name": name} for name in names]))
    assert [m.name for m in chat.messages] == ["7", None, None, None, "Anna\ufffd", "n" * 200]


def test_a_report_of_a_million_faults_stays_small(written, taken):
    _, report = taken(written(json.dumps(HI) + "\n" + "nonsense\n" * (PLACES_MAX + 500)))
    assert len(report.skipped) == PLACES_MAX
    assert sum(report.tally.values()) == PLACES_MAX + 500 + 1


def test_no_words_in_what_is_printed(written, taken):
    chats, report = taken(written([HI | {"content": SECRET, "at": "never"}]))
    assert "Ottokar" not in repr(chats) + repr(report)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["a", "b", "c", "d"])
NODE = st.fixed_dictionaries(
    {},
    optional={
        "parent": KEYS | ANYTHING,
        "children": st.lists(KEYS | ANYTHING, max_size=4) | ANYTHING,
        "message": ANYTHING
        | st.fixed_dictionaries(
            {
                "author": st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "critic"]) | ANYTHING}),
                "content": st.fixed_dictionaries(
                    {
                        "content_type": st.sampled_from(["text", "code"]) | ANYTHING,
                        "parts": st.lists(ANYTHING) | ANYTHING,
                    }
                ),
            },
            optional={"create_time": st.floats() | ANYTHING, "recipient": ANYTHING, "metadata": ANYTHING},
        ),
    },
)
WELL_FORMED = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system", "x"]) | st.integers(),
        "content": st.text() | st.none() | st.lists(st.text()),
        "at": st.text() | st.floats(allow_nan=True) | st.integers() | st.none(),
        "mes": st.text(),
        "swipes": st.lists(st.text() | st.integers()) | st.integers(),
        "swipe_id": st.integers(-2, 5) | st.text(),
        "messages": st.lists(st.dictionaries(st.sampled_from(["role", "text", "content", "id"]), st.text())),
        "mapping": st.dictionaries(KEYS, NODE | ANYTHING),
        "current_node": KEYS | ANYTHING,
        "id": ANYTHING,
    },
)


@settings(deadline=None, max_examples=60)
@given(values=st.lists(WELL_FORMED, min_size=1, max_size=8), tail=st.binary(max_size=20))
def test_whatever_comes_is_read_or_refused_and_read_the_same_again(tmp_path_factory, values, tail):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(b"".join(json.dumps(value).encode() + b"\n" for value in values) + tail)
    now = datetime(2025, 6, 1, tzinfo=UTC)
    report = Report()
    try:
        first = list(read(path, now=now, report=report))
    except InvalidInput:
        return
    assert list(read(path, now=now, report=Report())) == first
    assert sum(len(chat.messages) for chat in first) == report.messages
    for chat in first:
        ids = [m.id for m in chat.messages]
        assert len(set(ids)) == len(ids)
        assert all(m.parent is None or m.parent in ids[:position] for position, m in enumerate(chat.messages))
        assert all(m.at and m.at.tzinfo for m in chat.messages)

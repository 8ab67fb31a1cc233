"""SillyTavern chats: swipes become branches, names come from the header, every historical date form is read."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from everkin.mind.transcript import Role
from everkin.portability import Format, detect

HEADER = {"user_name": "Alice", "character_name": "Mira", "create_date": "2024-06-05@14h56m50s", "chat_metadata": {}}


def said(words, *, by="Alice", at="2024-06-05T14:56:50.682Z", **more):
    return {"name": by, "is_user": by == "Alice", "is_system": False, "send_date": at, "mes": words, "extra": {}} | more


GREETING = said("Hello, you.", by="Mira", at="2024-06-05T14:56:50.682Z")
QUESTION = said("Did the parcel come?", at="2024-06-05T14:57:10.000Z")
ANSWER = said(
    "It did, all in one piece.",
    by="Mira",
    at="2024-06-05T14:58:00.000Z",
    swipe_id=1,
    swipes=["No sign of it.", "It did, all in one piece.", "Which parcel?"],
    swipe_info=[{"send_date": f"2024-06-05T14:57:{second}.000Z"} for second in (30, 40, 50)],
)


def test_names_and_dates_come_with_the_words(written, taken):
    path = written([HEADER, GREETING, QUESTION])
    [chat], report = taken(path)
    assert detect(path) is Format.SILLYTAVERN
    assert (chat.user, chat.companion) == ("Alice", "Mira")
    assert [(m.role, m.name, m.content) for m in chat.messages] == [
        (Role.ASSISTANT, "Mira", "Hello, you."),
        (Role.USER, "Alice", "Did the parcel come?"),
    ]
    assert chat.messages[0].at == datetime(2024, 6, 5, 14, 56, 50, 682000, UTC)
    assert (report.conversations, report.messages, report.skipped, report.warnings) == (1, 2, [], [])


def test_swipes_are_branches_and_the_chosen_one_comes_last(written, taken):
    [chat], report = taken(written([HEADER, GREETING, QUESTION, ANSWER, said("Good.", at="2024-06-05T15:00:00Z")]))
    question, *swipes, answer, reply = chat.messages[1:]
    assert [m.content for m in swipes] == ["No sign of it.", "Which parcel?"]
    assert {m.parent for m in [*swipes, answer]} == {question.id}
    assert reply.parent == answer.id
    assert report.branches == 2


def test_alternative_greetings_were_never_said(written, taken):
    greeting = GREETING | {"swipe_id": 0, "swipes": ["Hello, you.", "Rain again."]}
    [chat], report = taken(written([HEADER, greeting, QUESTION]))
    assert len(chat.messages) == 2
    assert [(remark.place, remark.reason) for remark in report.skipped] == [
        ("line 2", "an opening that was not chosen")
    ]


def test_reading_again_gives_the_same_ids_also_when_the_chat_has_grown(written, taken):
    lines = [HEADER, GREETING, QUESTION, ANSWER, said("Good.", at="2024-06-05T15:00:00Z")]
    [first], _ = taken(written(lines))
    [again], _ = taken(written(lines, name="renamed.jsonl"))
    [grown], _ = taken(written([*lines, said("Night!", at="2024-06-05T22:00:00Z")]))
    assert again == first
    assert grown.conversation == first.conversation
    assert grown.messages[: len(first.messages)] == first.messages


def test_an_edited_message_keeps_its_id_so_that_it_is_a_revision(written, taken):
    [before], _ = taken(written([HEADER, GREETING, QUESTION]))
    [after], _ = taken(written([HEADER, GREETING, QUESTION | {"mes": "Did the parcel arrive?"}]))
    assert [m.id for m in after.messages] == [m.id for m in before.messages]
    assert after.conversation == before.conversation


def test_two_messages_in_the_same_minute_have_two_ids(written, taken):
    minute = "June 5, 2024 3:07pm"
    [chat], _ = taken(written([HEADER, said("One", at=minute), said("Two", at=minute), said("Three", at=minute)]))
    assert len({m.id for m in chat.messages}) == 3


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("June 5, 2024 3:07pm", datetime(2024, 6, 5, 13, 7, tzinfo=UTC)),
        ("June 5, 2024 12:07am", datetime(2024, 6, 4, 22, 7, tzinfo=UTC)),
        ("2024-6-5 @14h 56m 50s 682ms", datetime(2024, 6, 5, 12, 56, 50, 682000, UTC)),
        ("2024-06-05@14h56m50s", datetime(2024, 6, 5, 12, 56, 50, tzinfo=UTC)),
        ("2024-06-05@14h56m50s7ms", datetime(2024, 6, 5, 12, 56, 50, 7000, UTC)),
        ("2024-06-05T14:56:50.682Z", datetime(2024, 6, 5, 14, 56, 50, 682000, UTC)),
        (1717599410682, datetime(2024, 6, 5, 14, 56, 50, 682000, UTC)),
        ("1717599410682", datetime(2024, 6, 5, 14, 56, 50, 682000, UTC)),
        ("20240605T145650", datetime(2024, 6, 5, 12, 56, 50, tzinfo=UTC)),
        ("20240605", datetime(2024, 6, 4, 22, tzinfo=UTC)),
        (1717599410, datetime(2024, 6, 5, 14, 56, 50, tzinfo=UTC)),
    ],
)
def test_every_form_of_date_is_read_on_the_writers_clock(written, taken, sent, expected):
    [chat], report = taken(written([HEADER, said("Hello", at=sent)]), zone=ZoneInfo("Europe/Berlin"))
    assert chat.messages[0].at == expected
    assert report.warnings == []


def test_a_group_chat_has_its_speakers_by_name(written, taken):
    header = HEADER | {"user_name": "unused", "character_name": "unused"}
    [chat], _ = taken(written([header, said("All here?"), said("Yes", by="Mira"), said("Late as ever", by="Tobias")]))
    assert (chat.user, chat.companion) == ("Alice", None)
    assert [m.name for m in chat.messages] == ["Alice", "Mira", "Tobias"]


def test_a_chat_without_a_header_is_still_a_chat(written, taken):
    path = written([said("All here?"), said("Yes", by="Mira")])
    [chat], _ = taken(path)
    assert detect(path) is Format.SILLYTAVERN
    assert (chat.user, chat.companion) == ("Alice", "Mira")


def test_hidden_messages_were_said_and_notes_of_the_program_were_not(written, taken):
    lines = [
        HEADER,
        said("Only hidden from the prompt", is_system=True),
        said("A comment", by="Note", is_system=True, extra={"type": "comment"}),
        said("Night falls.", by="Narrator", is_system=True, extra={"type": "narrator"}),
    ]
    [chat], report = taken(written(lines))
    assert [(m.role, m.content) for m in chat.messages] == [
        (Role.USER, "Only hidden from the prompt"),
        (Role.SYSTEM, "Night falls."),
    ]
    assert [(r.place, r.reason) for r in report.skipped] == [("line 3", "a note of SillyTavern's own")]

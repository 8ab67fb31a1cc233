"""Charlie brings years of talk in one file, and asks about them through a program that only knows OpenAI."""

import gzip
import json

SAID = {
    "m1": ("user", "Nora", "We buried the old tortoise under the fig tree, the one my grandfather brought from Crete."),
    "m2": ("assistant", "Iris", "He was older than both of us together. Will you plant something there?"),
    "m3": ("user", "Nora", "Thyme. He always stole the thyme."),
    "m4": ("user", "Nora", "The ferry to the island was cancelled, so we slept in the harbour office."),
    "m5": ("assistant", "Iris", "On the floor?"),
    "m6": ("user", "Nora", "On a pile of life jackets. My back has opinions about it."),
}
QUESTIONS = {
    "Where is the tortoise buried?": "m1",
    "What grows on the tortoise's grave?": "m3",
    "What did Nora sleep on when the ferry was cancelled?": "m6",
}


def conversation_set(path):
    """One conversation, in the format that conversations are measured in."""
    messages = [
        {
            "id": id,
            "session": f"s{n // 3}",
            "at": f"2024-0{3 + n // 3}-11T18:0{n}:00Z",
            "role": role,
            "name": name,
            "text": text,
        }
        for n, (id, (role, name, text)) in enumerate(SAID.items())
    ]
    small_talk = [
        {
            "id": f"t{n}",
            "session": "s9",
            "at": f"2024-07-01T1{n % 10}:{n // 10:02}:00Z",
            "role": "user",
            "name": "Nora",
            "text": text,
        }
        for n, text in enumerate(
            f"Day {n} of the heat wave, and the {what} gave up." for n in range(12) for what in ("fan", "cat")
        )
    ]
    life = {"id": "life-1", "user": "Nora", "companion": "Iris", "messages": messages + small_talk, "questions": []}
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps(life) + "\n")
    return path


async def test_the_evidence_stands_in_what_the_model_is_given(kin, openai, provider, tmp_path):
    report = await kin.import_file(conversation_set(tmp_path / "lives.jsonl.gz"))
    assert (report.read.conversations, report.observed.kept) == (1, len(SAID) + 24)
    ((user, companion),) = report.bonds
    for number, (question, evidence) in enumerate(QUESTIONS.items()):
        reply = await openai.chat.completions.create(
            model=companion.lower(),
            messages=[{"role": "user", "content": question}],
            extra_headers={"X-Everkin-User": user, "X-Everkin-Conversation": f"asked-{number}"},
        )
        given = "\n".join(str(message["content"]) for message in provider.asked[-1].messages)
        assert SAID[evidence][2] in given
        assert "2024" in given
        assert reply.everkin["verdict"] == "found"


def lives_of(path, *users):
    """One conversation of each user, all with a companion called John."""
    lives = [
        {
            "id": f"life-{user}",
            "user": user,
            "companion": "John",
            "messages": [
                {"id": "1", "at": "2024-03-11T18:00:00Z", "role": "user", "name": user, "text": f"{user} has a boat."}
            ],
        }
        for user in users
    ]
    path.write_text("".join(json.dumps(life) + "\n" for life in lives), encoding="utf-8")
    return path


async def test_two_peoples_talk_that_ends_in_one_bond_is_said_in_the_report(kin, tmp_path):
    """Tim and James both talk with a John; Charlie imports their file as if it were all his own."""
    report = await kin.import_file(lives_of(tmp_path / "lives.jsonl", "Tim", "James", "Tim"))
    assert len(report.bonds) == 1
    assert [(each.place, "--user" in each.reason) for each in report.read.warnings] == [("conversation 2", True)]


async def test_one_persons_talk_with_one_companion_is_nothing_to_warn_of(kin, tmp_path):
    path = lives_of(tmp_path / "lives.jsonl", "Tim", "Tim")
    assert not (await kin.import_file(path)).read.warnings
    assert not (await kin.import_file(lives_of(tmp_path / "other.jsonl", "Tim", "James"), user="tim")).read.warnings

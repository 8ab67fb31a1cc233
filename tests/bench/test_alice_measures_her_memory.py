"""Alice measures how well she would be remembered: on a set with questions, and on chats of her own."""

import json
import random
from pathlib import Path

import pytest

from everkin.bench import (
    OVERALL,
    Abstention,
    Asked,
    Figure,
    Row,
    Voice,
    abstention,
    answer_quality,
    by_category,
    calibration,
    imported,
    load,
    measure,
    own_questions,
    speed,
)
from everkin.bench.answers import JUDGEMENT, word_overlap
from everkin.bench.figures import auroc, bootstrap, calibration_error, false_found_at
from everkin.bench.offline import answered, heard, put
from everkin.errors import InvalidInput
from everkin.language.embedder import LocalEmbedder
from everkin.language.terms import Terms
from everkin.mind.memory import Verdict
from everkin.testing.voice import ScriptedGateway
from support.house import NOON

LIVES = Path(__file__).parents[1] / "lives"


def as_set(folder: Path, *codes: str, messages: int = 60) -> Path:
    """Invented lives as one conversation set: the questions that the first messages answer, and one that nobody can."""
    path = folder / "set.jsonl"
    path.write_text("\n".join(json.dumps(conversation(code, messages)) for code in codes), encoding="utf-8")
    return path


def conversation(code: str, count: int) -> dict:
    told = [json.loads(line) for line in (LIVES / f"{code}.jsonl").read_text(encoding="utf-8").splitlines()[:count]]
    asked = json.loads((LIVES / f"{code}.questions.json").read_text(encoding="utf-8"))
    known = {message["id"] for message in told}
    questions = [q for q in asked["questions"] if set(q["evidence"]) <= known][:8]
    dated = [{**q, "at": asked["asked_at"], "category": "fact", "answer": f"answer {q['id']}"} for q in questions]
    nobody = {
        "id": f"{code}-none",
        "text": "Xylophon?",
        "at": asked["asked_at"],
        "category": "none",
        "answerable": False,
    }
    names = {message["role"]: message["name"] for message in told}
    return {
        "id": code,
        "user": names["user"],
        "companion": names["assistant"],
        "messages": [{**m, "text": m["content"], "session": m["id"][:2]} for m in told],
        "questions": [*dated, nobody],
    }


async def test_a_set_is_measured_category_by_category(kin, tmp_path):
    lives = list(load(as_set(tmp_path, "de", "es")))
    steps = []
    measured = await measure(kin, lives, Asked(tokens=1000, foreign=3), rng=random.Random(1), progress=steps.append)
    figures = by_category(measured.rows)
    assert figures.keys() == {OVERALL, "fact"}
    assert figures[OVERALL]["R@10"].n == 16
    assert 0.6 < figures[OVERALL]["R@10"].low <= figures[OVERALL]["R@10"].mean <= figures[OVERALL]["R@10"].high <= 1
    assert figures[OVERALL]["kept@1000"].mean > 0.6
    assert {name: kind.n for name, kind in abstention(measured.rows).items()} == {"own": 2, "foreign": 6}
    assert 0 <= calibration(measured.rows) <= 1
    assert sum(steps) == measured.messages + len(measured.rows) == 120 + 18 + 6
    assert speed(measured).keys() >= {"observe_messages_per_s", "recall_p50_ms", "context_p99_ms"}


async def test_her_own_chats_are_asked_for_what_they_say_and_for_what_they_were_never_told(kin):
    (life,) = imported(LIVES / "es.jsonl", now=NOON, zone=NOON.tzinfo)
    asked = own_questions(life, Terms().stems, count=40, rng=random.Random(2))
    told = {message.id for message in asked.messages}
    known = [question for question in asked.questions if question.answerable]
    assert len(life.messages) - len(asked.messages) == len(asked.questions) - len(known) == 10
    assert all(question.evidence[0] in told for question in known)
    measured = await measure(kin, [asked], Asked(tokens=0), rng=random.Random(3))
    assert by_category(measured.rows)["known-item"]["R@10"].mean > 0.8
    assert abstention(measured.rows)["own"].n == 10


async def test_answers_are_marked_by_overlap_and_by_a_judge(kin, tmp_path):
    """The model knows one answer, admits it once, and is wrong otherwise; the judge sees answer and reference."""
    (life,) = load(as_set(tmp_path, "de"))
    right = life.questions[0]

    def say(prompt):
        if prompt.provider == "judge":
            return "Yes." if f"Given answer: {right.answer}" in prompt.messages[0].content else "No."
        asked = prompt.messages[-1].content
        return {right.text: right.answer, "Xylophon?": "I don't know."}.get(asked, "wrong")

    gateway = ScriptedGateway(say)
    voice = Voice(gateway=gateway, judge="judge")
    measured = await measure(kin, [life], Asked(tokens=500), rng=random.Random(1), voice=voice)
    quality = answer_quality(measured.answered)
    assert quality["fact"]["overlap"].mean == quality["fact"]["judged"].mean == 1 / 8
    assert quality["none"]["overlap"].mean == 1
    assert "judged" not in quality["none"]
    judgement = JUDGEMENT.format(question=right.text, answer=right.answer, given=right.answer)
    assert judgement in [prompt.messages[0].content for prompt in gateway.prompts]


async def test_an_answer_that_nobody_gave_counts_as_failed_not_as_wrong(kin, tmp_path):
    (life,) = load(as_set(tmp_path, "de"))
    measured = await measure(
        kin, [life], Asked(tokens=500), rng=random.Random(1), voice=Voice(gateway=ScriptedGateway())
    )
    assert all(one.failed for one in measured.answered)
    assert answer_quality(measured.answered) == {}


def test_a_branch_that_was_left_is_not_told(tmp_path):
    """Bob swiped the greeting: only the one that the talk went on from is in his life."""
    header = {"user_name": "Bob", "character_name": "Ada", "create_date": "2026-01-01@10h00m00s"}
    greeting = {
        "name": "Ada",
        "is_user": False,
        "mes": "Good evening",
        "swipes": ["Hello", "Good evening"],
        "swipe_id": 1,
    }
    answer = {"name": "Bob", "is_user": True, "mes": "My canoe has a leak"}
    path = tmp_path / "chat.jsonl"
    path.write_text("\n".join(map(json.dumps, (header, greeting, answer))))
    (life,) = imported(path, now=NOON, zone=NOON.tzinfo)
    assert [message.content for message in life.messages] == ["Good evening", "My canoe has a leak"]


def test_a_line_that_is_no_conversation_is_named(tmp_path):
    path = as_set(tmp_path, "de")
    path.write_text(path.read_text() + '\n{"id": 3}\n')
    with pytest.raises(InvalidInput, match=r"Line 2 of set\.jsonl"):
        list(load(path))


def row(confidence: float, *, answerable: bool = True, foreign: bool = False, hit: bool = False) -> Row:
    found = Verdict.FOUND if confidence > 0.5 else Verdict.NOTHING
    return Row(
        id="",
        category="",
        answerable=answerable,
        foreign=foreign,
        verdict=found,
        confidence=confidence,
        hit=hit,
        figures={},
        recall_ms=1.0,
        context_ms=0.0,
    )


def test_what_is_not_there_is_counted_apart_for_own_and_foreign_questions():
    known = [row(0.9, hit=True), row(0.8, hit=True)]
    unknown = [row(0.85, answerable=False), row(0.1, answerable=False), row(0.0, answerable=False, foreign=True)]
    told = abstention([*known, *unknown])
    sure = Figure(mean=1.0, low=1.0, high=1.0, n=1)
    assert told["own"].auroc == Figure(mean=0.75, low=0.0, high=1.0, n=2)
    assert (told["own"].n, told["own"].false_found_at_90, told["own"].found) == (2, 0.0, 0.5)
    assert told["foreign"] == Abstention(n=1, auroc=sure, false_found_at_90=0.0, found=0.0)
    assert calibration([*known, *unknown]) == pytest.approx(0.17)


def test_figures_are_what_their_names_say():
    assert str(bootstrap([1.0, 1.0])) == "1.000 [1.000, 1.000]"
    assert bootstrap([]) is None
    assert auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert auroc([0.9], []) is None
    assert false_found_at([0.9] * 9 + [0.1], [0.95, 0.9, 0.5, 0.1]) == 0.5
    assert calibration_error([(0.95, 1.0), (0.95, 0.0)]) == pytest.approx(0.45)
    assert word_overlap("The red canoe!", "a red boat") == 0.5
    assert word_overlap("no", "yes") == 0.0


async def test_in_ram_the_figures_are_those_of_the_api(kin, tmp_path):
    """What takes hours through a database is measured in seconds without one, by the same absorber, ranking and judge."""
    lives = list(load(as_set(tmp_path, "de", "es")))
    asked = Asked(tokens=0, foreign=3)
    through = (await measure(kin, lives, asked, rng=random.Random(1))).rows
    rng = random.Random(1)
    embedder = LocalEmbedder()
    in_ram = []
    for one in lives:
        life = await heard(one, embedder)
        in_ram += [answered(life, each, one, asked) for each in await put(life, one, lives, asked, embedder, rng)]
    await embedder.close()
    assert [(row.id, row.figures, row.verdict) for row in in_ram] == [
        (row.id, row.figures, row.verdict) for row in through
    ]
    assert [row.confidence for row in in_ram] == pytest.approx([row.confidence for row in through], abs=5e-3)

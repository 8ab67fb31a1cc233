"""What Lucy is given before she answers Alice: in which order, in which words, and never too much of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.exchange.composition import ASKED, KNOWN, REMEMBERED, Material, compose
from everkin.language.tokens import estimate
from everkin.mind.context import recent_share
from everkin.mind.entity import USER, EntityRef
from everkin.mind.fact import Fact, Predicate
from everkin.mind.identity import BlockId, ConversationId, DisclosureId, MemoryId, MessageKey
from everkin.mind.memory import Kind, Memory, Recalled, Recollection, Verdict
from everkin.mind.persona import Persona
from everkin.mind.risk import Category, Disclosure, Level
from everkin.mind.transcript import Message, Role

MARCH = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
WORDS = st.text(st.sampled_from("abcdefg wxyz,.?!éß狗犬🐶\n"), min_size=1, max_size=120)


async def talked(kin: Everkin, *said: str) -> Bond:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe(
        [
            {"id": f"m{n}", "role": "user", "name": "Alice", "content": text, "at": MARCH + timedelta(days=10 * n)}
            for n, text in enumerate(said)
        ]
    )
    return bond


async def test_what_changes_least_comes_first(kin: Everkin) -> None:
    bond = await talked(
        kin, "I'm allergic to walnuts.", "My sister Mia has a dog called Biscuit.", "It rained all day."
    )
    prompts = [
        (await bond.context(question, tokens=1000)).messages[0]["content"]
        for question in ("Did it rain?", "Which cake shall I bake?")
    ]
    places = [prompts[0].index(part) for part in (bond.persona.prompt, KNOWN, REMEMBERED, "It is Monday 1 June 2026")]
    assert places == sorted(places)
    stable = prompts[0][: prompts[0].index("Biscuit")]
    assert "walnuts" in stable
    assert prompts[1].startswith(stable)


async def test_a_fact_is_told_with_its_day_whatever_is_asked(kin: Everkin) -> None:
    bond = await talked(kin, "I'm allergic to walnuts.", *(f"We sang song number {n} tonight." for n in range(40)))
    context = await bond.context("Which song did we sing?", tokens=300)
    assert "allergy, walnuts [1 March 2026]" in context.messages[0]["content"]
    assert context.tokens <= 300


async def test_what_is_no_longer_so_is_told_with_what_came_later(kin: Everkin) -> None:
    bond = await talked(kin, "I live in Lisbon.", "I moved to Porto last week.")
    told = (await bond.context("Where do I live?", tokens=1000)).messages[0]["content"]
    line = next(line for line in told.splitlines() if line.startswith("Alice: I live in Lisbon."))
    assert "[later: " in line
    assert "Porto" in line
    standing = told[told.index(KNOWN) : told.index("\n\n", told.index(KNOWN))]
    assert "Porto" in standing
    assert "Lisbon" not in standing


async def test_explain_tells_every_score_and_every_cut(kin: Everkin) -> None:
    bond = await talked(kin, *(f"On day {n} I planted {n} roses and told Ben about each of them." for n in range(30)))
    context = await bond.context("How many roses did I plant?", tokens=250, explain=True)
    plain = await bond.context("How many roses did I plant?", tokens=250)
    assert plain.explanation is None
    assert context.explanation is not None
    rows = context.explanation["recollections"]
    kept = {row["memory"] for row in rows if row["kept"]}
    assert kept == {str(each.memory.id) for each in context.recollections}
    cut = {*context.explanation["cut"]["no_room"], *context.explanation["facts"]["cut"]}
    assert cut
    assert not cut & kept
    assert all(row["features"] for row in rows)
    assert "roses" not in str(context.explanation)


def test_unsure_recall_and_several_questions_leave_the_running_talk_less_room() -> None:
    assert recent_share(0.95, 1) == recent_share(0.05, 1)
    assert recent_share(0.5, 1) < recent_share(0.95, 1)
    assert recent_share(0.95, 2) < recent_share(0.95, 1)


def test_neighbours_come_where_there_is_room_and_only_there() -> None:
    beside = _message(1, "And he ate my left boot.")
    material = _material([_recollection(0, "I got a puppy.", fact=None)], neighbours=[beside])
    wide, narrow = (compose(material, tokens=tokens, estimate=estimate) for tokens in (400, 90))
    assert "left boot" in wide.messages[0]["content"]
    assert "left boot" not in narrow.messages[0]["content"]
    assert "puppy" in narrow.messages[0]["content"]
    assert narrow.cut["neighbours"] == 1


@st.composite
def materials(draw: st.DrawFn) -> Material:
    texts = draw(st.lists(WORDS, max_size=12))
    facts = st.none() | st.sampled_from([Predicate.ALLERGY, Predicate.PET, Predicate.LIKES])
    recollections = [_recollection(n, text, fact=draw(facts)) for n, text in enumerate(texts)]
    return _material(
        recollections,
        question=draw(WORDS),
        persona=draw(WORDS) * draw(st.integers(1, 20)),
        client=draw(st.just("") | WORDS),
        state=draw(st.just("") | WORDS),
        verdict=draw(st.sampled_from(Verdict)),
        recent=[_message(100 + n, text) for n, text in enumerate(draw(st.lists(WORDS, max_size=6)))],
        neighbours=[_message(200 + n, text) for n, text in enumerate(draw(st.lists(WORDS, max_size=4)))],
        disclosures=draw(st.integers(0, 3)),
    )


@settings(max_examples=150, deadline=None)
@given(materials(), st.integers(16, 600))
def test_never_over_the_budget(material: Material, tokens: int) -> None:
    context = compose(material, tokens=tokens, estimate=estimate, explain=True)
    assert sum(estimate(message["content"]) + 4 for message in context.messages) == context.tokens <= tokens
    assert context.messages[-1]["role"] == "user"


@settings(max_examples=60, deadline=None)
@given(materials())
def test_with_room_enough_nothing_is_left_out(material: Material) -> None:
    context = compose(material, tokens=100_000, estimate=estimate)
    assert sum(context.cut.values()) - context.cut["recent"] == 0
    assert ASKED not in context.messages[0]["content"] or any(r.memory.fact for r in context.recollections)


def _recollection(number: int, text: str, *, fact: Predicate | None) -> Recollection:
    at = MARCH + timedelta(hours=13 * number)
    said = fact and Fact(subject=EntityRef(owner=USER), predicate=fact, value=text, recorded=at, begin=0, end=len(text))
    memory = Memory(
        id=MemoryId(UUID(int=number)),
        kind=Kind.SEMANTIC if fact else Kind.EPISODIC,
        text=text,
        message_ids=(f"m{number}",),
        role=Role.USER,
        name="Alice",
        at=at,
        recorded_at=at,
        fact=said or None,
    )
    return Recollection(memory=memory, score=1 / (number + 1), confidence=0.5, why=())


def _message(number: int, text: str) -> Message:
    return Message(
        key=MessageKey(UUID(int=number)),
        id=str(number),
        conversation=ConversationId(UUID(int=0)),
        parent=None,
        role=Role.USER,
        content=text,
        name=None,
        at=MARCH + timedelta(minutes=number),
        ordinal=number,
        block=BlockId(UUID(int=0)),
    )


def _material(
    recollections: list[Recollection],
    *,
    question: str = "How is my dog?",
    persona: str = "You are Lucy.",
    client: str = "",
    state: str = "",
    verdict: Verdict = Verdict.FOUND,
    recent: list[Message] | None = None,
    neighbours: list[Message] | None = None,
    disclosures: int = 0,
) -> Material:
    first = recollections[0].memory.id if recollections else MemoryId(UUID(int=0))
    return Material(
        question=question,
        persona=Persona(name="Lucy", version="1", prompt=persona),
        recalled=Recalled(verdict=verdict, confidence=0.9, recollections=tuple(recollections)),
        disclosures=[_disclosure(n) for n in range(disclosures)],
        recent=recent or [],
        facts=[each.memory for each in recollections[1::2] if each.memory.fact],
        later={each.memory.id: "something else" for each in recollections[::3]},
        neighbours={first: neighbours or []},
        client=client,
        state=state,
        names={Role.ASSISTANT: "Lucy"},
        at=MARCH + timedelta(days=90),
        zone=ZoneInfo("Europe/Lisbon"),
    )


def _disclosure(number: int) -> Disclosure:
    return Disclosure(
        id=DisclosureId(UUID(int=number)),
        message=MessageKey(UUID(int=number)),
        category=next(iter(Category)),
        level=max(Level),
        at=MARCH,
    )


async def test_a_message_of_many_lines_stands_under_its_speaker(kin: Everkin) -> None:
    """A pasted list has no blank lines, and no line of it looks like the beginning of somebody's words."""
    bond = await talked(
        kin, "My packing list for the canoe trip:\n\n- rope\nMia: the tent\n\n\n- tea", "It rained all day."
    )
    said = (await bond.context("What is on my packing list?", tokens=1500)).messages[0]["content"]
    assert "My packing list for the canoe trip:\n  - rope\n  Mia: the tent\n  - tea" in said

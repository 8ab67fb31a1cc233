"""Lucy learns how Alice likes to be spoken to, within what her persona allows; who she is stays out of reach."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.mind.adaptation import Shown, Wish, adapted, positions, wish_of
from everkin.mind.manner import NAMES, from_numbers, manner, numbers
from everkin.mind.persona import DIALS, Core, Dial, Document, Persona, Style, compiled
from everkin.testing.voice import ScriptedGateway

DOCUMENT = """\
name: Lucy
identity: You are Lucy, calm.
boundaries: [Never claim to be human.]
style:
  length: {usual: 40, range: [10, 80]}
  emoji: {usual: 1, range: [0, 2]}
  formality: {usual: 0.4, range: [0.2, 0.6]}
"""


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Shorter answers, please.", Wish.SHORTER),
        ("Could you keep it short?", Wish.SHORTER),
        ("Your replies are too long", Wish.SHORTER),
        ("You can write longer messages to me", Wish.LONGER),
        ("please don't be so short with me", Wish.LONGER),
        ("No emojis please", Wish.FEWER_EMOJI),
        ("stop sending me all those emoji", Wish.FEWER_EMOJI),
        ("Use more emoji!", Wish.MORE_EMOJI),
        ("don't use emojis", Wish.FEWER_EMOJI),
        ("Please be more formal with me.", Wish.MORE_FORMAL),
        ("loosen up a bit", Wish.LESS_FORMAL),
        ("stop asking me so many questions", Wish.FEWER_QUESTIONS),
        ("My hair is shorter now", Wish.NONE),
        ("That film was too long", Wish.NONE),
        ("I have no questions about the mortgage", Wish.NONE),
        ("The emoji film was bad. " * 40, Wish.NONE),
    ],
)
def test_a_plain_request_is_heard_and_small_talk_is_none(text, wish):
    assert wish_of(text) == wish


MANNERS = st.builds(
    lambda values: from_numbers([abs(value) for value in values]),
    st.lists(st.floats(0, 1000), min_size=len(NAMES), max_size=len(NAMES)),
)
SHOWN = st.lists(
    st.builds(Shown, manner=MANNERS, wish=st.sets(st.sampled_from(list(Wish))).map(lambda w: Wish(sum(set(w))))),
    max_size=60,
)


@st.composite
def dials(draw) -> dict[str, Dial]:
    chosen = {}
    for name in draw(st.sets(st.sampled_from(list(DIALS)))):
        low, usual, high = sorted(draw(st.lists(st.floats(*DIALS[name]), min_size=3, max_size=3)))
        chosen[name] = Dial(usual=usual, low=low, high=high)
    return chosen


@given(dials(), SHOWN)
@settings(max_examples=300, deadline=None)
def test_nothing_anybody_says_moves_the_core_or_a_dial_beyond_its_range(dials, shown):
    core = Core(name="Lucy", identity="Calm.", boundaries=("Never claim to be human.",))
    persona = compiled(Document(core=core, style=Style(dials=dials), budget=8000), "v1", len)
    spoken = adapted(persona, shown)
    assert all(dials[name].low <= at <= dials[name].high for name, at in positions(dials, shown).items())
    assert (spoken.core, spoken.version, spoken.gap) == (core.digest, persona.version, persona.gap)
    assert spoken.prompt.startswith(persona.prompt)
    assert spoken.prompt.removeprefix(persona.prompt).count("\n") in (0, 2)
    if all(dial.is_fixed for dial in dials.values()):
        assert spoken == persona


@given(st.text(max_size=400))
def test_a_manner_comes_back_as_it_was_kept(text):
    assert from_numbers(numbers(manner(text))) == manner(text)


def test_a_manner_can_be_read_that_was_kept_when_less_was_measured():
    kept = numbers(manner("Well, hello there!"))[:5]
    assert numbers(from_numbers(kept))[:5] == kept


@pytest.fixture
async def kin(opener):
    async with opener(gateway=ScriptedGateway(lambda prompt: "Yes, tell me about the garden.")) as opened:
        await opened.put_companion("lucy", DOCUMENT)
        yield opened


async def prompted(bond) -> str:
    return (await bond.context("Hello?")).messages[0]["content"]


async def test_a_wish_is_followed_until_it_is_reset(kin, clock):
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.reply("Your answers are too long. And no emojis, please.")
    clock.pass_by(minutes=1)
    told = await prompted(alice)
    assert "With this person, of late:" in told
    assert "emoji: none" in told
    dials = (await alice.voice()).dials
    assert dials["length"] < 25
    assert dials["emoji"] < 0.5
    bob = await kin.bond(user="bob", companion="lucy")
    assert "of late" not in await prompted(bob)
    clock.pass_by(minutes=1)
    await alice.reset_adaptation()
    assert "of late" not in await prompted(alice)
    assert (await alice.voice()).dials == {"length": 40, "emoji": 1, "formality": 0.4}


async def test_an_erased_message_has_never_been_heard(kin, clock):
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.observe([{"role": "user", "content": "Shorter answers, please."}])
    clock.pass_by(minutes=1)
    assert (await alice.voice()).dials["length"] < 25
    (memory,) = await alice.memories()
    await alice.erase(memory.id)
    assert (await alice.voice()).dials["length"] == 40


async def test_a_revised_message_counts_as_it_now_reads(kin, clock):
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.observe([{"id": "1", "role": "user", "content": "Shorter answers, please."}])
    await alice.observe([{"id": "1", "role": "user", "content": "Longer answers, please."}])
    clock.pass_by(minutes=1)
    assert (await alice.voice()).dials["length"] > 40


async def test_what_is_said_tomorrow_does_not_move_today(kin, clock):
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.observe([{"role": "user", "content": "Shorter answers, please.", "at": "2026-06-03T12:00:00Z"}])
    assert (await alice.voice()).dials["length"] == 40
    assert (await alice.voice(at=clock.at.replace(day=4))).dials["length"] < 25


def test_a_persona_of_plain_words_is_not_adapted():
    words = Persona(name="Lucy", version="1", prompt="Lucy is calm.")
    assert adapted(words, [Shown(manner=manner("hi"), wish=Wish.SHORTER)]) is words

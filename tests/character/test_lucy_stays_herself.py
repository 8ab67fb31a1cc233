"""Lucy's replies are held against her own voice; when somebody else's words come out of her for days, it is noticed."""

import asyncio
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from everkin.language.embedder import LocalEmbedder
from everkin.mind.drift import LOWERED_AT, RAISED_AT, REPLIES_MIN, drift, learned, strangeness
from everkin.mind.manner import manner
from everkin.testing.voice import ScriptedGateway

VOICES = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "tools" / "bench" / "voices" / "test.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def scored():
    """How strange each persona finds each other's twenty replies, and its own."""
    vectors = asyncio.run(embedded())
    voices = {name: learned([*map(manner, told["exemplars"])], vectors[name][0]) for name, told in VOICES.items()}
    return {
        (own, other): [
            strangeness(voices[own], manner(reply), vector)
            for reply, vector in zip(VOICES[other]["replies"], vectors[other][1], strict=True)
        ]
        for own, other in itertools.product(VOICES, VOICES)
    }


async def embedded():
    embedder = LocalEmbedder()
    try:
        return {
            name: [await embedder.embed(told[part]) for part in ("exemplars", "replies")]
            for name, told in VOICES.items()
        }
    finally:
        await embedder.close()


def auroc(own, other):
    own, other = np.array(own), np.array(other)
    return float((other[:, None] > own).mean() + 0.5 * (other[:, None] == own).mean())


def test_twenty_replies_of_another_persona_are_told_from_its_own(scored):
    pairs = [(own, other) for own, other in scored if own != other]
    own = list(itertools.chain.from_iterable(scored[name, name] for name in VOICES))
    others = list(itertools.chain.from_iterable(scored[pair] for pair in pairs))
    assert auroc(own, others) >= 0.9
    assert auroc([np.mean(scored[name, name]) for name in VOICES], [np.mean(scored[pair]) for pair in pairs]) >= 0.9


def test_twenty_replies_of_another_persona_raise_the_alarm_and_its_own_do_not(scored):
    alarms = {pair: drift(replies).alarm for pair, replies in scored.items()}
    assert not any(alarms[name, name] for name in VOICES)
    assert np.mean([alarm for (own, other), alarm in alarms.items() if own != other]) >= 0.8


@given(st.lists(st.floats(0, 1), max_size=80))
def test_the_level_stays_within_what_was_seen(strange):
    standing = drift(strange)
    assert standing.replies == len(strange)
    if strange:
        assert min(strange) - 1e-9 <= standing.level <= max(strange) + 1e-9


def test_one_odd_reply_is_no_drift_and_a_slow_one_is():
    assert not drift([0.1] * 20 + [1.0]).alarm
    assert drift([0.1 + 0.01 * step for step in range(60)]).alarm


def test_the_alarm_does_not_flicker():
    between = (RAISED_AT + LOWERED_AT) / 2
    raised = drift([0.9] * REPLIES_MIN)
    assert raised.alarm
    for _ in range(100):
        raised = raised.plus(between)
    assert raised.alarm
    assert not drift([between] * 100).alarm


def document(name):
    replies = "\n".join(f"  - {reply!r}" for reply in VOICES[name]["exemplars"])
    return f"name: {name}\nidentity: You are {name}.\nexemplars:\n{replies}\n"


async def test_a_voice_that_is_no_longer_its_own_is_seen_in_the_state_and_by_the_operator(opener, clock):
    spoken = iter([*VOICES["Nell"]["replies"][:14], *VOICES["Pip"]["replies"]])
    async with opener(gateway=ScriptedGateway(lambda prompt: next(spoken))) as kin:
        await kin.put_companion("nell", document("Nell"))
        alice = await kin.bond(user="alice", companion="nell")
        for number in range(14):
            clock.pass_by(minutes=1)
            await alice.reply(f"This is thing number {number}.")
        steady = await alice.voice()
        assert (steady.replies, steady.alarm) == (14, False)
        assert await kin.personas.drifted("nell") == []
        for number in range(14):
            clock.pass_by(minutes=1)
            await alice.reply(f"This is thing number {number} of another day.")
        assert (await alice.voice()).alarm
        (found,) = await kin.personas.drifted("nell")
        assert (found.user, found.bond) == (alice.user_id, alice.bond_id)
        await kin.erase(user="alice")
        assert await kin.personas.drifted("nell") == []


async def test_without_exemplars_there_is_no_voice_to_be_held_to(opener):
    async with opener(gateway=ScriptedGateway(lambda prompt: "Yo!")) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.reply("Hello.")
        assert (await bond.voice()).replies == 0
        assert await bond.strangeness("Yo!") is None

"""Feelings beside the messages: moved with them, gone with them, faded by the hour, and the same after any of it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from everkin import Bond, Everkin
from everkin.errors import InvalidInput
from everkin.mind.marker import MarkerKind
from everkin.testing.voice import ScriptedGateway
from support.house import Opener

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
SAID = [
    "I am so happy, this is the best day of my life!",
    "My dad died this morning. I feel terrible and so sad.",
    "I am furious, he lied to me again!",
    "Thank you so much for listening to me, I love you.",
]


def message(n: int, text: str, **more: object) -> dict[str, object]:
    return {"id": f"m{n}", "role": "user", "content": text, "at": MAY + timedelta(hours=5 * n), **more}


async def feelings(bond: Bond, at: datetime) -> np.ndarray:
    state = await bond.state(at=at)
    return np.array([*state.emotion.values(), *state.companion_emotion.values()])


async def test_alice_is_sad_today_and_less_so_next_week(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    before = await bond.state(at=MAY)
    await bond.observe([message(1, SAID[1])])
    today, next_week = [await bond.state(at=MAY + timedelta(days=days)) for days in (0.3, 7)]
    assert before.emotion["sadness"] == 0
    assert today.emotion["sadness"] > 0.4
    assert 0 < next_week.emotion["sadness"] < today.emotion["sadness"] / 3
    assert 0 < today.companion_emotion["sadness"] < today.emotion["sadness"]


async def test_the_order_of_arrival_and_the_hourly_batch_change_nothing(kin: Everkin) -> None:
    said = [message(n, text) for n, text in enumerate(SAID)]
    alice, bob = [await kin.bond(user=name, companion="lucy") for name in ("alice", "bob")]
    await alice.observe(said)
    for n in (2, 0, 3, 1):
        await bob.observe([said[n]])
        await kin.store.emotions.fade(MAY + timedelta(hours=7 * n))
    for hours in (1, 16, 17.5, 200):
        at = MAY + timedelta(hours=hours)
        np.testing.assert_allclose(await feelings(bob, at), await feelings(alice, at), rtol=0, atol=1e-9)


async def test_the_batch_again_changes_nothing(kin: Everkin, database: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([message(n, text) for n, text in enumerate(SAID)])
    hour = MAY + timedelta(days=400)
    assert [await kin.store.emotions.fade(hour) for _ in range(2)] == [1, 0]
    assert await kin.store.emotions.fade(hour - timedelta(days=1)) == 0
    for _ in range(3):
        hour += timedelta(days=400)
        assert await kin.store.emotions.fade(hour) == 1
    assert np.abs(await feelings(bond, hour)).max() < 0.01


async def test_what_is_erased_was_never_felt(kin: Everkin, database: str) -> None:
    alice, bob = [await kin.bond(user=name, companion="lucy") for name in ("alice", "bob")]
    await alice.observe([message(n, text) for n, text in enumerate(SAID)])
    await bob.observe([message(n, text) for n, text in enumerate(SAID) if n != 1])
    at = MAY + timedelta(days=2)
    [grief] = (await alice.state(at=at)).markers
    assert grief.kind is MarkerKind.GRIEF
    [lost] = [memory for memory in await alice.memories() if "died" in memory.text and memory.kind == 0]
    await alice.erase(lost.id)
    assert (await alice.state(at=at)).markers == ()
    np.testing.assert_allclose(await feelings(alice, at), await feelings(bob, at), rtol=0, atol=1e-9)
    for earlier, without in zip(*[await each.moods(moments=[MAY, at]) for each in (alice, bob)], strict=True):
        np.testing.assert_allclose(earlier[0].values, without[0].values, rtol=0, atol=1e-9)


async def test_a_revision_takes_the_place_of_what_was_said(kin: Everkin) -> None:
    alice, bob = [await kin.bond(user=name, companion="lucy") for name in ("alice", "bob")]
    await alice.observe([message(2, SAID[2])])
    await alice.observe([message(2, SAID[3])])
    await bob.observe([message(2, SAID[3])])
    at = MAY + timedelta(days=1)
    np.testing.assert_allclose(await feelings(alice, at), await feelings(bob, at), rtol=0, atol=1e-9)


async def test_the_past_is_asked_as_it_was(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([message(0, SAID[0])])
    then = MAY + timedelta(hours=3)
    before = await feelings(bond, then)
    await bond.observe([message(3, SAID[3])])
    await kin.store.emotions.fade(MAY + timedelta(days=3))
    np.testing.assert_allclose(await feelings(bond, then), before, rtol=0, atol=1e-9)


async def test_a_plot_shows_what_was_felt_when(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([message(n, text) for n, text in enumerate(SAID)])
    moments = [MAY + timedelta(hours=hours) for hours in range(-2, 30, 4)]
    user = [pair[0]["sadness"] for pair in await bond.moods(moments=moments)]
    for moment, sadness in zip(moments, user, strict=True):
        assert (await bond.state(at=moment)).emotion["sadness"] == pytest.approx(sadness, abs=1e-9)


async def test_lucy_is_told_in_words_how_alice_seems(opener: Opener) -> None:
    told: list[str] = []

    def speak(prompt: object) -> str:
        told.append(prompt.messages[0].content)
        return "I am here."

    async with opener(gateway=ScriptedGateway(speak)) as kin:
        bond = await kin.bond(user="alice", companion="lucy")
        await bond.reply("My dad died this morning. I feel terrible and so sad.", at=MAY)
    [system] = told
    assert "They seem" in system
    assert "sad" in system
    assert "They are grieving over a loss they told of on 1 May." in system
    assert "You feel" in system


async def test_alice_waits_for_her_interview(kin: Everkin) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([message(0, "I have a job interview next Friday and I am nervous.")])
    [waiting] = (await bond.state(at=MAY + timedelta(days=1))).markers
    assert (waiting.kind, waiting.event and waiting.event.date().day) == (MarkerKind.ANTICIPATION, 8)
    assert (await bond.state(at=waiting.event + timedelta(days=3))).markers == ()


async def test_a_persona_rests_where_it_says(kin: Everkin) -> None:
    await kin.put_companion("sunny", "name: Sunny\nidentity: Cheerful.\nemotion: {baselines: {joy: 0.4}}")
    bond = await kin.bond(user="alice", companion="sunny")
    state = await bond.state(at=MAY)
    assert state.companion_emotion["joy"] == pytest.approx(np.tanh(0.4))
    assert state.emotion["joy"] == 0


@pytest.mark.parametrize("emotion", ["{baselines: {hunger: 1}}", "{moods: {joy: 1}}", "[joy]", "{gains: 3}"])
async def test_a_persona_with_an_emotion_there_is_none_of_is_refused(kin: Everkin, emotion: str) -> None:
    with pytest.raises(InvalidInput):
        await kin.put_companion("odd", f"name: Odd\nemotion: {emotion}")
    assert await kin.companion("odd") is None


async def test_the_state_of_a_bond_is_under_a_kilobyte(kin: Everkin, database: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([message(n, text) for n, text in enumerate(SAID)])
    with psycopg.connect(database) as owner:
        [size] = owner.execute("SELECT pg_column_size(e.*) FROM emotions e").fetchone()
        [term] = owner.execute("SELECT max(pg_column_size(f.*)) FROM feelings f").fetchone()
    assert size < 500
    assert term < 200


async def test_the_job_sees_sums_and_no_single_message(kin: Everkin, database: str) -> None:
    bond = await kin.bond(user="alice", companion="lucy")
    await bond.observe([message(0, SAID[0])])
    with psycopg.connect(database, autocommit=True, options="-c role=everkin_upkeep") as upkeep:
        assert upkeep.execute("SELECT count(sums) FROM emotions").fetchone() == (1,)
        for query in ("SELECT at FROM feelings", "DELETE FROM emotions", "UPDATE emotions SET bond_id = user_id"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                upkeep.execute(query)

"""Lucy gets new versions; Alice, Bob and a hundred others meet them in their own time, and it is known who met which."""

import psycopg
import pytest

from everkin import Everkin
from everkin.errors import Conflict, InvalidInput, NotFound, PersonaRefused
from everkin.mind.persona import version_of
from everkin.mind.rollout import REPLIES_A_BOND
from everkin.testing.voice import ScriptedGateway

FIRST = "name: Lucy\nidentity: You are Lucy, calm.\n"
SECOND = "name: Lucy\nidentity: You are Lucy, quick.\n"
THIRD = "name: Lucy\nidentity: You are Lucy, quick and loud.\n"
OLD, NEW, NEWEST = map(version_of, (FIRST, SECOND, THIRD))


@pytest.fixture
async def kin(opener):
    async with opener(gateway=ScriptedGateway(lambda prompt: "Tell me more.")) as opened:
        await opened.put_companion("lucy", FIRST)
        yield opened


def acts(events):
    return [(event.act, event.version, event.previous) for event in events]


async def heard_by(kin: Everkin, user: str) -> str:
    """Which version answers this user now."""
    bond = await kin.bond(user=user, companion="lucy")
    await bond.reply("Hello, you.")
    return (await bond.state()).persona[1]


async def test_a_released_version_waits_until_it_is_promoted(kin):
    await kin.personas.release("lucy", SECOND)
    assert await heard_by(kin, "alice") == OLD
    assert await kin.personas.promote("lucy", NEW) == NEW
    assert await heard_by(kin, "bob") == NEW
    assert acts((await kin.personas.history("lucy")).events) == [
        ("put", OLD, None),
        ("release", NEW, None),
        ("promote", NEW, OLD),
    ]


async def test_a_version_is_its_document_to_the_letter(kin):
    commented = SECOND + "# why: she was too slow\n"
    version = await kin.personas.release("lucy", commented)
    assert await kin.personas.release("lucy", commented) == version
    assert (version.version, version.document) == (version_of(commented), commented)
    kept = {one.version: one.document for one in (await kin.personas.history("lucy")).versions}
    assert kept == {OLD: FIRST, version.version: commented}


async def test_nobody_changes_in_mid_conversation(kin, clock):
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.reply("Good morning.")
    await kin.put_companion("lucy", SECOND)
    clock.pass_by(hours=3)
    await alice.reply("And another thing.")
    assert (await alice.state()).persona == ("Lucy", OLD)
    assert await heard_by(kin, "bob") == NEW
    clock.pass_by(hours=5)
    assert "quick" in (await alice.context("Good evening.")).messages[0]["content"]
    assert [spell.version for spell in await alice.personas()] == [OLD]
    before = clock()
    await alice.reply("Good evening.")
    assert [(spell.version, spell.cause) for spell in await alice.personas()] == [(OLD, "first"), (NEW, "change")]
    assert (await alice.personas())[-1].since == before


async def test_a_rollout_reaches_its_share_and_a_promotion_the_rest(kin, clock):
    names = [f"user{n}" for n in range(8)]
    await kin.personas.release("lucy", SECOND)
    rollout = await kin.personas.rollout("lucy", [0.5])
    ids = {name: (await kin.bond(user=name, companion="lucy")).bond_id for name in names}
    versions = {name: await heard_by(kin, name) for name in names}
    assert versions == {name: NEW if rollout.includes(id) else OLD for name, id in ids.items()}
    clock.pass_by(days=1)
    wider = await kin.personas.rollout("lucy", [0.9])
    assert (wider.id, wider.share) == (rollout.id, 0.9)
    after = {name: await heard_by(kin, name) for name in names}
    assert after == {name: NEW if wider.includes(id) else OLD for name, id in ids.items()}
    assert all(after[name] == NEW for name, version in versions.items() if version == NEW)
    await kin.personas.promote("lucy")
    clock.pass_by(days=1)
    assert {await heard_by(kin, name) for name in names} == {NEW}
    history = await kin.personas.history("lucy")
    assert [event.act for event in history.events] == ["put", "release", "rollout", "widen", "promote"]
    assert history.rollout is None


async def test_a_rollback_takes_back_what_is_on_its_way_and_then_what_stood_before(kin, clock):
    await kin.personas.release("lucy", SECOND)
    await kin.personas.rollout("lucy", [0.95])
    met = [name for name in map(str, range(4)) if await heard_by(kin, name) == NEW]
    assert await kin.personas.rollback("lucy") == OLD
    clock.pass_by(days=1)
    assert [await heard_by(kin, name) for name in met] == [OLD] * len(met)
    await kin.put_companion("lucy", THIRD)
    assert await kin.personas.rollback("lucy") == OLD
    assert await kin.personas.rollback("lucy", NEW[:6]) == NEW


@pytest.mark.parametrize("never", ["0123456789ab", NEWEST, "zz"])
async def test_a_version_that_was_never_released_is_no_place_to_go_back_to(kin, never):
    await kin.put_companion("lucy", SECOND)
    with pytest.raises(NotFound) as refused:
        await kin.personas.promote("lucy", never)
    assert "never" in refused.value.what
    with pytest.raises(NotFound):
        await kin.personas.rollback("lucy", never)
    assert (await kin.companion("lucy")).version == NEW


async def test_with_one_version_there_is_nothing_to_go_back_to(kin):
    with pytest.raises(NotFound):
        await kin.personas.rollback("lucy")
    with pytest.raises(NotFound):
        await kin.personas.promote("lucy")
    with pytest.raises(InvalidInput):
        await kin.personas.rollout("lucy", [0.1])


async def test_what_is_refused_changes_nothing(kin):
    with pytest.raises(PersonaRefused):
        await kin.put_companion("lucy", SECOND + "emotion: {baselines: {hunger: 1}}\n")
    with pytest.raises(PersonaRefused):
        await kin.personas.release("lucy", SECOND + "name: Eve\n")
    assert len((await kin.personas.history("lucy")).versions) == 1


async def test_two_who_decide_at_once_do_not_both_win(kin):
    await kin.personas.release("lucy", SECOND)
    lucy = await kin.companion("lucy")
    store = kin.store.personas
    assert await store.set_current(lucy.id, NEW, over=OLD, act="promote", at=kin.now())
    assert not await store.set_current(lucy.id, OLD, over=OLD, act="promote", at=kin.now())
    await kin.personas.release("lucy", THIRD)
    rollout = await kin.personas.rollout("lucy", [0.1])
    assert not await store.open_rollout(rollout)
    assert await store.move_rollout(rollout, act="widen", at=kin.now())
    assert not await store.move_rollout(rollout, act="widen", at=kin.now())


async def test_a_promotion_that_was_overtaken_says_so(kin, monkeypatch):
    await kin.personas.release("lucy", SECOND)
    stale = await kin.companion("lucy")
    await kin.personas.promote("lucy", NEW)

    async def outdated(name):
        return stale

    monkeypatch.setattr(kin.store.directory, "companion", outdated)
    with pytest.raises(Conflict):
        await kin.personas.promote("lucy", NEW)


async def test_a_version_that_does_worse_is_halted_and_everybody_goes_back(kin, clock, database):
    await kin.personas.release("lucy", SECOND)
    rollout = await kin.personas.rollout("lucy", [0.5])
    met = [name for name in map(str, range(4)) if await heard_by(kin, name) == NEW]
    with psycopg.connect(database) as owner, owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO rollout_outcomes (user_id, rollout_id, bond_id, candidate, judged, kept, at)"
            " VALUES (gen_random_uuid(), %s, gen_random_uuid(), %s, 3, %s, %s)",
            [(rollout.id, bool(n % 2), 1 if n % 2 else 3, clock()) for n in range(120)],
        )
    await judged(kin)
    history = await kin.personas.history("lucy")
    assert history.rollout is None
    assert acts(history.events)[-1] == ("halt", NEW, OLD)
    clock.pass_by(days=1)
    assert [await heard_by(kin, name) for name in met] == [OLD] * len(met)


@pytest.mark.parametrize("swipes", [None, NEW])
async def test_a_reply_counts_as_kept_when_the_talk_goes_on_from_it(kin, clock, swipes):
    """Whoever has the version `swipes` asks for another reply each time; everybody else talks on."""
    await kin.personas.release("lucy", SECOND)
    await kin.personas.rollout("lucy", [0.5])
    for number in range(4):
        await a_few_exchanges(kin, f"user{number}", clock, swipes=swipes)
    await judged(kin)
    counted = (await kin.personas.history("lucy")).rollout.evidence
    assert counted.candidate.bonds + counted.control.bonds == 4
    assert counted.control.total == counted.control.bonds
    if swipes is None:
        assert counted.candidate.total == counted.candidate.bonds
    else:
        assert counted.candidate.total <= counted.candidate.bonds / 2
    await judged(kin)
    assert (await kin.personas.history("lucy")).rollout.evidence == counted


async def judged(kin):
    for job in kin.jobs():
        if job.name == "judge_rollouts":
            await job.run()


async def a_few_exchanges(kin, user, clock, *, swipes):
    """Enough for the bond to count. Who wears the version `swipes` asks for another reply each time."""
    bond = await kin.bond(user=user, companion="lucy")
    said = []
    for turn in range(REPLIES_A_BOND + 2):
        said.append({"role": "user", "content": f"This is thing number {turn} of {user}."})
        clock.pass_by(minutes=1)
        reply = await bond.chat(said, at=clock())
        if (await bond.state()).persona[1] == swipes:
            clock.pass_by(minutes=1)
            reply = await bond.chat(said, at=clock())
        said.append({"role": "assistant", "content": reply.text})
    clock.pass_by(minutes=1)


async def test_what_a_bond_wore_goes_with_its_user(kin, database):
    alice = await kin.bond(user="alice", companion="lucy")
    await alice.reply("Hello.")
    assert await alice.personas()
    await kin.erase(user="alice")
    assert await kin.store.personas.spells(alice.user_id, alice.bond_id) == []

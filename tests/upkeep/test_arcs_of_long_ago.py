"""What Alice's old messages left for arcs shares rows once it is old, and nobody can tell: what is read, erased or late is as before."""

from datetime import timedelta
from typing import Any

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from everkin import Bond, Everkin
from everkin.mind.arc import Axis
from everkin.store.traces import PACKED, packed, unpacked
from support.house import NOON, Clock

CHEERFUL = ["I had such a lovely day, I am so happy!", "My dad called, he is well.", "That was fun, I love it here."]
GLOOMY = ["I feel terrible and so sad today.", "My dad called, he is ill.", "Everything is awful, I am miserable."]
SESSIONS, EACH = 32, 4
LAST = NOON + timedelta(days=3 * SESSIONS)


async def lived(kin: Everkin) -> Bond:
    """Three months, the last of them dark, and an interview that lies ahead; all said long before today."""
    bond = await kin.bond(user="alice", companion="lucy")
    for n in range(SESSIONS):
        lines = [*(CHEERFUL if n < 20 else GLOOMY), f"Number {n}."]
        if n == SESSIONS - 1:
            lines[-1] = "I have a job interview at the harbour on Friday."
        await bond.observe(
            [
                {"id": f"m{n}-{k}", "role": "user", "content": line, "at": NOON + timedelta(days=3 * n, minutes=k)}
                for k, line in enumerate(lines)
            ]
        )
    return bond


async def archived(kin: Everkin, clock: Clock) -> None:
    clock.at = LAST + timedelta(days=40)
    for name in ("decay", "archive"):
        await next(job for job in kin.jobs() if job.name == name).run()


async def seen(bond: Bond) -> dict[str, Any]:
    """All that is made of traces, as it looked on the last day."""
    at = LAST + timedelta(days=1)
    state = await bond.state(at=at)
    return {
        "arcs": state.arcs,
        "threads": [thread.text for thread in state.open_threads],
        "themes": await bond.themes(at=at),
        "summary": await bond.summary(at=at),
        "begun": (await bond.summary(at=NOON + timedelta(days=2)))[:1],
    }


def rows(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as owner:
        return owner.execute(query.encode()).fetchall()


def settled(database: str) -> list[tuple[Any, ...]]:
    """What the sessions would be if they were added up anew from all there is."""
    return rows(
        database,
        "SELECT min(at), max(at), count(*), sum(letters), sum(tone) FROM (SELECT *, count(*) FILTER (WHERE starts) OVER (ORDER BY at,"
        " message_id) AS n FROM (SELECT t.*, t.at - lag(t.at) OVER (ORDER BY t.at, message_id) > interval '4 hours' AS starts FROM bonds,"
        " traced(user_id, bond_id, '-infinity', 'infinity') t) t) s GROUP BY n ORDER BY 1",
    )


def sessions(database: str) -> list[tuple[Any, ...]]:
    return rows(database, "SELECT began, ended, messages, letters, tone FROM sessions ORDER BY began")


def kept(database: str) -> tuple[int, int]:
    """Rows and packs."""
    [(left, packs)] = rows(database, "SELECT (SELECT count(*) FROM traces), (SELECT count(*) FROM trace_packs)")
    return left, packs


async def test_weeks_look_the_same_from_packs_as_from_rows(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    before = await seen(bond)
    assert [arc.axis for arc in before["arcs"]] == [Axis.MOOD]
    assert before["threads"]
    assert before["themes"]
    assert kept(database) == (SESSIONS * EACH, 0)
    await archived(kin, clock)
    assert kept(database) == (0, SESSIONS * EACH // PACKED)
    assert rows(database, f"SELECT FROM trace_packs p WHERE pg_column_size(p.*) > {PACKED * 60}") == []
    kin._house.retrospects.forget([bond.bond_id])  # type: ignore[attr-defined]  # what it has worked out already
    assert await seen(bond) == before


async def test_erasing_takes_a_message_out_of_its_pack(kin: Everkin, clock: Clock, database: str) -> None:
    bond = await lived(kin)
    await archived(kin, clock)
    gone = next(memory for memory in await bond.timeline(limit=500) if memory.message_ids == ("m7-1",))
    await bond.erase(gone.id)
    assert len(sessions(database)) == SESSIONS
    assert sessions(database) == settled(database)
    [(left,)] = rows(database, "SELECT sum(cardinality(messages)) FROM trace_packs")
    assert left == SESSIONS * EACH - 1


async def test_what_lands_late_among_packed_messages_joins_their_session(
    kin: Everkin, clock: Clock, database: str
) -> None:
    bond = await lived(kin)
    await archived(kin, clock)
    await bond.observe(
        [{"id": "late", "role": "user", "content": "From the plane.", "at": NOON + timedelta(days=9, hours=2)}]
    )
    assert sessions(database) == settled(database)
    assert [row[2] for row in sessions(database)].count(EACH + 1) == 1


async def test_an_erased_user_leaves_no_pack(kin: Everkin, clock: Clock, database: str) -> None:
    await lived(kin)
    await archived(kin, clock)
    assert kept(database)[1] > 0
    await kin.erase(user="alice")
    assert kept(database) == (0, 0)


HASHES = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5)
TRACES = st.builds(
    lambda id, at, tone, letters, themes, told: {
        "message_id": id,
        "at": at,
        "tone": tone,
        "letters": letters,
        "themes": themes,
        "told": told,
    },
    st.uuids(),
    st.datetimes(),
    st.integers(-1000, 1000),
    st.integers(0, 2**31 - 1),
    HASHES,
    HASHES,
)


@given(st.lists(TRACES, max_size=PACKED))
def test_packed_and_unpacked_is_what_it_was(traces: list[dict[str, Any]]) -> None:
    assert unpacked(packed(traces)) == traces

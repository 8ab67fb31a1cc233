"""Lists reach PostgreSQL in binary form, by the type their statement says; and changes travel as one statement."""

import struct
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from everkin import Everkin
from everkin.mind.identity import UserId
from everkin.store.arrays import array
from everkin.store.changes import together
from everkin.store.queries import queries

ALICE = UserId(UUID(int=1))
VALUES = {
    "bool": [True, False],
    "smallint": [-(1 << 15), 0, (1 << 15) - 1],
    "int": [-(1 << 31), 7, (1 << 31) - 1],
    "bigint": [-(1 << 63), 7, (1 << 63) - 1],
    "real": [0.5, -1.25, 3.0],
    "float8": [0.1, -1e300],
    "timestamptz": [
        datetime(1955, 5, 5, 5, 5, 5, 5, UTC),
        datetime(2026, 7, 1, 12, 0, 0, 999_999, timezone(timedelta(hours=-9, minutes=-30))),
    ],
    "uuid": [UUID(int=0), UUID(int=(1 << 128) - 1)],
    "bytea": [b"", b"\x00\xff", b"words" * 1000],
    "text": ["", "Änna 😀", '{"a",NULL}'],
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("gap", [False, True])
async def test_what_is_sent_comes_back(kin: Everkin, kind: str, gap: bool) -> None:
    sent = [*VALUES[kind], None] if gap else VALUES[kind]
    query = f"SELECT %(values)s::{kind}[] AS values, %(none)s::{kind}[] AS none"
    (row,) = await kin.store.database.read(ALICE, query, {"values": sent, "none": []})  # type: ignore[arg-type]
    assert (row["values"], row["none"]) == (sent, [])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(struct.error):
        array("smallint", [1 << 15])


def test_changes_share_what_they_say_they_share() -> None:
    """Each keeps its own values under its own names, and the last one answers."""
    query, values = together(
        {"user": 1}, [("DELETE FROM a WHERE u = %(user)s AND x = %(x)s;", {"x": 2}), ("SELECT %(x)s", {"x": 3})]
    )
    assert query == "WITH change_0 AS (\nDELETE FROM a WHERE u = %(user)s AND x = %(x_0)s\n)\nSELECT %(x_1)s"
    assert values == {"user": 1, "x_0": 2, "x_1": 3}


def test_what_is_a_changes_own_is_not_taken_from_what_is_shared() -> None:
    query, values = together({"message": 1}, [("SELECT %(message)s", {"message": [2]}), ("SELECT %(message)s", {})])
    assert query == "WITH change_0 AS (\nSELECT %(message_0)s\n)\nSELECT %(message)s"
    assert values == {"message": 1, "message_0": [2]}


async def test_ids_are_looked_up_by_their_index_in_a_table_nobody_has_counted(kin: Everkin) -> None:
    """A bond that was imported a moment ago is not read whole for each message that follows."""
    bond = await kin.bond(user="alice", companion="lucy")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    await bond.observe([{"role": "user", "content": f"I picked apple {n} today.", "at": start} for n in range(600)])
    where = {"user": bond.user_id, "bond": bond.bond_id, "hashes": [b"x" * 16]}
    for query in ("by_id", "known_ids"):
        told = await kin.store.database.read(bond.user_id, f"EXPLAIN {queries('transcripts')[query]}", where)  # type: ignore[arg-type]
        plan = "\n".join(line for row in told for line in row.values())
        assert "messages_by_id" in plan
        assert "messages_in_time" not in plan

"""What the database itself keeps apart: Alice from Bob, jobs from words, and everything from who has no name."""

import subprocess
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from everkin import Everkin
from everkin.store.cluster.binaries import installed
from everkin.store.erasure import USER_TABLES
from everkin.testing.voice import ScriptedGateway
from support.house import Opener

SAID = "The heron stood under the zinnias until Thursday."
AT = datetime(2026, 3, 1, tzinfo=UTC)


async def live_a_little(kin: Everkin, user: str) -> None:
    bond = await kin.bond(user=user, companion="lucy")
    await bond.observe([{"id": "heronid", "role": "user", "name": "Quillfeather", "content": SAID, "at": AT}])
    await bond.reply("What did the heron do?", conversation="zinniatalk")


def connected(database: str, role: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(database, options=f"-c role={role}"), autocommit=True)


async def test_every_table_with_a_user_is_walled(kin: Everkin, database: str) -> None:
    with psycopg.connect(database) as owner:
        found = owner.execute(
            "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relkind IN ('r', 'p') AND a.attname = 'user_id' AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
    walled = {name for name, enabled, forced in found if enabled and forced}
    assert {name for name, _, _ in found} - walled == {"directory"}
    assert walled == set(USER_TABLES)


async def test_every_walled_table_begins_its_key_with_the_user(kin: Everkin, database: str) -> None:
    with psycopg.connect(database) as owner:
        firsts = owner.execute(
            "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
            "WHERE i.indisprimary AND c.relname = ANY(%s)",
            [list(USER_TABLES)],
        ).fetchall()
    assert dict(firsts) == dict.fromkeys(USER_TABLES, "user_id")


async def test_who_has_not_said_whose_rows_sees_none(kin: Everkin, database: str) -> None:
    await live_a_little(kin, "alice")
    with connected(database, "everkin_app") as app, pytest.raises(psycopg.errors.UndefinedObject):
        app.execute("SELECT * FROM messages")


async def test_bob_at_the_database_sees_nothing_of_alice(kin: Everkin, database: str) -> None:
    await live_a_little(kin, "alice")
    bob = (await kin.bond(user="bob", companion="lucy")).user_id
    alice = (await kin.bond(user="alice", companion="lucy")).user_id
    with connected(database, "everkin_app") as app, app.transaction():
        app.execute("SELECT set_config('everkin.user_id', %s, true)", [str(bob)])
        seen = {
            table: app.execute(f"SELECT count(*) FROM {table} WHERE user_id = %s", [alice]).fetchone()
            for table in USER_TABLES
        }
        stolen = app.execute("UPDATE messages SET user_id = %s", [bob]).rowcount
    assert seen == dict.fromkeys(USER_TABLES, (0,))
    assert stolen == 0


async def test_bob_cannot_write_into_alices_rows(kin: Everkin, database: str) -> None:
    bob, alice = [(await kin.bond(user=name, companion="lucy")).user_id for name in ("bob", "alice")]
    with (
        connected(database, "everkin_app") as app,
        app.transaction(),
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("SELECT set_config('everkin.user_id', %s, true)", [str(bob)])
        app.execute("INSERT INTO memory_uses (user_id, memory_id) VALUES (%s, gen_random_uuid())", [alice])


async def test_a_job_sees_numbers_and_no_sealed_column(kin: Everkin, database: str) -> None:
    await live_a_little(kin, "alice")
    with connected(database, "everkin_upkeep") as upkeep:
        assert upkeep.execute("SELECT count(importance) FROM memories").fetchone() == (2,)
        for query in (
            "SELECT sealed FROM memories",
            "SELECT * FROM memories",
            "SELECT count(*) FROM messages",
            "SELECT embedding FROM passages",
            "SELECT entries FROM postings",
            "SELECT sealed FROM users",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                upkeep.execute(query)


async def test_nobody_serves_above_the_walls(kin: Everkin, database: str) -> None:
    with psycopg.connect(database) as owner:
        above = owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN ('everkin_app', 'everkin_upkeep') AND (rolsuper OR rolbypassrls)"
        ).fetchall()
    assert above == []


async def test_a_dump_of_the_database_holds_no_word_of_a_conversation(opener: Opener, database: str) -> None:
    async with opener(gateway=ScriptedGateway(lambda prompt: "It flew to Ljubljana wearing galoshes.")) as kin:
        await live_a_little(kin, "alicewonder")
    dump = subprocess.run(
        [max(installed().items())[1].program("pg_dump"), database], capture_output=True, check=True
    ).stdout.decode()
    words = [
        "heron",
        "zinnias",
        "thursday",
        "heronid",
        "quillfeather",
        "zinniatalk",
        "alicewonder",
        "ljubljana",
        "galoshes",
        "flew",
        "wearing",
    ]
    assert len(dump) > 10_000
    assert [word for word in words if word in dump.lower()] == []

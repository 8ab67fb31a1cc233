"""Alice's laptop starts the store, stops it, and starts it again."""

from pathlib import Path

import psycopg

from everkin.store.cluster import Cluster


async def test_what_was_stored_is_there_after_a_restart(folder: Path) -> None:
    """Alice closes the lid at night and opens it in the morning."""
    evening = await Cluster.open(folder)
    with psycopg.connect(evening.dsn(user=evening.superuser, database=evening.database)) as connection:
        connection.execute("CREATE TABLE pet AS SELECT 'Biscuit' AS name")
    await evening.close()
    morning = await Cluster.open(folder)
    with psycopg.connect(morning.dsn(user=morning.superuser, database=morning.database)) as connection:
        assert connection.execute("SELECT name FROM pet").fetchone() == ("Biscuit",)
    await morning.close()


def test_each_test_has_a_database_with_vectors_of_its_own(database: str) -> None:
    """Alice's test and Bob's test do not see each other's tables, and both have pgvector."""
    with psycopg.connect(database) as connection:
        distance = connection.execute("SELECT '[1,0]'::vector <-> '[0,0]'::vector").fetchone()
    assert distance == (1.0,)

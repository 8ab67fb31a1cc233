"""When regular jobs last succeeded, in PostgreSQL."""

from datetime import datetime

from everkin.store.database import Database, rows, run
from everkin.store.queries import queries


class PostgresRuns:
    """Fulfils `mind.ports.job.Runs`."""

    def __init__(self, database: Database) -> None:
        self._database, self._sql = database, queries("runs")

    async def last(self) -> dict[str, datetime]:
        async with self._database.transaction() as connection:
            return {row["job"]: row["succeeded_at"] for row in await rows(connection, self._sql["last"])}

    async def note(self, job: str, at: datetime) -> None:
        async with self._database.transaction() as connection:
            await run(connection, self._sql["note"], {"job": job, "at": at})

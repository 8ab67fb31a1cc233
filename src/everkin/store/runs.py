"""When regular jobs last succeeded, and how much they did, in PostgreSQL."""

from datetime import datetime

from everkin.mind.ports.job import Run
from everkin.store.database import Database, rows, run
from everkin.store.queries import queries


class PostgresRuns:
    """Fulfils `mind.ports.job.Runs`."""

    def __init__(self, database: Database) -> None:
        self._database, self._sql = database, queries("runs")

    async def last(self) -> dict[str, Run]:
        async with self._database.transaction() as connection:
            found = await rows(connection, self._sql["last"])
        return {row.pop("job"): Run(**row) for row in found}

    async def note(self, job: str, at: datetime, *, took_s: float, done: int) -> None:
        async with self._database.transaction() as connection:
            await run(connection, self._sql["note"], {"job": job, "at": at, "took_s": took_s, "done": done})

"""Indexes rebuilt where archiving has hollowed them out: a B-tree never joins pages again, however few entries they hold."""

from typing import Final

import structlog
from psycopg import sql

from everkin.store.database import Database, Row, one, rows
from everkin.store.queries import queries

log = structlog.get_logger()

LEAST_BYTES: Final = 16 << 10
"""Two pages, which no index is without."""
ENTRY_BYTES: Final = 60
"""About what an entry of our keys takes in a page that is well filled."""
FACTOR: Final = 1.5


class Compaction:
    """Works under the role of set-based jobs, beside whoever reads and writes; one process of a cell at a time."""

    def __init__(self, cell: Database) -> None:
        self._cell = cell
        self._sql = queries("compaction")

    async def run(self) -> int:
        """Rebuild what is bloated; how many indexes. One statement when there is nothing to do.

        Before PostgreSQL 17 this role may not: there an operator runs REINDEX, or lives with the room that is lost.
        """
        where: Row = {"least": LEAST_BYTES, "factor": FACTOR, "entry": ENTRY_BYTES}
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["bloated"], where)
            if not found:
                return 0
            held = await one(connection, self._sql["hold"])
            if not held or not held["held"]:
                return 0
            try:
                for row in found:
                    index = sql.Identifier(row["index"])
                    await connection.execute(sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(index))
            finally:
                await connection.execute(self._sql["let_go"])
        log.info("indexes_rebuilt", indexes=len(found), bytes_before=sum(row["bytes"] for row in found))
        return len(found)

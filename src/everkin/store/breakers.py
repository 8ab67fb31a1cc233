"""Breakers in PostgreSQL, so that one process's burnt fingers spare the others."""

from dataclasses import asdict

from everkin.mind.ports.breaker import Breaker, BreakerState
from everkin.store.database import Database, count, one
from everkin.store.queries import queries


class PostgresBreakers:
    """Fulfils `mind.ports.breaker.BreakerLedger`; one statement each, about 0.2 ms."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = queries("breakers")

    async def get(self, key: str) -> Breaker:
        async with self._database.statement() as connection:
            row = await one(connection, self._sql["get_breaker"], {"key": key})
        return Breaker(**{**row, "state": BreakerState(row["state"])}) if row else Breaker()

    async def compare_and_set(self, key: str, breaker: Breaker) -> bool:
        values = {**asdict(breaker), "key": key, "state": breaker.state.value}
        async with self._database.statement() as connection:
            return await count(connection, self._sql["put_breaker"], values) == 1

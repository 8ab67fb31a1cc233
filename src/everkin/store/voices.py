"""How messages were said, and how steady the voices are, in PostgreSQL."""

import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.adaptation import Shown, Wish, wish_of
from everkin.mind.drift import Drift
from everkin.mind.identity import BondId, CompanionId, MessageKey, UserId
from everkin.mind.manner import NAMES, from_numbers, manner, numbers
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.ports.voices import Drifted
from everkin.mind.transcript import Role
from everkin.store.changes import Change
from everkin.store.database import Database, Row, one, rows, run
from everkin.store.queries import queries
from everkin.store.vault import Vault

_READ: Final = 4000
"""So many characters of a message tell its manner."""
_SPEAKER: Final = 1
_FLOAT: Final = np.dtype("<f4")
_NUMBERS: Final = f"<{len(NAMES)}f"


class PostgresVoices:
    """Fulfils `mind.ports.voices.Voices`. `cell` connects as the role that sees the numbers of all users."""

    def __init__(self, database: Database, cell: Database, vault: Vault) -> None:
        self._database, self._cell, self._vault = database, cell, vault
        self._sql = queries("voices")

    async def shown(self, user: UserId, bond: BondId, *, until: datetime, limit: int) -> list[Shown]:
        where: Row = {"user": user, "bond": bond, "until": until, "limit": limit}
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["shown"], where)
        return [_shown(row) for row in reversed(found)]

    async def likeness(
        self, user: UserId, bond: BondId, vector: NDArray[Any], *, before: datetime, last: int
    ) -> float | None:
        keys = await self._vault.user(user)
        turned = keys.turn(np.asarray(vector, dtype=np.float32)[None, :])[0]
        where: Row = {"user": user, "bond": bond, "before": before, "last": last, "speaker": _SPEAKER}
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["likeness"], {**where, "vector": f"[{','.join(map(str, turned))}]"})
        return None if row is None or row["likeness"] is None else float(row["likeness"])

    async def score(self, user: UserId, bond: BondId, message: MessageKey, *, version: str, strangeness: float) -> None:
        values: Row = {"user": user, "message": message, "version": version, "strangeness": strangeness}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["score"], values)

    async def scores(
        self, user: UserId, bond: BondId, *, version: str | None, until: datetime, last: int
    ) -> Sequence[float]:
        where: Row = {"user": user, "bond": bond, "version": version, "until": until, "last": last}
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["scores"], where)
        return [row["strangeness"] for row in reversed(found)]

    async def raise_alarm(self, user: UserId, bond: BondId, drift: Drift, *, at: datetime) -> None:
        values: Row = {"user": user, "bond": bond, "level": drift.level, "raised_at": at if drift.alarm else None}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["raise_alarm"], values)

    async def reset(self, user: UserId, bond: BondId, *, at: datetime) -> None:
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["reset"], {"user": user, "bond": bond, "at": at})

    async def drifted(self, companion: CompanionId, *, limit: int) -> list[Drifted]:
        async with self._cell.statement() as connection:
            found = await rows(connection, self._sql["drifted"], {"companion": companion, "limit": limit})
        return [
            Drifted(user=row["user_id"], bond=row["bond_id"], level=row["drift"], raised_at=row["raised_at"])
            for row in found
        ]


def manner_changes(messages: Iterable[NewMessage]) -> list[Change]:
    """For the transaction that keeps the messages."""
    said = [message for message in messages if message.role in (Role.USER, Role.ASSISTANT)]
    if not said:
        return []
    read = [read_manner(message.content, by_user=message.role is Role.USER) for message in said]
    columns: Row = {
        "message": [message.key for message in said],
        "by_user": [message.role is Role.USER for message in said],
        "at": [message.at for message in said],
        "numbers": [row["numbers"] for row in read],
        "wish": [row["wish"] for row in read],
    }
    return [(queries("voices")["put_manners"], columns)]


def read_manner(text: str, *, by_user: bool) -> Row:
    """The columns of the table `manners` that follow from the words alone: what has gone cold does without them."""
    return {
        "numbers": struct.pack(_NUMBERS, *numbers(manner(text[:_READ]))),
        "wish": int(wish_of(text)) if by_user else 0,
    }


def _shown(row: Row) -> Shown:
    return Shown(manner=from_numbers(np.frombuffer(row["numbers"], dtype=_FLOAT).tolist()), wish=Wish(row["wish"] or 0))

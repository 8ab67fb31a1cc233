"""Feelings in PostgreSQL: what each message adds beside it, and the sums of each bond, moved in the same commit."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from everkin.mind.emotion import HALF_LIVES_H, QUANTUM, SHAPE, Sums
from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.marker import LONGEST, MarkerKind, Mention
from everkin.mind.ports.emotions import Standing
from everkin.mind.ports.transcripts import NewMessage
from everkin.store.archive import Archive, ColdRows
from everkin.store.changes import Change, together
from everkin.store.database import Connection, Database, Row, answers, count, rows, run
from everkin.store.queries import queries

FADED_AT_ONCE: Final = 5000
_AT_ONCE: Final = 4096
"""Messages whose feelings are faded together: some megabytes."""


class PostgresEmotions:
    """Fulfils `mind.ports.emotions.Emotions`."""

    def __init__(self, database: Database, cell: Database, archive: Archive) -> None:
        self._database, self._cell = database, cell
        self._cold = ColdRows(archive, database)
        self._sql = queries("emotions")

    async def standing(self, user: UserId, bond: BondId, *, at: datetime) -> Standing:
        where: Row = {"user": user, "bond": bond, "since": at - LONGEST, "until": at}
        (held, mentions), posts = await self._cold.with_all(
            user, (self._sql["get_sums"], where), (self._sql["mentions"], where)
        )
        sums = _sums(held)
        if sums.as_of > at:
            (sums,) = await self.history(user, bond, moments=[at])
        marked = [p for p in posts.of(bond=bond) if p.marked and p.last_at >= where["since"] and p.first_at <= at]
        mentions += [
            row
            for row in await self._cold.feelings(user, marked)
            if row["marker"] is not None and where["since"] <= row["at"] <= at
        ]
        return Standing(sums=sums.moved(at), mentions=tuple(_mention(row) for row in mentions))

    async def history(self, user: UserId, bond: BondId, *, moments: Sequence[datetime]) -> list[Sums]:
        """Costs about 2 µs a message that is warm and as much a cold block, and a read of each block that a moment lies in."""
        where: Row = {"user": user, "bond": bond, "until": max(moments)}
        found, posts = await self._cold.with_rows(user, self._sql["terms"], where)
        cold = list(posts.of(bond=bond))
        cut = [post for post in cold if any(post.first_at <= moment < post.last_at for moment in moments)]
        terms = [*found, *await self._cold.feelings(user, cut)]
        whole = [(post.last_at, post.felt.reshape(SHAPE)) for post in cold if post not in cut]
        return list(_along(terms, whole, moments))

    async def fade(self, until: datetime) -> int:
        """Move the sums of all bonds on to `until`; how many. Running it again changes nothing.

        One statement for `FADED_AT_ONCE` bonds, so that nobody who writes waits for more than those.
        """
        values: Row = {"until": until, "half_lives": [*HALF_LIVES_H] * SHAPE[0], "limit": FADED_AT_ONCE}
        total, moved = 0, FADED_AT_ONCE
        while moved == FADED_AT_ONCE:
            async with self._cell.transaction() as connection:
                moved = await count(connection, self._sql["fade"], values)
            total += moved
        return total


async def locked_sums(connection: Connection, where: Row) -> list[Row]:
    """The sums, against the hourly batch and other writers; no row where nobody has felt anything yet."""
    return await rows(connection, queries("emotions")["lock_sums"], where)


def felt_changes(sums: Sequence[Row], messages: Iterable[NewMessage]) -> list[Change]:
    """For the transaction that keeps the messages, which were not felt before. `sums` are `locked_sums`."""
    felt = [(message, message.felt) for message in messages if message.felt is not None]
    if not felt:
        return []
    spoken = [each.spoken for _, each in felt]
    columns: Row = {
        "message": [message.key for message, _ in felt],
        "at": [message.at for message, _ in felt],
        "impulse": [each.impulse.tobytes() for _, each in felt],
        "marker": [each and int(each.kind) for each in spoken],
        "strength": [each and each.strength for each in spoken],
        "event": [each and each.event for each in spoken],
    }
    moved = _moved(sums, [(message.at, each.impulse) for message, each in felt], forwards=True)
    return [(queries("emotions")["put_felt"], columns), moved]


async def take_back(connection: Connection, where: Row, messages: Sequence[Any]) -> None:
    """Inside the transaction in which the messages go: as if they had never been felt."""
    gone: Row = {**where, "messages": list(messages)}
    sql = queries("emotions")
    taken, sums = await answers(connection, (sql["take_felt"], gone), (sql["lock_sums"], where))
    if taken:
        await run(connection, *together(where, [_moved(sums, _terms(taken), forwards=False)]))


Terms = list[tuple[datetime, NDArray[np.int8]]]
Whole = tuple[datetime, NDArray[np.float64]]


def _moved(stored: Sequence[Row], terms: Terms, *, forwards: bool) -> Change:
    sums = _sums(stored)
    for at, impulse in terms:
        sums = sums.plus(impulse, at) if forwards else sums.minus(impulse, at)
    return queries("emotions")["put_sums"], {"as_of": sums.as_of, "sums": sums.values.ravel().tolist()}


def _along(found: Sequence[Row], whole: Sequence[Whole], moments: Sequence[datetime]) -> Iterable[Sums]:
    """Sums at moments, the earliest first. `whole` are sums of many messages at a moment after all of them, each added
    like a message said then.
    """
    times = np.array([row["at"].timestamp() for row in found] + [at.timestamp() for at, _ in whole])
    order = np.argsort(times, kind="stable")
    times, changes = times[order], _changes(found, whole)
    sums, done = Sums(), 0
    for moment in moments:
        until, sums = int(np.searchsorted(times, moment.timestamp(), side="right")), sums.moved(moment)
        for start in range(done, until, _AT_ONCE):
            part = slice(start, min(start + _AT_ONCE, until))
            left = np.exp2((times[part, None] - moment.timestamp()) / 3600 / HALF_LIVES_H)
            sums = replace(sums, values=sums.values + np.einsum("nwd,nd->wd", changes[order[part]], left))
        done = max(done, until)
        yield sums


def _changes(found: Sequence[Row], whole: Sequence[Whole]) -> NDArray[np.float64]:
    """What each adds, in one array."""
    impulses = np.frombuffer(b"".join(row["impulse"] for row in found), dtype=np.int8).reshape(-1, *SHAPE)
    return np.concatenate([impulses / QUANTUM, *(change[None] for _, change in whole)])


def _sums(stored: Sequence[Row]) -> Sums:
    """Of the one row there is, or of none yet."""
    return next((Sums(values=np.array(row["sums"]).reshape(SHAPE), as_of=row["as_of"]) for row in stored), Sums())


def _terms(found: Iterable[Row]) -> Terms:
    return [(row["at"], np.frombuffer(row["impulse"], dtype=np.int8).reshape(SHAPE)) for row in found]


def _mention(row: Row) -> Mention:
    return Mention(
        kind=MarkerKind(row["marker"]),
        message=MessageKey(row["message_id"]),
        strength=row["strength"],
        at=row["at"],
        event=row["event"],
    )

"""Versions of personas, their rollouts and who wears which, in PostgreSQL."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from everkin.mind.identity import BondId, CompanionId, UserId
from everkin.mind.ports.personas import PersonaEvent, Spell, Version, Wardrobe
from everkin.mind.rollout import REPLIES_A_BOND, Evidence, Outcome, Rollout, RolloutState, Tally, witnessed
from everkin.store.database import Connection, Database, Row, count, one, rows, run
from everkin.store.queries import queries

_ACTS: Final = {RolloutState.HALTED: "halt", RolloutState.OPEN: "widen"}


class PostgresPersonas:
    """Fulfils `mind.ports.personas.Personas`. `cell` connects as the role that counts the outcomes of all users."""

    def __init__(self, database: Database, cell: Database) -> None:
        self._database, self._cell = database, cell
        self._sql = queries("personas")

    async def version(self, companion: CompanionId, version: str) -> Version | None:
        async with self._database.statement() as connection:
            row = await one(connection, self._sql["get_version"], {"companion": companion, "version": version})
        return None if row is None else Version(**row)

    async def versions(self, companion: CompanionId) -> list[Version]:
        async with self._database.statement() as connection:
            return [
                Version(**row) for row in await rows(connection, self._sql["list_versions"], {"companion": companion})
            ]

    async def release(self, companion: CompanionId, version: str, document: str, *, at: datetime) -> bool:
        values: Row = {"companion": companion, "version": version, "document": document, "at": at}
        async with self._database.transaction() as connection:
            await run(connection, self._sql["hold_companion"], values)
            new = await count(connection, self._sql["put_version"], values) == 1
            if new:
                await put_event(connection, companion, act="release", version=version, at=at)
        return new

    async def set_current(self, companion: CompanionId, version: str, *, over: str, act: str, at: datetime) -> bool:
        values: Row = {"companion": companion, "version": version, "over": over}
        async with self._database.transaction() as connection:
            if not await count(connection, self._sql["set_current"], values):
                return False
            await run(connection, self._sql["end_rollout"], values)
            await put_event(connection, companion, act=act, version=version, previous=over, at=at)
        return True

    async def events(self, companion: CompanionId) -> list[PersonaEvent]:
        async with self._database.statement() as connection:
            found = await rows(connection, self._sql["list_events"], {"companion": companion})
        return [PersonaEvent(**row) for row in found]

    async def rollout(self, companion: CompanionId) -> Rollout | None:
        async with self._database.statement() as connection:
            return _rollout(await one(connection, self._sql["get_rollout"], {"companion": companion}))

    async def open_rollout(self, rollout: Rollout) -> bool:
        async with self._database.transaction() as connection:
            await run(connection, self._sql["hold_companion"], {"companion": rollout.companion})
            if not await count(connection, self._sql["put_rollout"], _values(rollout)):
                return False
            await _tell(connection, rollout, "rollout", rollout.opened_at)
        return True

    async def move_rollout(self, rollout: Rollout, *, act: str, at: datetime) -> bool:
        async with self._database.transaction() as connection:
            await run(connection, self._sql["hold_companion"], {"companion": rollout.companion})
            if not await count(connection, self._sql["move_rollout"], _values(rollout)):
                return False
            await _tell(connection, rollout, act, at)
        return True

    async def count(self, judge: Callable[[Rollout], Rollout], *, at: datetime, limit: int) -> Sequence[Rollout]:
        """One commit for all open rollouts: an outcome is counted exactly when the evidence that holds it is kept."""
        moved = []
        async with self._cell.transaction() as connection:
            for row in await rows(connection, self._sql["list_open"]):
                before = _rollout(row)
                assert before is not None
                after = judge(await self._folded(connection, before, limit))
                if after != before:
                    await run(connection, self._sql["move_rollout"], _values(after))
                if (after.state, after.share) != (before.state, before.share):
                    await _tell(connection, after, _ACTS[after.state], at)
                    moved.append(after)
        return moved

    async def _folded(self, connection: Connection, rollout: Rollout, limit: int) -> Rollout:
        where: Row = {"rollout": rollout.id, "replies": REPLIES_A_BOND, "limit": limit}
        found = await rows(connection, self._sql["take_outcomes"], where)
        found.sort(key=lambda row: (row["at"], row["bond_id"]))
        news = (Outcome(candidate=row["candidate"], quality=row["quality"]) for row in found)
        return replace(rollout, evidence=witnessed(rollout.evidence, news))

    async def wardrobe(self, user: UserId, bond: BondId) -> Wardrobe | None:
        where: Row = {"user": user, "bond": bond}
        found, rollouts = await self._database.read_all(
            user, (self._sql["wardrobe"], where), (self._sql["rollout_of"], where)
        )
        if not found:
            return None
        row = found[0]
        return Wardrobe(
            companion=CompanionId(row["companion_id"]),
            name=row["name"],
            current=row["current"],
            wearing=row["wearing"],
            last_said=row["last_said"],
            rollout=_rollout(rollouts[0] if rollouts else None),
        )

    async def wear(
        self, user: UserId, bond: BondId, version: str, *, over: str | None, cause: str, at: datetime
    ) -> bool:
        values: Row = {"user": user, "bond": bond, "version": version, "over": over, "cause": cause, "at": at}
        async with self._database.as_user(user) as connection:
            if not await count(connection, self._sql["wear"], values):
                return False
            await run(connection, self._sql["put_spell"], values)
        return True

    async def spells(self, user: UserId, bond: BondId) -> list[Spell]:
        async with self._database.as_user(user) as connection:
            return [
                Spell(**row) for row in await rows(connection, self._sql["list_spells"], {"user": user, "bond": bond})
            ]

    async def settle(self, user: UserId, bond: BondId, rollout: Rollout, *, at: datetime) -> None:
        chosen = rollout.includes(bond)
        values: Row = {
            "user": user,
            "bond": bond,
            "rollout": rollout.id,
            "candidate": chosen,
            "version": rollout.version if chosen else rollout.control,
            "since": rollout.opened_at,
            "replies": REPLIES_A_BOND,
            "at": at,
        }
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["settle"], values)


async def put_event(
    connection: Connection,
    companion: CompanionId,
    *,
    act: str,
    version: str,
    at: datetime,
    previous: str | None = None,
    share: float | None = None,
) -> None:
    """Inside the transaction that does what it tells of, which holds the companion's row."""
    values: Row = {
        "companion": companion,
        "act": act,
        "version": version,
        "previous": previous,
        "share": share,
        "at": at,
    }
    await run(connection, queries("personas")["put_event"], values)


async def _tell(connection: Connection, rollout: Rollout, act: str, at: datetime) -> None:
    await put_event(
        connection,
        rollout.companion,
        act=act,
        version=rollout.version,
        previous=rollout.control,
        share=rollout.share,
        at=at,
    )


def _values(rollout: Rollout) -> Row:
    evidence = rollout.evidence
    tallies = (evidence.candidate, evidence.control, evidence.waiting_candidate, evidence.waiting_control)
    return {
        "companion": rollout.companion,
        "rollout": rollout.id,
        "version": rollout.version,
        "control": rollout.control,
        "state": rollout.state.value,
        "share": rollout.share,
        "steps": list(rollout.steps),
        "every": rollout.every,
        "opened_at": rollout.opened_at,
        "stepped_at": rollout.stepped_at,
        "counted_at_step": rollout.counted_at_step,
        "revision": rollout.revision,
        "bonds": [tally.bonds for tally in tallies],
        "totals": [tally.total for tally in tallies],
        "logs": list(evidence.logs),
        "peak": evidence.peak,
    }


def _rollout(row: Row | None) -> Rollout | None:
    if row is None:
        return None
    tallies = [Tally(bonds=bonds, total=total) for bonds, total in zip(row["bonds"], row["totals"], strict=True)]
    return Rollout(
        id=row["rollout_id"],
        companion=CompanionId(row["companion_id"]),
        version=row["version"],
        control=row["control"],
        state=RolloutState(row["state"]),
        share=row["share"],
        steps=tuple(row["steps"]),
        every=row["every"],
        opened_at=row["opened_at"],
        stepped_at=row["stepped_at"],
        counted_at_step=row["counted_at_step"],
        revision=row["revision"],
        evidence=Evidence(
            candidate=tallies[0],
            control=tallies[1],
            waiting_candidate=tallies[2],
            waiting_control=tallies[3],
            logs=tuple(row["logs"]),
            peak=row["peak"],
        ),
    )

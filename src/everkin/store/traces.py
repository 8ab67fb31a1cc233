"""What messages leave for arcs, in PostgreSQL: a row a message, sessions added up from those in the same commit, threads ahead.

Old messages share a row, a pack: many to one, with nothing lost. Who reads takes both alike (`traced` in SQL).
"""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Any, Final
from uuid import UUID

from everkin.mind.ports.arcs import Ahead, Trace
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.transcript import SESSION_GAP
from everkin.store.changes import Change, together
from everkin.store.database import Connection, Row, one, rows, run
from everkin.store.queries import queries
from everkin.store.vault import UserKeys

TONE_STEPS: Final = 1000
"""Tones are kept in whole thousandths, so that what is taken away is exactly what was added."""
PACKED: Final = 64
"""Messages to a pack."""
PACKS: Final = 32
"""Packs of one transaction."""


def trace_changes(keys: UserKeys, messages: Iterable[NewMessage]) -> list[Change]:
    """For the transaction that keeps the messages, by way of `put_together`."""
    traced = _traced(messages)
    if not traced:
        return []
    sql = queries("arcs")
    ahead = [(message, thread) for message, trace in traced for thread in trace.ahead]
    put: list[Change] = [(sql["put_traces"], _columns(keys, traced))]
    return [*put, (sql["put_threads"], _ahead_columns(keys, ahead))] if ahead else put


async def put_together(
    connection: Connection, where: Row, changes: Sequence[Change], messages: Iterable[NewMessage]
) -> None:
    """Changes with those of `trace_changes` among them, and the sessions that the messages belong to."""
    traced = _traced(messages)
    if len(traced) == 1 and await rows(connection, *together(where, [*changes, _lengthened(*traced[0])])):
        return
    if len(traced) != 1:
        await run(connection, *together(where, changes))
    if traced:
        await _settle(connection, where, [message.at for message, _ in traced])


def _traced(messages: Iterable[NewMessage]) -> list[tuple[NewMessage, Trace]]:
    return [(message, message.traced) for message in messages if message.traced is not None and message.current]


def _lengthened(message: NewMessage, trace: Trace) -> Change:
    """The usual case: one message more at the end of the last session."""
    more: Row = {"until": message.at, "letters_sum": trace.letters, "tone_sum": _steps(trace), "gap": SESSION_GAP}
    return queries("arcs")["lengthen"], more


async def take_traces(connection: Connection, where: Row, messages: Sequence[Any]) -> None:
    """Inside the transaction in which the messages go: as if they had never been said."""
    sql = queries("arcs")
    where = {**where, "messages": list(messages)}
    await one(connection, sql["lock_bond"], where)
    await run(connection, sql["take_threads"], where)
    gone = [row["at"] for row in await rows(connection, sql["take_traces"], where)]
    if len(gone) < len(messages):
        gone += await _unpack(connection, where, set(messages))
    if gone:
        await _settle(connection, where, gone)


async def pack_traces(connection: Connection, where: Row, before: datetime) -> bool:
    """Inside a transaction of `where["user"]`: what messages from before some moment left, from rows into packs.

    Whether there may be more. Fewer than a pack stay rows.
    """
    sql = queries("arcs")
    where = {**where, "before": before, "size": PACKED, "packs": PACKS}
    bond = await one(connection, sql["packable"], where)
    if bond is None:
        return False
    where |= {"bond": bond["bond_id"]}
    await one(connection, sql["lock_bond"], where)
    old = sorted(await rows(connection, sql["take_oldest"], where), key=_in_order)
    for first in range(0, len(old), PACKED):
        await run(connection, sql["put_pack"], {**where, **packed(old[first : first + PACKED])})
    return True


async def _unpack(connection: Connection, where: Row, gone: Set[UUID]) -> list[datetime]:
    """Packs without some messages; when those were said."""
    sql, times = queries("arcs"), []
    for pack in await rows(connection, sql["take_packs"], where):
        traces = unpacked(pack)
        times += [row["at"] for row in traces if row["message_id"] in gone]
        if left := [row for row in traces if row["message_id"] not in gone]:
            await run(connection, sql["put_pack"], {**where, **packed(left)})
    return times


def _in_order(row: Row) -> tuple[datetime, UUID]:
    return row["at"], row["message_id"]


def packed(traces: Sequence[Row]) -> Row:
    """Rows of traces, in order, as the columns of one."""
    columns = {"messages": "message_id", "times": "at", "tones": "tone", "letters": "letters"}
    pack: Row = {many: [row[one] for row in traces] for many, one in columns.items()}
    for flat, ends in (("themes", "theme_ends"), ("told", "told_ends")):
        pack[flat] = [hash for row in traces for hash in row[flat] or ()]
        pack[ends] = list(accumulate(len(row[flat] or ()) for row in traces))
    return pack


def unpacked(pack: Row) -> list[Row]:
    """And back."""
    plain = zip(pack["messages"], pack["times"], pack["tones"], pack["letters"], strict=True)
    found: list[Row] = [dict(zip(("message_id", "at", "tone", "letters"), row, strict=True)) for row in plain]
    for flat, ends in (("themes", "theme_ends"), ("told", "told_ends")):
        for row, (first, end) in zip(found, pairwise([0, *pack[ends]]), strict=True):
            row[flat] = pack[flat][first:end]
    return found


async def _settle(connection: Connection, where: Row, times: Sequence[datetime]) -> None:
    """Add up anew whatever sessions these times touch: the same rows from the same messages, in any order."""
    sql = queries("arcs")
    stretch = await one(
        connection, sql["unsettle"], {**where, "since": min(times), "until": max(times), "gap": SESSION_GAP}
    )
    await run(connection, sql["settle"], {**where, **(stretch or {}), "gap": SESSION_GAP})


def _columns(keys: UserKeys, traced: Sequence[tuple[NewMessage, Trace]]) -> Row:
    return {
        "message": [message.key for message, _ in traced],
        "at": [message.at for message, _ in traced],
        "tone": [_steps(trace) for _, trace in traced],
        "letters": [trace.letters for _, trace in traced],
        "themes": [_joined(hash_theme(keys, word) for word in trace.themes) for _, trace in traced],
        "told": [_joined(map(keys.hash_term, trace.told)) for _, trace in traced],
    }


def _ahead_columns(keys: UserKeys, ahead: Sequence[tuple[NewMessage, Ahead]]) -> Row:
    return {
        "message": [message.key for message, _ in ahead],
        "at": [message.at for message, _ in ahead],
        "begin": [thread.begin for _, thread in ahead],
        "end": [thread.end for _, thread in ahead],
        "starts": [thread.starts for _, thread in ahead],
        "ends": [thread.ends for _, thread in ahead],
        "about": [_joined(map(keys.hash_term, thread.about)) for _, thread in ahead],
    }


def _steps(trace: Trace) -> int:
    return round(trace.tone * TONE_STEPS)


def _joined(hashes: Iterable[int]) -> str:
    """Arrays of different lengths cannot be unnested together; as text they can."""
    return ",".join(map(str, hashes))


def hash_theme(keys: UserKeys, word: str) -> int:
    """Apart from the terms that search knows."""
    return keys.hash_term(f"theme {word}")

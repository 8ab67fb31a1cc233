"""What messages leave for arcs, in PostgreSQL: a row a message, sessions added up from those in the same commit, threads ahead."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from everkin.mind.ports.arcs import Ahead, Trace
from everkin.mind.ports.transcripts import NewMessage
from everkin.mind.transcript import SESSION_GAP
from everkin.store.database import Connection, Row, count, one, rows, run
from everkin.store.queries import queries
from everkin.store.vault import UserKeys

TONE_STEPS: Final = 1000
"""Tones are kept in whole thousandths, so that what is taken away is exactly what was added."""


async def put_traces(connection: Connection, where: Row, keys: UserKeys, messages: Iterable[NewMessage]) -> None:
    """Inside the transaction that keeps the messages."""
    traced = [(message, message.traced) for message in messages if message.traced is not None and message.current]
    if not traced:
        return
    sql = queries("arcs")
    columns = _columns(keys, traced)
    await run(connection, sql["put_traces"], {**where, **columns})
    ahead = [(message, thread) for message, trace in traced for thread in trace.ahead]
    if ahead:
        await run(connection, sql["put_threads"], {**where, **_ahead_columns(keys, ahead)})
    if len(traced) == 1:
        one_more: Row = {"until": traced[0][0].at, "letters_sum": columns["letters"][0], "tone_sum": columns["tone"][0]}
        if await count(connection, sql["lengthen"], {**where, **one_more, "gap": SESSION_GAP}):
            return
    await _settle(connection, where, [message.at for message, _ in traced])


async def take_traces(connection: Connection, where: Row, messages: Sequence[Any]) -> None:
    """Inside the transaction in which the messages go: as if they had never been said."""
    sql = queries("arcs")
    where = {**where, "messages": list(messages)}
    await one(connection, sql["lock_bond"], where)
    await run(connection, sql["take_threads"], where)
    gone = await rows(connection, sql["take_traces"], where)
    if gone:
        await _settle(connection, where, [row["at"] for row in gone])


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
        "tone": [round(trace.tone * TONE_STEPS) for _, trace in traced],
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


def _joined(hashes: Iterable[int]) -> str:
    """Arrays of different lengths cannot be unnested together; as text they can."""
    return ",".join(map(str, hashes))


def hash_theme(keys: UserKeys, word: str) -> int:
    """Apart from the terms that search knows."""
    return keys.hash_term(f"theme {word}")

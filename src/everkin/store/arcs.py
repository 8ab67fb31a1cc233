"""What arcs are made of, read back from PostgreSQL."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from everkin.mind.arc import Arc, Axis, Session
from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.ports.arcs import Theme, Traced
from everkin.mind.thread import STALE, UNDATED, Outcome, Thread
from everkin.mind.transcript import SESSION_GAP
from everkin.store.database import Database, Row, one, rows
from everkin.store.queries import queries
from everkin.store.traces import TONE_STEPS, hash_theme
from everkin.store.transcripts import PostgresTranscripts
from everkin.store.vault import Vault

MESSAGES_READ: Final = 4000
"""Messages whose themes are looked at, at most."""
THREADS_READ: Final = 64
OUTCOMES_READ: Final = 256
THEMES_NAMED: Final = 24
_YEAR: Final = timedelta(days=366)

Themes = Callable[[str], list[str]]
"""The themes of a text, in words."""


class PostgresArcs:
    """Fulfils `mind.ports.arcs.Traces`. A theme's word is found again in a message that speaks of it: none is stored."""

    def __init__(self, database: Database, vault: Vault, transcripts: PostgresTranscripts, themes: Themes) -> None:
        self._database, self._vault, self._transcripts, self._themes = database, vault, transcripts, themes
        self._sql = queries("arcs")

    async def traced(self, user: UserId, bond: BondId, *, at: datetime, sessions: int) -> Traced:
        where: Row = {"user": user, "bond": bond, "at": at, "until": at - SESSION_GAP, "limit": sessions}
        ahead: Row = {**where, "since": at - UNDATED - STALE, "limit": THREADS_READ}
        found, waiting, first = await self._database.read_all(
            user, (self._sql["sessions"], where), (self._sql["threads"], ahead), (self._sql["first_talk"], where)
        )
        threads = [_thread(row) for row in waiting]
        return Traced(
            sessions=tuple(_session(row) for row in reversed(found)),
            threads=tuple(threads),
            outcomes=tuple(await self._outcomes(user, where, threads)),
            first_talk=first[0]["began"] if first else None,
        )

    async def _outcomes(self, user: UserId, where: Row, threads: Sequence[Thread]) -> list[Outcome]:
        if not threads:
            return []
        about = sorted({stem for thread in threads for stem in thread.about})
        where = {**where, "first": min(thread.at for thread in threads), "limit": OUTCOMES_READ, "about": about}
        return [
            Outcome(message=MessageKey(row["message_id"]), at=row["at"], about=frozenset(row["told"]))
            for row in await self._database.read(user, self._sql["outcomes"], where)
        ]

    async def spoken(
        self, user: UserId, bond: BondId, sessions: Sequence[Session]
    ) -> tuple[list[Session], dict[int, MessageKey]]:
        if not sessions:
            return [], {}
        where: Row = {"user": user, "bond": bond, "since": sessions[0].began, "until": sessions[-1].ended}
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["themes_since"], {**where, "limit": MESSAGES_READ})
        of_session: dict[int, set[int]] = defaultdict(set)
        began = [session.began for session in sessions]
        for row in found:
            of_session[_place(began, row["at"])].update(row["themes"])
        last = {theme: MessageKey(row["message_id"]) for row in reversed(found) for theme in row["themes"]}
        return [replace(session, themes=frozenset(of_session[n])) for n, session in enumerate(sessions)], last

    async def themes(self, user: UserId, bond: BondId, *, until: datetime, sessions_min: int) -> list[Theme]:
        where: Row = {"user": user, "bond": bond, "since": until - _YEAR, "until": until, "limit": MESSAGES_READ}
        async with self._database.as_user(user) as connection:
            spoken = await rows(connection, self._sql["themes_since"], where)
            began = [row["began"] for row in await rows(connection, self._sql["sessions"], {**where, "limit": 1000})][
                ::-1
            ]
        counted = _counted(began, spoken, sessions_min)
        names = await self.named(
            user, {theme: MessageKey(found[-1]["message_id"]) for theme, (_, found) in counted.items()}
        )
        return [
            Theme(
                word=names[theme],
                sessions=sessions,
                first_at=found[0]["at"],
                last_at=found[-1]["at"],
                messages=tuple(MessageKey(row["message_id"]) for row in found[-3:]),
            )
            for theme, (sessions, found) in counted.items()
            if theme in names
        ]

    async def named(self, user: UserId, spoken: Mapping[int, MessageKey]) -> dict[int, str]:
        keys = await self._vault.user(user)
        words = {
            hash_theme(keys, word): word
            for message in await self._transcripts.messages(user, list(set(spoken.values())))
            for word in self._themes(message.content)
        }
        return {theme: words[theme] for theme in spoken if theme in words}

    async def begun(self, user: UserId, bond: BondId, *, until: datetime) -> tuple[datetime, MessageKey, int] | None:
        async with self._database.as_user(user) as connection:
            row = await one(connection, self._sql["begun"], {"user": user, "bond": bond, "until": until})
        return (row["at"], MessageKey(row["message_id"]), row["sessions"]) if row else None

    async def telling(self, user: UserId, bond: BondId, arc: Arc, *, limit: int) -> list[MessageKey]:
        where: Row = {"user": user, "bond": bond, "since": arc.since, "until": arc.until, "limit": limit}
        where |= {"themes": list(arc.themes), "sign": 0 if arc.axis is not Axis.MOOD else -1 if arc.upwards else 1}
        async with self._database.as_user(user) as connection:
            found = await rows(connection, self._sql["telling"], where)
        return [MessageKey(row["message_id"]) for row in found]


def _place(began: Sequence[datetime], at: datetime) -> int:
    low, high = 0, len(began)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if began[middle] <= at else (low, middle)
    return low - 1


def _counted(began: Sequence[datetime], spoken: Sequence[Row], sessions_min: int) -> dict[int, tuple[int, list[Row]]]:
    """For each theme of enough sessions: in how many, and its messages in order. The most often first."""
    within: dict[int, dict[int, None]] = defaultdict(dict)
    messages: dict[int, list[Row]] = defaultdict(list)
    for row in reversed(spoken):
        for theme in row["themes"]:
            within[theme][_place(began, row["at"])] = None
            messages[theme].append(row)
    often = sorted(within, key=lambda theme: (-len(within[theme]), theme))[:THEMES_NAMED]
    return {theme: (len(within[theme]), messages[theme]) for theme in often if len(within[theme]) >= sessions_min}


def _session(row: Row) -> Session:
    return Session(
        began=row["began"],
        ended=row["ended"],
        messages=row["messages"],
        letters=row["letters"],
        tone=row["tone"] / TONE_STEPS / row["messages"],
    )


def _thread(row: Row) -> Thread:
    return Thread(
        message=MessageKey(row["message_id"]),
        at=row["at"],
        begin=row["begin_char"],
        end=row["end_char"],
        starts=row["starts"],
        ends=row["ends"],
        about=frozenset(row["about"]),
    )

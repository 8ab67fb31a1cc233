"""The account of a relationship: gathered anew each time, every sentence with the messages it rests on."""

from datetime import datetime
from zoneinfo import ZoneInfo

from everkin.mind.identity import BondId, MessageKey, UserId
from everkin.mind.ports.arcs import Traces
from everkin.mind.ports.memories import Memories
from everkin.mind.ports.transcripts import Transcripts
from everkin.mind.summary import KINDS, THEMES_MAX, Cited, Sentence, Sources, summary
from everkin.recall.retrospect import LookingBack

FACTS_READ = 96
TOLD_BY = 3
"""How many messages an arc or a theme is cited with."""


class Accounts:
    """Costs about 10 ms: some facts, a year of themes, a handful of messages."""

    def __init__(self, traces: Traces, transcripts: Transcripts, memories: Memories, back: LookingBack) -> None:
        self._traces, self._transcripts, self._memories, self._back = traces, transcripts, memories, back

    async def summary(self, user: UserId, bond: BondId, *, at: datetime, zone: ZoneInfo) -> list[Sentence]:
        facts = await self._memories.facts(user, bond, kinds=KINDS, at=at, limit=FACTS_READ)
        begun = await self._traces.begun(user, bond, until=at)
        themes = (await self._back.themes(user, bond, at=at))[:THEMES_MAX]
        found = await self._back.look_back(user, bond, at=at, zone=zone)
        weeks = [(arc, await self._traces.telling(user, bond, arc, limit=TOLD_BY)) for arc in found.arcs]
        keys = {
            *(key for theme in themes for key in theme.messages),
            *(key for _, told in weeks for key in told),
            *(thread.message for thread in found.open_threads),
            *([begun[1]] if begun else []),
        }
        ids = await self._ids(user, keys)
        sources = Sources(
            facts=facts,
            first=(begun[0], ids[begun[1]]) if begun and begun[1] in ids else None,
            sessions=begun[2] if begun else 0,
            themes=[
                (Cited(words=theme.word, message_ids=_of(ids, theme.messages)), theme.sessions) for theme in themes
            ],
            weeks=[(arc, _of(ids, told)) for arc, told in weeks],
            threads=[(thread, ids[thread.message]) for thread in found.open_threads if thread.message in ids],
        )
        return summary(sources, at=at, zone=zone)

    async def _ids(self, user: UserId, keys: set[MessageKey]) -> dict[MessageKey, str]:
        """The caller's own ids; what was erased has none."""
        return {message.key: message.id for message in await self._transcripts.messages(user, sorted(keys))}


def _of(ids: dict[MessageKey, str], keys: list[MessageKey] | tuple[MessageKey, ...]) -> tuple[str, ...]:
    return tuple(ids[key] for key in keys if key in ids)

"""The one way in: a file of conversations, whichever program wrote it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from everkin.portability import chatgpt, conversation_set, openai_messages, sillytavern
from everkin.portability.format import Format, detect
from everkin.portability.report import Report
from everkin.portability.source import Progress, Source, opened
from everkin.portability.thread import Imported
from everkin.portability.timeline import Clock

_READERS: dict[Format, Callable[[Source, Clock], Iterator[Imported]]] = {
    Format.SILLYTAVERN: sillytavern.read,
    Format.CHATGPT: chatgpt.read,
    Format.OPENAI: openai_messages.read,
    Format.EVERKIN: conversation_set.read,
}


def read(
    path: Path,
    *,
    now: datetime,
    report: Report,
    format: Format | None = None,
    zone: tzinfo = UTC,
    progress: Progress | None = None,
) -> Iterator[Imported]:
    """The conversations in the file at `path`, one at a time; `report` is filled as they come.

    `zone` is the clock on which dates without a zone were written. Reading again gives the same ids, so observing again
    changes nothing. Raises InvalidInput, when called or on the way, for a file that cannot be read, is no text or is in
    no known format. One conversation is in memory at a time; a JSON lines file without ids is one conversation.
    """
    return _read(path, _READERS[format or detect(path)], zone=zone, now=now, report=report, progress=progress)


def _read(
    path: Path,
    reader: Callable[[Source, Clock], Iterator[Imported]],
    *,
    zone: tzinfo,
    now: datetime,
    report: Report,
    progress: Progress | None,
) -> Iterator[Imported]:
    with opened(path, report, progress) as sources:
        clock = Clock(zone=zone, now=now, written=datetime.fromtimestamp(path.stat().st_mtime, UTC))
        for source in sources:
            yield from reader(source, clock)

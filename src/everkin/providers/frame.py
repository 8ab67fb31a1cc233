"""Frames on a byte stream: lines, server-sent events and JSON, with a limit on each and no guessing."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from everkin.mind.ports.gateway import FaultKind
from everkin.providers.fault import failed

LINE_BYTES_MAX: Final = 4 * 1024 * 1024


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a stream without their ends; a last one without an end counts. One over 4 MB is GARBLED."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        if len(rest) > LINE_BYTES_MAX:
            raise failed(FaultKind.GARBLED)
    if rest:
        yield rest


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event. Comments, event names and ids are skipped: all our providers repeat the name
    in the data. Data cut off by the stream's end is handed out too, as a provider may omit the last empty line."""
    data: list[bytes] = []
    async for line in lines(chunks):
        if line.startswith(b"data:"):
            data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif not line and data:
            yield b"\n".join(data)
            data.clear()
    if data:
        yield b"\n".join(data)


def json_object(data: bytes) -> dict[str, Any]:
    """`data` as a JSON object; GARBLED for anything else, invalid UTF-8 included."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise failed(FaultKind.GARBLED) from None
    if not isinstance(value, dict):
        raise failed(FaultKind.GARBLED)
    return value


def dicts(value: object) -> Iterator[dict[str, Any]]:
    """The JSON objects of a list; nothing for any other value, as providers send null where they mean none."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())

"""A file as JSON values, an array's entries or a value a line, whether plain, gzip or zip, UTF-8 or UTF-16."""

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from everkin.errors import InvalidInput
from everkin.portability.report import Report

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all) of the file as it lies on disk."""

LINE_CHARACTERS_MAX = 64 * 1024 * 1024
ENTRY_CHARACTERS_MAX = 256 * 1024 * 1024
_CHUNK = 256 * 1024
_GZIP, _ZIP, _UTF16 = b"\x1f\x8b", b"PK\x03\x04", (b"\xff\xfe", b"\xfe\xff")
_ENCRYPTED = 0x1
_ARCHIVED = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json")
_BETWEEN = re.compile(r"[\s,]+")
_AGAIN = "Export it again; importing again changes nothing that is already there."
_KEPT = "What was imported before this point is kept."


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One text being read. Bytes that are no text come as lone surrogates, to be mended where they stand."""

    text: IO[str]
    is_array: bool
    report: Report
    tick: Callable[[], None]

    def values(self) -> Generator[tuple[str, Any], None, None]:
        """Each JSON value with its place: the entries of an array, or one value a line."""
        return self._entries() if self.is_array else self._lines()

    def _lines(self) -> Generator[tuple[str, Any], None, None]:
        """A line that is no JSON is skipped with its number and the reason, and the rest is read."""
        for number, line in _numbered(self.text):
            self.tick()
            place = f"line {number}"
            if line is None:
                self.report.skip(place, f"longer than {LINE_CHARACTERS_MAX // 2**20} million characters")
            elif line.strip():
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError) as error:
                    self.report.skip(place, f"not JSON: {_why(error)}")
                else:
                    yield place, value

    def _entries(self) -> Generator[tuple[str, Any], None, None]:
        """One entry in memory at a time. Where one is broken or cut off the reading ends, and the report says so."""
        decoder, buffer, position, number = json.JSONDecoder(), self.text.read(_CHUNK).lstrip()[1:], 0, 1
        while True:
            if between := _BETWEEN.match(buffer, position):
                position = between.end()
            if buffer.startswith("]", position):
                return
            try:
                value, position = decoder.raw_decode(buffer, position)
            except (ValueError, RecursionError) as error:
                buffer, position = buffer[position:], 0
                more = self.text.read(max(_CHUNK, len(buffer))) if len(buffer) < ENTRY_CHARACTERS_MAX else ""
                self.tick()
                if not more:
                    self.report.skip(f"entry {number}", f"this and what follows is not JSON: {_why(error)}")
                    return
                buffer += more
            else:
                yield f"entry {number}", value
                number += 1


@contextmanager
def opened(path: Path, report: Report, progress: Progress | None = None) -> Iterator[Iterator[Source]]:
    """The texts in the file at `path`: one, or as many as a ChatGPT archive has `conversations*.json`.

    Raises InvalidInput when it is missing, unreadable, empty, damaged or no text.
    """
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(path.open("rb", buffering=0))
            size = path.stat().st_size

            def tick() -> None:
                if progress:
                    progress(min(raw.tell(), size), size)

            yield (_source(binary, report, tick) for binary in _unwrapped(raw, stack))
            if progress:
                progress(size, size)
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error):
        raise InvalidInput("The compressed file is damaged or cut off.", kept=_KEPT, next=_AGAIN) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InvalidInput(
            f"The file cannot be read: {why}.", kept=_KEPT, next="Check the path and its permissions."
        ) from None


def _unwrapped(raw: io.FileIO, stack: ExitStack) -> Iterator[IO[bytes]]:
    head = raw.read(4)
    raw.seek(0)
    if head.startswith(_GZIP):
        yield cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=raw)))
    elif head == _ZIP:
        archive = stack.enter_context(zipfile.ZipFile(raw))
        names = sorted(name for name in archive.namelist() if _ARCHIVED.fullmatch(name))
        if not names:
            raise InvalidInput(
                "The archive holds no conversations.json.", next="Hand over the export as ChatGPT sent it."
            )
        if any(archive.getinfo(name).flag_bits & _ENCRYPTED for name in names):
            raise InvalidInput("The archive is locked with a password.", next="Unpack it, and hand over what is in it.")
        for name in names:
            yield stack.enter_context(archive.open(name))
    else:
        yield raw


def _source(binary: IO[bytes], report: Report, tick: Callable[[], None]) -> Source:
    buffered = io.BufferedReader(binary, _CHUNK)  # type: ignore[type-var]
    head = buffered.peek(_CHUNK)
    encoding = "utf-16" if head[:2] in _UTF16 else "utf-8-sig"
    begin = head.decode(encoding, "replace").lstrip()
    if not begin:
        raise InvalidInput("The file is empty.", next=_AGAIN)
    if "\0" in begin:
        raise InvalidInput("The file is not text.", next="Everkin reads .jsonl, .json, .gz and ChatGPT's .zip.")
    text = io.TextIOWrapper(buffered, encoding=encoding, errors="surrogateescape", newline="\n")
    return Source(text=text, is_array=begin.startswith("["), report=report, tick=tick)


def _numbered(text: IO[str]) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers; None in place of one that is too long."""
    number = 0
    while line := text.readline(LINE_CHARACTERS_MAX):
        number += 1
        too_long = False
        while len(line) == LINE_CHARACTERS_MAX and not line.endswith("\n"):
            too_long, line = True, text.readline(LINE_CHARACTERS_MAX)
        yield number, None if too_long else line


def _why(error: ValueError | RecursionError) -> str:
    """What is wrong, without the text itself."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg.lower()
    return "nested too deeply" if isinstance(error, RecursionError) else "a number too long to be one"

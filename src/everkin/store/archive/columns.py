"""Rows of a table as columns of bytes, and back: integers as differences, everything in planes, so that little is left. Pure.

A plane holds one byte of each value: what hardly changes from row to row (the high bytes of numbers, the clock in a
UUIDv7) becomes a run that zstandard writes as nothing.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Table = list[dict[str, Any]]
"""Rows by column, as the database driver gives them."""

NOTHING: Final = np.iinfo(np.int64).min
"""Stands for null in a column of integers or times."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)


class Form(Enum):
    """How a column is written."""

    INT = auto()
    """int64 or null."""
    FLAG = auto()
    """True or false."""
    TIME = auto()
    """Microseconds since 1970, or null."""
    REAL = auto()
    """float32 or null: what PostgreSQL calls `real`."""
    UUID = auto()
    LINK = auto()
    """A uuid or null; one that a named column of this block holds is written as its place there."""
    BYTES = auto()
    """Byte strings of one length."""


@dataclass(frozen=True, slots=True)
class Column:
    """`to` is (table, column) for a LINK, `width` the length of BYTES."""

    name: str
    form: Form = Form.INT
    to: tuple[str, str] = ("", "")
    width: int = 0


_WIDTHS: Final = {Form.INT: 8, Form.FLAG: 8, Form.TIME: 8, Form.REAL: 4, Form.UUID: 16}
"""Bytes of one value; a LINK has no fixed width, and that of BYTES is its column's."""

Layout = Mapping[str, Sequence[Column]]
"""The columns of each table; a table that others link to comes before them."""


def pack(tables: Mapping[str, Table], layout: Layout) -> bytes:
    """The rows of all tables; what has no column in the layout is left out."""
    counts = np.array([len(tables[name]) for name in layout], "<u4").tobytes()
    places = {key: _places(tables, key) for columns in layout.values() for key in (c.to for c in columns) if key[0]}
    parts = [
        b"".join(_packed([row[c.name] for row in tables[name]], c, places.get(c.to, {})) for c in columns)
        for name, columns in layout.items()
    ]
    return counts + np.array([len(part) for part in parts], "<u4").tobytes() + b"".join(parts)


class Unpacked(Mapping[str, Table]):
    """What `pack` was given; each table is read when it is first asked for, with those that it links to."""

    def __init__(self, packed: bytes, layout: Layout) -> None:
        head = np.frombuffer(packed, "<u4", 2 * len(layout)).tolist()
        ends = np.cumsum([4 * len(head), *head[len(layout) :]]).tolist()
        self._layout, self._read, self._linked = layout, dict[str, Table](), dict[tuple[str, str], list[UUID]]()
        self._parts = {name: (head[place], packed[ends[place] : ends[place + 1]]) for place, name in enumerate(layout)}

    def __getitem__(self, name: str) -> Table:
        if name not in self._read:
            self._read[name] = self._table(name)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._layout

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout)

    def __len__(self) -> int:
        return len(self._layout)

    def columns(self, name: str, wanted: Set[str]) -> dict[str, list[Any]]:
        """Some columns of a table without its rows, which take longer; a LINK within the table needs the column that it leads to."""
        count, packed = self._parts[name]
        source, read = _Source(packed), dict[str, list[Any]]()
        for column in self._layout[name]:
            if column.name in wanted:
                read[column.name] = _unpacked(source, count, column, self._known(name, column, read))
            else:
                source.skip(count, column)
            if wanted <= read.keys():
                break
        return read

    def _known(self, name: str, column: Column, read: Mapping[str, list[Any]]) -> list[UUID]:
        """What a LINK may lead to; each such column is read once."""
        table, key = column.to
        if not table or column.form is not Form.LINK:
            return []
        if table == name:
            return read[key]
        if column.to not in self._linked:
            self._linked[column.to] = self.columns(table, {key})[key]
        return self._linked[column.to]

    def _table(self, name: str) -> Table:
        read = self.columns(name, {column.name for column in self._layout[name]})
        return [dict(zip(read, row, strict=True)) for row in zip(*read.values(), strict=True)]


def _places(tables: Mapping[str, Table], key: tuple[str, str]) -> dict[UUID, int]:
    table, column = key
    return {row[column]: place for place, row in enumerate(tables[table])}


def _packed(values: Sequence[Any], column: Column, places: Mapping[UUID, int]) -> bytes:
    match column.form:
        case Form.INT | Form.FLAG:
            return _differences([NOTHING if value is None else int(value) for value in values])
        case Form.TIME:
            return _differences([NOTHING if value is None else (value - EPOCH) // _STEP for value in values])
        case Form.REAL:
            return _planes(np.array([np.nan if value is None else value for value in values], "<f4"))
        case Form.UUID:
            return _planes(_raw([value.bytes for value in values], 16))
        case Form.BYTES:
            return _planes(_raw([bytes(value) for value in values], column.width))
        case Form.LINK:
            abroad = [value for value in values if value is not None and value not in places]
            steps = [0 if value is None else places.get(value, -2) + 1 for value in values]
            return _differences(steps) + _planes(_raw([value.bytes for value in abroad], 16))


def _unpacked(source: "_Source", count: int, column: Column, known: Sequence[UUID]) -> list[Any]:
    match column.form:
        case Form.INT:
            return [None if value == NOTHING else value for value in source.summed(count)]
        case Form.FLAG:
            return [bool(value) for value in source.summed(count)]
        case Form.TIME:
            return [None if value == NOTHING else EPOCH + value * _STEP for value in source.summed(count)]
        case Form.REAL:
            reals = source.planes(count, 4).view("<f4").ravel().tolist()
            return [None if value != value else value for value in reals]
        case Form.UUID:
            return source.uuids(count)
        case Form.BYTES:
            return [row.tobytes() for row in source.planes(count, column.width)]
        case Form.LINK:
            steps = source.summed(count)
            abroad = iter(source.uuids(steps.count(-1)))
            return [None if step == 0 else next(abroad) if step < 0 else known[step - 1] for step in steps]


def _raw(values: Sequence[bytes], width: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(values), np.uint8).reshape(len(values), width)


def _planes(values: NDArray[Any]) -> bytes:
    raw = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1) if len(values) else values
    return raw.T.tobytes()


def _differences(values: Sequence[int]) -> bytes:
    """Steps from value to value, the sign in the lowest bit; int64 wraps around, and back on reading."""
    steps = np.diff(np.array(values, "<i8"), prepend=np.int64(0))
    return _planes((steps << 1) ^ (steps >> 63))


class _Source:
    """Bytes read from their beginning. Raises ValueError where they end too soon."""

    def __init__(self, packed: bytes) -> None:
        self._packed, self._place = packed, 0

    def skip(self, count: int, column: Column) -> None:
        """Past a column that nobody asked for."""
        if column.form is Form.LINK:
            self._place += 16 * self.summed(count).count(-1)
        else:
            self._place += count * (column.width or _WIDTHS[column.form])

    def take(self, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        taken = np.frombuffer(self._packed, dtype, count, self._place)
        self._place += taken.nbytes
        return taken

    def planes(self, count: int, width: int) -> NDArray[np.uint8]:
        if not count:
            return np.empty((0, width), np.uint8)
        return np.ascontiguousarray(self.take(count * width, np.dtype(np.uint8)).reshape(width, count).T)

    def summed(self, count: int) -> list[int]:
        steps = self.planes(count, 8).view("<u8").ravel()
        signed = (steps >> np.uint64(1)).astype(np.int64) ^ -(steps & np.uint64(1)).astype(np.int64)
        summed: list[int] = np.cumsum(signed, dtype=np.int64).tolist()
        return summed

    def uuids(self, count: int) -> list[UUID]:
        return [UUID(bytes=row.tobytes()) for row in self.planes(count, 16)]

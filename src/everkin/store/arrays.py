"""Lists on their way to PostgreSQL: whole columns in its binary form, by the type that the statement says they have.

psycopg looks at each value of a list, and at each again, to find out what it is; a statement says it once, as in
`%(message)s::uuid[]`. One type a place also means one prepared statement, whatever the numbers in it are.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Any, Final

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_TYPED: Final = re.compile(r"%\((\w+)\)s::(\w+)\[\]")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HEAD: Final = Struct(">iiIii")
_EMPTY: Final = Struct(">iiI")
_LENGTH: Final = Struct(">i")
_NULL: Final = _LENGTH.pack(-1)

Packer = Callable[[Any], bytes]


def _sized(layout: str) -> Packer:
    """A number before its length in bytes."""
    whole = Struct(f">i{layout}")
    size = whole.size - _LENGTH.size
    return lambda value: whole.pack(size, value)


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _moment() -> Packer:
    pack = _sized("q")
    return lambda value: pack((value - _EPOCH) // _MICROSECOND)


class _Array(bytes):
    """An array in binary form, of the type that its class stands for."""


_PACKERS: Final[Mapping[str, tuple[int, int, Packer]]] = {
    "bool": (16, 1000, _sized("?")),
    "boolean": (16, 1000, _sized("?")),
    "smallint": (21, 1005, _sized("h")),
    "int": (23, 1007, _sized("i")),
    "bigint": (20, 1016, _sized("q")),
    "real": (700, 1021, _sized("f")),
    "float8": (701, 1022, _sized("d")),
    "timestamptz": (1184, 1185, _moment()),
    "uuid": (2950, 2951, lambda value: _bytes(value.bytes)),
    "bytea": (17, 1001, _bytes),
    "text": (25, 1009, lambda value: _bytes(value.encode())),
}
"""By PostgreSQL's name: the type's number, its array's, and how a value is written."""


def _registered(name: str, array: int) -> type[_Array]:
    kind = type(f"_{name}", (_Array,), {})

    class Written(Dumper):
        format = Format.BINARY
        oid = array

        def dump(self, obj: _Array) -> bytes:
            return obj

    psycopg.adapters.register_dumper(kind, Written)
    return kind


_KINDS: Final = {name: _registered(name, array) for name, (_, array, _) in _PACKERS.items()}


@lru_cache(maxsize=512)
def _typed(query: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, kind in _TYPED.findall(query) if kind in _PACKERS)


def packed(query: str | bytes, values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The values of a statement, with each list whose type it says in binary form; the others as they are."""
    if not values or isinstance(query, bytes):
        return values
    lists = {name: kind for name, kind in _typed(query) if isinstance(values[name], list)}
    return {**values, **{name: array(kind, values[name]) for name, kind in lists.items()}} if lists else values


def array(kind: str, values: Sequence[Any]) -> bytes:
    """`values`, some of which may be None, as PostgreSQL's array of `kind`. Raises struct.error for one out of range."""
    element, _, pack = _PACKERS[kind]
    if not values:
        return _KINDS[kind](_EMPTY.pack(0, 0, element))
    body = b"".join([_NULL if value is None else pack(value) for value in values])
    return _KINDS[kind](_HEAD.pack(1, int(None in values), element, len(values), 1) + body)

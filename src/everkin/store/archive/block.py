"""A block of cold messages with all that hangs on them, as bytes and back: what lies in a segment before it is sealed. Pure."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import numpy as np
import zstandard
from numpy.typing import NDArray

from everkin.store.archive import columns
from everkin.store.archive.columns import Column, Form, Layout, Table
from everkin.store.archive.lens import narrowed, widened
from everkin.store.words import Words

VERSION: Final = b"EVB3"
_HEAD: Final = struct.Struct("<4sBII")
"""Version, dictionary (1 is the only one), bytes of words, bytes of numbers; the vectors follow."""
PASSAGE_BYTES: Final = 4000
"""About what the rows and the words around one passage take once they are read."""
_MESSAGE, _MEMORY = ("messages", "message_id"), ("memories", "memory_id")


def _ints(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _flags(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Form.FLAG) for name in names)


def _times(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Form.TIME) for name in names)


LAYOUT: Final[Layout] = {
    "messages": (
        Column("message_id", Form.UUID),
        Column("conversation_id", Form.UUID),
        Column("parent_id", Form.LINK, _MESSAGE),
        Column("revises", Form.LINK, _MESSAGE),
        Column("id", Form.LINK),
        *_ints("ordinal", "role", "delivery"),
        *_flags("current"),
        *_times("at", "recorded_at"),
    ),
    "memories": (
        Column("memory_id", Form.UUID),
        *_ints("kind", "about", "topic"),
        *_flags("of_user", "pinned", "safety"),
        Column("importance", Form.REAL),
        *_times("at", "recorded_at", "valid_from", "valid_to"),
        Column("superseded_by", Form.LINK, _MEMORY),
    ),
    "memory_messages": (Column("memory_id", Form.LINK, _MEMORY), Column("message_id", Form.LINK, _MESSAGE)),
    "memory_uses": (
        Column("memory_id", Form.LINK, _MEMORY),
        *_ints("uses", "mentions", "tier"),
        *_times("first_used_at", "last_used_at", "fading_since"),
    ),
    "passages": (
        Column("memory_id", Form.LINK, _MEMORY),
        *_ints("row", "ordinal", "speaker", "kind", "length", "flags", "successor", "embedder"),
        *_flags("live"),
        *_times("at", "renewed_at"),
        Column("salience", Form.REAL),
    ),
    "feelings": (
        Column("message_id", Form.LINK, _MESSAGE),
        *_times("at", "event"),
        Column("impulse", Form.BYTES, width=40),
        Column("marker"),
        Column("strength", Form.REAL),
    ),
    "manners": (
        Column("message_id", Form.LINK, _MESSAGE),
        *_flags("by_user"),
        *_times("at"),
        Column("strangeness", Form.REAL),
    ),
}
"""What is written of each table besides words; user and bond are those of the signpost."""
_LAYOUTS: Final[Mapping[bytes, Layout]] = {
    b"EVB1": {name: of for name, of in LAYOUT.items() if name != "manners"},
    b"EVB2": LAYOUT,
    VERSION: LAYOUT,
}
"""How each version that was ever written is read; a table that it lacks is empty. Before the third, vectors lay as they are."""
APART: Final = ("replies",)
"""Tables without many rows, written as they are among the words; their values are plain JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Rows by table. A message has its words under `words`, and so has a memory with words of its own (else None).

    `vectors` are float32[n, d], turned by the user's key, one a row of `passages`.
    """

    tables: Mapping[str, Table] = field(repr=False)
    vectors: NDArray[np.float32] = field(repr=False)

    def columns(self, name: str, *wanted: str) -> list[Sequence[Any]]:
        """Some columns of a table, quickly where it was not put together yet; `content` of messages stands in their words."""
        if isinstance(self.tables, _Tables):
            found = self.tables.columns(name, frozenset(wanted))
            return [found[column] for column in wanted]
        rows = self.tables[name]
        return [
            [row["words"].get("content") if column == "content" else row[column] for row in rows] for column in wanted
        ]

    @property
    def nbytes(self) -> int:
        """About what it holds in RAM."""
        return int(self.vectors.nbytes) + PASSAGE_BYTES * len(self.vectors)


def pack(block: Block, lens: NDArray[np.float32] | None) -> bytes:
    """Words under zstandard with a dictionary, numbers in planes, vectors at four bits a direction; those hold 3.4 bits."""
    tables = dict(block.tables)
    tables["messages"] = [{**row, "id": _as_uuid(row["words"].get("id"))} for row in tables["messages"]]
    words = _compressor().compress(_words(block.tables, tables["messages"]))
    numbers = zstandard.ZstdCompressor(level=_LEVEL).compress(columns.pack(tables, LAYOUT))
    vectors = zstandard.ZstdCompressor(level=_LEVEL).compress(narrowed(block.vectors, lens))
    return _HEAD.pack(VERSION, 1, len(words), len(numbers)) + words + numbers + vectors


def unpack(packed: bytes, lens: NDArray[np.float32] | None, dimensions: int) -> Block:
    """What `pack` was given. Raises ValueError for a version that this Everkin does not know."""
    version, dictionary, words, numbers = _HEAD.unpack_from(packed)
    if version not in _LAYOUTS or dictionary != 1:
        raise ValueError("a segment of a version that this Everkin does not know")
    rest = packed[_HEAD.size + words :]
    stored = columns.Unpacked(zstandard.ZstdDecompressor().decompress(rest[:numbers]), _LAYOUTS[version])
    told = json.loads(_decompressor().decompress(packed[_HEAD.size : _HEAD.size + words]).decode("utf-8", _STRICT))
    tables = _Tables(stored, told)
    vectors = zstandard.ZstdDecompressor().decompress(rest[numbers:]) if version == VERSION else rest[numbers:]
    return Block(tables=tables, vectors=widened(vectors, len(tables["passages"]), lens, dimensions))


_TOLD: Final = frozenset({"words", "predicate", "mentioned_at", "id", "version"})
"""Columns that are written among the words."""
_LEVEL: Final = 19
_STRICT: Final = "surrogatepass"
"""Lone surrogates are kept as they came."""


def _words(tables: Mapping[str, Table], told: Table) -> bytes:
    """All that is text, each kind together, so that what is alike stands near."""
    messages = [row["words"] for row in tables["messages"]]
    memories = tables["memories"]
    kept: dict[str, Any] = {
        "content": [words.get("content") for words in messages],
        "name": [words.get("name") for words in messages],
        "id": [words.get("id") if row["id"] is None else None for words, row in zip(messages, told, strict=True)],
        "predicate": [row["predicate"] for row in memories],
        "own": [row["words"] for row in memories],
        "rest": {name: _rest(tables[name], layout) for name, layout in LAYOUT.items()},
        "mentioned_at": {n: row["mentioned_at"] for n, row in enumerate(tables["memory_uses"]) if row["mentioned_at"]},
        "version": {n: row["version"] for n, row in enumerate(tables["manners"]) if row["version"]},
        **{name: tables[name] for name in APART},
    }
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", _STRICT)


class _Tables(Mapping[str, Table]):
    """The tables of a block, each put together when it is first asked for: a question reads less than half of them."""

    def __init__(self, stored: columns.Unpacked, told: Mapping[str, Any]) -> None:
        self._stored, self._told, self._whole = stored, told, dict[str, Table]()

    def __getitem__(self, name: str) -> Table:
        if name not in self._whole:
            self._whole[name] = self._told[name] if name in APART else self._put_together(name)
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*LAYOUT, *APART))

    def __len__(self) -> int:
        return len(LAYOUT) + len(APART)

    def columns(self, name: str, wanted: Set[str]) -> Mapping[str, Sequence[Any]]:
        """What is kept in numbers of some columns; of memories also their own `words`, of messages their `content`."""
        if name not in self._stored:
            return dict.fromkeys(wanted, ())
        found: dict[str, Sequence[Any]] = dict(self._stored.columns(name, wanted - {"words", "content"}))
        if "words" in wanted:
            found["words"] = self._told["own"]
        if "content" in wanted:
            found["content"] = self._told["content"]
        return found

    def _put_together(self, name: str) -> Table:
        if name not in self._stored:
            return []
        table, told = self._stored[name], self._told
        for row, values in zip(table, told["rest"][name], strict=False):
            row.update(values)
        match name:
            case "messages":
                for row, id, called, content in zip(table, told["id"], told["name"], told["content"], strict=True):
                    own = row.pop("id")
                    words: Words = {"id": id if own is None else str(own), "name": called, "content": content}
                    row["words"] = {field: text for field, text in words.items() if text is not None}
            case "memories":
                for row, predicate, own in zip(table, told["predicate"], told["own"], strict=True):
                    row["predicate"], row["words"] = predicate, own
            case "memory_uses":
                for place, row in enumerate(table):
                    row["mentioned_at"] = told["mentioned_at"].get(str(place))
            case "manners":
                for place, row in enumerate(table):
                    row["version"] = told["version"].get(str(place))
        return table


def _rest(table: Table, layout: Sequence[Column]) -> Table:
    """What columns of a later release hold: kept as JSON, so that a block gives back what it was given."""
    known = {column.name for column in layout} | _TOLD
    rest = [{name: value for name, value in row.items() if name not in known} for row in table]
    return rest if any(rest) else []


def _plain(value: Any) -> Any:
    """What JSON has no form for; PostgreSQL reads each of these back from its text."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _as_uuid(id: str | None) -> UUID | None:
    """The id as one, where its text is the usual one of a UUID."""
    if id is None or len(id) != 36:
        return None
    try:
        read = UUID(id)
    except ValueError:
        return None
    return read if str(read) == id else None


@cache
def _dictionary() -> zstandard.ZstdCompressionDict:
    held = files("everkin.store.archive").joinpath("weights", "words-1.zdict")
    dictionary = zstandard.ZstdCompressionDict(held.read_bytes())
    dictionary.precompute_compress(level=_LEVEL)
    return dictionary


def _compressor() -> zstandard.ZstdCompressor:
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary())


def _decompressor() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=_dictionary())

"""A block of cold messages, written and read again: every row as it was, every word, and vectors near enough to rank by."""

import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.store.archive.archive import joined_blocks
from everkin.store.archive.block import APART, LAYOUT, Block, pack, unpack
from everkin.store.archive.columns import Column, Form
from everkin.store.archive.columns import pack as columns_of
from everkin.store.archive.lens import basis, narrowed, widened
from everkin.store.archive.signposts import Places, bits, id_bits, term_bits

WORDS = st.text(st.characters(), max_size=40)
TIMES = st.integers(0, 2**52).map(lambda micros: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros))
FORMS = {
    Form.INT: st.none() | st.integers(-(2**62), 2**62),
    Form.FLAG: st.booleans(),
    Form.TIME: st.none() | TIMES,
    Form.REAL: st.none() | st.floats(width=32, allow_nan=False),
    Form.UUID: st.uuids(),
}


def value(draw: st.DrawFn, column: Column, tables: dict[str, list[dict[str, object]]], own: list[UUID]) -> object:
    if column.form is Form.BYTES:
        return draw(st.binary(min_size=column.width, max_size=column.width))
    if column.form is not Form.LINK:
        return draw(FORMS[column.form])
    table, name = column.to
    there = own if table and not tables.get(table) else [row[name] for row in tables.get(table, [])]
    return draw(st.none() | st.uuids() | (st.sampled_from(there) if there else st.none()))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    tables: dict[str, list[dict[str, object]]] = {}
    for name, columns in LAYOUT.items():
        ids = draw(st.lists(st.uuids(), max_size=5, unique=True))
        tables[name] = []
        for id in ids:
            row = {column.name: value(draw, column, tables, ids) for column in columns if column.name != "id"}
            key = columns[0]
            tables[name].append(row | ({key.name: id} if key.form is Form.UUID else {}))
    for row in tables["messages"]:
        id = draw(WORDS | st.uuids().map(str))
        row["words"] = {"id": id, "content": draw(WORDS)} | ({"name": draw(WORDS)} if draw(st.booleans()) else {})
    for row in tables["memories"]:
        row["predicate"], row["words"] = (
            draw(st.none() | st.just("likes")),
            draw(st.none() | st.just({"content": "tea"})),
        )
    for row in tables["memory_uses"]:
        row["mentioned_at"] = None
    for row in tables["manners"]:
        row["version"] = draw(st.none() | st.just("sha256:0f"))
    vectors = np.random.default_rng(1).normal(size=(len(tables["passages"]), 384)).astype(np.float32)
    return Block(tables={**tables, **{name: [] for name in APART}}, vectors=vectors)


@settings(max_examples=60, deadline=None)
@given(blocks())
def test_a_block_is_read_as_it_was_written(block: Block) -> None:
    again = unpack(pack(block, None), None, 384)
    assert dict(again.tables) == block.tables


def test_a_column_of_a_later_release_comes_back_too() -> None:
    block = Block(tables={**{name: [] for name in (*LAYOUT, *APART)}}, vectors=np.empty((0, 384), np.float32))
    memory = {column.name: None for column in LAYOUT["memories"]} | {
        "memory_id": UUID(int=7),
        "predicate": None,
        "words": None,
    }
    memory |= dict.fromkeys(("of_user", "pinned", "safety"), False)
    tables = {**block.tables, "memories": [memory | {"colour": "teal"}]}
    again = unpack(pack(Block(tables=tables, vectors=block.vectors), None), None, 384)
    assert again.tables["memories"] == tables["memories"]


def test_a_cut_or_foreign_block_is_refused() -> None:
    empty = Block(tables={name: [] for name in (*LAYOUT, *APART)}, vectors=np.empty((0, 384), np.float32))
    packed = pack(empty, None)
    with pytest.raises(ValueError, match="version"):
        unpack(b"EVB9" + packed[4:], None, 384)


def test_a_block_from_before_manners_went_cold_is_read_as_one_without_any() -> None:
    row = {column.name: None for column in LAYOUT["feelings"]} | {"impulse": bytes(40)}
    tables = {name: [] for name in (*LAYOUT, *APART)} | {"feelings": [row]}
    packed = pack(Block(tables=tables, vectors=np.empty((0, 384), np.float32)), None)
    sizes = struct.Struct("<4sBII")
    _, dictionary, words, numbers = sizes.unpack_from(packed)
    start = sizes.size + words
    old = {name: columns for name, columns in LAYOUT.items() if name != "manners"}
    earlier = zstandard.ZstdCompressor().compress(columns_of(tables, old))
    head = sizes.pack(b"EVB1", dictionary, words, len(earlier))
    again = unpack(head + packed[sizes.size : start] + earlier + packed[start + numbers :], None, 384)
    assert dict(again.tables) == tables


def test_vectors_of_a_block_from_before_they_were_compressed_are_read() -> None:
    row = {column.name: None for column in LAYOUT["passages"]} | {"live": True}
    tables = {name: [] for name in (*LAYOUT, *APART)} | {"passages": [row]}
    vectors = np.random.default_rng(1).normal(size=(1, 384)).astype(np.float32)
    packed = pack(Block(tables=tables, vectors=vectors), None)
    sizes = struct.Struct("<4sBII")
    _, dictionary, words, numbers = sizes.unpack_from(packed)
    earlier = sizes.pack(b"EVB2", dictionary, words, numbers) + packed[sizes.size : sizes.size + words + numbers]
    again, same = (unpack(each, None, 384) for each in (packed, earlier + narrowed(vectors, None)))
    np.testing.assert_array_equal(again.vectors, same.vectors)


def test_two_parts_of_a_block_are_one_in_order_and_each_reply_stays_with_its_message() -> None:
    """A block is written again when more of it goes cold: with what it held, read back, and what came from the tables."""
    ids = [UUID(int=n) for n in range(4)]

    def part(places: list[int]) -> Block:
        tables: dict[str, list[dict[str, object]]] = {name: [] for name in (*LAYOUT, *APART)}
        empty = {column.name: None for column in LAYOUT["messages"] if column.name != "id"} | {
            "current": True,
            "conversation_id": UUID(int=9),
        }
        tables["messages"] = [
            empty | {"message_id": ids[n], "ordinal": n, "words": {"id": str(n), "content": f"Said {n}."}}
            for n in places
        ]
        none = {column.name: None for column in LAYOUT["passages"]} | {"live": True}
        tables["passages"] = [none | {"row": n} for n in places]
        tables["replies"] = [{"message_id": ids[n], "model": f"of {n}"} for n in places]
        return Block(tables=tables, vectors=np.eye(4, 384, dtype=np.float32)[places])

    before = unpack(pack(part([1, 3]), None), None, 384)
    joined = joined_blocks(before, part([0, 2]))
    assert [row["words"]["content"] for row in joined.tables["messages"]] == [f"Said {n}." for n in range(4)]
    assert joined.vectors.argmax(axis=1).tolist() == [row["row"] for row in joined.tables["passages"]] == [0, 1, 2, 3]
    assert [row["model"] for row in joined.tables["replies"]] == [f"of {n}" for n in range(4)]


def test_vectors_keep_their_neighbours_through_the_lens() -> None:
    """Narrowed, they rank alike; narrowed twice, they are what they were after the first time."""
    lens = basis(384)
    assert lens is not None
    np.testing.assert_allclose(lens @ lens.T, np.eye(len(lens)), atol=2e-3)
    rng = np.random.default_rng(2)
    plain = rng.normal(size=(200, len(lens))).astype(np.float32) @ lens
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    once = widened(narrowed(plain, lens), 200, lens, 384)
    assert (np.einsum("nd,nd->n", once, plain) > 0.98).all()
    twice = widened(narrowed(once, lens), 200, lens, 384)
    assert (np.einsum("nd,nd->n", once, twice) > 0.999).all()
    assert len(narrowed(plain, lens)) == 200 * (2 + len(lens) // 2)


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), max_size=6))
def test_a_term_is_found_in_every_set_that_holds_it(sets: list[list[int]]) -> None:
    places = Places([bits([term_bits(term) for term in each]) for each in sets])
    for number, each in enumerate(sets):
        for term in each:
            assert number in places.of(term_bits(term))


@given(st.lists(st.integers(0, 2**24 - 1), max_size=400))
def test_what_a_signpost_names_is_read_as_it_is_written_and_as_it_was(values: list[int]) -> None:
    """Written in 17 bits each; those of before have 24."""
    before = np.unique(np.array(values, "<u4")).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    places = Places([bits(values), before])
    assert all(places.of(value).tolist() == [0, 1] for value in values)
    assert len(bits(values)) <= 17 / 8 * len(set(values)) + 34
    assert not len(Places([bits([])]).of(0))


def test_an_id_has_the_same_bits_in_each_form() -> None:
    id = UUID("01a1fe30-5997-75d5-9a7a-63ef0366e5c7")
    assert id_bits(id) == id_bits(id.bytes) == id_bits(b"other" + id.bytes[-3:])


def test_times_are_kept_to_the_microsecond() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(microseconds=123_457)
    tables = {name: [] for name in (*LAYOUT, *APART)}
    row = {column.name: None for column in LAYOUT["feelings"]} | {"at": at, "impulse": bytes(40)}
    again = unpack(
        pack(Block(tables={**tables, "feelings": [row]}, vectors=np.empty((0, 384), np.float32)), None), None, 384
    )
    assert again.tables["feelings"][0]["at"] == at

"""Attacks on what is stored, by somebody who has the database and not the keyring. Some of them succeed: they are here so
that nobody claims otherwise, and `docs/sealing.md` tells them with the same numbers.
"""

import logging
import pickle
import traceback
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from everkin.errors import EverkinError, SealBroken
from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import Keyring
from everkin.store.seal import NONCE_BYTES, OVERHEAD_BYTES, Rotation, TermHasher, derive, new_key, open_sealed, seal

DIMENSIONS = 384
Vectors = NDArray[np.float32]


def texts(count: int, seed: int) -> Vectors:
    """Vectors as an embedder makes them: of length one, around a common direction, some axes wider than others."""
    rng = np.random.default_rng(seed)
    widths = np.random.default_rng(0).gamma(1.5, size=DIMENSIONS)
    common = np.random.default_rng(0).standard_normal(DIMENSIONS) * 0.3
    drawn = rng.standard_normal((count, DIMENSIONS)) * widths + common
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def guessed(stored: Vectors, guesses: Vectors) -> float:
    """How often the stored vector nearest to a guess is the right one (row for row)."""
    return float((np.argmax(guesses @ stored.T, axis=1) == np.arange(len(guesses))).mean())


def halved(vectors: Vectors) -> Vectors:
    """As PostgreSQL keeps them."""
    return vectors.astype(np.float16).astype(np.float32)


def keyed(key: bytes) -> Rotation:
    return Rotation(derive(key, "vectors"), DIMENSIONS)


# -- vectors: attacks that fail


@pytest.mark.parametrize("attacker", ["no key", "a key of another user"])
def test_a_vector_matches_at_chance_without_its_users_key(attacker: str):
    """1,000 texts that Alice said; Bob asks with the very same ones."""
    said = texts(1000, seed=1)
    stored = halved(keyed(new_key()).apply(said))
    asked = said if attacker == "no key" else keyed(new_key()).apply(said)
    cosines = np.sum(asked * stored, axis=1)
    assert abs(cosines.mean()) < 0.02
    assert 0.03 < cosines.std() < 0.08
    assert guessed(stored, asked) < 0.01


def test_vectors_of_two_users_cannot_be_joined():
    """The same 1,000 sentences in two users' rows: which are the same does not show."""
    said = texts(1000, seed=2)
    alices, bobs = (halved(keyed(new_key()).apply(said)) for _ in range(2))
    assert guessed(alices, bobs) < 0.01


# -- vectors: attacks that succeed


def solved(plain: Vectors, stored: Vectors) -> Vectors:
    """The transform, by least squares from pairs; with fewer pairs than dimensions, the part of it that they span."""
    return np.linalg.lstsq(plain.astype(np.float64), stored.astype(np.float64), rcond=1e-3)[0].astype(np.float32)


def test_who_holds_as_many_pairs_as_dimensions_has_the_transform():
    rotation, known, secret = keyed(new_key()), texts(600, seed=3), texts(1000, seed=4)
    matrix = solved(known, halved(rotation.apply(known)))
    stored = halved(rotation.apply(secret))
    assert guessed(stored, secret @ matrix) > 0.99
    assert np.mean(np.sum(stored * (secret @ matrix), axis=1)) > 0.99


@pytest.mark.parametrize(("pairs", "at_least", "at_most"), [(1, 0.0, 0.2), (10, 0.1, 0.7), (100, 0.95, 1.0)])
def test_fewer_pairs_already_tell_which_known_text_is_which(pairs: int, at_least: float, at_most: float):
    """The attacker has some pairs, and asks whether and where 1,000 other texts of which they have a copy were said."""
    rotation, known, copies = keyed(new_key()), texts(pairs, seed=5), texts(1000, seed=6)
    matrix = solved(known, halved(rotation.apply(known)))
    assert at_least <= guessed(halved(rotation.apply(copies)), copies @ matrix) <= at_most


def test_a_set_of_texts_that_is_known_is_recognised_by_its_shape():
    """Cosines within one user are kept, so a known set of texts can be laid over the stored ones without a single pair."""
    copies = texts(200, seed=7)
    shuffled = np.random.default_rng(8).permutation(200)
    stored = halved(keyed(new_key()).apply(copies[shuffled]))
    shapes = [np.sort(vectors @ vectors.T, axis=1) for vectors in (copies, stored)]
    apart = ((shapes[0][:, None, :] - shapes[1][None, :, :]) ** 2).sum(axis=2)
    assert (shuffled[apart.argmin(axis=1)] == np.arange(200)).mean() > 0.95


# -- terms


def test_the_same_word_of_two_users_has_nothing_in_common():
    words = [f"word{number}" for number in range(10_000)]
    alices, bobs = ({TermHasher(derive(new_key(), "terms")).hash(word) for word in words} for _ in range(2))
    assert len(alices) == len(bobs) == 10_000
    assert not alices & bobs


def test_a_list_of_words_cannot_be_tried_without_the_key():
    """A plain hash of a stem would fall to a dictionary in seconds."""
    words = [f"word{number}" for number in range(10_000)]
    stored = {TermHasher(derive(new_key(), "terms")).hash(word) for word in words}
    tried = {TermHasher(key).hash(word) for word in words for key in (b"", bytes(32))}
    assert not stored & tried


def test_how_often_a_stem_is_used_shows():
    """Succeeds: equal stems have equal hashes, so who knows how often people say what can guess the commonest ones."""
    rng = np.random.default_rng(9)
    common = [f"word{number}" for number in range(2000)]
    odds = 1 / np.arange(1, 2001)
    habits = odds * rng.lognormal(0, 0.3, 2000)  # Alice's own ways of saying things
    hasher = TermHasher(derive(new_key(), "terms"))
    stored = Counter(hasher.hash(common[number]) for number in rng.choice(2000, 50_000, p=habits / habits.sum()))
    ranked = [number for number, _ in stored.most_common()]
    right = [ranked[place] == hasher.hash(common[place]) for place in range(len(ranked))]
    assert np.mean(right[:5]) >= 0.4
    assert np.mean(right[200:]) < 0.05


# -- words


def test_the_length_of_a_text_shows():
    """Succeeds: to the byte."""
    sealed = [len(seal(new_key(), b"x" * length, aad=b"")) - OVERHEAD_BYTES for length in range(0, 3000, 7)]
    assert sealed == list(range(0, 3000, 7))


def test_no_nonce_comes_twice_and_equal_texts_do_not_look_equal():
    key = new_key()
    sealed = [seal(key, b"good night", aad=b"alice") for _ in range(100_000)]
    assert len({text[1 : 1 + NONCE_BYTES] for text in sealed}) == 100_000
    assert len({text[1 + NONCE_BYTES :] for text in sealed}) == 100_000


def test_a_sealed_text_cannot_be_moved_to_another_row_or_user():
    """Not even under the same key: its place is part of the seal."""
    key, alice, bob, row, other = new_key(), b"A" * 16, b"B" * 16, b"1" * 16, b"2" * 16
    sealed = seal(key, b"the heron came back", aad=alice + row)
    for place in (alice + other, bob + row, row + alice, alice, b""):
        with pytest.raises(SealBroken):
            open_sealed(key, sealed, aad=place)


# -- keys, where they have no business


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "keyring", cell=uuid.uuid4(), place="", now=datetime(2026, 6, 1, tzinfo=UTC))[0]


def test_no_key_is_in_a_repr_a_pickle_a_log_or_an_error(keyring: Keyring, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    alice, block = UserId(uuid.uuid4()), BlockId(uuid.uuid4())
    key = keyring.create_user(alice)
    keyring.new_blocks(alice, [block])
    block_key = keyring.block_keys(alice, [block])[block]
    master = bytes.fromhex((keyring.folder / "master.key").read_text())
    said = [caplog.text, repr(keyring), repr(keyring._files.load(alice))]
    for fail in (
        lambda: open_sealed(block_key, bytes(60), aad=b""),
        lambda: open_sealed(block_key, b"\x01" + bytes(60), aad=b""),
        lambda: keyring.block_keys(alice, [BlockId(uuid.uuid4())]),
        lambda: keyring.user_key(UserId(uuid.uuid4())),
        lambda: (
            (keyring.folder / "master.key").write_text(master.hex()[:-1])
            and Keyring.open(keyring.folder, cell=keyring.cell)
        ),
    ):
        with pytest.raises(EverkinError) as caught:
            fail()
        said += [repr(caught.value), str(caught.value.facts), "".join(traceback.format_exception(caught.value))]
    for secret in (key, block_key, master, keyring.cell_key):
        for form in (secret.hex()[:16], repr(secret)[2:20], str(list(secret))[1:20]):
            assert form not in "".join(said)
    for holder in (keyring, keyring._files.load(alice)):
        with pytest.raises(TypeError, match="does not leave its process"):
            pickle.dumps(holder)


def test_the_keyring_without_its_master_key_opens_nothing(keyring: Keyring):
    """What a mirror that is stolen gives away: how many users and session blocks there are, and their ids."""
    alice, block = UserId(uuid.uuid4()), BlockId(uuid.uuid4())
    keys = [keyring.create_user(alice), keyring.cell_key]
    keyring.new_blocks(alice, [block])
    keys += keyring.block_keys(alice, [block]).values()
    stolen = b"".join(
        path.read_bytes() for path in keyring.folder.rglob("*") if path.is_file() and path.name != "master.key"
    )
    assert block.bytes in stolen
    assert not any(key in stolen or key.hex().encode() in stolen for key in keys)

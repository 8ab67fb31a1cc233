"""The seal as pure functions of keys: what goes in comes out, and nothing else does."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.errors import EmbedderMismatch, SealBroken
from everkin.store.keyring import LocalMasterKey
from everkin.store.seal import OVERHEAD_BYTES, Rotation, TermHasher, derive, new_key, open_sealed, seal

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


def vectors(count: int, dimensions: int, seed: int = 1) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, dimensions))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


# -- words


@given(plain=st.binary(max_size=2000), aad=st.binary(max_size=80))
def test_what_is_sealed_opens_in_its_place(plain: bytes, aad: bytes):
    sealed = seal(KEY, plain, aad=aad)
    assert open_sealed(KEY, sealed, aad=aad) == plain
    assert len(sealed) == len(plain) + OVERHEAD_BYTES


@given(plain=st.binary(max_size=200), position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_noticed(plain: bytes, position: int, bit: int):
    sealed = bytearray(seal(KEY, plain, aad=b"alice"))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), aad=b"alice")


@given(plain=st.binary(max_size=200), length=st.integers(min_value=0), tail=st.binary(min_size=1, max_size=20))
def test_what_was_cut_or_added_to_is_noticed(plain: bytes, length: int, tail: bytes):
    sealed = seal(KEY, plain, aad=b"alice")
    for changed in (sealed[: length % len(sealed)], sealed + tail):
        with pytest.raises(SealBroken):
            open_sealed(KEY, changed, aad=b"alice")


@pytest.mark.parametrize(("key", "aad"), [(OTHER, b"alice"), (KEY, b"bob"), (derive(KEY, "terms"), b"alice")])
def test_another_key_or_place_opens_nothing(key: bytes, aad: bytes):
    with pytest.raises(SealBroken):
        open_sealed(key, seal(KEY, b"the heron came back", aad=b"alice"), aad=aad)


def test_a_later_form_is_refused_and_named():
    sealed = b"\x02" + seal(KEY, b"the heron came back", aad=b"")[1:]
    with pytest.raises(SealBroken, match="newer Everkin"):
        open_sealed(KEY, sealed, aad=b"")


def test_keys_for_different_purposes_are_unrelated():
    derived = {derive(key, label) for key in (KEY, OTHER) for label in ("text-wrap", "vectors", "terms", "names")}
    assert len(derived) == 8
    assert all(len(key) == 32 for key in derived)


# -- vectors


@given(dimensions=st.integers(1, 700), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_every_cosine_is_kept_in_any_dimension(dimensions: int, seed: int):
    plain = vectors(6, dimensions, seed)
    turned = Rotation(KEY, dimensions).apply(plain)
    assert turned.shape == plain.shape
    assert turned.dtype == np.float32
    exact = plain.astype(np.float64) @ plain.T.astype(np.float64)
    assert np.abs(turned.astype(np.float64) @ turned.T.astype(np.float64) - exact).max() < 1e-6


@pytest.mark.parametrize("dimensions", [384, 768, 1024, 1536, 3072])
def test_half_precision_keeps_cosines_to_a_thousandth(dimensions: int):
    plain = vectors(100, dimensions)
    halved = Rotation(KEY, dimensions).apply(plain).astype(np.float16).astype(np.float32)
    assert np.abs(halved @ halved.T - plain @ plain.T).max() < 1e-3


@pytest.mark.parametrize("dimensions", [1, 3, 127, 128, 300, 384])
def test_the_transform_is_orthogonal(dimensions: int):
    matrix = Rotation(KEY, dimensions).apply(np.eye(dimensions))
    assert np.allclose(matrix @ matrix.T, np.eye(dimensions), atol=1e-5)


def test_every_number_of_a_vector_is_spread_over_all_the_others():
    """No coordinate of a plain vector can be read off a few of the turned one."""
    matrix = np.abs(Rotation(KEY, 384).apply(np.eye(384)))
    assert (matrix > 0.005).mean() > 0.9
    assert matrix.max() < 0.35


def test_one_vector_turns_as_it_does_among_others():
    plain = vectors(50, 384)
    rotation = Rotation(KEY, 384)
    assert np.allclose(rotation.apply(plain[7]), rotation.apply(plain)[7], atol=1e-6)
    assert rotation.apply(plain[:0]).shape == (0, 384)


def test_a_vector_of_another_embedder_is_refused():
    with pytest.raises(EmbedderMismatch, match="768"):
        Rotation(KEY, 384).apply(vectors(1, 768))


def test_the_state_of_a_user_is_small():
    assert Rotation(KEY, 384).nbytes == 4608
    assert Rotation(KEY, 1024).nbytes <= 16 * 1024


# -- terms


@given(st.text())
def test_a_term_fits_a_bigint_and_is_always_the_same(term: str):
    number = TermHasher(KEY).hash(term)
    assert -(2**63) <= number < 2**63
    assert number == TermHasher(KEY).hash(term) != TermHasher(OTHER).hash(term)


def test_a_lone_surrogate_is_a_term_as_well():
    assert TermHasher(KEY).hash("\ud800") != TermHasher(KEY).hash("\ud801")


# -- what is stored depends on these, so they may never change


def test_the_forms_on_disk_are_pinned():
    sealed = bytes.fromhex(
        "010000000000000000000000007ad4d0fedd49f1d26688ca547549b1fbb3203de215bac030f2cb169df1967d93202d9e"
    )
    assert open_sealed(KEY, sealed, aad=b"alice") == b"the heron came back"
    assert derive(KEY, "vectors").hex()[:16] == "2cd3cc746ec73edd"
    assert TermHasher(KEY).hash("heron") == -8487375816221450634
    assert TermHasher(KEY).digest("alice").hex() == "c6ea27646ae852a72f3e59cb7753f22b"
    main, odd = (Rotation(KEY, dimensions).apply(np.eye(dimensions)[3]) for dimensions in (384, 300))
    assert main[:6].tolist() == pytest.approx([-0.016, 0.0406, -0.0172, -0.0284, 0.0079, -0.0448], abs=1e-4)
    assert odd[-4:].tolist() == pytest.approx([0.0409, -0.0017, 0.0089, 0.0215], abs=1e-4)


# -- secrets stay


@pytest.mark.parametrize("secret", [Rotation(KEY, 128), TermHasher(KEY), LocalMasterKey(KEY)], ids=repr)
def test_what_holds_a_key_says_nothing_and_goes_nowhere(secret: object):
    assert repr(secret) == str(secret) == f"<{type(secret).__name__}>"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="does not leave its process"):
            leave(secret)


def test_keys_are_random():
    assert len({new_key() for _ in range(1000)}) == 1000

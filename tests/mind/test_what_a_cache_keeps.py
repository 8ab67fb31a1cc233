"""What the cache gives out, keeps and drops: Alice's answers by key, against a model that remembers everything."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.cache import ENTRY_BYTES, Cache, Lifetime, shared
from everkin.mind.memory import Recalled, Verdict

HOUR = Lifetime(stale=timedelta(hours=1), gc=timedelta(hours=2))
NESTED = st.recursive(
    st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


def cache(limit_bytes: int = 1 << 20) -> Cache:
    return Cache(limit_bytes=limit_bytes, weigh=lambda value: len(str(value)))


def test_it_answers_while_nothing_moved_and_no_longer() -> None:
    """Fresh under the same version within its time; a version that moved, time and an invalidation each end it."""
    held = cache()
    held.put(("alice", "profile"), "likes tea", 1, HOUR, now=0)

    assert held.get(("alice", "profile"), 1, now=3600) is not None
    assert held.get(("alice", "profile"), 2, now=10) is None
    assert held.get(("alice", "profile"), 1, now=3601) is None
    assert held.get(("alice", "profile"), 1, now=-1) is None
    held.invalidate(("alice",))
    assert held.get(("alice", "profile"), 1, now=10) is None
    assert (held.tally.hits, held.tally.misses) == (1, 4)


def test_a_prefix_names_all_below_it() -> None:
    """Alice's go, of every bond and kind; Bob's stay."""
    held = cache()
    for key in (("session", "alice", 1), ("session", "alice", 2), ("session", "bob", 1)):
        held.put(key, "x", 0, HOUR, now=0)

    assert held.remove(("session", "alice")) == 2
    assert held.peek(("session", "bob", 1)) is not None
    assert held.nbytes == ENTRY_BYTES + 1


def test_an_equal_refetch_keeps_the_old_object() -> None:
    """Whoever holds it sees no change where there is none; a part that changed leaves the others as they were."""
    held = cache()
    before = held.put(("k",), ([1, 2], {"a": [3]}), 1, HOUR, now=0)
    same = held.put(("k",), ([1, 2], {"a": [3]}), 2, HOUR, now=1)
    other = held.put(("k",), ([1, 9], {"a": [3]}), 3, HOUR, now=2)

    assert same is before
    assert other[1] is before[1]
    assert other == ([1, 9], {"a": [3]})


def test_parts_of_a_dataclass_are_kept_too() -> None:
    old = Recalled(verdict=Verdict.FOUND, confidence=0.9, recollections=(), why=("a", "long reason"))
    new = Recalled(verdict=Verdict.FOUND, confidence=0.8, recollections=(), why=("a", "".join(["long ", "reason"])))

    kept = shared(old, new)

    assert kept == new
    assert kept.why is old.why


@given(NESTED, NESTED)
def test_sharing_never_changes_what_is_said(old: object, new: object) -> None:
    """Equal to the new one always, and the old object itself where they are equal and alike in type."""
    kept = shared(old, new)
    assert kept == new
    if old == new and type(old) is type(new):
        assert kept is old


def test_what_nobody_asks_for_goes_first() -> None:
    """Room for two: the one asked for last stays. A giant is handed back and not held."""
    held = cache(limit_bytes=2 * ENTRY_BYTES + 20)
    held.put(("a",), "1", 0, HOUR, now=0)
    held.put(("b",), "2", 0, HOUR, now=1)
    held.get(("a",), 0, now=2)
    held.put(("c",), "3", 0, HOUR, now=3)
    giant = held.put(("d",), "x" * 5000, 0, HOUR, now=4)

    assert [held.peek((key,)) is not None for key in "abcd"] == [True, False, True, False]
    assert giant == "x" * 5000


def test_what_lies_unused_is_collected() -> None:
    held = cache()
    held.put(("a",), "1", 0, HOUR, now=0)
    held.put(("b",), "2", 0, HOUR, now=0)
    held.get(("b",), 0, now=3000)

    assert held.collect(now=7201) == 1
    assert held.peek(("b",)) is not None


@given(
    st.lists(st.tuples(st.sampled_from(["put", "get", "drop"]), st.sampled_from("abc"), st.integers(0, 2)), max_size=60)
)
def test_it_never_answers_from_before(steps: list[tuple[str, str, int]]) -> None:
    """Whatever happens in whatever order: an answer is what was put last, under the version it is asked for; and the
    bytes are those of what is held."""
    held, truth = cache(limit_bytes=3 * ENTRY_BYTES), {}
    for moment, (act, key, version) in enumerate(steps):
        match act:
            case "put":
                held.put((key,), f"{moment}", version, HOUR, now=moment)
                truth[key] = (f"{moment}", version)
            case "drop":
                held.remove((key,))
                truth.pop(key, None)
            case _:
                found = held.get((key,), version, now=moment)
                assert found is None or (found.value, version) == truth[key]
        assert held.nbytes <= 3 * ENTRY_BYTES
        assert held.nbytes == sum(ENTRY_BYTES + len(e.value) for k in "abc" if (e := held.peek((k,))))

"""Which messages tell a week: what it was about, what mattered, a little of each day, and nothing twice."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.digest import A_DAY, LEAST, MOST, SHARE, Told, telling
from everkin.mind.identity import MemoryId

MONDAY = date(2026, 6, 1)


def told(n: int, words: str, *, day: int = 0, **more: object) -> Told:
    return Told(memory=MemoryId(UUID(int=n)), day=MONDAY + timedelta(days=day), terms=frozenset(words.split()), **more)  # type: ignore[arg-type]


def small_talk(count: int) -> list[Told]:
    """Each about something else, none of it twice."""
    return [told(1000 + n, f"odd{n} end{n} bit{n}", day=n % 7) for n in range(count)]


def week(*said: Told) -> list[Told]:
    return [*said, *small_talk(40 - len(said))]


def test_what_was_spoken_of_all_week_tells_it() -> None:
    """Alice moves house: the boxes come up again and again."""
    moved = [told(n, "move house boxes kitchen garage keys", day=n % 5) for n in range(6)]
    assert telling(week(*moved))[0] in {each.memory for each in moved}


def test_what_was_told_already_makes_room_for_something_else() -> None:
    """Of the week's two subjects both are told, though one fills twice as many messages."""
    move = [told(n, "move house boxes kitchen garage keys", day=n % 6) for n in range(8)]
    exam = [told(100 + n, "exam maths teacher marks nervous result", day=n % 6) for n in range(4)]
    first_two = telling(week(*move, *exam))[:2]
    assert {id.int < 100 for id in first_two} == {True, False}


def test_what_matters_and_what_she_said_herself_come_first() -> None:
    words = "concert violin evening stage applause tickets"
    hers, its = told(1, words, importance=0.9, day=1), told(2, words, importance=0.9, day=2, by_user=False)
    asked, light = told(3, words, importance=0.9, day=3, asks=True), told(4, words, importance=0.1, day=4)
    assert telling(week(hers, its, asked, light))[0] == hers.memory


def test_no_evening_stands_for_the_week() -> None:
    party = [told(n, "party cake music dancing friends lights", day=5) for n in range(20)]
    days = [each.day for each in week(*party)]
    picked = telling(week(*party))
    by_id = dict(zip([each.memory for each in week(*party)], days, strict=True))
    assert sum(by_id[id] == MONDAY + timedelta(days=5) for id in picked) <= A_DAY


def test_a_short_week_needs_no_digest() -> None:
    assert telling(small_talk(LEAST - 1)) == []


WEEKS = st.lists(
    st.builds(
        lambda n, words, day, importance, by_user: (n, words, day, importance, by_user),
        st.integers(0, 10**6),
        st.sets(st.sampled_from("tea rain dog house exam move cake".split())),
        st.integers(0, 6),
        st.floats(0, 1),
        st.booleans(),
    ),
    max_size=80,
    unique_by=lambda each: each[0],
)


@given(WEEKS, st.randoms(use_true_random=False))
def test_the_same_week_gives_the_same_messages_and_never_too_many(drawn: list, random) -> None:  # type: ignore[no-untyped-def]
    said = [
        told(n, " ".join(words), day=day, importance=importance, by_user=by_user)
        for n, words, day, importance, by_user in drawn
    ]
    picked = telling(said)
    assert len(picked) == len(set(picked)) <= min(MOST, len(said) // SHARE)
    assert set(picked) <= {each.memory for each in said}
    shuffled = list(said)
    random.shuffle(shuffled)
    assert telling(shuffled) == picked

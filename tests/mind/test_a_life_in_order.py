"""The events of Alice's life stand in the order in which they happened, each once, however often she tells of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.entity import COMPANION, USER, EntityRef
from everkin.mind.fact import Fact, Predicate
from everkin.mind.identity import MemoryId
from everkin.mind.life import life_events
from everkin.mind.memory import Kind, Memory
from everkin.mind.milestone import Milestone
from everkin.mind.transcript import Role

JUNE = datetime(2026, 6, 1, 12, tzinfo=UTC)


def told(
    n: int,
    value: str,
    *,
    days: float = 0,
    start: datetime | None = None,
    owner: str = USER,
    kinship: str | None = None,
    predicate: Predicate = Predicate.LIFE_EVENT,
    **more: object,
) -> Memory:
    at = JUNE + timedelta(days=days)
    fact = Fact(
        subject=EntityRef(owner=owner, kinship=kinship),
        predicate=predicate,
        value=value,
        valid_from=start,
        valid_to=start + timedelta(days=1) if start else at,
        recorded=at,
        begin=0,
        end=1,
        **more,
    )
    return Memory(
        id=MemoryId(UUID(int=n)),
        kind=Kind.SEMANTIC,
        text="",
        message_ids=(f"m{n}",),
        role=Role.USER,
        name=None,
        at=at,
        recorded_at=at,
        fact=fact,
    )


def test_they_stand_in_the_order_in_which_they_happened():
    """The move of 2020 is told last and comes first."""
    move = told(2, "moved to Bergen", days=30, start=datetime(2020, 5, 1, tzinfo=UTC))
    found = life_events([told(1, "got married to Tom"), move])
    assert [event.milestone for event in found] == [Milestone.MOVE, Milestone.WEDDING]
    assert [event.start is None for event in found] == [False, True]


def test_what_is_told_again_is_one_event_with_both_messages_and_the_date():
    day = JUNE - timedelta(days=2)
    again = told(2, "got married to Tom", days=40, start=day)
    [wedding] = life_events([again, told(1, "got married")])
    assert (wedding.memory, wedding.message_ids, wedding.start) == (
        MemoryId(UUID(int=1)),
        ("m1", "m2"),
        day,
    )


def test_two_moves_to_two_towns_are_two_and_a_sisters_is_hers():
    bergen = told(1, "moved to Bergen", start=JUNE)
    oslo = told(2, "moved to Oslo", days=90, start=JUNE + timedelta(days=89))
    hers = told(3, "moved to Oslo", days=90, start=JUNE + timedelta(days=89), kinship="sister")
    assert [(event.who, event.text) for event in life_events([bergen, oslo, hers])] == [
        ("", "moved to Bergen"),
        ("", "moved to Oslo"),
        ("sister", "moved to Oslo"),
    ]


def test_two_deaths_are_two_however_near():
    lost = [told(n, who, predicate=Predicate.BEREAVEMENT) for n, who in enumerate(("dad", "dog Rex", "my dog Rex"))]
    assert [event.text for event in life_events(lost)] == ["dad", "dog Rex"]


def test_denials_guesses_and_the_companions_own_are_none():
    assert (
        life_events(
            [
                told(1, "got married", polarity=False),
                told(2, "got married", hedge=0.6),
                told(3, "got married", owner=COMPANION),
                told(4, "went to the beach"),
            ]
        )
        == []
    )


@given(st.permutations(range(6)))
def test_the_order_of_telling_changes_nothing(order: list[int]):
    said = ["got married", "moved to Bergen", "got married to Tom", "got fired", "moved to Oslo", "graduated"]
    memories = [told(n, said[n], days=n * 20) for n in range(6)]
    assert life_events([memories[n] for n in order]) == life_events(memories)

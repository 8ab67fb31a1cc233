"""Markers begin, are renewed, run out, and die with their cause."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from everkin.mind.bearing import own, seeming
from everkin.mind.emotion import NAMES, Feeling
from everkin.mind.identity import MessageKey
from everkin.mind.marker import Marker, MarkerKind, Mention, markers

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")


def day(number: float) -> datetime:
    return MAY + timedelta(days=number)


def mention(number: float, strength: float, kind: MarkerKind = MarkerKind.GRIEF, event: float | None = None) -> Mention:
    return Mention(
        kind=kind,
        message=MessageKey(UUID(int=int(number * 100) + 1)),
        strength=strength,
        at=day(number),
        event=None if event is None else day(event),
    )


def kinds(mentions: list[Mention], number: float) -> list[MarkerKind]:
    return [marker.kind for marker in markers(mentions, day(number))]


def test_grief_stays_sixty_days_and_every_mention_renews_it() -> None:
    loss, again = mention(0, 0.9), mention(40, 0.4)
    assert kinds([loss], 59) == [MarkerKind.GRIEF]
    assert kinds([loss], 61) == []
    assert kinds([loss, again], 99) == [MarkerKind.GRIEF]
    assert kinds([loss, again], 101) == []


def test_a_passing_word_keeps_it_alive_and_does_not_begin_it() -> None:
    assert kinds([mention(0, 0.4)], 1) == []
    assert kinds([mention(0, 0.9), mention(40, 0.2)], 70) == []


def test_a_marker_dies_with_its_cause() -> None:
    loss, again = mention(0, 0.9), mention(40, 0.4)
    [marker] = markers([loss, again], day(50))
    assert (marker.cause, marker.onset) == (loss.message, loss.at)
    assert kinds([again], 50) == []


def test_a_celebration_is_short() -> None:
    party = mention(0, 0.8, MarkerKind.CELEBRATION)
    assert kinds([party], 2) == [MarkerKind.CELEBRATION]
    assert kinds([party], 4) == []


def test_alice_waits_for_friday_until_sunday() -> None:
    interview = mention(0, 0.8, MarkerKind.ANTICIPATION, event=6)
    other = mention(1, 0.8, MarkerKind.ANTICIPATION, event=20)
    assert kinds([interview], 7.9) == [MarkerKind.ANTICIPATION]
    assert kinds([interview], 8.1) == []
    assert len(markers([interview, other], day(2))) == 2


def test_it_fades_until_it_is_gone() -> None:
    strengths = [markers([mention(0, 1.0)], day(number))[0].strength for number in (0, 15, 30, 45)]
    assert strengths == [1.0, 0.75, 0.5, 0.25]


def test_nobody_grieves_over_what_has_not_been_said_yet() -> None:
    assert kinds([mention(5, 0.9)], 4) == []


MENTIONS = st.lists(
    st.builds(
        mention,
        st.floats(0, 200),
        st.floats(0, 1),
        st.sampled_from([MarkerKind.GRIEF, MarkerKind.CELEBRATION, MarkerKind.ILLNESS]),
    ),
    max_size=15,
)


@given(MENTIONS, st.randoms(use_true_random=False), st.floats(0, 300))
def test_the_order_in_which_they_are_told_changes_nothing(
    mentions: list[Mention], rng: random.Random, number: float
) -> None:
    shuffled = mentions.copy()
    rng.shuffle(shuffled)
    assert markers(shuffled, day(number)) == markers(mentions, day(number))


@given(MENTIONS, st.floats(0, 300))
def test_whatever_is_active_has_a_cause_that_was_said_and_an_end_to_come(
    mentions: list[Mention], number: float
) -> None:
    for marker in markers(mentions, day(number)):
        assert marker.cause in {m.message for m in mentions if m.at <= day(number)}
        assert marker.onset <= marker.renewed <= day(number) < marker.expires
        assert 0 < marker.strength <= 1


def feeling(**axes: float) -> Feeling:
    return Feeling(values=np.array([axes.get(name, 0.0) for name in NAMES]))


def test_a_model_is_told_words_and_no_number_of_a_feeling() -> None:
    grief = markers([mention(0, 0.9)], day(1))
    told = seeming(feeling(sadness=0.8, loneliness=0.3, joy=0.05), grief, ZONE)
    assert told == "They seem very sad and a little lonely. They are grieving over a loss they told of on 1 May."
    assert own(feeling(sadness=0.3, affection=0.5)) == "You feel a little sad and fond of them."


def test_where_there_is_nothing_to_say_nothing_is_said() -> None:
    assert seeming(feeling(), [], ZONE) == ""
    assert own(feeling(joy=0.1)) == ""


def test_what_is_awaited_is_told_with_its_day() -> None:
    waiting: list[Marker] = markers([mention(0, 0.8, MarkerKind.ANTICIPATION, event=6)], day(1))
    assert seeming(feeling(), waiting, ZONE) == "They are waiting for what is to come on 7 May."
